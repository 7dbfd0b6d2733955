"""Faults of the engine itself, on a throwaway one: stopped, restarted, out of disk, an image gone.

It lives in namespaces of its own, with its data on a disk of its own size, in memory; when its
first process ends, everything of it ends. The classroom's command runs in the same namespaces, as
on a machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import docker
import pytest
import yaml

from classroom.engine.images.survey import survey
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.integration.conftest import ROOT, Room, remove_firewall

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="a throwaway engine needs root"),
    pytest.mark.skipif(not shutil.which("dockerd"), reason="no engine is installed to copy"),
]

NAME = "cwt-engine"
WORK = "half an idea"
PATIENCE_SECONDS = 120

DISK_MIB = 16 * 1024
"""A promise only: the images take about 1.5 GiB of memory, the rest nothing."""

CARRIED = (
    "base",
    "temporal",
    "prometheus-artefact",
    "prometheus",
    "workspace",
    "ingress",
    "portal",
)
"""Images taken over from this machine's engine; enough to make Prometheus's again from."""

# The record says that the kernel's limits can't be raised here: in a network namespace of its own
# some of them don't exist, and the machine's play must not look after this machine's.
BOOT = """
set -eu
home=$1
mount --make-rprivate /
ip link set lo up
mount -t tmpfs -o size="$2m" tmpfs "$home/data"
mount -t tmpfs tmpfs /run
mkdir -p /run/upper /run/work
mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/upper,workdir=/run/work /var/lib
mkdir -p /var/lib/classroom
cp "$home/machine.json" /var/lib/classroom/
touch "$home/booted"
# A shell, since the first process has to bury what loses its parent.
sleep infinity & wait $!
"""


def until(what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for: {what}"
        time.sleep(0.05)


class Engine:
    """A Docker engine that can be stopped, started and starved of disk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._group = f"{NAME}-{os.getpid()}"
        self.socket = f"unix://{home}/docker.sock"
        self.client = docker.APIClient(self.socket, version="1.41", timeout=60)
        (home / "data").mkdir()
        (home / "boot").write_text(BOOT)
        (home / "machine.json").write_text(json.dumps({"limits_fixed": kernel_limits()}))
        # Should this process be killed, the first process goes with it, and all others with that.
        self._first = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL"),
                *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
                *("bash", str(home / "boot"), str(home), str(DISK_MIB)),
            ],
        )
        until("the namespaces", (home / "booted").exists)
        (inside,) = (
            Path(f"/proc/{self._first.pid}/task/{self._first.pid}/children").read_text().split()
        )
        self.enter = ("nsenter", "--target", inside, "--net", "--mount", "--pid")
        self.start()

    def inside(self, script: str) -> str:
        command = [*self.enter, "sh", "-euc", script]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [
                    *self.enter,
                    *("dockerd", "--host", self.socket, "--pidfile", "/run/docker.pid"),
                    *("--data-root", f"{self.home}/data", "--exec-root", "/run/docker"),
                    *("--bip", "10.198.0.1/24", "--cgroup-parent", f"/{self._group}"),
                    *("--exec-opt", "native.cgroupdriver=cgroupfs"),
                ],
                stdout=log,
                stderr=log,
            )
        until(f"the engine: {self.home}/log", self._answers)

    def _answers(self) -> bool:
        assert self._daemon.poll() is None, (self.home / "log").read_text()[-1000:]
        try:
            return bool(self.client.ping())
        except OSError:
            return False

    def stop(self, how: str) -> None:
        """End the daemon. KILL leaves its containers running, and its files as they are."""
        self.inside(f"kill -{how} $(cat /run/docker.pid)")
        self._daemon.wait(PATIENCE_SECONDS)
        self.inside("rm -f /run/docker.pid")

    @contextmanager
    def short_of_disk(self, *, free_kib: int) -> Iterator[None]:
        """Leave so much room on the disk, and give back afterwards all that there was at first."""
        used = self.inside(f"df --output=used {self.home}/data | tail -n 1")
        self._resize(int(used) + free_kib)
        try:
            yield
        finally:
            self._resize(DISK_MIB * 1024)

    def _resize(self, kib: int) -> None:
        self.inside(f"mount -o remount,size={kib}k {self.home}/data")

    def end(self) -> None:
        self._first.kill()
        self._first.wait(PATIENCE_SECONDS)
        self._daemon.wait(PATIENCE_SECONDS)
        groups = Path("/sys/fs/cgroup")
        for top in (groups / self._group, *groups.glob(f"*/{self._group}")):
            for folder, _, _ in os.walk(top, topdown=False):
                until(f"{folder} to be empty", partial(removed, Path(folder)))
        shutil.rmtree(self.home)


def removed(cgroup: Path) -> bool:
    try:
        cgroup.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def kernel_limits() -> list[str]:
    role = ROOT / "provisioning" / "roles" / "kernel" / "defaults" / "main.yml"
    return list(yaml.safe_load(role.read_text())["kernel_limits"])


def carry_images(engine: Engine) -> None:
    here = docker.APIClient(version="1.41")
    tags = survey(here, ClassFile(grafana=GrafanaPolicy.OFF), ROOT).tags
    command = ["docker", "save", *(tags[name] for name in CARRIED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as saved:
        load = ["docker", "--host", engine.socket, "load", "--quiet"]
        subprocess.run(load, stdin=saved.stdout, stdout=subprocess.DEVNULL, check=True)
    assert saved.returncode == 0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    try:
        yield engine
    finally:
        engine.end()


class EngineRoom(Room):
    """A room on the throwaway engine."""

    def ids(self) -> dict[str, str]:
        """Return the identity of the containers; volumes live on a disk out of sight."""
        wanted = {"label": f"classroom.name={self.name}"}
        found = self.client.containers(all=True, filters=wanted)
        return {c["Names"][0].removeprefix("/"): c["Id"] for c in found}

    def image_of(self, component: str) -> str:
        facts = self.client.inspect_container(f"{self.name}-seat-01-{component}")
        return str(facts["Config"]["Image"])

    def reached(self, moment: str, seat: str) -> bool:
        """Tell whether a run has come so far with ``seat``."""
        if moment == "proof":
            events = self.state / "events.jsonl"
            return events.exists() and '"result"' in events.read_text()
        return any(f"-{seat}-t" in name for name in self.ids())

    def one_seat_more(self) -> str:
        (self.state / "events.jsonl").unlink(missing_ok=True)
        self.write(seats=self.spec["seats"] + 1)
        return f"seat-{self.spec['seats']:02d}"

    @contextmanager
    def finished_seats_stay(self) -> Iterator[None]:
        before = self.ids()
        yield
        after = self.ids()
        assert {name: after.get(name) for name in before} == before
        assert self.work("seat-01") == WORK


@pytest.fixture(scope="module")
def room(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRoom]:
    """Return a room with a finished seat and an attendee's work in it."""
    carry_images(engine)
    room = EngineRoom(
        NAME,
        tmp_path_factory.mktemp(NAME),
        engine.client,
        {},
        environment={"DOCKER_HOST": engine.socket},
        prefix=engine.enter,
    )
    ports = {"http": 8000, "grpc": 7233, "ui": 8233, "metrics": 8080}
    room.write(name=NAME, subnet="10.233.0.0/16", ports=ports, seats=1, grafana="off")
    shutil.rmtree(room.state, ignore_errors=True)
    try:
        room.run("provision")
        room.leave_work("seat-01", WORK)
        yield room
    finally:
        room.unwatch()
        shutil.rmtree(room.state, ignore_errors=True)
        shutil.rmtree(ROOT / "cards" / NAME, ignore_errors=True)
        # Its rules end with its network namespace, the files that keep them do not.
        remove_firewall(NAME)


def good(room: EngineRoom) -> bool:
    return bool(room.json("health", expect=None)["good"])


def test_seats_live_on_after_a_restart_of_the_engine(engine: Engine, room: EngineRoom) -> None:
    with room.finished_seats_stay():
        engine.stop("TERM")
        printed = room.run("health", expect=1)
        assert f"no Docker engine answers at {engine.socket}" in printed
        assert "-> start the engine" in printed
        engine.start()
        until("good health", lambda: good(room))
        assert "nothing to do" in room.run("provision")


def test_provision_starts_what_a_killed_engine_left_stopped(
    engine: Engine, room: EngineRoom
) -> None:
    with room.finished_seats_stay():
        engine.stop("KILL")
        engine.start()
        # This engine does not start them by itself; a newer one may.
        room.run("provision")
    room.run("health")


@pytest.mark.parametrize("moment", ["container", "proof"])
def test_an_engine_that_stops_in_mid_run_is_named_and_a_rerun_converges(
    engine: Engine, room: EngineRoom, moment: str
) -> None:
    seat = room.one_seat_more()
    process = room.start("provision")
    until(moment, lambda: room.reached(moment, seat))
    engine.stop("TERM")
    began = time.monotonic()
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1, output
    assert time.monotonic() - began < 60
    words = " ".join(output.split())
    assert re.search("no Docker engine answers at|Cannot connect to the Docker daemon", words)
    assert "-> start the engine (`sudo systemctl start docker`;" in words
    assert f"0 of {room.spec['seats']} seats ready" in words
    assert seat in words
    assert "Traceback" not in output
    engine.start()
    room.run("provision")
    assert room.work("seat-01") == WORK


def test_a_disk_that_fills_up_in_mid_run_is_named_and_a_rerun_converges(
    engine: Engine, room: EngineRoom
) -> None:
    with room.finished_seats_stay():
        seat = room.one_seat_more()
        process = room.start("provision")
        # As early as the seats' part of the run: a slow machine must not have copied it by then.
        until("the first event", (room.state / "events.jsonl").exists)
        # Too little for what a fresh seat's Temporal begins with: its database is half copied.
        with engine.short_of_disk(free_kib=400):
            output, _ = process.communicate(timeout=PATIENCE_SECONDS * 2)
        assert process.returncode == 1, output
        words = " ".join(output.split())
        assert re.search(f"{seat} [a-z, ]*failed: bring up: .*no space left on device", words)
        assert "-> free disk space" in words
        assert f"\n{room.spec['seats']} seats ready" not in output
        assert "Traceback" not in output
        room.run("provision")
    room.run("health")


def test_an_interface_that_the_engine_forgot_in_the_ingress_is_no_obstacle(
    engine: Engine, room: EngineRoom
) -> None:
    ingress = room.client.inspect_container(f"{NAME}-ingress")
    seat = room.one_seat_more()
    address = f"10.233.{room.spec['seats']}.9/24"
    # What a full disk leaves at the wrong moment; the engine's own error follows from it.
    left = f"ip link add left0 type bridge; ip addr add {address} dev left0; ip link set left0 up"
    engine.inside(f"nsenter --target {ingress['State']['Pid']} --net sh -euc '{left}'")
    with room.finished_seats_stay():
        printed = room.run("provision")
    assert f"{seat}  " in printed
    after = room.client.inspect_container(f"{NAME}-ingress")
    assert after["State"]["StartedAt"] > ingress["State"]["StartedAt"]
    room.run("health")


def test_a_disk_too_full_to_begin_with_is_refused_with_figures(
    engine: Engine, room: EngineRoom
) -> None:
    before, spec = room.ids(), room.spec
    room.one_seat_more()
    try:
        with engine.short_of_disk(free_kib=100 * 1024):
            printed = room.run("provision", expect=1)
    finally:
        room.write(**spec)
    assert "do not fit" in printed
    assert re.search(r"disk: 1 more x 307 MiB.* \d+ MiB are available", printed)
    assert room.ids() == before


def test_a_full_disk_under_the_checkout_is_named_and_changes_nothing(room: EngineRoom) -> None:
    before, spec = room.ids(), room.spec
    room.one_seat_more()
    inner = f"mount -t tmpfs -o size=4k tmpfs {room.state} && echo >{room.state}/full"
    enter, room.prefix = room.prefix, (*room.prefix, "unshare", "--mount", "sh", "-c")
    room.prefix = (*room.prefix, inner + ' && exec "$@"', "sh")
    try:
        printed = room.run("provision", expect=1)
    finally:
        room.prefix = enter
        room.write(**spec)
    assert "No space left on device" in printed
    assert str(room.state) in printed
    assert "-> free disk space" in printed
    assert "Traceback" not in printed
    assert room.ids() == before


def test_an_image_that_was_removed_is_made_again(room: EngineRoom) -> None:
    image = room.image_of("prometheus")
    room.client.remove_image(image, force=True)
    room.client.remove_container(f"{NAME}-seat-01-prometheus", force=True)
    others = room.ids()
    printed = room.run("provision")
    assert f"prometheus: ready as {image}" in printed
    assert {name: room.ids()[name] for name in others} == others


def test_an_image_that_was_removed_and_cannot_be_made_is_named(room: EngineRoom) -> None:
    # Of temporal's neither the program's image nor a network to fetch it from is here.
    image = room.image_of("temporal")
    before = room.ids()
    room.client.tag(image, "kept")
    room.client.remove_image(image, force=True)
    try:
        printed = room.run("provision", expect=1)
    finally:
        repository, _, tag = image.partition(":")
        room.client.tag("kept", repository, tag)
    last = printed[printed.index("classroom: ") :]
    assert "image temporal" in last
    assert "->" in last
    assert "Traceback" not in printed
    assert room.ids() == before
    room.run("health")
