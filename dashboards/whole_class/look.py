"""What the dashboards of the whole class have in common: head, marks, words for states."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.text import Panel as Text
from grafana_foundation_sdk.models.dashboard import GridPos, ValueMappingResult

from dashboards.board import Head, Mark, Panel, board
from dashboards.links import Link, header_of
from dashboards.panels import Mappings, words

TAG = "whole class"
"""All dashboards of the class's Grafana have it."""

CONSOLE = Link("Console", "/")
ALERTS = Link("Alerts, raw", "/prometheus/api/v1/alerts")
TARGETS = Link("What is read, and when, raw", "/prometheus/api/v1/targets?state=active")

HEALTH: Mappings = {
    "1": ValueMappingResult(text="ok", color="green", index=0),
    "2": ValueMappingResult(text="stopped", color="yellow", index=1),
    "3": ValueMappingResult(text="unknown", color="purple", index=2),
    "4": ValueMappingResult(text="failed", color="red", index=3),
}
"""The words of `make health`, in the console's colours; see asking.health."""

TILES: Mappings = {
    key: ValueMappingResult(text=state.text, color=f"dark-{state.color}", index=state.index)
    for key, state in HEALTH.items()
}
"""The same where the word stands on its colour."""

WORKER: Mappings = {
    "1": ValueMappingResult(text="up", color="green", index=0),
    "0": ValueMappingResult(text="none", color="yellow", index=1),
}

_FIRES = 'max by (alertname) (ALERTS{alertstate="firing",severity="page"})'


def class_board(
    uid: str, title: str, description: str, panels: Sequence[Panel]
) -> dashboards.Dashboard:
    """Return a dashboard of these panels for the class's Grafana."""
    links = header_of(
        TAG,
        "All about the class",
        {CONSOLE: "Who sits where, and what to do", ALERTS: "What fires, and what to do then"},
    )
    marks = (Mark("An alert fires", "red", _FIRES, ": {{alertname}}"),)
    return board(uid, title, description, panels, head=Head(TAG, links, marks))


def how_to_read(description: str, markdown: str, height: int = 8) -> Text:
    """What a page's numbers mean, in its upper right corner."""
    where = GridPos(x=16, y=0, w=8, h=height)
    return words("How to read this page", description, markdown, where, links=[CONSOLE])
