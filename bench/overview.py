"""What the class's own Prometheus and Grafana take, with so many seats that are simulated.

`.venv/bin/python -m bench.overview 70 --grafana TARBALL`: both are the classroom's own containers,
with the configuration and the limits of any classroom, and read a front door that answers for all
seats (bench/simulated.py). First nobody looks; then somebody has the Class wall open, whose
questions are asked as a browser asks them. What the seats' own Prometheus spends on being read,
and ingress and portal on letting it in, is not in these figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from docker import APIClient

from bench import cgroups
from bench.budgets import MB
from bench.engine import Engine
from bench.errors import BenchError
from bench.setting import Setting, setting
from classroom.engine import client, proc
from classroom.engine.apply import Executor
from classroom.engine.images import Images, ensure_images
from classroom.engine.planning import ROOT, state_folder
from classroom.errors import ClassroomError
from classroom.plan import names
from classroom.plan.desired import Desired, desired
from classroom.plan.observed import Observed
from classroom.plan.reconcile import reconcile

OURS = ("prometheus", "grafana")
SIMULATED = Path(__file__).with_name("simulated.py")
WALL = ROOT / "dashboards" / "whole_class" / "class-wall.json"
REFRESH_SECONDS = 10.0
"""How often an open dashboard asks again (dashboards/board.py)."""

PATIENCE_SECONDS = 30.0
"""For one answer: a machine that is too slow for its questions gives no figures either."""

WARM_SECONDS = 90
"""Until all seats were read, and rules over two minutes begin to have values."""


@dataclass(frozen=True)
class Taken:
    """Cores that each of them took, and bytes that it holds."""

    cores: dict[str, float]
    memory: dict[str, int]


def main() -> None:
    """Measure and print; end with 1 when a measurement could not be made."""
    parser = argparse.ArgumentParser(prog="python -m bench.overview")
    parser.add_argument("seats", type=int, metavar="N")
    parser.add_argument("--grafana", type=Path, required=True, help="Grafana's official tarball")
    parser.add_argument("--minutes", type=int, default=5, help="of each of the two parts")
    options = parser.parse_args()
    engine = Engine()
    try:
        with setting(engine, options.seats, options.grafana) as place, running(place) as asks:
            time.sleep(WARM_SECONDS)
            busy = proc.processor().busy
            quiet = measured(engine, place, options.minutes, lambda: None)
            looked_at = measured(engine, place, options.minutes, asks)
            busy = (proc.processor().busy - busy) / (2 * 60 * options.minutes)
    except (BenchError, ClassroomError) as error:
        sys.exit(f"bench: {error}")
    print(
        f"\n{options.seats} seats, {options.minutes} minutes each; {busy:.2f} cores of the machine "
        "were busy, with all that ran on it\n"
    )
    print("| | nobody looks | with the Class wall open |\n|---|---|---|")
    for name in OURS:
        print(_row(name, quiet, looked_at, (name,)))
    print(_row("together", quiet, looked_at, OURS))


@contextmanager
def running(place: Setting) -> Iterator[Callable[[], None]]:
    """Have both at work; yield what asks as somebody with the Class wall open does."""
    images = ensure_images(place.class_file, root=ROOT, progress=print)
    engine, state = client.connect(), state_folder(place.name)
    state.ensure()
    whole = desired(place.class_file, images.tags, ROOT).stacks[names.INGRESS]
    stack = replace(whole, services=tuple(s for s in whole.services if s.component in OURS))
    plan = reconcile(Desired(place.name, {stack.name: stack}), Observed()).stacks[stack.name]
    Executor(engine, state, None).apply(plan)
    _simulate(engine, place, images, stack.network)
    grafana = names.container_name(place.name, names.INGRESS, "grafana")
    networks = engine.inspect_container(grafana)["NetworkSettings"]["Networks"]
    with httpx.Client(
        base_url=f"http://{networks[stack.network]['IPAddress']}:3000/grafana",
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ) as asking:
        yield lambda: _look(asking)


def measured(engine: Engine, place: Setting, minutes: int, meanwhile: Callable[[], None]) -> Taken:
    """Return what both took over so many minutes, while something is done every ten seconds."""
    found = tuple(g for g in cgroups.groups(engine, place.name) if g.component in OURS)
    before, began = cgroups.cpu_by_component(found), time.monotonic()
    for number in range(1, round(minutes * 60 / REFRESH_SECONDS) + 1):
        meanwhile()
        time.sleep(max(0.0, began + number * REFRESH_SECONDS - time.monotonic()))
    seconds = time.monotonic() - began
    after = cgroups.cpu_by_component(found)
    return Taken(
        {name: (after[name] - before[name]) / seconds for name in OURS},
        cgroups.memory_by_component(found),
    )


def _simulate(engine: APIClient, place: Setting, images: Images, network: str) -> None:
    """Put the simulated seats where the ingress would be."""
    made = engine.create_container(
        images["portal"].tag,
        ["python", "-c", SIMULATED.read_text(), str(place.seats)],
        name=names.prefix(place.name, names.INGRESS),
        labels=names.identity(place.name, names.INGRESS, "simulated"),
        host_config=engine.create_host_config(network_mode=network),
    )
    engine.start(made["Id"])


def _look(asking: httpx.Client) -> None:
    """Ask what an open Class wall asks: all questions of a panel at once, over half an hour."""
    for panel in json.loads(WALL.read_text())["panels"]:
        if queries := panel.get("targets"):
            asked = [{**query, "intervalMs": 5000, "maxDataPoints": 600} for query in queries]
            body = {"queries": asked, "from": "now-30m", "to": "now"}
            answer = asking.post("/api/ds/query", json=body)
            if not answer.is_success:
                raise BenchError(f"{panel['title']}: {answer.status_code} {answer.text[:200]}")
            if not all(one.get("frames") for one in answer.json()["results"].values()):
                raise BenchError(f"{panel['title']} has no data: nothing is measured")


def _row(title: str, quiet: Taken, looked_at: Taken, parts: tuple[str, ...]) -> str:
    cells = (
        f"{100 * sum(taken.cores[p] for p in parts):.1f} % of a core, "
        f"{sum(taken.memory[p] for p in parts) / MB:.0f} MB"
        for taken in (quiet, looked_at)
    )
    return f"| {title} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
