"""The command line of the benchmark."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

from bench.engine import Engine
from bench.occasion import begin
from bench.outcome import Outcome
from bench.printing import measure_and_print
from bench.session import Session, on_terminal
from bench.setting import setting
from bench.tables import tables

WAYS = ("bare API", "Compose", "plain Ansible")

SIZES = (1, 10, 35, 70)
"""Where growth with the number of seats is looked at."""


def main() -> None:
    """Measure, write, print; end with 1 when a measurement could not be made."""
    options = _parser().parse_args()
    measure_and_print(_measure(options), tables, options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("seats", type=int, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, help="of provision and its rivals (3)")
    parser.add_argument("--against", nargs="*", choices=WAYS, default=WAYS, help="rivals (all)")
    parser.add_argument("--idle-minutes", type=int, default=15, help="0 leaves idling out (15)")
    sizes = ", ".join(str(size) for size in SIZES)
    parser.add_argument(
        "--growth", type=int, nargs="*", help=f"other sizes, once each ({sizes}, if below N)"
    )
    parser.add_argument("--grafana", type=Path, help="Grafana's official tarball")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    return parser


def _measure(options: argparse.Namespace) -> Generator[Outcome, None, None]:
    engine = Engine()
    with setting(engine, options.seats, options.grafana) as place:
        outcome = Outcome(**vars(begin(engine, place, "bench/run.py", on_terminal)))
        session = Session(engine, place, outcome, on_terminal)
        session.rounds(options.rounds, tuple(options.against))
        yield outcome
        session.stay(options.idle_minutes)
        yield outcome
    growth = [size for size in SIZES if size < options.seats]
    for seats in growth if options.growth is None else options.growth:
        with setting(engine, seats, options.grafana) as place:
            outcome.growth.append(Session(engine, place, outcome, on_terminal).growth())
            yield outcome
