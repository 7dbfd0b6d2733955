"""The look that all dashboards share: panels with a title, a description, and no surprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import (
    bargauge,
    dashboard,
    prometheus,
    stat,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    GridPos,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode
from grafana_foundation_sdk.models.text import TextMode

from dashboards.links import Link, on_a_panel

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""The Prometheus beside a Grafana; images/grafana/provisioning/datasources names it."""

UNKNOWN = "unknown"
"""What stands in place of a number that nobody could measure."""

Mappings = dict[str, ValueMappingResult]

_NARROWEST = 50
"""Pixels of a table's column."""


@dataclass(frozen=True)
class Query:
    """An expression and what its values are called.

    ``colors`` says from which value on a number has which color; below the first it is plain. A
    line has the first of them throughout. ``link`` is where a click on the value leads.
    """

    name: str
    expression: str
    colors: dict[float, str] = field(default_factory=dict)
    link: Link | None = None


def numbers(
    title: str,
    description: str,
    queries: Sequence[Query],
    where: GridPos,
    *,
    links: Sequence[Link],
    unit: str = "none",
    mappings: Mappings | None = None,
    nothing: str = UNKNOWN,
    digits: int = 3,
) -> stat.Panel:
    """Return a panel of values of this moment, side by side.

    ``nothing`` stands in the place of a value that is not there, if that is no mystery. ``digits``
    says for how long numbers there has to be room: those of a class are longer than one seat's.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .links([on_a_panel(link) for link in links])
        .grid_pos(where)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(0)
        .no_value(nothing)
        .mappings([ValueMap(mappings)] if mappings else [])
        .thresholds(_thresholds({}))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .justify_mode(common.BigValueJustifyMode.CENTER)
        .orientation(common.VizOrientation.VERTICAL)
        .wide_layout(False)
        .text(options.VizTextDisplayOptions().title_size(14).value_size(_value_size(where, digits)))
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


def tiles(
    title: str,
    description: str,
    query: Query,
    where: GridPos,
    *,
    links: Sequence[Link],
    mappings: Mappings,
) -> stat.Panel:
    """Return a tile for each series of a query, in the colour of its value, with its word."""
    return (
        numbers(title, description, [query], where, links=links, mappings=mappings)
        .orientation(common.VizOrientation.AUTO)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .text(options.VizTextDisplayOptions().title_size(10).value_size(13))
    )


@dataclass(frozen=True)
class Column:
    """A column of a table: an expression with one series for each row.

    ``label`` says that this label of it is shown in the place of the value; ``colors`` as in a
    :class:`Query`.
    """

    name: str
    expression: str
    label: str = ""
    mappings: Mappings | None = None
    colors: dict[float, str] = field(default_factory=dict)


def rows(
    title: str,
    description: str,
    by: str,
    columns: Sequence[Column],
    where: GridPos,
    *,
    links: Sequence[Link],
    worst_first: str = "",
) -> table.Panel:
    """Return a table with a row for each value of the label ``by``, which is its first column.

    ``worst_first`` names the column by which it is sorted, the greatest first.
    """
    values = {
        column.label or f"Value #{_letter(index)}": column for index, column in enumerate(columns)
    }
    shown = [by, *values]
    names = {by: by.capitalize(), **{key: column.name for key, column in values.items()}}
    order = {key: index for index, key in enumerate(shown)}
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .links([on_a_panel(link) for link in links])
        .grid_pos(where)
        .datasource(SOURCE)
        .unit("none")
        .decimals(0)
        .no_value(UNKNOWN)
        .thresholds(_thresholds({}))
        .show_header(True)
        .cell_height(common.TableCellHeight.SM)
        # Left to itself Grafana makes them so wide that the last ones are out of sight.
        .min_width(_NARROWEST)
        .transformations(
            [
                _transformed("joinByField", byField=by, mode="outer"),
                _transformed("filterFieldsByName", include={"names": shown}),
                _transformed("organize", indexByName=order, renameByName=names),
            ]
        )
        .targets(
            [
                _target(index, Query(column.name, column.expression))
                .instant()
                .format(PromQueryFormat.TABLE)
                for index, column in enumerate(columns)
            ]
        )
    )
    if worst_first:
        panel.sort_by([options.TableSortByFieldState().display_name(worst_first).desc(True)])
    for column in columns:
        if properties := _column_properties(column):
            panel.override_by_name(column.name, properties)
    return panel


def _transformed(kind: str, **how: object) -> DataTransformerConfig:
    return DataTransformerConfig(id_val=kind, options=how)


def _column_properties(column: Column) -> list[DynamicConfigValue]:
    found = []
    if column.mappings:
        found.append(DynamicConfigValue("mappings", [ValueMap(column.mappings)]))
    if column.colors:
        found.append(DynamicConfigValue("thresholds", _thresholds(column.colors).build()))
    if found:
        found.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
    return found


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    where: GridPos,
    *,
    links: Sequence[Link],
    unit: str,
    steps: bool = False,
    limits: dict[float, str] | None = None,
    at_least: float = 1,
    nothing: str = UNKNOWN,
) -> timeseries.Panel:
    """Return a graph over time from 0 upwards; ``steps`` for counters, which only jump.

    ``limits`` are drawn: from which value on something is how bad. ``at_least`` is how high the
    axis reaches even if all values are small.
    """
    shape = common.LineInterpolation.STEP_AFTER if steps else common.LineInterpolation.LINEAR
    style = (
        common.GraphThresholdsStyleMode.DASHED if limits else common.GraphThresholdsStyleMode.OFF
    )
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .links([on_a_panel(link) for link in links])
        .grid_pos(where)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .no_value(nothing)
        .thresholds(_thresholds(limits or {}))
        .thresholds_style(options.GraphThresholdsStyleConfig().mode(style))
        .line_interpolation(shape)
        .line_width(2)
        .fill_opacity(0)
        .show_points(common.VisibilityMode.NEVER)
        .axis_soft_max(at_least)
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


def bars(
    title: str,
    description: str,
    queries: Sequence[Query],
    where: GridPos,
    *,
    links: Sequence[Link],
    unit: str = "none",
    buckets: bool = False,
    names_above: bool = False,
) -> bargauge.Panel:
    """Return a bar for each value of this moment.

    With ``buckets`` the query is for a histogram's, by ``le``: Grafana takes each from the next,
    so that a bar is what lies between two bounds. ``names_above`` puts names that are too long for
    the place beside a bar, a fifth of the panel, on top of it.
    """
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .links([on_a_panel(link) for link in links])
        .grid_pos(where)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(0)
        .min(0)
        .no_value(UNKNOWN)
        .thresholds(_thresholds({}))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color("blue"))
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .value_mode(common.BarGaugeValueMode.TEXT)
        .show_unfilled(False)
        .sizing(common.BarGaugeSizing.MANUAL)
        .max_viz_height(40 if names_above else 24)
        .text(options.VizTextDisplayOptions().title_size(13).value_size(13))
        .reduce_options(options.ReduceDataOptions().calcs(["last"]))
        .targets([_bar_target(i, query, buckets) for i, query in enumerate(queries)])
    )
    if names_above:
        panel.name_placement(common.BarGaugeNamePlacement.TOP)
    if not buckets:
        # Left to itself Grafana does not say what a bar is if it is the only one.
        panel.display_name("${__series.name}")
    # What a bar is called is known only when its labels are; its query is known by its letter.
    for index, query in enumerate(queries):
        if query.colors:
            color = _fixed_color(next(iter(query.colors.values())))
            panel.override_by_query(_letter(index), [color])
    return panel


def words(
    title: str, description: str, markdown: str, where: GridPos, *, links: Sequence[Link]
) -> text.Panel:
    """Return a panel of text."""
    panel = text.Panel().title(title).description(description).grid_pos(where)
    panel.links([on_a_panel(link) for link in links])
    return panel.mode(TextMode.MARKDOWN).content(markdown)


def _target(index: int, query: Query) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(_letter(index))
        .datasource(SOURCE)
        .expr(query.expression)
        .legend_format(query.name)
        .editor_mode(QueryEditorMode.CODE)
    )


def _letter(index: int) -> str:
    return chr(ord("A") + index)


def _bar_target(index: int, query: Query, buckets: bool) -> prometheus.Dataquery:
    target = _target(index, query).instant()
    return target.format(PromQueryFormat.HEATMAP) if buckets else target


def _value_size(where: GridPos, digits: int) -> int:
    """Pixels that fit between a name and the panel's edge; left to itself Grafana cuts the name.

    More would not fit beside the others.
    """
    return min(16 * where.h - 20, 44 * 3 // max(digits, 3))


def _thresholds(colors: dict[float, str]) -> dashboard.ThresholdsConfig:
    steps = [Threshold(None, "text"), *(Threshold(at, name) for at, name in colors.items())]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _properties(query: Query) -> list[DynamicConfigValue]:
    found = []
    if query.colors:
        found.append(DynamicConfigValue("thresholds", _thresholds(query.colors).build()))
    if query.link:
        link = {"title": query.link.title, "url": query.link.url, "targetBlank": True}
        found.append(DynamicConfigValue("links", [link]))
    return found


def _fixed_color(name: str) -> DynamicConfigValue:
    color = dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color(name).build()
    return DynamicConfigValue("color", color)
