"""The first dashboard: what has happened on this seat, and does a worker work?

It is also Grafana's home page, and fits on a screen of 1280 x 800 pixels without scrolling.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import links, shared, totals
from dashboards.board import board
from dashboards.panels import Query, lines
from dashboards.promql import total_by

UID = "start-here"
"""The image takes the file of this name for Grafana's home page."""

_HOW_TO_READ = """\
- Both rows count **since your Temporal server started**. A restart sets them back to 0; your \
workflows are safe.
- **Started** minus all endings = still open.
- Numbers are up to 15 seconds old. **unknown** means that nobody could measure: it is not 0.
- Click a number of workflows to see them. Hover over **i** to read what a panel shows.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return board(
        UID,
        "Start here",
        "What has happened on your Temporal server, and does a worker work?",
        (
            shared.workflows(GridPos(x=0, y=0, w=16, h=4)),
            shared.how_to_read("What the numbers mean and where they come from.", _HOW_TO_READ),
            shared.activities(GridPos(x=0, y=4, w=16, h=4)),
            shared.polling(GridPos(x=0, y=8, w=8, h=3)),
            shared.pollers(GridPos(x=8, y=8, w=8, h=3)),
            shared.slots(GridPos(x=16, y=8, w=8, h=3)),
            _started_and_ended(),
            _ended_by_type(),
            shared.waiting(GridPos(x=16, y=11, w=8, h=6)),
        ),
    )


def _started_and_ended() -> TimeSeries:
    return lines(
        "Workflows started and ended",
        "All runs that began and all that ended, in whatever way, since the server started. Where "
        "the lines lie apart, that many workflows are open at that time.",
        [
            Query("started", totals.workflows_started(), {0: "blue"}),
            Query("ended", totals.workflows_ended(), {0: "green"}),
        ],
        GridPos(x=0, y=11, w=8, h=6),
        links=[links.with_status("Running")],
        unit="none",
        steps=True,
    )


def _ended_by_type() -> TimeSeries:
    return lines(
        "Ended, by type",
        "Runs that ended in any way since the server started, a line for each workflow type. "
        "The dashboard Workflows lets you choose some. (When it starts a run, the server does not "
        "count by type.)",
        [Query("{{workflowType}}", total_by("workflowType", totals.ENDED))],
        GridPos(x=8, y=11, w=8, h=6),
        links=[links.WORKFLOWS],
        unit="none",
        steps=True,
    )
