"""Which dashboards there are."""

from __future__ import annotations

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import start_here

_DASHBOARDS = (start_here.dashboard,)


def rendered() -> dict[str, str]:
    """Return file name -> JSON; a file is called after its dashboard's UID."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    built = [_numbered(dashboard().build()) for dashboard in _DASHBOARDS]
    return {f"{d.uid}.json": f"{encoder.encode(d)}\n" for d in built}


def _numbered(built: Dashboard) -> Dashboard:
    """Give each panel its number: links to a panel need one that stays."""
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number
    return built
