"""The tables of panels in docs/metrics.md: what each shows, and which metrics feed it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard, Panel
from grafana_foundation_sdk.models.prometheus import Dataquery

BEGIN = "<!-- The tables are made by `make dashboards`. -->\n"
BEGIN_OF_THE_CLASS = "<!-- The class's tables are made by `make dashboards`. -->\n"
END = "<!-- Here they end. -->\n"

_WORDS_OF_PROMQL = {
    *("or", "and", "unless", "offset", "bool"),
    *("workflowType", "activityType", "taskqueue"),  # in label_values(metric, label)
}


def metrics_in(query: str) -> set[str]:
    """Return the names of metrics in a query: those that stand there and those of a regex."""
    named = re.findall(r'__name__=~"([^"]*)"', query)
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", " ", bare)
    bare = re.sub(r"\b(by|on|without|ignoring) *\([^)]*\)", " ", bare)
    words = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\w| *\()", bare)
    return set(words) - _WORDS_OF_PROMQL | set(
        itertools.chain(*(names.split("|") for names in named))
    )


def with_tables(page: str, begin: str, boards: Sequence[Dashboard]) -> str:
    """Return the page with the tables as they are now, from a comment to the next END.

    Raises:
        ValueError: the page lacks one of the comments.
    """
    before, begun, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not (begun and end):
        raise ValueError(f"docs/metrics.md lacks {begin!r} or {END!r}")
    return f"{before}{begin}\n{''.join(map(_table, boards))}{end}{after}"


def _table(board: Dashboard) -> str:
    rows = "".join(_rows(board))
    head = "| panel | shows | metrics |\n|---|---|---|\n"
    return f"### {board.title}\n\n{board.description}\n\n{head}{rows}\n"


def _rows(board: Dashboard) -> Iterator[str]:
    for panel in board.panels or ():
        if isinstance(panel, Panel) and panel.targets:
            yield f"| {panel.title} | {_first_sentence(panel)} | {_fed_by(panel)} |\n"


def _first_sentence(panel: Panel) -> str:
    text = (panel.description or "").partition("\n")[0]
    return re.split(r"(?<=[.?])\s", text)[0]


def _fed_by(panel: Panel) -> str:
    queries = [query.expr for query in panel.targets or () if isinstance(query, Dataquery)]
    found = set().union(*map(metrics_in, queries))
    # Whether the job answers is in every expression, and the point of those that have no more.
    named = sorted(found - {"up"}) or sorted(found)
    return ", ".join(f"`{name}`" for name in named) or "whatever you made"
