"""What goes wrong on a real morning: kills, collisions, full disks, broken parts.

Each fault must end in a clear error that says where and what to do, nothing half-reported as
done, and a rerun that converges with every finished seat untouched.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Room, RoomFactory

PATIENCE_SECONDS = 120


@pytest.fixture
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room("cwt-fault", "10.233.0.0/16", seats=2)
    yield room
    room.remove()


@pytest.fixture(scope="module")
def standing(make_room: RoomFactory) -> Iterator[Room]:
    """Return a provisioned room for faults that leave it standing."""
    room = make_room("cwt-stand", "10.234.0.0/16", seats=2)
    room.run("provision")
    yield room
    room.remove()


def until(what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for: {what}"
        time.sleep(0.05)


def descendants(pid: int) -> list[int]:
    """Return all living processes below ``pid``: Ansible's forks are in sessions of their own."""
    listing = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    parents = {int(a): int(b) for a, b in (line.split() for line in listing.splitlines())}
    found: list[int] = []
    frontier = {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found += frontier
    return found


def kill_leader(leader: int) -> None:
    os.kill(leader, signal.SIGKILL)


def kill_everything(leader: int) -> None:
    for pid in [leader, *descendants(leader)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def kill_a_fork(leader: int) -> None:
    os.kill(max(descendants(leader)), signal.SIGKILL)


MOMENTS = {
    "first network": lambda room: any(n.startswith("network") for n in room.ids()),
    "first seat's container": lambda room: any("seat-01-" in n for n in room.ids()),
    "proof": lambda room: (
        (room.state / "events.jsonl").exists()
        and "result" in (room.state / "events.jsonl").read_text()
    ),
}


@pytest.mark.parametrize(
    ("moment", "kill"),
    [
        ("first network", kill_everything),
        ("first seat's container", kill_leader),
        ("first seat's container", kill_a_fork),
        ("first seat's container", kill_everything),
        ("proof", kill_everything),
    ],
)
def test_a_killed_run_converges_when_run_again(
    room: Room, moment: str, kill: Callable[[int], None]
) -> None:
    process = room.start("provision")
    until(moment, lambda: MOMENTS[moment](room))
    kill(process.pid)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode != 0
    events = room.state / "events.jsonl"
    finished = room.ids() if events.exists() and '"done"' in events.read_text() else {}
    secrets = {p: p.read_text() for p in room.state.glob("secrets/*/*")}

    # What the killed run left running still holds the lock, and says so.
    until(
        "the lock to be free", lambda: "another run holds" not in room.run("provision", expect=None)
    )
    assert room.json("health")["good"] is True
    after = room.ids()
    assert {k: v for k, v in finished.items() if k in after} == finished
    assert {p: p.read_text() for p in secrets} == secrets


def test_the_second_of_two_runs_says_who_holds_the_lock(room: Room) -> None:
    first = room.start("provision")
    lock = room.state / "lock"
    until("the first run's lock", lambda: lock.exists() and lock.read_text())
    printed = room.run("provision", expect=1)
    assert "another run holds this classroom: provision (process" in printed
    output, _ = first.communicate(timeout=300)
    assert first.returncode == 0, output


def test_interrupting_says_that_it_is_safe_and_it_is(room: Room) -> None:
    process = room.start("provision")
    until("a container", lambda: any("seat-01-" in name for name in room.ids()))
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, output
    assert "interrupted" in output
    assert "Traceback" not in output
    room.run("provision")
    assert room.json("health")["good"] is True


def test_a_taken_port_is_named_before_anything_is_changed(room: Room) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", room.ports["grpc"]))
        taken.listen()
        printed = room.run("provision", expect=2)
    assert str(room.ports["grpc"]) in printed
    assert "classroom.yml" in printed
    assert room.ids() == {}


def test_more_seats_than_fit_are_refused_with_the_number_that_fits(room: Room) -> None:
    printed = room.run("provision", "--seats", "254", expect=1)
    assert "FORCE=yes" in printed
    assert room.ids() == {}


def test_no_engine_is_said_in_one_sentence(standing: Room, tmp_path: Path) -> None:
    standing.environment = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    try:
        for command in ("health", "status", "plan", "teardown"):
            printed = standing.run(command, expect=1)
            assert "no.sock" in printed
            assert "Traceback" not in printed
    finally:
        standing.environment = {}


def test_an_image_that_cannot_be_built_stops_before_any_change(
    standing: Room, tmp_path: Path
) -> None:
    tarball = tmp_path / "grafana-12.2.0.linux-amd64.tar.gz"
    with tarfile.open(tarball, "w:gz") as tar:
        entry = tarfile.TarInfo("grafana-12.2.0/README.md")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    before = standing.ids()
    spec = standing.spec
    standing.write(grafana="required", grafana_tarball=str(tarball))
    try:
        printed = standing.run("provision", expect=1)
    finally:
        standing.write(**spec)
    assert "grafana" in printed
    assert "->" in printed
    assert "Traceback" not in printed
    assert standing.ids() == before


def test_a_component_that_never_gets_ready_fails_its_seat_alone(standing: Room) -> None:
    # A database that is none: the server ends at every start.
    garbage = "head -c 4096 /dev/urandom > /data/temporal.db; rm -f /data/temporal.db-*"
    standing.exec("seat-02", "temporal", "sh", "-c", garbage)
    standing.client.restart("cwt-stand-seat-02-temporal", timeout=1)
    printed = standing.run("provision", expect=1)
    assert "1 of 2 seats ready" in printed
    assert "make provision N=2 SEATS=seat-02" in printed
    health = standing.json("health", expect=1)
    assert health["seats"]["seat-02"]["temporal"]["state"] == "failed"
    assert {c["state"] for c in health["seats"]["seat-01"].values()} == {"ok"}
