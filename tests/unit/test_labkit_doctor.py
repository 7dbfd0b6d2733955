"""The doctor's diagnoses, on facts made by hand: what each says, and when it keeps quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labkit.checking.history import Event
from labkit.doctor.command import report
from labkit.doctor.described import described
from labkit.doctor.diagnoses import DIAGNOSES, troubles
from labkit.doctor.facts import Execution, Facts, Pending, Poller
from labkit.doctor.failures import Failure, failure_from_json
from labkit.doctor.sources import Source, parsed, read_sources
from labkit.labs import Lab, all_labs
from labkit.render import lab_file
from labkit.running import Crash, RunningWorker
from labkit.seat import Seat

LABS = Path(__file__).resolve().parents[2] / "labs"
SEAT = Seat(
    "seat-07",
    "http://s07.localhost:8000",
    "temporal:7233",
    "default",
    {"grpc": 7233, "ui": 8233, "metrics": 8080},
)
NOW = datetime(2025, 7, 16, 10, 30, tzinfo=UTC)
WORKER = RunningWorker(
    lab="D1L1",
    pid=211,
    born=1,
    port=8080,
    identity="D1L1-one",
    queue="d1l1_orders",
    command="lab worker D1L1",
    folder="d1l1_hello_workflow",
)
ORDER = Execution("order-1", "run", "OrderWorkflow", "d1l1_orders")


def source(code: str, folder: str = "d1l1_hello_workflow", name: str = "workflows.py") -> Source:
    return parsed(folder, name, code.encode(), NOW)


def event(number: int, kind: str, **facts: Any) -> Event:  # noqa: ANN401 (JSON is anything)
    return Event(number, kind, NOW, facts)


def said(facts: Facts) -> dict[str, str]:
    """Return the sentences, and what to try, by kind."""
    return {one.kind: f"{one.about} {one.what} Try: {one.cure}" for one in troubles(facts)}


def with_code(code: str) -> dict[str, str]:
    return said(Facts(NOW, sources=[source(code)]))


def stuck(kind: str, message: str, **more: Any) -> Execution:  # noqa: ANN401
    failure = {"message": message, "applicationFailureInfo": {"type": kind}}
    failed = event(4, "WorkflowTaskFailed", failure={**failure, **more})
    return replace(ORDER, attempt=5, tail=[failed])


def seen(*executions: Execution, workers: Sequence[RunningWorker] = (WORKER,)) -> Facts:
    return Facts(NOW, executions=executions, workers=workers, pollers={"d1l1_orders": []})


def test_each_diagnosis_keeps_quiet_where_there_is_nothing() -> None:
    for diagnosis in DIAGNOSES:
        assert list(diagnosis(Facts(NOW))) == []
        assert list(diagnosis(seen(ORDER))) == []


@pytest.fixture(params=all_labs(LABS), ids=lambda lab: lab.id)
def lab(request: pytest.FixtureRequest) -> Lab:
    chosen: Lab = request.param
    return chosen


@pytest.mark.parametrize("solution", [True, False], ids=["solution", "starter"])
def test_there_is_nothing_wrong_with_the_courses_own_code(lab: Lab, *, solution: bool) -> None:
    names = [name for name in lab.files if name.endswith(".py")]
    codes = {name: lab_file(lab, name, SEAT, solution=solution) for name in names}
    sources = [source(code, lab.folder.name, name) for name, code in codes.items()]
    assert said(Facts(NOW, sources=sources)) == {}


# Workers and their queues


def test_the_server_remembers_pollers_that_are_gone() -> None:
    dead = Poller("D1L1-12345678-1234-1234-1234-123456789abc", NOW, "workflows")
    waiting = replace(seen(replace(ORDER, waits_s=2), workers=[]), pollers={"d1l1_orders": [dead]})
    assert "nobody_listens" in said(waiting)
    theirs = Poller("99@laptop", NOW - timedelta(seconds=60), "workflows")
    assert said(replace(waiting, pollers={"d1l1_orders": [theirs]})) == {}
    gone = Poller("99@laptop", NOW - timedelta(seconds=90), "workflows")
    assert "nobody_listens" in said(replace(waiting, pollers={"d1l1_orders": [gone]}))


def test_nobody_is_accused_of_not_listening_where_it_is_not_known() -> None:
    waiting = replace(seen(replace(ORDER, waits_s=2), workers=[]), pollers={})
    assert said(waiting) == {}


def test_a_queue_that_is_no_labs_leads_to_no_lab() -> None:
    waiting = replace(ORDER, queue="orders", waits_s=2)
    facts = replace(seen(waiting, workers=[]), pollers={"orders": []})
    assert "`lab worker LAB`" in said(facts)["nobody_listens"]


def test_an_activity_that_a_worker_has_waits_for_nobody() -> None:
    def pending(*, running: bool) -> Facts:
        activity = Pending("charge", "d1l2_email", running=running)
        return replace(seen(replace(ORDER, pending=[activity])), pollers={"d1l2_email": []})

    assert said(pending(running=True)) == {}
    assert (
        "its activity charge is on the queue d1l2_email"
        in (said(pending(running=False))["nobody_listens"])
    )


def test_a_worker_that_does_not_use_a_changed_file_is_not_old() -> None:
    changed = source("x = 1", name="starter.py")
    worker = replace(WORKER, sources={"worker.py": "as it is"})
    assert said(Facts(NOW, workers=[worker], sources=[changed])) == {}
    worker = replace(WORKER, sources={"starter.py": "other"})
    assert (
        "before you saved starter.py, and goes on with starter.py as of then"
        in (said(Facts(NOW, workers=[worker], sources=[changed]))["older_than_file"])
    )


def test_a_worker_whose_workflows_were_saved_is_half_new() -> None:
    workflows = source("@workflow.defn\nclass Order: ...\n")
    worker = replace(WORKER, sources={"workflows.py": "old", "activities.py": "old"})
    facts = Facts(NOW, workers=[worker], sources=[workflows])
    assert (
        "saved workflows.py, so some workflows get the new code" in (said(facts)["older_than_file"])
    )
    both = replace(facts, sources=[workflows, source("x = 1", name="activities.py")])
    assert (
        "saved activities.py and workflows.py, and goes on with activities.py as of then."
        in (said(both)["older_than_file"])
    )


def test_a_queue_with_nearly_the_right_name_is_a_slip() -> None:
    waiting = replace(ORDER, queue="d1l1_order", waits_s=2)
    facts = replace(seen(waiting), pollers={"d1l1_order": []})
    assert "A worker listens on d1l1_orders." in said(facts)["wrong_queue"]
    other = replace(facts, workers=[replace(WORKER, queue="d1l2_email")])
    assert list(said(other)) == ["nobody_listens"]


def test_an_activity_on_a_queue_for_workflows_waits_for_ever() -> None:
    activity = Pending("send", "d1l1_orders")
    facts = seen(replace(ORDER, pending=[activity]))
    assert said(facts) == {}
    decides = replace(facts, workers=[replace(WORKER, activities=False)])
    assert (
        "activity send is on the queue d1l1_orders, and the worker there runs no activities."
        in said(decides)["wrong_queue"]
    )
    elsewhere = {"d1l1_orders": [Poller("99@laptop", NOW, "activities")]}
    assert said(replace(decides, pollers=elsewhere)) == {}
    elsewhere = {"d1l1_orders": [Poller("99@laptop", NOW, "workflows")]}
    assert list(said(replace(decides, pollers=elsewhere))) == ["wrong_queue"]


def test_another_labs_queue_is_no_slip() -> None:
    waiting = replace(ORDER, waits_s=2)  # left from the lab before
    next_lab = replace(WORKER, queue="d1l3_orders")
    facts = replace(seen(waiting, workers=[next_lab]), sources=[source("x = 1")])
    assert list(said(facts)) == ["nobody_listens"]


def test_a_worker_is_not_old_for_what_another_one_runs() -> None:
    activities = source("class Mail:\n    @activity.defn\n    def send(self): ...\n")
    facts = Facts(NOW, sources=[activities])
    worker = replace(WORKER, sources={"workflows.py": "old"})
    assert list(said(replace(facts, workers=[worker]))) == ["older_than_file"]
    assert said(replace(facts, workers=[replace(worker, activities=False)])) == {}


def test_workers_on_queues_of_their_own_may_differ() -> None:
    one = replace(WORKER, sources={"workflows.py": "old"})
    other = replace(one, pid=212, sources={"workflows.py": "new"})
    assert "processes 211 and 212" in said(Facts(NOW, workers=[one, other]))["two_builds"]
    assert said(Facts(NOW, workers=[one, replace(other, queue="d1l1_other")])) == {}
    assert said(Facts(NOW, workers=[one, replace(one, pid=212)])) == {}


def test_a_crash_is_told_until_its_files_change() -> None:
    crash = Crash("d1l1_hello_workflow", NOW.timestamp() + 1, "workflows.py, line 3", "KeyError: 1")
    facts = Facts(NOW, crashes=[crash], sources=[source("x = 1")])
    assert "did not come up (workflows.py, line 3): KeyError: 1" in said(facts)["failed_start"]
    assert said(replace(facts, crashes=[replace(crash, at=NOW.timestamp() - 1)])) == {}


def test_a_worker_that_was_killed_in_a_task_is_not_called_frozen() -> None:
    tail = [
        event(3, "WorkflowTaskStarted", identity="D1L1-one"),
        event(4, "WorkflowTaskTimedOut", startedEventId="3", timeoutType=FROZEN),
    ]
    timed_out = replace(ORDER, attempt=2, tail=tail)
    assert "frozen" in said(seen(timed_out))
    assert said(seen(timed_out, workers=[replace(WORKER, identity="D1L1-two")])) == {}
    went_on = replace(timed_out, tail=[*tail, event(7, "WorkflowTaskCompleted")])
    assert said(seen(went_on)) == {}


FROZEN = "TIMEOUT_TYPE_START_TO_CLOSE"


# Workflow tasks


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("uuid.uuid4.__call__", "`workflow.uuid4()` in its place"),
        ("random.random.__call__", "`workflow.random()` in its place"),
        ("time.sleep.__call__", "`await workflow.sleep(…)` in its place"),
        ("time.time.__call__", "`workflow.time()` in its place"),
        ("datetime.datetime.now.__call__", "`workflow.now()` in its place"),
        ("os.getcwd.__call__", "doing that in an activity"),
    ],
)
def test_the_sandbox_leads_to_what_is_safe(name: str, instead: str) -> None:
    message = f"Cannot access {name} from inside a workflow. If this is code from a module …"
    told = said(seen(stuck("RestrictedWorkflowAccessError", message)))
    assert list(told) == ["sandbox"]
    assert f"may not use {name.removesuffix('.__call__')}, since" in told["sandbox"]
    assert f"Try: {instead}; then" in told["sandbox"]


def test_the_first_attempt_is_no_trouble_and_a_closed_workflow_has_none() -> None:
    failed = stuck("ValueError", "oh")
    assert list(said(seen(failed))) == ["plain_exception"]
    assert said(seen(replace(failed, attempt=1))) == {}
    assert said(seen(replace(failed, running=False))) == {}


def test_a_failure_that_a_later_task_got_over_is_none() -> None:
    failed = stuck("ValueError", "oh")
    over = replace(failed, attempt=2, tail=[*failed.tail, event(9, "WorkflowTaskCompleted")])
    assert said(seen(over)) == {}
    assert list(said(seen(replace(over, attempt=3)))) == ["unexplained"]


def test_of_a_chain_of_errors_the_first_is_told_and_where_it_happened() -> None:
    frame = 'File "/home/seat/course/d1l1/workflows.py", line 7, in run\n    x\n'
    library = 'File "/opt/lib/python3.13/site-packages/t.py", line 9, in go\n'
    failure = failure_from_json(
        {
            "message": "Failed decoding arguments",
            "stackTrace": library,
            "applicationFailureInfo": {"type": "RuntimeError"},
            "cause": {
                "message": "no field\nmore",
                "stackTrace": frame + library,
                "applicationFailureInfo": {"type": "TypeError"},
            },
        }
    )
    assert str(failure) == "TypeError: no field"
    assert failure.place == "workflows.py, line 7"
    assert Failure("", "told by the core").place == ""


def test_a_signal_that_wedges_is_named() -> None:
    trace = 'File "/lib/python3/_workflow_instance.py", line 2760, in run_signal\n'
    wedged = stuck("TypeError", "OrderWorkflow.approve() missing 1 argument", stackTrace=trace)
    signals = [
        event(n, "WorkflowExecutionSignaled", signalName=s) for n, s in ((2, "approve"), (3, "x"))
    ]
    told = said(seen(replace(wedged, tail=[*signals, *wedged.tail])))
    assert "has a signal approve, and the handler fails" in told["wedged_handler"]


# Signals


HANDLERS = """
@workflow.defn(name="Order")
class OrderWorkflow:
    @workflow.run
    async def run(self): ...
    @workflow.signal
    def approve(self): ...
    @workflow.signal(name="turn_down")
    async def refuse(self): ...
"""


def signaled(code: str, *signals: str) -> dict[str, str]:
    tail = [event(n, "WorkflowExecutionSignaled", signalName=s) for n, s in enumerate(signals)]
    execution = replace(ORDER, kind="Order", tail=tail)
    return said(replace(seen(execution), sources=[source(code)]))


def test_signals_are_known_by_the_names_that_the_code_gives_them() -> None:
    assert signaled(HANDLERS, "approve", "turn_down") == {}
    assert "one that is called turn_down" in signaled(HANDLERS, "turndown")["unknown_signal"]
    assert "handlers for approve, turn_down." in signaled(HANDLERS, "zzz")["unknown_signal"]
    assert signaled(HANDLERS, "aprove", "approve") == {}  # sent again


@pytest.mark.parametrize(
    "handler",
    [
        "@workflow.signal(dynamic=True)\n    def any(self, name, args): ...",
        "def listen(self): workflow.set_signal_handler('aprove', print)",
        "def listen(self): workflow.set_dynamic_signal_handler(print)",
    ],
)
def test_handlers_that_take_other_names_are_counted(handler: str) -> None:
    assert signaled(f"{HANDLERS}    {handler}\n", "aprove") == {}


def test_handlers_that_are_inherited_are_counted() -> None:
    base = "class Chart:\n    @workflow.signal\n    def note(self, note): ...\n"
    other = base.replace("Chart", "Clock").replace("note", "remind")
    code = base + other + HANDLERS.replace("Workflow:", "Workflow(Chart, Clock, models.Other):")
    assert signaled(code, "note", "remind", "approve") == {}
    assert "one that is called note." in signaled(code, "notes")["unknown_signal"]
    assert "unknown_signal" in signaled(base + HANDLERS, "note")
    itself = HANDLERS.replace("OrderWorkflow:", "OrderWorkflow(OrderWorkflow):")
    assert signaled(itself, "approve") == {}


def test_without_any_handler_the_signal_is_kept() -> None:
    code = "@workflow.defn\nclass Order:\n    pass\n"
    assert "It has no handler for any signal." in signaled(code, "approve")["unknown_signal"]
    assert signaled("x = 1", "approve") == {}  # a workflow whose code is not here


# Activities


def test_who_says_when_to_give_up_does_not_try_for_ever() -> None:
    def failing(**more: Any) -> Facts:  # noqa: ANN401
        failure = Failure("ValueError", "oh")
        activity = Pending("charge", "d1l1_orders", attempt=7, failure=failure)
        return seen(replace(ORDER, pending=[replace(activity, **more)]))

    assert "its activity charge fails: ValueError: oh." in said(failing())["retries_for_ever"]
    assert said(failing(most=10)) == {}
    assert said(failing(attempt=3)) == {}


def test_a_misspelt_activity_leads_to_its_name() -> None:
    message = (
        "Activity function charg for workflow WorkflowExecution(…) "
        "is not registered on this worker, available activities: charge, remind"
    )
    activity = Pending("charg", "d1l1_orders", 9, failure=Failure("NotFoundError", message))
    told = said(seen(replace(ORDER, pending=[activity])))
    assert list(told) == ["activity_not_registered"]
    assert "Try: charge, if that is what you mean." in told["activity_not_registered"]


# Code


@pytest.mark.parametrize(
    "line",
    [
        "workflow.sleep(1)",
        "asyncio.sleep(1)",
        "return workflow.execute_activity(charge)",
        "told = workflow.execute_activity(charge); return f'{told}'",
        "told = workflow.execute_activity(charge); print(told)",
        "return f'{workflow.execute_activity(charge)}'",
        "client.start_workflow('Order', id=name)",
    ],
)
def test_an_await_that_is_missing(line: str) -> None:
    assert list(with_code(f"async def run():\n    {line}\n")) == ["missing_await"]


@pytest.mark.parametrize(
    "line",
    [
        "await workflow.sleep(1)",
        "return await workflow.execute_activity(charge)",
        "told = workflow.execute_activity(charge); return await told",
        "one = workflow.execute_activity(charge); await asyncio.gather(one)",
        "await asyncio.gather(workflow.sleep(1), workflow.sleep(2))",
        "await asyncio.gather(*(workflow.sleep(n) for n in range(3)))",
        "all = [workflow.sleep(n) for n in range(3)]; await asyncio.gather(*all)",
        "asyncio.create_task(workflow.sleep(1))",
        "handle = workflow.start_activity(charge)",
        "self.task = workflow.sleep(1)",
        "self.clock.sleep(1)",
        "later = lambda: workflow.sleep(1); await later()",
    ],
)
def test_an_await_that_is_not_missing(line: str) -> None:
    assert with_code(f"async def run():\n    {line}\n") == {}


@pytest.mark.parametrize(
    ("code", "blocks"),
    [
        ("@activity.defn\nasync def charge():\n    time.sleep(1)\n", True),
        ("@activity.defn(name='x')\nasync def charge():\n    requests.get(url)\n", True),
        ("@activity.defn\nasync def charge():\n    if x:\n        subprocess.run([])\n", True),
        ("@activity.defn\nasync def charge():\n    await asyncio.sleep(1)\n", False),
        (
            "@activity.defn\nasync def charge():\n    await to_thread(lambda: time.sleep(1))\n",
            False,
        ),
        ("@activity.defn\ndef charge():\n    time.sleep(1)\n", False),
        ("async def charge():\n    time.sleep(1)\n", False),
    ],
)
def test_what_blocks(code: str, blocks: bool) -> None:
    assert ("blocking_call" in with_code(code)) is blocks


@pytest.mark.parametrize(
    ("made", "starts"),
    [
        ("Worker(client, activities=[shop.charge])", False),
        ("Worker(client, activities=[shop.charge], activity_executor=pool)", True),
        ("Worker(client, activities=[book])", True),
        ("Worker(client, activities=everything)", True),
        ("Worker(client, activities=[charge], **options)", True),
        ("Worker(client, workflows=[Order])", True),
    ],
)
def test_who_needs_an_executor(made: str, starts: bool) -> None:
    activities = source(
        "@activity.defn\ndef charge(): ...\n@activity.defn\nasync def book(): ...\n",
        name="activities.py",
    )
    facts = Facts(NOW, sources=[activities, source(made, name="worker.py")])
    assert list(said(facts)) == ([] if starts else ["no_executor"])


def test_an_id_that_is_made_anew_each_time_is_never_taken() -> None:
    fixed = "await client.start_workflow(Order.run, id='order-1')"
    code = f"async def main():\n    {fixed}\n"
    facts = Facts(NOW, sources=[source(code)], ids=frozenset({"order-1"}))
    assert list(said(facts)) == ["id_in_use"]
    assert said(replace(facts, ids=frozenset())) == {}
    varied = code.replace("'order-1'", "f'order-{n}'")
    assert said(replace(facts, sources=[source(varied)])) == {}


@pytest.mark.parametrize(
    "code", ["def (:", "x = '", "x\0y", "(" * 10_000, "-" * 100_000, "  x = 1"]
)
def test_what_is_no_python_is_said_to_be_none(code: str) -> None:
    assert list(with_code(code)) == ["syntax_error"]


def test_code_may_be_as_deep_as_python_takes_it() -> None:
    assert with_code(f"async def run():\n    return {'1 + ' * 2_000}1\n") == {}


def test_files_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    place = tmp_path / "d1l1_hello_workflow"
    place.mkdir()
    (place / "good.py").write_text("x = 1")
    (place / "huge.py").write_text("x = 1\n" * 100_000)
    (place / "folder.py").mkdir()
    (place / "gone.py").symlink_to("nowhere.py")
    (place / "itself.py").symlink_to("itself.py")
    assert [source.name for source in read_sources(tmp_path)] == ["good.py"]
    assert read_sources(tmp_path / "nowhere") == []


# The server's answers, and the report


def test_a_task_that_is_due_later_waits_for_nobody() -> None:
    def waits(at: str, state: str) -> float:
        task = {"state": f"PENDING_WORKFLOW_TASK_STATE_{state}", "scheduledTime": at}
        return described(ORDER, {"pendingWorkflowTask": task}, NOW).waits_s

    assert waits("2025-07-16T10:29:57Z", "SCHEDULED") == 3
    assert waits("2025-07-16T10:30:05Z", "SCHEDULED") == 0
    assert waits("2025-07-16T10:29:57Z", "STARTED") == 0
    assert described(ORDER, {}, NOW).waits_s == 0


def test_what_many_suffer_from_is_told_once() -> None:
    many = [replace(ORDER, workflow_id=f"order-{n}", waits_s=1) for n in range(3)]
    lines = list(report(replace(seen(*many, workers=[]), running=3000), SEAT))
    assert lines[0].endswith("nobody listens there. (2 more like it.)")
    assert lines[2] == f"  See  {SEAT.workflow_url('order-0', 'run')}"
    assert lines[-2] == "Begin with the first: others may go away with it."
    assert lines[-1] == "Looked at 0 of your files; no worker runs; running workflows: 3 of 3,000."


def test_a_history_is_long_by_its_events_or_by_its_bytes() -> None:
    for long, words in (
        (replace(ORDER, length=10_000, size=20_000_000), "more than 10,000 events"),
        (replace(ORDER, length=9, size=10_000_000), "more than 10 MB"),
    ):
        assert f"order-1 has {words} in its history" in said(seen(long))["long_history"]
    assert "long_history" not in said(seen(replace(ORDER, length=9_999, size=9_999_999)))


def test_who_was_ended_by_somebody_was_not_ended_at_the_limit() -> None:
    for reason, told in (
        ("Workflow history size exceeds limit.", True),
        ("Workflow history count exceeds limit.", True),
        ("my patience exceeds limits", False),
    ):
        ended = event(9, "WorkflowExecutionTerminated", reason=reason)
        over = replace(ORDER, running=False, tail=[ended])
        assert ("ended_at_the_limit" in said(seen(over))) == told


def test_a_command_can_be_copied_from_the_advice() -> None:
    failed = stuck("", "[TMPRL1100] Nondeterminism error: oh")
    nde = {"cause": "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"}
    tail = [replace(failed.tail[0], facts={**failed.tail[0].facts, **nde})]
    lines = list(report(seen(replace(failed, tail=tail)), SEAT))
    assert "-w order-1 --reason repaired" in lines[1]
    assert "{id}" not in "".join(lines)
