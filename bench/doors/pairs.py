"""Who reaches whom, of all pairs of seats: nobody anybody, whatever the protocol.

The probe is that of the security tests, which ask the same of two seats and of six.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import docker
from tests.security.reach import Target, answers, every_kind, reached

from bench.engine import Engine
from bench.errors import BenchError
from classroom.plan import names

PORTS = {"temporal": 7233, "prometheus": 9090, "grafana": 3000, "workspace": 8888}
"""Where a seat's components listen; the ingress, in each seat's network, on another."""

INGRESS_PORT = 8000

AT_ONCE = 16
"""Seats that ask at the same time: what is dropped costs patience and no work."""


PATIENCE_SECONDS = 600
"""For all the answers that a seat does not get."""


@dataclass(frozen=True)
class Pairs:
    """What came of it.

    Attributes:
        asked: ordered pairs of seats.
        questions: connections, datagrams, echo requests and names tried, of all pairs together.
        reached: what should not have been reached, in words.
        seconds: how long the asking took.
    """

    asked: int
    questions: int
    reached: tuple[str, ...]
    seconds: float


def ask_all(engine: Engine, classroom: str) -> Pairs:
    """Ask from each seat's workspace for everything in each other seat.

    Raises:
        BenchError: a seat does not reach its own, so that its silence about others says nothing.
    """
    targets = _targets(engine, classroom)
    client = docker.APIClient(version="1.41", timeout=PATIENCE_SECONDS)
    everything = [target for found in targets.values() for target in found]
    began = time.monotonic()

    def ask(seat: str) -> list[str]:
        asker = names.container_name(classroom, seat, "workspace")
        found = answers(client, asker, everything)
        open_to_it = set(reached(found))
        if missed := [target for target in targets[seat] if target not in open_to_it]:
            raise BenchError(f"{seat} does not reach its own {missed[0]}: {found[missed[0]]}")
        others = [t for t in everything if t in open_to_it and t not in targets[seat]]
        return [f"{seat} reaches {target}: {found[target]}" for target in others]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        bad = [line for lines in pool.map(ask, targets) for line in lines]
    pairs = len(targets) * (len(targets) - 1)
    questions = (len(targets) - 1) * len(everything)
    return Pairs(pairs, questions, tuple(bad), time.monotonic() - began)


def _targets(engine: Engine, classroom: str) -> dict[str, list[Target]]:
    """Return seat -> everything that there is of it to reach, by address and by name."""
    found: dict[str, list[Target]] = {}
    for container in engine.owned("/containers/json", classroom):
        component = container["Labels"][names.LABEL_COMPONENT]
        name = container["Names"][0].removeprefix("/")
        for network, endpoint in container["NetworkSettings"]["Networks"].items():
            seat = network.removeprefix(f"{classroom}-")
            if names.seat_number(seat) is None:
                continue
            port = PORTS.get(component, INGRESS_PORT)
            found.setdefault(seat, []).extend(every_kind(endpoint["IPAddress"], port))
            if component in PORTS:
                found[seat].append(Target("name", name))
    return dict(sorted(found.items()))
