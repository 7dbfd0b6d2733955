"""Priorities, fairness and routing, played: who was served first, as the histories have it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from temporalio.api.enums.v1 import EventType, TaskQueueKind, TimeoutType
from temporalio.api.history.v1 import HistoryEvent

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T6"
# How many parcels each customer places, in this order.
PLACED = {"first-come": (12, 3), "priorities": (6, 3), "fairness": (12, 3)}


@dataclass(frozen=True)
class Packed:
    """What a parcel's history says of its packing.

    Attributes:
        name: the customer, and which of their parcels it is.
        asked: when the workflow asked for it, by the server's clock, in nanoseconds.
        begun: when a table took it.
        ended: when it was packed.
        table: who took it.
        priority: with which priority it was placed, 0 without any.
        fairness: with which key.
    """

    name: str
    asked: int
    begun: int
    ended: int
    table: str
    priority: int
    fairness: str


def of_kind(events: list[HistoryEvent], kind: EventType.ValueType) -> list[HistoryEvent]:
    return [event for event in events if event.event_type == kind]


def packed(name: str, events: list[HistoryEvent]) -> Packed:
    (asked,) = of_kind(events, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    (begun,) = of_kind(events, EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)
    (ended,) = of_kind(events, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
    # What an activity inherits stands in its workflow's first event alone.
    priority = events[0].workflow_execution_started_event_attributes.priority
    return Packed(
        name,
        asked.event_time.ToNanoseconds(),
        begun.event_time.ToNanoseconds(),
        ended.event_time.ToNanoseconds(),
        begun.activity_task_started_event_attributes.identity,
        priority.priority_key,
        priority.fairness_key,
    )


def missing_in_guide(stage: Stage, log: str) -> list[str]:
    """Return lines that the guide does not show, whatever a table or a parcel is called."""
    log = re.sub(r"t6_table_[0-9a-f]{6}", "t6_table_a4ed7d", log)
    log = re.sub(r"(a-shop|ada)-\d+ of", r"\1-1 of", log)
    return stage.missing_in_guide(log)


def process(log: str) -> str:
    """Return the process of a worker, as it says."""
    (pid,) = re.findall(r"^Process +(\d+)", log, re.MULTILINE)
    return str(pid)


def serve(stage: Stage, scene: str) -> list[Packed]:
    """Play a scene: parcels queue up, then one table comes. Return them in the order of service."""
    run = stage.begin(f"lab run T6 {scene}")
    said = stage.wait_for(run, "See them")
    order = re.findall(r"Placed +(order-\w+)", said)[0]
    names = [
        f"{customer}-{number}"
        for customer, count in zip(("a-shop", "ada"), PLACED[scene], strict=True)
        for number in range(1, count + 1)
    ]
    ids = [f"{order}-{name}" for name in names]
    asked = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    until(
        lambda: all(of_kind(events, asked) for events in stage.events(*ids)),
        "all parcels wait for a table",
        lambda: stage.log(run),
    )
    table = stage.worker("packing")
    said = stage.wait_for(run, "Packed ")
    tables = stage.log(table)
    stage.sh(f"kill {process(tables)}")
    found = [packed(*one) for one in zip(names, stage.events(*ids), strict=True)]
    found.sort(key=lambda one: one.begun)
    assert f"Packed   {' '.join(one.name for one in found)}\n" in said
    assert missing_in_guide(stage, said.partition("Packed")[0] + tables) == []
    # In which order they are served, each test tells; the guide shows one of the possible ones.
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    stage.said.update(
        line
        for line in re.findall(r"^Packed .*$", guide, re.MULTILINE)
        if set(line.split()) - {"Packed", "…"} <= set(names)
    )
    assert len({one.table for one in found}) == 1
    for one, other in pairwise(found):
        assert one.ended <= other.begun, "it has one slot"
    return found


def placed_of(found: list[Packed], customer: str) -> list[int]:
    """Return the places of a customer's parcels in the order of service, from 0."""
    return [place for place, one in enumerate(found) if one.name.startswith(f"{customer}-")]


def test_an_urgent_parcel_overtakes_all_that_came_before_it(stage: Stage) -> None:
    stage.install()
    stage.worker("orders")
    found = serve(stage, "first-come")
    # Neighbours may change places: their workflows ask for the packing in the same moment.
    assert min(placed_of(found, "ada")) >= 9
    assert {one.priority for one in found} == {0}

    found = serve(stage, "priorities")
    assert placed_of(found, "ada") == [0, 1, 2]
    assert [one.priority for one in found] == [1] * 3 + [5] * 6
    urgent, others = found[:3], found[3:]
    assert min(one.asked for one in urgent) > sorted(one.asked for one in others)[2], (
        "nothing is overtaken that was not there before"
    )


def test_a_noisy_customer_does_not_keep_a_quiet_one_waiting(stage: Stage) -> None:
    stage.install()
    stage.worker("orders")
    found = serve(stage, "fairness")
    assert {one.fairness for one in found} == {"a-shop", "ada"}
    assert {one.priority for one in found} == {0}
    # They take turns, from when the queue began to: on a busy machine the table was given more.
    places = placed_of(found, "ada")
    assert places[0] <= 9
    assert max(after - before for before, after in pairwise(places)) <= 3


def at_tables(events: list[HistoryEvent]) -> list[tuple[str, str]]:
    """Return for each activity that a table took its queue, and which worker it was."""
    taken = []
    for begun in of_kind(events, EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED):
        of = begun.activity_task_started_event_attributes
        asked = events[of.scheduled_event_id - 1].activity_task_scheduled_event_attributes
        taken.append((asked.task_queue.name, of.identity))
    return taken


def test_a_box_stays_at_its_table(stage: Stage) -> None:
    stage.install()
    stage.worker("orders")
    tables = [stage.worker("packing"), stage.worker("packing")]
    queues: dict[str, str] = {}

    def both_had_some() -> bool:
        said = stage.run("boxes --boxes 4")
        results = re.findall(r"^Result +(\S+) was packed at (\S+)$", said, re.MULTILINE)
        assert len(results) == 4
        assert missing_in_guide(stage, said) == []
        histories = stage.events(*(box for box, _ in results))
        for (_, queue), events in zip(results, histories, strict=True):
            opened, *things = at_tables(events)
            assert opened[0] == "t6_packing"
            assert [where for where, _ in things] == [queue] * 3
            assert len({who for _, who in (opened, *things)}) == 1
            assert queues.setdefault(queue, opened[1]) == opened[1], "a queue has one worker"
        return len(queues) == 2

    until(both_had_some, "boxes at both tables", lambda: queues)
    said = re.sub(r"thing \d", "thing 1", "".join(map(stage.log, tables)))
    assert missing_in_guide(stage, said) == []


def test_a_box_whose_table_is_gone_is_packed_anew_at_another(stage: Stage) -> None:
    stage.install()
    orders = stage.worker("orders")
    tables = [stage.worker("packing"), stage.worker("packing")]
    run, box = stage.start("boxes --boxes 1 --things 10")
    until(
        lambda: any("thing 1 is" in stage.log(table) for table in tables),
        "the first thing is in the box",
        lambda: [stage.log(table) for table in tables],
    )
    (gone,) = (table for table in tables if "thing 1 is" in stage.log(table))
    stage.sh(f"kill -9 {process(stage.log(gone))}")
    said = stage.wait_for(run, "Result")
    (events,) = stage.events(box)
    timeouts = [
        event.activity_task_timed_out_event_attributes.failure.timeout_failure_info.timeout_type
        for event in of_kind(events, EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT)
    ]
    assert timeouts == [TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START]
    taken = at_tables(events)
    assert taken[0][1] != taken[-1][1]
    assert taken[-1][0] in said
    assert missing_in_guide(stage, stage.log(orders)) == []


def test_a_workflow_goes_on_where_it_is_in_memory(stage: Stage) -> None:
    stage.install()
    stage.worker("orders")
    stage.worker("packing")
    said = stage.run("boxes --boxes 1")
    (box,) = re.findall(r"Started +(\S+)", said)
    (events,) = stage.events(box)
    tasks = [
        event.workflow_task_scheduled_event_attributes.task_queue
        for event in of_kind(events, EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
    ]
    assert tasks[0].kind == TaskQueueKind.TASK_QUEUE_KIND_NORMAL
    assert tasks[0].name == "t6_orders"
    assert {task.kind for task in tasks[1:]} == {TaskQueueKind.TASK_QUEUE_KIND_STICKY}
    assert {task.normal_name for task in tasks[1:]} == {"t6_orders"}

    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (command,) = re.findall(r"^\$ (temporal workflow show .*)$", guide, re.MULTILINE)
    shown = stage.sh(re.sub(r"order-[0-9a-f]{6}", box, command))
    assert shown.splitlines() == [TaskQueueKind.Name(task.kind) for task in tasks]
    assert stage.missing_in_guide(shown) == []
