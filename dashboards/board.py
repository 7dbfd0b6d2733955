"""What all dashboards have in common: head, time, variables, and marks of what happened when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.text import Panel as Text
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    AnnotationQuery,
    DashboardCursorSync,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from dashboards import links, promql
from dashboards.panels import SOURCE

Panel = Stat | Table | Text | TimeSeries | BarGauge

_SEEN_FOR = "30s"
"""How long a worker counts as new: longer than the steps of a graph of half an hour."""


def board(
    uid: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    variables: Sequence[dashboard.QueryVariable] = (),
    *,
    head: Head | None = None,
) -> dashboard.Dashboard:
    """Return a dashboard of these panels; its file is called after its UID.

    ``head`` is that of a seat's dashboards unless another one is given.
    """
    head = head or _of_a_seat()
    built = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([head.tag])
        .editable()
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-30m", "now")
        .refresh("10s")
    )
    for mark in head.marks:
        built.annotation(mark)
    for link in head.links:
        built.link(link)
    for variable in variables:
        built.with_variable(variable)
    for panel in panels:
        built.with_panel(panel)
    return built


def choice(name: str, label: str, description: str, values: str) -> dashboard.QueryVariable:
    """Return a variable of which one, several or all values may be chosen."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(SOURCE)
        .query(values)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _of_a_seat() -> Head:
    starts = promql.worker_started(within=_SEEN_FOR)
    marks = (
        Mark("A worker starts", "blue", starts, ": {{task_queue}}"),
        Mark("No worker on :8080", "orange", promql.no_worker()),
    )
    return Head(links.TAG, links.header(), marks)


class _Titled(AnnotationQuery):
    """A mark with the words that Grafana shows on it; the SDK's has none."""

    title: str = ""

    def to_json(self) -> dict[str, object]:
        """Return what the SDK writes, and the title."""
        return {**super().to_json(), "titleFormat": self.title}


@dataclass(frozen=True)
class Mark(Builder[AnnotationQuery]):
    """Marks in every graph: from when to when an expression was above 0."""

    name: str
    color: str
    expression: str
    about: str = ""

    def build(self) -> AnnotationQuery:
        """Build the mark."""
        # Hidden is its switch at the top of the page, where there is too little room.
        mark = _Titled(self.name, SOURCE, hide=True, icon_color=self.color, expr=self.expression)
        mark.title = f"{self.name}{self.about}"
        return mark


@dataclass(frozen=True)
class Head:
    """What the dashboards of one Grafana share: a tag, links in the head, marks in the graphs."""

    tag: str
    links: Sequence[dashboard.DashboardLink]
    marks: Sequence[Mark]
