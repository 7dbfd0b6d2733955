"""The machine that holds the class: how full it is, and whose work fills it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels import Query, bars, lines, numbers
from dashboards.whole_class import asking, look

_NEARLY, _FULL = 0.75, 0.9
"""From the second on an alert speaks of memory, disk or processor (prometheus/class.rules.yml)."""

_FILLS = {_NEARLY: "orange", _FULL: "red"}

_MEMORY = "classroom_container_memory_bytes"

_HOW_TO_READ = """\
- *In use* is **all** that runs on this machine, not the class alone.
- Memory of a container is what nobody else could have.
- *Headroom* supposes that more seats would do what these do now: in a break it promises too much.
- While watch is silent all of it is **unknown**.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return look.class_board(
        "machine",
        "Machine",
        "How full the machine is, and whose work fills it.",
        (
            _fill(),
            look.how_to_read("Whose figures these are.", _HOW_TO_READ),
            _headroom(),
            _noisiest(),
            _processor(),
            _memory(),
            _top_processor(),
            _top_memory(),
            _top_files(),
            _processor_by_component(),
            _memory_by_component(),
            _disk(),
            _own(),
        ),
    )


def _fill() -> Stat:
    return numbers(
        "In use",
        "Which share of the machine is in use; from 90 % on an alert fires. *Stolen* is processor "
        "time that other virtual machines took. A full disk stops every seat.",
        [
            Query("Processor", asking.processor("busy"), _FILLS),
            Query("Stolen", asking.processor("stolen"), {0.1: "orange"}),
            Query("Memory", asking.used("memory"), _FILLS),
            Query("Disk", asking.used("disk"), _FILLS),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[look.ALERTS],
        unit="percentunit",
    )


def _headroom() -> Stat:
    memory = f"avg({asking.SEAT_MEMORY})"
    return numbers(
        "Headroom: how many more seats",
        "How many more seats would fill nine tenths of each, if they took as much as these seats "
        "take on average now; of the disk, as much as provision reckons for one. 254 is as many "
        "as a classroom can have.",
        [
            Query("by processor", asking.processor_headroom(), {0: "orange", 1: "green"}),
            Query("by memory", asking.headroom("memory", memory), {0: "orange", 1: "green"}),
            Query(
                "by disk",
                asking.headroom("disk", str(asking.SEAT_DISK_BYTES)),
                {0: "orange", 1: "green"},
            ),
        ],
        GridPos(x=0, y=4, w=10, h=4),
        links=[look.CONSOLE],
    )


def _noisiest() -> Stat:
    return numbers(
        "Noisiest seat",
        "The seat that takes most of the processor now: 100 % is one core.",
        [Query("{{seat}}", f"topk(1, {asking.SEAT_CPU})")],
        GridPos(x=10, y=4, w=6, h=4),
        links=[look.CONSOLE],
        unit="percentunit",
    )


def _processor() -> TimeSeries:
    return lines(
        "Processor",
        "Which share of all cores was busy, with whatever runs on this machine, and how much of "
        "that was the seats' doing.",
        [
            Query("busy", asking.processor("busy"), {0: "blue"}),
            Query(
                "of that, seats",
                f"sum({asking.SEAT_CPU}) / sum(classroom_machine_cores)",
                {0: "green"},
            ),
        ],
        GridPos(x=0, y=8, w=12, h=8),
        links=[look.ALERTS],
        unit="percentunit",
        limits={_FULL: "red"},
    )


def _memory() -> TimeSeries:
    return lines(
        "Memory",
        "What the machine has, what could still be used without swapping, and what the seats' "
        "containers hold.",
        [
            Query("all", "sum(classroom_machine_memory_bytes)", {0: "text"}),
            Query("available", "sum(classroom_machine_memory_available_bytes)", {0: "green"}),
            Query("seats", f"sum({asking.SEAT_MEMORY})", {0: "blue"}),
        ],
        GridPos(x=12, y=8, w=12, h=8),
        links=[look.ALERTS],
        unit="bytes",
    )


def _top_processor() -> BarGauge:
    return bars(
        "Processor, by seat",
        "The ten seats that take most of the processor now, over two minutes: 100 % is one core.",
        [Query("{{seat}}", f"topk(10, {asking.SEAT_CPU})")],
        GridPos(x=0, y=16, w=8, h=12),
        links=[look.CONSOLE],
        names_above=True,
        unit="percentunit",
    )


def _top_memory() -> BarGauge:
    return bars(
        "Memory, by seat",
        "The ten seats that hold most memory now, all their components together.",
        [Query("{{seat}}", f"topk(10, {asking.SEAT_MEMORY})")],
        GridPos(x=8, y=16, w=8, h=12),
        links=[look.CONSOLE],
        names_above=True,
        unit="bytes",
    )


def _top_files() -> BarGauge:
    share = "classroom_seat_files_bytes / classroom_seat_files_limit_bytes"
    return bars(
        "Files, by seat",
        "The ten components whose files take most of what they may. At 100 % one is stopped, "
        "its files intact; the console lifts that.",
        [Query("{{seat}} {{component}}", f"topk(10, {share})")],
        GridPos(x=16, y=16, w=8, h=12),
        links=[look.CONSOLE],
        names_above=True,
        unit="percentunit",
    )


def _processor_by_component() -> TimeSeries:
    return lines(
        "Processor of all seats, by component",
        "How many cores all Temporal servers take together, all workspaces, and so on.",
        [Query("{{component}}", asking.cpu_by_component(asking.OF_SEATS))],
        GridPos(x=0, y=28, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
        at_least=0.1,
    )


def _memory_by_component() -> TimeSeries:
    return lines(
        "Memory of all seats, by component",
        "What all Temporal servers hold together, all workspaces, and so on.",
        [Query("{{component}}", asking.by_component(_MEMORY, asking.OF_SEATS))],
        GridPos(x=12, y=28, w=12, h=8),
        links=[look.CONSOLE],
        unit="bytes",
    )


def _disk() -> TimeSeries:
    return lines(
        "Disk",
        "The disk on which the engine keeps images, volumes and logs: its size, and what is left.",
        [
            Query("size", "sum(classroom_machine_disk_bytes)", {0: "text"}),
            Query("left", "sum(classroom_machine_disk_available_bytes)", {0: "green"}),
        ],
        GridPos(x=0, y=36, w=12, h=8),
        links=[look.ALERTS],
        unit="bytes",
    )


def _own() -> TimeSeries:
    return lines(
        "Memory of what the class has once",
        "Ingress, portal, and the class's own Prometheus and Grafana.",
        [Query("{{component}}", asking.by_component(_MEMORY, asking.OWN))],
        GridPos(x=12, y=36, w=12, h=8),
        links=[look.CONSOLE],
        unit="bytes",
    )
