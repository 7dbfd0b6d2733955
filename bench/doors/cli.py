"""The command line, and the order of events."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Generator
from pathlib import Path

import uvloop

from bench import cgroups
from bench.command import own_cpu
from bench.doors.crowd import CLAIM, arrive
from bench.doors.first import provision_with_somebody_waiting
from bench.doors.outcome import Arrival, Doors, Resident
from bench.doors.pairs import ask_all
from bench.doors.recording import Recording, record
from bench.doors.tables import tables
from bench.engine import Engine
from bench.occasion import begin
from bench.printing import measure_and_print
from bench.session import on_terminal
from bench.setting import Setting, setting
from classroom.cards.folder import CardsFolder
from classroom.engine.planning import ROOT
from classroom.plan import names
from classroom.plan.desired import seat_url

WITHIN_SECONDS = 10.0
"""How long it takes a class to type its codes."""

REST_SECONDS = 15.0
"""Between the last of one part and the next: whatever goes on behind it should have ended."""


def main() -> None:
    """Measure, write, print; end with 1 when a measurement could not be made."""
    parser = argparse.ArgumentParser(prog="python -m bench.doors", description=__doc__)
    parser.add_argument("seats", type=int, metavar="N")
    parser.add_argument("--grafana", type=Path, help="Grafana's official tarball")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    options = parser.parse_args()
    measure_and_print(_measure(options), tables, options.json)


def _measure(options: argparse.Namespace) -> Generator[Doors, None, None]:
    engine = Engine()
    with setting(engine, options.seats, options.grafana) as place:
        occasion = begin(engine, place, "python -m bench.doors", on_terminal)
        first = provision_with_somebody_waiting(place)
        on_terminal(f"first seat after {first.workspace:.1f} s, all after {first.provision:.1f} s")
        seat = names.seat_name(1)
        code = str(CardsFolder(ROOT, place.name).codes()[seat])
        recording = record(seat_url(place.class_file, seat), code)
        time.sleep(REST_SECONDS)
        arrival = _let_in(engine, place, recording)
        on_terminal(f"everybody is in after {arrival.took:.1f} s, {len(arrival.errors)} errors")
        pairs = ask_all(engine, place.name)
        on_terminal(f"{pairs.asked} pairs asked in {pairs.seconds:.1f} s")
    yield Doors(**vars(occasion), first=first, arrival=arrival, pairs=pairs)


def _let_in(engine: Engine, place: Setting, recording: Recording) -> Arrival:
    """Let everybody in, and look at what that takes."""
    everything = cgroups.groups(engine, place.name)
    before = cgroups.memory_by_component(everything)
    cpu, own = cgroups.cpu_by_component(everything), own_cpu()
    coming = arrive(
        CardsFolder(ROOT, place.name).codes(),
        recording,
        everything,
        domain=place.class_file.domain,
        port=place.class_file.ports.http,
        within=WITHIN_SECONDS,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        crowd = runner.run(coming)
    own = own_cpu() - own
    spent = {name: used - cpu[name] for name, used in cgroups.cpu_by_component(everything).items()}
    time.sleep(REST_SECONDS)
    after = cgroups.memory_by_component(everything)
    return Arrival(
        within=WITHIN_SECONDS,
        took=crowd.took,
        requests={CLAIM: 1} | {step: len(visit) for step, visit in recording.items()},
        steps=dict(crowd.steps),
        errors=crowd.errors,
        memory={name: Resident(before[name], crowd.peak[name], after[name]) for name in after},
        cpu={**spent, "the crowd itself": own},
    )
