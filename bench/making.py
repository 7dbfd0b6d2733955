"""The same classroom made in other ways: bare API calls, Compose alone, a plain Ansible loop."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from bench.command import run
from bench.engine import Engine
from bench.errors import BenchError
from bench.recorded import RecordedStack
from bench.setting import Setting
from classroom.plan import names
from classroom.probe import Result, prove
from classroom.probe.planned import Keys, front_door, seat

PLAYBOOK = Path(__file__).with_name("plain_loop.yml")
SECONDS, SECONDS_A_SEAT = 180, 10
"""How long making and proving may take: several times what a busy machine needs."""


def limit_for(seats: int) -> int:
    """Return the seconds after which making this many seats is given up."""
    return SECONDS + SECONDS_A_SEAT * seats


@dataclass(frozen=True)
class Maker:
    """Makes one recorded classroom again, and proves it as provision does.

    Its portal is made again with the same signing key, so ``opens`` is what opened it before.
    """

    engine: Engine
    setting: Setting
    stacks: tuple[RecordedStack, ...]
    compose_files: Path
    opens: Keys

    def bare(self) -> None:
        """By API calls and nothing else."""
        self._in_turn(self._start)

    def compose(self) -> None:
        """By one `docker compose up` a stack."""
        self._in_turn(self._compose_up)

    def plain_ansible(self) -> None:
        """By a playbook of ordinary modules: a template and a command for each seat."""
        door, *seats = self.stacks
        self._prepare(door)
        self._compose_up(door)
        with self._pool() as pool:
            list(pool.map(self._prepare, seats))
            self._play(seats)
            list(pool.map(self._connect, seats))
        self._prove()

    def _in_turn(self, start: Callable[[RecordedStack], None]) -> None:
        door, *seats = self.stacks
        self._prepare(door)
        start(door)

        def make(stack: RecordedStack) -> None:
            self._prepare(stack)
            start(stack)
            self._connect(stack)

        with self._pool() as pool:
            list(pool.map(make, seats))
        self._prove()

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.setting.at_once)

    def _prepare(self, stack: RecordedStack) -> None:
        """Make what a Compose file takes as given: the network, the volumes, their files."""
        self.engine.post("/networks/create", stack.network)
        for volume in stack.volumes:
            self.engine.post("/volumes/create", volume)
        if stack.files is None:
            return
        mounts = [
            {
                "Type": "volume",
                "Source": volume,
                "Target": f"/{volume}",
                "VolumeOptions": {"NoCopy": True},
            }
            for volume in stack.files.volumes
        ]
        body = {
            "Image": stack.files.image,
            "Labels": names.identity(self.setting.name, stack.name),
            "HostConfig": {"Mounts": mounts, "NetworkMode": "none"},
        }
        carrier = self.engine.post("/containers/create", body)["Id"]
        self.engine.put_tar(f"/containers/{carrier}/archive", stack.files.tar, path="/")
        self.engine.delete(f"/containers/{carrier}", force=1)

    def _start(self, stack: RecordedStack) -> None:
        for name, body in stack.containers:
            container = self.engine.post("/containers/create", body, name=name)["Id"]
            self.engine.post(f"/containers/{container}/start")

    def _connect(self, stack: RecordedStack) -> None:
        ingress = names.container_name(self.setting.name, names.INGRESS, names.INGRESS)
        self.engine.post(f"/networks/{stack.network['Name']}/connect", {"Container": ingress})

    def _compose_up(self, stack: RecordedStack) -> None:
        compose = str(Path(sys.executable).with_name("docker-compose"))
        file = str(self.compose_files / f"{stack.name}.yml")
        options = ["--project-name", stack.project, "--file", file, "--progress", "quiet"]
        run([compose, *options, "up", "--detach"], self._log(stack.name), seconds=self._limit)

    def _play(self, seats: Iterable[RecordedStack]) -> None:
        inventory = self.setting.folder / "inventory"
        inventory.write_text("".join(f"{s.name} project={s.project}\n" for s in seats))
        rendered = self.setting.folder / "by-ansible"
        rendered.mkdir(exist_ok=True)
        variables = {
            "source": str(self.compose_files),
            "target": str(rendered),
            "compose": str(Path(sys.executable).with_name("docker-compose")),
            "ansible_python_interpreter": sys.executable,
        }
        play = [str(Path(sys.executable).with_name("ansible-playbook")), str(PLAYBOOK)]
        play += ["--inventory", str(inventory), "--forks", str(self.setting.at_once)]
        for name, value in variables.items():
            play += ["--extra-vars", f"{name}={value}"]
        # Ansible's own defaults, whatever configuration lies about.
        defaults = self.setting.folder / "ansible.cfg"
        defaults.touch()
        environment = {**os.environ, "ANSIBLE_CONFIG": str(defaults)}
        run(play, self._log("plain-ansible"), seconds=self._limit, environment=environment)

    @property
    def _limit(self) -> int:
        return limit_for(self.setting.seats)

    @property
    def _viewer(self) -> bool:
        """Whether a class Grafana is among what is made."""
        return any(s.name == names.INGRESS and "grafana" in s.components for s in self.stacks)

    def _log(self, name: str) -> Path:
        return self.setting.folder / f"{name}.log"

    def _prove(self) -> None:
        """Prove all seats by the probes and with the patience of `make provision`."""
        class_file = self.setting.class_file
        seats = [
            seat(stack.name, stack.components, class_file.domain, self.opens, new=True)
            for stack in self.stacks
            if stack.name != names.INGRESS
        ]
        # Nobody sits in a classroom that is only measured, and its portal knows no seat.
        seats = [replace(one, enrolled=False) for one in seats]
        results = asyncio.run(
            prove(
                front_door(class_file, None, self.opens, viewer=self._viewer),
                seats,
                fresh=True,
                deadline=self._limit,
                on_result=_ignore,
                settle=True,
            )
        )
        bad = [result for result in results if not result.good]
        if bad:
            first = bad[0]
            raise BenchError(f"{len(bad)} not proven: {first.seat} {first.component} {first.seen}")


def _ignore(_: Result) -> None:
    """Every result is looked at together, at the end."""
