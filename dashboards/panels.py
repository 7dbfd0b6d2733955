"""The look that all dashboards share: panels with a title, a description, and no surprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, text, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DynamicConfigValue,
    FieldColorModeId,
    GridPos,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import QueryEditorMode
from grafana_foundation_sdk.models.text import TextMode

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""The seat's own Prometheus; images/grafana/provisioning/datasources names it."""

UNKNOWN = "unknown"
"""What stands in place of a number that nobody could measure."""

Mappings = dict[str, ValueMappingResult]


@dataclass(frozen=True)
class Query:
    """An expression and what its values are called.

    ``colors`` says from which value on a number has which color; below the first it is plain.
    ``link`` is where a click on the value leads.
    """

    name: str
    expression: str
    colors: dict[float, str] = field(default_factory=dict)
    link: tuple[str, str] | None = None


def elsewhere(path: str) -> str:
    """Return the link to an absolute path of this seat's host, outside of Grafana.

    Grafana puts its own path, /grafana, before each link that begins with a slash; the browser
    takes it off again.
    """
    return f"/..{path}"


def header_link(title: str, path: str, icon: str, tooltip: str) -> dashboard.DashboardLink:
    """Return a link for the dashboard's head; it opens a tab of its own."""
    link = dashboard.DashboardLink(title).type(DashboardLinkType.LINK).url(elsewhere(path))
    return link.icon(icon).tooltip(tooltip).target_blank(True)


def numbers(
    title: str,
    description: str,
    queries: Sequence[Query],
    where: GridPos,
    *,
    unit: str = "none",
    mappings: Mappings | None = None,
) -> stat.Panel:
    """Return a panel of values of this moment, side by side."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .grid_pos(where)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(0)
        .no_value(UNKNOWN)
        .mappings([ValueMap(mappings)] if mappings else [])
        .thresholds(_thresholds({}))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .justify_mode(common.BigValueJustifyMode.CENTER)
        .orientation(common.VizOrientation.VERTICAL)
        .wide_layout(False)
        .text(options.VizTextDisplayOptions().title_size(14).value_size(_value_size(where)))
        .text_mode(
            common.BigValueTextMode.VALUE if mappings else common.BigValueTextMode.VALUE_AND_NAME
        )
        .reduce_options(options.ReduceDataOptions().calcs(["last"]))
        .targets([_target(i, query).instant() for i, query in enumerate(queries)])
    )
    for query in queries:
        if properties := _properties(query):
            panel.override_by_name(query.name, properties)
    return panel


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    where: GridPos,
    *,
    unit: str,
    steps: bool = False,
) -> timeseries.Panel:
    """Return a graph over time from 0 upwards; ``steps`` for counters, which only jump."""
    shape = common.LineInterpolation.STEP_AFTER if steps else common.LineInterpolation.LINEAR
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .grid_pos(where)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .no_value(UNKNOWN)
        .thresholds(_thresholds({}))
        .line_interpolation(shape)
        .line_width(2)
        .fill_opacity(0)
        .show_points(common.VisibilityMode.NEVER)
        .axis_soft_max(1)
        .legend(
            options.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(options.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
        .targets([_target(i, query).range() for i, query in enumerate(queries)])
    )
    if steps:
        panel.decimals(0)
    for query in queries:
        if query.colors:
            panel.override_by_name(query.name, [_fixed_color(next(iter(query.colors.values())))])
    return panel


def words(title: str, description: str, markdown: str, where: GridPos) -> text.Panel:
    """Return a panel of text."""
    panel = text.Panel().title(title).description(description).grid_pos(where)
    return panel.mode(TextMode.MARKDOWN).content(markdown)


def _target(index: int, query: Query) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(chr(ord("A") + index))
        .datasource(SOURCE)
        .expr(query.expression)
        .legend_format(query.name)
        .editor_mode(QueryEditorMode.CODE)
    )


def _value_size(where: GridPos) -> int:
    """Pixels that fit between a name and the panel's edge; left to itself Grafana cuts the name."""
    return 16 * where.h - 20


def _thresholds(colors: dict[float, str]) -> dashboard.ThresholdsConfig:
    steps = [Threshold(None, "text"), *(Threshold(at, name) for at, name in colors.items())]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _properties(query: Query) -> list[DynamicConfigValue]:
    found = []
    if query.colors:
        found.append(DynamicConfigValue("thresholds", _thresholds(query.colors).build()))
    if query.link:
        title, path = query.link
        link = {"title": title, "url": elsewhere(path), "targetBlank": True}
        found.append(DynamicConfigValue("links", [link]))
    return found


def _fixed_color(name: str) -> DynamicConfigValue:
    color = dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color(name).build()
    return DynamicConfigValue("color", color)
