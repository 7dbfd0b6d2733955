"""The class on one wall: how each seat is, what its workflows do, and which lab it is at."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Column, Query, lines, numbers, rows, tiles
from dashboards.whole_class import asking, look

UID = "class-wall"
"""The image takes the file of this name for the home page of the class's Grafana."""

_HOW_TO_READ = """\
- **unknown** means that nobody could tell. It is not 0: a seat whose Prometheus is down is in no \
sum, and its cells say so.
- Workflows count **since each seat's Temporal server started**.
- What a seat tells is up to a minute old, what watch saw 15 seconds.
- A worker that its attendee stopped is no failure.
- Who sits where, and what to do, is in the **Console**.
"""

_HEALTH_COLORS = {
    "ok": "green",
    "stopped by attendee": "yellow",
    "unknown": "purple",
    "failed": "red",
}


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return look.class_board(
        UID,
        "Class wall",
        "How every seat is, what its workflows do, and which lab it is at.",
        (
            _seats(),
            look.how_to_read("What the numbers mean and where they come from.", _HOW_TO_READ),
            _workflows(),
            _tiles(),
            _table(),
            _over_time(),
            _work_over_time(),
        ),
    )


def _seats() -> Stat:
    good = 'classroom_seat_state{state=~"ok|stopped by attendee"} == 1'
    return numbers(
        "The class now",
        "How many seats there are, and how they are by the words of `make health` and of the "
        "console, which come from the same proofs. *Workers* are the first ones of each seat, the "
        "welcome worker counts. *Silent* are seats whose Prometheus did not answer the class's "
        "last look.",
        [
            Query("Seats", "sum(classroom_seats)"),
            Query("Ready", asking.how_many(good), {0: "green"}),
            Query(
                "Failed",
                asking.how_many('classroom_seat_state{state="failed"} == 1'),
                {1: "red"},
            ),
            Query(
                "Unknown",
                asking.how_many('classroom_seat_state{state="unknown"} == 1'),
                {1: "purple"},
            ),
            Query("Claimed", asking.how_many("classroom_seat_attendees > 0")),
            Query("Workers", "sum(seat:worker:up)"),
            Query("Silent", asking.silent_seats(), {1: "purple"}),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[look.CONSOLE],
    )


def _workflows() -> Stat:
    return numbers(
        "Workflows of all seats",
        "What the seats that tell something have, added up. *Open* and *stuck* are what each "
        "server's API says now; the endings count since the servers started. *Others* "
        "were canceled, terminated, or continued as new.",
        [
            Query("Open", "sum(seat:workflows_running:count)", {0: "blue"}),
            Query("Stuck", "sum(seat:workflows_stuck:count)", {1: "red"}),
            Query("Completed", f"sum({asking.ended('completed')})", {0: "green"}),
            Query("Failed", f"sum({asking.ended('failed')})", {1: "orange"}),
            Query("Timed out", f"sum({asking.ended('timed out')})", {1: "orange"}),
            Query(
                "Others",
                f"sum({asking.ended('canceled|terminated|continued as new')})",
            ),
        ],
        GridPos(x=0, y=4, w=16, h=4),
        links=[look.TARGETS],
        digits=5,
    )


def _tiles() -> Stat:
    return tiles(
        "Every seat",
        "The worst state of each seat's components, as watch saw it last. While watch is silent, "
        "all of them are unknown.",
        Query("{{seat}}", asking.health()),
        GridPos(x=0, y=8, w=24, h=10),
        links=[look.CONSOLE],
        mappings=look.TILES,
    )


def _table() -> Table:
    each = asking.of_each_seat
    return rows(
        "Seat by seat",
        "A row for each seat. *Worker* is the first one, on port 8080. *Lab* is that of the seat's "
        "newest workflow, *goals* are those that its histories prove, of all labs together. What "
        "stands in the columns from *Worker* to *Timed out* the seat itself tells: while its "
        "Prometheus is down it is unknown.",
        "seat",
        [
            Column("Health", asking.health(), mappings=look.HEALTH),
            Column("Lab", asking.lab(), label="lab"),
            Column(
                "Goals",
                "sum by (seat) (classroom_seat_goals_reached)"
                " or sum by (seat) (classroom_seat_attendees) * 0",
            ),
            Column("Worker", each("seat:worker:up"), mappings=look.WORKER),
            Column("Open", each("seat:workflows_running:count")),
            Column("Stuck", each("seat:workflows_stuck:count"), colors={1: "red"}),
            Column("Completed", each(asking.ended("completed"))),
            Column("Failed", each(asking.ended("failed")), colors={1: "orange"}),
            Column("Timed out", each(asking.ended("timed out")), colors={1: "orange"}),
        ],
        GridPos(x=0, y=18, w=24, h=14),
        links=[look.CONSOLE],
    )


def _over_time() -> TimeSeries:
    return lines(
        "Seats by health",
        "How many seats were in each state. All of them unknown at once means that watch was "
        "silent.",
        [
            Query(
                state,
                asking.how_many(f'classroom_seat_state{{state="{state}"}} == 1'),
                {0: color},
            )
            for state, color in _HEALTH_COLORS.items()
        ],
        GridPos(x=0, y=32, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
        steps=True,
    )


def _work_over_time() -> TimeSeries:
    return lines(
        "Open and stuck workflows of all seats",
        "What the servers' APIs said, added up over the seats that told something.",
        [
            Query("open", "sum(seat:workflows_running:count)", {0: "blue"}),
            Query("stuck", "sum(seat:workflows_stuck:count)", {0: "red"}),
        ],
        GridPos(x=12, y=32, w=12, h=8),
        links=[look.TARGETS],
        unit="none",
        steps=True,
    )
