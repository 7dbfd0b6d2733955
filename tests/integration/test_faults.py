"""What goes wrong on a real morning: kills, collisions, full disks, broken parts.

Each fault must end in a clear error that says where and what to do, nothing half-reported as
done, and a rerun that converges with every finished seat untouched. The tests share one room,
which grows by a seat whenever one needs a bring-up to disturb.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from docker.errors import NotFound

from tests.integration.conftest import ROOT, Room, RoomFactory
from tests.integration.terminal import Terminal

PATIENCE_SECONDS = 180
WORK = "half an idea"


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    """Return a room with a finished seat and an attendee's work in it."""
    room = make_room("cwt-fault", "10.233.0.0/16", seats=1)
    room.run("provision")
    room.leave_work("seat-01", WORK)
    yield room
    room.remove()


@pytest.fixture
def empty(make_room: RoomFactory) -> Iterator[Room]:
    """Return a room of which nothing exists yet."""
    room = make_room("cwt-nofault", "10.234.0.0/16", seats=1)
    yield room
    room.remove()


def until(what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for: {what}"
        time.sleep(0.05)


# Processes of a run: the leader (./classroom), Ansible, its forks and what those run.


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children() -> dict[int, list[int]]:
    """Return parent -> its children, of all processes."""
    found: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile
            # The fields after the name, which may hold anything, are state and parent.
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            found.setdefault(int(parent), []).append(int(process.name))
    return found


def descendants(pid: int) -> list[int]:
    known = children()
    found = [pid]
    for one in found:
        found += known.get(one, [])
    return found[1:]


def alive(pids: list[int]) -> list[int]:
    """Return those that still run; a zombie that nobody has buried yet does not."""
    return [pid for pid in pids if command_of(pid)]


def ansible_of(leader: int) -> int:
    return next(p for p in children()[leader] if "ansible-playbook" in command_of(p))


def kill_leader(leader: int) -> None:
    os.kill(leader, signal.SIGKILL)


def kill_ansible(leader: int) -> None:
    os.kill(ansible_of(leader), signal.SIGKILL)


def kill_a_fork(leader: int) -> None:
    forks = children()[ansible_of(leader)]
    os.kill(next(p for p in forks if "ansible-playbook" in command_of(p)), signal.SIGKILL)


def kill_everything(leader: int) -> None:
    """Kill the whole tree at one moment, forks in sessions of their own included."""
    stopped: list[int] = []
    while pids := [p for p in (leader, *descendants(leader)) if p not in stopped]:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        stopped += pids
    for pid in stopped:
        os.kill(pid, signal.SIGKILL)


def has_seat_object(room: Room, seat: str, kind: str) -> bool:
    return any(seat in name and name.startswith(kind) for name in room.ids())


def proof_has_begun(room: Room) -> bool:
    events = room.state / "events.jsonl"
    return events.exists() and '"result"' in events.read_text()


Moment = Callable[[Room, str], bool]

MOMENTS: dict[str, Moment] = {
    "network": lambda room, seat: has_seat_object(room, seat, "network"),
    "container": lambda room, seat: has_seat_object(room, seat, f"{room.name}-{seat}-t"),
    "proof": lambda room, _: proof_has_begun(room),
}


def one_seat_more(room: Room) -> str:
    """Want one more seat than so far, and return its name; the last run's events are forgotten."""
    (room.state / "events.jsonl").unlink(missing_ok=True)
    room.write(seats=room.spec["seats"] + 1)
    return f"seat-{room.spec['seats']:02d}"


@contextmanager
def finished_seats_stay(room: Room) -> Iterator[None]:
    """Assert that what exists now keeps its identity, and its secrets, through the block."""
    before = room.ids()
    secrets = {path: path.read_text() for path in room.state.glob("secrets/*/*")}
    yield
    after = room.ids()
    assert {name: after.get(name) for name in before} == before
    assert {path: path.read_text() for path in secrets} == secrets
    assert room.work("seat-01") == WORK


def rerun(room: Room) -> None:
    """Provision again and again while what a killed run left at work still holds the lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "another run holds" in (printed := room.run("provision", expect=None)):
        assert "was killed, but what it had started is still at work" in printed
        assert time.monotonic() < deadline, printed
        time.sleep(0.5)
    assert f"\n{room.spec['seats']} seats ready" in printed


def test_what_a_kill_left_of_a_replacement_does_not_pass_for_the_container(room: Room) -> None:
    component = f"{room.name}-seat-01-temporal"
    before = room.ids()
    room.write(components={"temporal": {"memory": "640m"}})
    process = room.start("provision")
    # Compose makes the new container under a name of its own, then ends the old one.
    until("a second container", lambda: any(f"_{component}" in name for name in room.ids()))
    kill_everything(process.pid)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert f"_{component}" in " ".join(room.ids())
    # A kill one step later, too short to meet: the old one is gone, the new one not yet renamed.
    room.client.remove_container(component, force=True)
    room.run("provision")
    after = room.ids()
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} == {component}
    assert room.work("seat-01") == WORK


@pytest.mark.parametrize(
    ("moment", "kill"),
    [
        ("network", kill_everything),
        ("container", kill_leader),
        ("container", kill_ansible),
        ("proof", kill_everything),
    ],
)
def test_a_killed_run_converges_when_run_again(
    room: Room, moment: str, kill: Callable[[int], None]
) -> None:
    with finished_seats_stay(room):
        seat = one_seat_more(room)
        process = room.start("provision")
        until(moment, lambda: MOMENTS[moment](room, seat))
        kill(process.pid)
        assert process.wait(PATIENCE_SECONDS) != 0
        if moment == "network":
            health = room.json("health", expect=1)
            assert {c["state"] for c in health["seats"][seat].values()} <= {"failed", "unknown"}
        if kill is kill_everything:
            room.run("provision")
        else:
            rerun(room)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert f"\n{room.spec['seats']} seats ready" not in output


@pytest.mark.parametrize("moment", ["container", "proof"])
def test_a_killed_fork_is_a_failure_of_its_seat(room: Room, moment: str) -> None:
    with finished_seats_stay(room):
        seat = one_seat_more(room)
        process = room.start("provision")
        until(moment, lambda: MOMENTS[moment](room, seat))
        kill_a_fork(process.pid)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 1, output
        assert "The run was cut short at: " in output
        words = " ".join(output.split())
        # Whose fork it was is known only if Ansible did not notice by itself.
        assert re.search(f"{seat} temporal, .*(unknown: verdict|failed: bring up): ", words)
        assert re.search(f"-> make provision SEATS=[^ ]*{seat}|-> run the same command", words)
        assert f"0 of {room.spec['seats']} seats ready" in words
        assert "Traceback" not in output
        rerun(room)


@pytest.mark.parametrize("moment", ["container", "proof"])
def test_ctrl_c_ends_everything_says_that_it_is_safe_and_it_is(room: Room, moment: str) -> None:
    with finished_seats_stay(room):
        seat = one_seat_more(room)
        terminal = Terminal(room, "provision")
        until(moment, lambda: MOMENTS[moment](room, seat))
        working = descendants(terminal.process.pid)
        terminal.press(b"\x03")
        assert terminal.end() == 130
        assert alive(working) == []
        shown = terminal.screen.decode()
        assert "classroom: interrupted; what is finished stays as it is" in shown
        assert "Traceback" not in shown
        room.run("provision")


def test_a_server_that_runs_and_never_answers_is_restarted(room: Room) -> None:
    container = f"{room.name}-seat-01-temporal"
    with finished_seats_stay(room):
        for process in room.client.top(container)["Processes"]:
            os.kill(int(process[1]), signal.SIGSTOP)
        assert "seat-01 temporal" in " ".join(room.run("health", expect=1).split())
        printed = room.run("provision")
        assert "seat-01: temporal was restarted: it ran and did not answer" in printed
        assert printed.count("was restarted") == 1
        room.run("health")


def test_a_plain_kill_ends_everything_as_well(room: Room) -> None:
    with finished_seats_stay(room):
        seat = one_seat_more(room)
        process = room.start("provision")
        until("container", lambda: MOMENTS["container"](room, seat))
        working = descendants(process.pid)
        os.kill(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130, output
        assert alive(working) == []
        assert "classroom: interrupted" in output
        assert "Traceback" not in output
        room.run("provision")


def test_the_second_of_two_runs_says_who_holds_the_lock(room: Room) -> None:
    lock = room.state / "lock"
    was = lock.read_text()
    first = room.start("provision")
    until("the first run's lock", lambda: lock.read_text() != was)
    for command in (["provision"], ["teardown", "--confirm"]):
        printed = room.run(*command, expect=1)
        assert "another run holds this classroom: provision (process" in printed
        assert "wait until it has ended" in printed
    output, _ = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 0, output


def test_a_taken_port_is_named_before_anything_is_changed(empty: Room) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", empty.ports["grpc"]))
        taken.listen()
        printed = empty.run("provision", expect=2)
    assert f"ports.grpc: {empty.ports['grpc']} is in use by" in printed
    assert str(empty.file) in printed
    assert f"(pid {os.getpid()})" in printed
    assert "choose another port" in printed
    assert empty.ids() == {}


def test_a_port_taken_while_the_classroom_was_down_is_named_too(room: Room) -> None:
    ingress = f"{room.name}-ingress"
    room.unwatch()
    room.client.stop(ingress, timeout=2)
    try:
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", room.ports["http"]))
            taken.listen()
            printed = room.run("provision", expect=2)
        assert f"ports.http: {room.ports['http']} is in use by" in printed
    finally:
        room.client.start(ingress)


def test_more_seats_than_fit_are_refused_with_the_number_that_fits(empty: Room) -> None:
    printed = empty.run("provision", "--seats", "254", expect=1)
    assert "254 seats do not fit; N=" in printed
    assert "MiB are available" in printed
    assert "FORCE=yes" in printed
    assert empty.ids() == {}


def test_force_lets_more_seats_pass_than_fit(empty: Room) -> None:
    # Nobody wants 254: the first question after those of memory and disk ends it.
    printed = empty.run("provision", "--seats", "254", "--force", "--only", "seat-255", expect=2)
    assert "do not fit" not in printed
    assert "there is no seat-255\n  -> seats are seat-01 to seat-254" in printed
    assert empty.ids() == {}


def test_no_engine_is_said_in_one_sentence(room: Room, tmp_path: Path) -> None:
    room.environment = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    try:
        for command in ("health", "status", "plan", "provision", "teardown"):
            printed = room.run(command, expect=1)
            assert f"{tmp_path}/no.sock" in printed
            assert "no Docker engine answers" in printed
            assert "->" in printed
            assert "Traceback" not in printed
            assert len(printed.splitlines()) == 2, printed
    finally:
        room.environment = {}


def test_an_image_that_cannot_be_built_stops_before_any_change(room: Room, tmp_path: Path) -> None:
    tarball = tmp_path / "grafana-12.2.0.linux-amd64.tar.gz"
    with tarfile.open(tarball, "w:gz") as tar:
        tar.add(__file__, "grafana-12.2.0/README.md")
    before, spec, kept = room.ids(), room.spec, kept_tarballs()
    room.write(grafana="required", grafana_tarball=str(tarball))
    try:
        printed = room.run("provision", expect=1)
    finally:
        room.write(**spec)
    last = printed[printed.index("classroom: ") :]
    assert "image grafana" in last
    assert "the build failed at Step" in last
    assert "-> mend what the output names" in last
    assert "Traceback" not in printed
    assert room.ids() == before
    assert kept_tarballs() == kept, "what is no Grafana would be every later run's"


def kept_tarballs() -> dict[str, int]:
    return {p.name: p.stat().st_size for p in (ROOT / ".classroom" / "downloads").glob("*")}


# Parts that are broken.


def test_a_damaged_record_of_a_seat_hides_nothing_and_is_written_again(room: Room) -> None:
    rendered = room.state / "rendered" / "seat-01.yml"
    for damage in (b"\x00\xff{{{", b"", b"services: 7"):
        rendered.write_bytes(damage)
        assert "prometheus" in room.json("health")["seats"]["seat-01"]
    room.client.remove_container(f"{room.name}-seat-01-prometheus", force=True)
    health = room.json("health", expect=1)
    assert health["seats"]["seat-01"]["prometheus"]["state"] == "failed"
    room.run("provision")
    assert b"prometheus" in rendered.read_bytes()


def test_a_component_that_never_gets_ready_fails_its_seat_alone(room: Room) -> None:
    seats = room.spec["seats"]
    bad = one_seat_more(room) if seats == 1 else f"seat-{seats:02d}"
    # A database that is none: the server ends at every start.
    garbage = "head -c 4096 /dev/urandom > /data/temporal.db; rm -f /data/temporal.db-*"
    room.run("provision")
    room.exec(bad, "temporal", "sh", "-c", garbage)
    room.client.restart(f"{room.name}-{bad}-temporal", timeout=1)
    began = time.monotonic()
    printed = room.run("provision", expect=1)
    # Well before its deadline of 120 s and 4 s a seat: it crashes, it is not slow.
    assert time.monotonic() - began < 110
    words = " ".join(printed.split())
    assert f"{bad} temporal failed" in words
    assert "last with exit code 1, saying: Error: failed starting server" in words
    assert "file is not a database" in words
    assert f"make logs SEAT={bad} COMPONENT=temporal" in words
    assert f"{seats - 1} of {seats} seats ready" in words
    assert f"make provision N={seats} SEATS={bad}" in words
    health = room.json("health", expect=1)
    assert health["seats"][bad]["temporal"]["state"] == "failed"
    assert {c["state"] for c in health["seats"]["seat-01"].values()} == {"ok"}


# Teardown, last: it has to end with the room anyway.


@contextmanager
def archives_fail(room: Room, how: str) -> Iterator[None]:
    """Let every command in the block see a disk under collected/ that takes nothing."""
    folder = ROOT / "collected"
    folder.mkdir(exist_ok=True)
    script = {
        "full": f"mount -t tmpfs -o size=4k tmpfs {folder} && echo >{folder}/full",
        "read-only": f"mount -t tmpfs -o ro tmpfs {folder}",
    }[how] + ' && exec "$@"'
    room.prefix = ("unshare", "--mount", "sh", "-c", script, "sh")
    try:
        yield
    finally:
        room.prefix = ()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize(
    ("how", "said"), [("full", "No space left on device"), ("read-only", "Read-only file system")]
)
def test_a_seat_that_cannot_be_archived_stays_whole_and_running(
    room: Room, how: str, said: str
) -> None:
    with finished_seats_stay(room):
        with archives_fail(room, how):
            printed = room.run("teardown", "--confirm", expect=1)
        assert "could not archive the workspace" in printed
        assert said in printed
        assert "so the seat is left as it was" in printed
        assert "seat-01" in printed
        assert f"container {room.name}-ingress" in printed[printed.index("  left") :]
        assert not list((ROOT / "collected").glob(f"{room.name}-*"))
    until("seat-01 to be back", lambda: states(room, "seat-01") == {"ok"})


def states(room: Room, seat: str) -> set[str]:
    return {c["state"] for c in room.json("health", expect=None)["seats"][seat].values()}


def test_a_killed_teardown_goes_on_and_has_archived_what_it_removed(room: Room) -> None:
    archives = ROOT / "collected"
    process = room.start("teardown", "--confirm")
    until("an archive", lambda: list(archives.glob(f"{room.name}-seat-01-*.tar.gz")))
    kill_everything(process.pid)
    process.communicate(timeout=PATIENCE_SECONDS)
    # Of the last seat it had come as far as this: work in its volume, and nothing to read it with.
    last = f"{room.name}-seat-{room.spec['seats']:02d}"
    with suppress(NotFound):
        room.client.remove_container(f"{last}-workspace", force=True)
    assert f"volume {last}-workspace-home" in room.ids()
    printed = room.run("teardown", "--confirm")
    assert "left\n    nothing" in printed
    assert room.ids() == {}
    assert not room.state.exists()
    for number in range(1, room.spec["seats"] + 1):
        assert list(archives.glob(f"{room.name}-seat-{number:02d}-*.tar.gz"))
    assert not list(archives.glob(f"{room.name}-*.part"))
    for archive in archives.glob(f"{room.name}-seat-01-*.tar.gz"):
        with tarfile.open(archive) as tar:
            (notes,) = [m for m in tar.getmembers() if m.name.endswith("course/notes.txt")]
            content = tar.extractfile(notes)
            assert content is not None
            assert content.read().decode().strip() == WORK
