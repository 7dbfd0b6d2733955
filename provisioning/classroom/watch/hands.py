"""What watch does to containers: each a single step by the engine's API, under the lock's rules.

What changes which containers run takes the classroom's lock for that moment, so that it never
meets a provision or a teardown half-way; while one of those is at work it is simply not done.
Cutting connections and stopping workers changes nothing that a plan speaks of and waits for
nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

import docker

from classroom.engine import client as engine
from classroom.engine.cut import cut
from classroom.engine.lock import WATCH, exclusive
from classroom.engine.starting import restart, start
from classroom.engine.state import StateFolder
from classroom.errors import EngineError
from classroom.plan import names
from classroom.watch.quota import WORKSPACE
from classroom.watch.reviving import Down

ENGINE_SECONDS = 30
"""How long one call to the engine may take; stopping takes up to five."""

STOP_SECONDS = 5

STARTS_AT_ONCE = 4

_STOP_WORKERS = ("python", "-m", "labkit.stopping")


@dataclass(frozen=True)
class Hands:
    """Hands on one classroom's containers; every method may raise EngineError."""

    classroom: str
    state: StateFolder

    def revive(self, found: Sequence[Down]) -> dict[str, str]:
        """Start containers that are down; return container -> what was said, of all that failed.

        Raises:
            LockedError: somebody else is changing the classroom.
        """
        with exclusive(self.state.path, f"{WATCH}: start {len(found)} components"):
            with ThreadPoolExecutor(STARTS_AT_ONCE) as pool:
                said = pool.map(self._start, found)
            return {d.container: words for d, words in zip(found, said, strict=True) if words}

    def _start(self, down: Down) -> str:
        try:
            with self._calling(f"start {down.component}", down.seat) as client:
                if down.paused:
                    client.unpause(down.container)
                else:
                    start(client, down.container)
        except EngineError as error:
            return error.what
        return ""

    def stop(self, seat: str, component: str) -> None:
        """Stop a component; its volume stays as it is.

        Raises:
            LockedError: somebody else is changing the classroom.
        """
        with self._holding(f"stop {seat} {component}") as client:
            client.stop(self._name(seat, component), timeout=STOP_SECONDS)

    def restart(self, seat: str, component: str) -> str:
        """Restart a component, or start it if it does not run; return what was done.

        Raises:
            LockedError: somebody else is changing the classroom.
        """
        container = self._name(seat, component)
        with self._holding(f"restart {seat} {component}") as client:
            if client.inspect_container(container)["State"]["Paused"]:
                client.unpause(container)
            restart(client, container, timeout=STOP_SECONDS)
        return f"{component} of {seat} was restarted"

    def stop_workers(self, seat: str) -> str:
        """End the lab workers in a workspace, as Ctrl-C would; return what came of it."""
        with self._calling("stop the workers", seat) as client:
            job = client.exec_create(self._name(seat, WORKSPACE), list(_STOP_WORKERS))["Id"]
            said = client.exec_start(job).decode(errors="replace").strip()
            code = client.exec_inspect(job)["ExitCode"]
        if code:
            raise EngineError(f"the workers could not be stopped: {said[-200:]}", where=seat)
        return said

    def cut(self, seat: str) -> str:
        """End every open connection to a seat; return how many there were."""
        with closing(engine.connect(patience=ENGINE_SECONDS)) as client:
            count = cut(client, self.classroom, seat)
        return f"{count} open connections to {seat} ended"

    def _name(self, seat: str, component: str) -> str:
        return names.container_name(self.classroom, seat, component)

    @contextmanager
    def _holding(self, doing: str) -> Iterator[docker.APIClient]:
        with (
            exclusive(self.state.path, f"{WATCH}: {doing}"),
            self._calling(doing, "") as client,
        ):
            yield client

    @contextmanager
    def _calling(self, doing: str, where: str) -> Iterator[docker.APIClient]:
        with (
            closing(engine.connect(patience=ENGINE_SECONDS)) as client,
            engine.explained(doing, where),
        ):
            yield client
