"""Which dashboards there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import (
    activities,
    guided_tour,
    server,
    start_here,
    worker_process,
    workers,
    workflows,
)
from dashboards.whole_class import front_door, machine, needs_help, wall

_DASHBOARDS = (
    start_here.dashboard,
    guided_tour.dashboard,
    workflows.dashboard,
    activities.dashboard,
    workers.dashboard,
    worker_process.dashboard,
    server.dashboard,
)


_OF_THE_CLASS = (wall.dashboard, needs_help.dashboard, machine.dashboard, front_door.dashboard)


def rendered() -> dict[str, str]:
    """Return file name -> JSON of a seat's; a file is called after its dashboard's UID."""
    return _as_files(boards())


def rendered_for_the_class() -> dict[str, str]:
    """Return the same of the class's."""
    return _as_files(boards_of_the_class())


def boards() -> list[Dashboard]:
    """Return a seat's dashboards in the order in which one meets them."""
    return _built(_DASHBOARDS)


def boards_of_the_class() -> list[Dashboard]:
    """Return the class's dashboards in the order in which one meets them."""
    return _built(_OF_THE_CLASS)


def _as_files(built: Iterable[Dashboard]) -> dict[str, str]:
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {f"{board.uid}.json": f"{encoder.encode(board)}\n" for board in built}


def _built(made: Iterable[Callable[[], dashboards.Dashboard]]) -> list[Dashboard]:
    return [_numbered(dashboard().build()) for dashboard in made]


def _numbered(built: Dashboard) -> Dashboard:
    """Give each panel its number: links to a panel need one that stays."""
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number
    return built
