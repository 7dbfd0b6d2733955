"""Who in the class needs somebody: stuck tasks, failing activities, nobody who polls."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Column, Query, lines, numbers, rows
from dashboards.whole_class import asking, look

_HOW_TO_READ = """\
- Many labs **break things on purpose**. *Needs you* leaves out what the seat's current lab means \
to break; the other columns do not.
- A poller that is gone counts for a minute more.
- Until a seat's own worker starts, the welcome worker polls: that reads *wrong queue*.
- **unknown** is not 0: nobody could ask that seat.
"""

_STUCK = "seat:workflows_stuck:count"
_FAILED = "seat:activity_attempts_failed:total"
_NEEDS = "classroom_seat_stuck"


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return look.class_board(
        "who-needs-help",
        "Who needs help",
        "Stuck workflow tasks, failing activities, queues that nobody polls, seat by seat.",
        (
            _seats(),
            look.how_to_read("What each column means, and what it leaves out.", _HOW_TO_READ),
            _silent(),
            _table(),
            _stuck_over_time(),
            _failing_over_time(),
        ),
    )


def _seats() -> Stat:
    def seats(expression: str) -> str:
        return f"sum({expression} > bool 0)"

    return numbers(
        "Seats in which…",
        "How many seats have what the table below has by seat, of those that tell something. "
        "*Needs you* is the console's own list of who is stuck.",
        [
            Query("Needs you", seats(_NEEDS), {1: "red"}),
            Query("Tasks stuck", seats(_STUCK), {1: "red"}),
            Query("Activities fail", seats(asking.gained_by_seat(_FAILED)), {1: "orange"}),
            Query(
                "Nobody polls",
                seats(asking.unserved_queues(while_it_polls=False)),
                {1: "orange"},
            ),
            Query(
                "Wrong queue",
                seats(asking.unserved_queues(while_it_polls=True)),
                {1: "orange"},
            ),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[look.CONSOLE],
    )


def _silent() -> Stat:
    return numbers(
        "Who could not be asked",
        "*Silent* are seats whose Prometheus did not answer the class's last look; *server not "
        "asked* those whose server's API answered nobody. What they have is in none of the "
        "numbers here.",
        [
            Query("Seats that told", f"sum({asking.TOLD})"),
            Query("Silent", asking.silent_seats(), {1: "purple"}),
            Query(
                "Server not asked",
                f"count({asking.TOLD} == 1 unless on (seat) {_STUCK}) or count({asking.TOLD}) * 0",
                {1: "purple"},
            ),
        ],
        GridPos(x=0, y=4, w=16, h=4),
        links=[look.TARGETS],
    )


def _table() -> Table:
    each = asking.of_each_seat
    return rows(
        "Seat by seat",
        "The worst first, by reasons on the console's list; a click on a column's head sorts by "
        "that. *Stuck*: workflows whose task fails again and again. *Attempts failed*: at "
        "activities, within five minutes. *Nobody polls*: queues with tasks and no worker at all. "
        "*Wrong queue*: queues with tasks, while the seat's worker polls another one.",
        "seat",
        [
            Column("Needs you", each(_NEEDS), colors={1: "red"}),
            Column("Stuck", each(_STUCK), colors={1: "red"}),
            Column("Attempts failed", asking.gained_by_seat(_FAILED), colors={1: "orange"}),
            Column(
                "Nobody polls",
                asking.unserved_queues(while_it_polls=False),
                colors={1: "orange"},
            ),
            Column(
                "Wrong queue",
                asking.unserved_queues(while_it_polls=True),
                colors={1: "orange"},
            ),
            Column("Worker", each("seat:worker:up"), mappings=look.WORKER),
            Column("Lab", asking.lab(), label="lab"),
        ],
        GridPos(x=0, y=8, w=24, h=14),
        links=[look.CONSOLE],
        worst_first="Needs you",
    )


def _stuck_over_time() -> TimeSeries:
    return lines(
        "Stuck workflows, and seats on the console's list",
        "All seats together. What is stuck in most seats at once is rather the lab's doing than "
        "an attendee's.",
        [
            Query("stuck workflows", f"sum({_STUCK})", {0: "red"}),
            Query("seats that need you", f"sum({_NEEDS} > bool 0)", {0: "orange"}),
        ],
        GridPos(x=0, y=22, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
        steps=True,
    )


def _failing_over_time() -> TimeSeries:
    return lines(
        "Attempts at activities that failed within five minutes",
        "All seats together: attempts that raised an error or timed out, within the five minutes "
        "before each moment. Retries are how activities work: a steady line is a lab about them.",
        [Query("attempts", f"sum({asking.gained_by_seat(_FAILED)})", {0: "orange"})],
        GridPos(x=12, y=22, w=12, h=8),
        links=[look.TARGETS],
        unit="none",
        steps=True,
    )
