"""Who stands still, as far as it can be told from outside a seat, and what is so on purpose."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.outside import LABS, Seat, recorded

from labkit.checking.declared import course
from labkit.checking.following import Following
from labkit.doctor.diagnoses import DIAGNOSES
from labkit.doctor.facts import POLL_S, Poller
from labkit.doctor.outside import MOST_QUEUES, standing_still
from labkit.doctor.troubles import Trouble
from labkit.labs import all_labs
from labkit.running import RunningWorker

COURSE = course(LABS)
LAB = [checked.lab for checked in COURSE]


def worker(queue: str, *, workflows: bool = True) -> RunningWorker:
    return RunningWorker(lab="", pid=0, born=0, port=0, queue=queue, workflows=workflows)


def troubles(seat: Seat, current: str, now: datetime | None = None) -> list[Trouble]:
    async def found() -> list[Trouble]:
        running = (await Following(COURSE).look(seat)).running
        at = now or max((one.run.read_at for one in running), default=datetime.max)
        return await standing_still(seat, running, LAB, current, at)

    return asyncio.run(found())


def kinds(seat: Seat, current: str = "") -> list[str]:
    return [trouble.kind for trouble in troubles(seat, current)]


@pytest.mark.parametrize(
    ("lab", "name", "kind"),
    [
        ("D1L5", "act-3", "nondeterminism"),
        ("D1L5", "sandbox", "sandbox"),
        ("D2L2", "stuck", "nondeterminism"),
        ("T13", "starter-order", "nondeterminism"),
        ("D1L4", "wedged", "wedged_handler"),
    ],
)
def test_a_stuck_workflow_task_counts_unless_the_current_lab_means_it(
    lab: str, name: str, kind: str
) -> None:
    seat = Seat([recorded(lab, name)])
    assert kinds(seat, current="D1L1") == [kind]
    assert kinds(seat, current=lab) == []


@pytest.mark.parametrize("lab", ["D1L1", "T6", "T13"])
def test_a_worker_that_is_down_as_the_guide_asks_for_is_no_trouble(lab: str) -> None:
    waits = recorded("D1L1", "fired-alone")
    event = dict(waits.history[0])
    started = dict(event["workflowExecutionStartedEventAttributes"])
    started["taskQueue"] = {"name": f"{lab.lower()}_shop"}
    event["workflowExecutionStartedEventAttributes"] = started
    seat = Seat([replace(waits, history=[event, *waits.history[1:]])])
    assert kinds(seat, current="D1L3") == ["nobody_listens"]
    assert kinds(seat, current=lab) == []


def test_a_lab_breaks_only_what_it_means_to() -> None:
    slip = Seat([recorded("D1L1", "fired-alone")], running=[worker("d1l1_order")])
    assert kinds(slip, current="D1L1") == ["wrong_queue"]
    stuck = recorded("D1L5", "act-3")
    assert kinds(Seat([stuck]), current="D2L5") == ["nondeterminism"]
    # Nor does the lab that breaks the same forgive another lab's.
    assert kinds(Seat([stuck]), current="D2L2") == ["nondeterminism"]


def test_what_is_in_no_workflows_way_is_no_trouble() -> None:
    retrying, timer = recorded("D1L3", "retrying"), recorded("D1L1", "in-its-pause")
    seat = Seat([retrying, timer], running=[worker("d1l3_orders"), worker("d1l1_orders")])
    assert kinds(seat) == []


def test_nobody_is_accused_of_a_queue_that_is_polled() -> None:
    waits = recorded("D1L1", "fired-alone")
    assert kinds(Seat([waits], running=[worker("d1l1_orders")])) == []
    assert kinds(Seat([waits], running=[worker("d1l1_orders", workflows=False)])) == ["wrong_queue"]


def test_a_worker_on_a_laptop_polls_as_well_as_one_in_the_seat() -> None:
    """It is in no metrics of the seat; the server knows it for as long as it polls."""
    waits = recorded("D1L1", "fired-alone")
    now = datetime.fromisoformat("2026-11-23T08:00:00+00:00")
    for age, expected in ((POLL_S - 1, []), (POLL_S + 1, ["nobody_listens"])):
        poller = Poller("ada@laptop", now - timedelta(seconds=age), "workflows")
        seat = Seat([waits], polled={"d1l1_orders": [poller]})
        assert [one.kind for one in troubles(seat, "", now)] == expected


def test_a_slip_of_the_pen_is_told_from_an_absent_worker() -> None:
    waits = recorded("D1L1", "fired-alone")
    (slip,) = troubles(Seat([waits], running=[worker("d1l1_order")]), "D1L1")
    assert slip.kind == "wrong_queue"
    assert "A worker listens on d1l1_order." in slip.what
    # Another lab's queue is much like it, and no slip.
    assert kinds(Seat([waits], running=[worker("d1l3_orders")])) == ["nobody_listens"]


def test_an_activity_waits_on_a_queue_of_its_own() -> None:
    waits = recorded("D1L2", "waits")
    seat = Seat([waits], running=[worker("d1l2_orders")])
    (trouble,) = troubles(seat, "D1L3")
    assert trouble.kind == "nobody_listens"
    assert "send_confirmation is on the queue d1l2_email" in trouble.what
    assert kinds(seat, current="D1L2") == []


def test_of_many_queues_those_of_the_current_lab_are_looked_at_first() -> None:
    one = recorded("D1L1", "fired-alone")
    started = one.history[0]["workflowExecutionStartedEventAttributes"]
    info = one.description["workflowExecutionInfo"]
    queues = [*(f"d1l2_{n}" for n in range(20)), "d1l3_orders"]
    waiting = []
    for queue in queues:
        began = {
            "workflowExecutionStartedEventAttributes": {**started, "taskQueue": {"name": queue}}
        }
        execution = {"workflowId": queue, "runId": queue}
        waiting.append(
            replace(
                one,
                history=[{**one.history[0], **began}, *one.history[1:]],
                description={
                    **one.description,
                    "workflowExecutionInfo": {**info, "execution": execution},
                },
            )
        )
    seat = Seat(waiting)
    found = [trouble.about for trouble in troubles(seat, "D1L3")]
    assert "d1l3_orders" in found
    assert len(found) == seat.asked["pollers"] == MOST_QUEUES


def test_who_works_there_is_asked_only_if_something_waits() -> None:
    seat = Seat([recorded("D1L5", "act-3"), recorded("D1L1", "in-its-pause")])
    troubles(seat, "D1L1")
    assert not seat.asked["workers"] + seat.asked["pollers"]


def test_what_is_over_is_nobodys_trouble() -> None:
    assert kinds(Seat([recorded("D1L1", "survived"), recorded("D2L4", "refused")])) == []


def test_labs_break_only_what_the_doctor_has_a_name_for() -> None:
    names = {code for diagnosis in DIAGNOSES for code in diagnosis.__code__.co_consts}
    for lab in all_labs(LABS):
        assert lab.breaks <= names
