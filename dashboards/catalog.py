"""Which dashboards there are."""

from __future__ import annotations

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

_DASHBOARDS = (
    start_here.dashboard,
    guided_tour.dashboard,
    workflows.dashboard,
    activities.dashboard,
    workers.dashboard,
    worker_process.dashboard,
    server.dashboard,
)


def rendered() -> dict[str, str]:
    """Return file name -> JSON; a file is called after its dashboard's UID."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {f"{built.uid}.json": f"{encoder.encode(built)}\n" for built in boards()}


def boards() -> list[Dashboard]:
    """Return the dashboards in the order in which one meets them."""
    return [_numbered(dashboard().build()) for dashboard in _DASHBOARDS]


def _numbered(built: Dashboard) -> Dashboard:
    """Give each panel its number: links to a panel need one that stays."""
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number
    return built
