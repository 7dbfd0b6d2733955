"""What a room trips over, produced on a real server, and what the doctor says of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.labs import find_lab
from labkit.render import lab_file
from tests.stage import Stage, without_what_varies
from tests.workspace import COURSE, ROOT, SEAT, Workspace, temporal, until, workspace_on

HEALTHY = "Nothing is wrong, as far as the doctor can see."
AGAIN = "then restart the worker, and it goes on by itself within 15 seconds"


END_ALL = """temporal workflow terminate --query 'ExecutionStatus="Running"' --reason over --yes"""
SILENT = (
    "import socket, time; s = socket.socket(); "
    's.bind(("localhost", 17999)); s.listen(); time.sleep(60)'
)

Make = Callable[..., Stage]


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        yield workspace


@pytest.fixture
def stage(workspace: Workspace) -> Iterator[Make]:
    """Give what makes a lab's stage, with no other lab in the attendee's folder."""
    stages: list[Stage] = []

    def make(lab_id: str, *, solution: bool = False) -> Stage:
        workspace.sh(f"rm -rf {COURSE}/* {COURSE}/.handed-out.json /tmp/labkit/crashes/*")
        made = Stage(workspace, find_lab(ROOT / "labs", lab_id))
        made.make_namespace()
        made.install(solution=solution)
        stages.append(made)
        return made

    try:
        yield make
    finally:
        for made in stages:
            made.kill()
            # Their starters wait for them, and would fill the workspace's memory test by test.
            made.sh(END_ALL, expect=None)


def replaced(stage: Stage, name: str, old: str, new: str, *, solution: bool = False) -> None:
    """Change one place of a file as it was handed out, or of the solution."""
    source = lab_file(stage.lab, name, SEAT, solution=solution)
    assert old in source
    stage.workspace.write(f"{stage.lab.folder.name}/{name}", source.replace(old, new, 1))


def diagnosed(stage: Stage, *sentences: str) -> str:
    """Ask the doctor until it says these things, and return all it said."""
    said: list[str] = [""]

    def heard() -> bool:
        said.append(stage.sh("lab doctor"))
        return all(sentence in said[-1] for sentence in sentences)

    until(heard, "\n".join(sentences), lambda: said[-1])
    assert "\033" not in said[-1]
    return said[-1]


def kinds(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("✘")]


def test_a_seat_where_all_is_well(stage: Make) -> None:
    d1l1 = stage("D1L1", solution=True)
    d1l1.worker()
    d1l1.run("--seconds 1")
    said = d1l1.sh("lab doctor")
    assert HEALTHY in said
    assert "workers: D1L1 on d1l1_orders; running workflows: 0." in said


def test_no_server(stage: Make) -> None:
    said = stage("D1L1").sh("TEMPORAL_ADDRESS=localhost:1 lab doctor")
    assert "✘ Your Temporal server at localhost:1 is of no use now: it does not answer." in said
    assert "Try: again in a few seconds." in said


def test_a_server_that_takes_calls_and_says_nothing(stage: Make) -> None:
    d1l1 = stage("D1L1")
    d1l1.begin(f"python -c '{SILENT}'")
    began = time.monotonic()
    said = d1l1.sh("sleep 1; TEMPORAL_ADDRESS=localhost:17999 lab doctor")
    assert "is of no use now: it does not answer." in said
    said = d1l1.sh("TEMPORAL_ADDRESS=localhost:17999 lab check D1L1")
    assert "Your Temporal server at localhost:17999 does not answer." in said
    assert time.monotonic() - began < 25


def test_a_namespace_that_is_not_there(stage: Make) -> None:
    said = stage("D1L1").sh("TEMPORAL_NAMESPACE=elsewhere lab doctor")
    assert "is of no use now: Namespace elsewhere is not found." in said


def test_nobody_listens(stage: Make) -> None:
    d1l1 = stage("D1L1")
    _, order = d1l1.start()
    sentence = f"{order} waits on the queue d1l1_orders, and nobody listens there."
    said = diagnosed(d1l1, sentence, "Try: `lab worker D1L1`. Nothing is lost")
    assert len(kinds(said)) == 1


def test_a_killed_worker_does_not_listen_though_the_server_remembers_it(stage: Make) -> None:
    d1l1 = stage("D1L1")
    d1l1.worker()
    d1l1.run()
    d1l1.kill()
    _, order = d1l1.start()
    diagnosed(d1l1, f"{order} waits on the queue d1l1_orders, and nobody listens there.")


def test_an_activity_waits_for_a_worker_of_its_own(stage: Make) -> None:
    d1l2 = stage("D1L2", solution=True)
    d1l2.worker("orders")
    _, order = d1l2.start()
    diagnosed(
        d1l2,
        f"{order} waits: its activity send_confirmation is on the queue d1l2_email, and nobody "
        "listens there. Workers listen on d1l2_orders.",
        "Try: `lab worker D1L2`.",
    )


def test_a_wrong_queue(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(d1l1, "starter.py", "task_queue=TASK_QUEUE", 'task_queue="d1l1_order"')
    d1l1.worker()
    _, order = d1l1.start()
    diagnosed(
        d1l1,
        f"{order} waits on the queue d1l1_order, and nobody listens there. "
        "A worker listens on d1l1_orders.",
        "Try: writing one name in both places.",
    )


def test_an_activity_on_the_workflows_queue(stage: Make) -> None:
    d1l2 = stage("D1L2", solution=True)
    replaced(d1l2, "workflows.py", "            task_queue=Queue.EMAIL,\n", "", solution=True)
    d1l2.worker("orders")
    d1l2.worker("email")
    _, order = d1l2.start()
    diagnosed(
        d1l2,
        f"{order} waits: its activity send_confirmation is on the queue d1l2_orders, and the "
        "worker there runs no activities.",
        "Try: `task_queue=` with the queue of a worker that does",
    )


def test_a_worker_older_than_its_file(stage: Make) -> None:
    d1l1 = stage("D1L1")
    d1l1.worker()
    assert HEALTHY in d1l1.sh("lab doctor")
    replaced(d1l1, "workflows.py", "is confirmed to", "is on its way to")
    said = diagnosed(
        d1l1,
        "was started before you saved workflows.py, so some workflows get the new code from it, "
        "others the old.",
        "Try: Ctrl-C in its terminal, and `lab worker D1L1` again.",
    )
    assert re.search(r"✘ The D1L1 worker, process \d+, was started", said)
    d1l1.kill()
    d1l1.worker()
    assert HEALTHY in d1l1.sh("lab doctor")


def test_a_worker_older_than_its_activities(stage: Make) -> None:
    d1l5 = stage("D1L5")
    log = d1l5.worker()
    replaced(d1l5, "activities.py", "the post takes", "the mail takes")
    diagnosed(
        d1l5,
        "was started before you saved activities.py, and goes on with activities.py as of then.",
    )
    d1l5.run("--seconds 0")
    assert "the post takes" in d1l5.log(log)


def test_two_builds_on_one_queue(stage: Make) -> None:
    d1l1 = stage("D1L1")
    d1l1.worker()
    d1l1.worker()
    assert HEALTHY in d1l1.sh("lab doctor")  # two alike are no trouble
    replaced(d1l1, "workflows.py", "is confirmed to", "is on its way to")
    d1l1.worker()
    said = diagnosed(d1l1, "Try: `lab kill`, which ends them all, then `lab worker D1L1` once.")
    pids = r"processes \d+, \d+ and \d+"
    assert re.search(rf"The queue d1l1_orders has workers that run different code, {pids}: ", said)


def test_the_sandbox(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(
        d1l5,
        "workflows.py",
        'number, post_has_left = "0001"',
        "number, post_has_left = str(uuid.uuid4())",
    )
    written = d1l5.sh(f"cat {COURSE}/{d1l5.lab.folder.name}/workflows.py")
    d1l5.workspace.write(f"{d1l5.lab.folder.name}/workflows.py", f"import uuid\n{written}")
    d1l5.worker()
    _, parcel = d1l5.start()
    diagnosed(
        d1l5,
        f"{parcel} is stuck at workflows.py, line ",
        ": a workflow may not use uuid.uuid4, since a replay would get something else from it.",
        f"Try: `workflow.uuid4()` in its place; {AGAIN}.",
    )


def test_nondeterminism(stage: Make) -> None:
    d1l1 = stage("D1L1", solution=True)
    worker = d1l1.worker()
    _, order = d1l1.start("--seconds 3")
    d1l1.wait_for(worker, "accepted")
    d1l1.kill()
    d1l1.install(solution=False)  # which has no pause
    d1l1.worker()
    diagnosed(
        d1l1,
        f"{order} is stuck: on a replay your code asks for something else than its history has.",
        f"`temporal workflow reset --type FirstWorkflowTask -w {order} --reason repaired`",
    )


def test_an_activity_without_a_timeout(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(d1l5, "workflows.py", "            start_to_close_timeout=SOON,\n", "")
    d1l5.worker()
    _, parcel = d1l5.start()
    diagnosed(
        d1l5,
        f"{parcel} is stuck at workflows.py, line ",
        ": it calls an activity without a timeout.",
        f"Try: `start_to_close_timeout=timedelta(seconds=10)` in that call; {AGAIN}.",
    )


def test_a_plain_exception(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(
        d1l1, "workflows.py", "return f", 'raise ValueError("no such order")\n        return f'
    )
    d1l1.worker()
    _, order = d1l1.start()
    said = diagnosed(
        d1l1,
        f"{order} is stuck at workflows.py, line ",
        ": ValueError: no such order. Temporal takes that for a bug and tries again, for ever.",
        "If the workflow shall fail, raise an `ApplicationError`.",
    )
    assert len(kinds(said)) == 1


def test_a_workflow_that_is_not_registered(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(d1l1, "starter.py", "OrderWorkflow.run,", '"OrderWorkflows",')
    d1l1.worker()
    _, order = d1l1.start()
    diagnosed(
        d1l1,
        f"{order} is stuck: the worker on d1l1_orders does not know a workflow OrderWorkflows, "
        "only OrderWorkflow.",
        "Try: OrderWorkflow in the starter, if that is what you mean. Otherwise adding it to "
        "`workflows=[…]` in worker.py",
    )


def test_an_activity_that_is_not_registered(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(d1l5, "worker.py", "activities=[book_post, ", "activities=[")
    d1l5.worker()
    _, parcel = d1l5.start()
    diagnosed(
        d1l5,
        f"{parcel} does not get on: the worker on d1l5_parcels does not know an activity "
        "book_post, only book_courier, ship.",
        "adding it to `activities=[…]` of the worker on that queue, and restarting it.",
    )


def test_a_missing_await_is_seen_in_the_code(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(d1l5, "workflows.py", "await workflow.sleep", "workflow.sleep")
    d1l5.worker()
    assert "was shipped" in d1l5.run("--seconds 600")
    diagnosed(
        d1l5,
        "✘ d1l5_determinism/workflows.py, line ",
        "calls `workflow.sleep` without `await`: nothing happens there, and nobody complains.",
    )


def test_a_missing_await_is_seen_in_what_comes_of_it(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(
        d1l5,
        "workflows.py",
        'return f"Parcel {parcel.number} was shipped"',
        "shipped = workflow.execute_activity(ship, parcel, start_to_close_timeout=SOON)\n"
        "        return shipped",
    )
    d1l5.worker()
    _, parcel = d1l5.start("--seconds 1")
    diagnosed(d1l5, f"{parcel} is stuck", "an `await` is missing, so it has a coroutine")


def test_an_id_that_is_running(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(d1l1, "starter.py", "id=order_id", 'id="order-1"')
    d1l1.start()
    refused = d1l1.run(expect=1)
    assert refused.splitlines()[-1].startswith("A workflow with the ID order-1 is running")
    diagnosed(
        d1l1,
        "✘ d1l1_hello_workflow/starter.py, line ",
        "starts a workflow with the ID order-1, and one of that ID is running: "
        "the server refuses a second one.",
        "`temporal workflow terminate -w order-1`",
    )


def test_a_blocking_call_in_an_async_activity(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(
        d1l5,
        "activities.py",
        '    activity.logger.info("activity: the post',
        '    time.sleep(40)\n    activity.logger.info("activity: the post',
    )
    written = d1l5.sh(f"cat {COURSE}/{d1l5.lab.folder.name}/activities.py")
    d1l5.workspace.write(f"{d1l5.lab.folder.name}/activities.py", f"import time\n{written}")
    d1l5.worker()
    d1l5.start()
    time.sleep(1)
    _, second = d1l5.start()
    said = diagnosed(
        d1l5,
        "✘ d1l5_determinism/activities.py, line ",
        "calls `time.sleep` in the async activity book_post, and the whole worker stands still "
        "meanwhile.",
        f"{second} was taken by the D1L5 worker, process ",
        "which gave no answer for 10 s: something blocks it.",
    )
    assert said


def test_a_plain_activity_without_an_executor(stage: Make) -> None:
    d1l3 = stage("D1L3")
    replaced(
        d1l3, "worker.py", "            activity_executor=ThreadPoolExecutor(max_workers=20),\n", ""
    )
    refused = d1l3.sh("lab worker D1L3", expect=1)
    assert "Traceback" not in refused
    said = diagnosed(
        d1l3,
        "makes a worker without an `activity_executor`, which a plain `def` needs: charge, remind, "
        "charge_slowly, charge_in_vain. Such a worker does not start.",
    )
    assert len(kinds(said)) == 1


def test_a_signal_that_no_handler_knows(stage: Make) -> None:
    d1l4 = stage("D1L4", solution=True)
    d1l4.worker()
    _, order = d1l4.start()
    d1l4.sh(f"temporal workflow signal -w {order} --name recieve_approval")
    diagnosed(
        d1l4,
        f"{order} was sent the signal recieve_approval, and OrderWorkflow has no handler for it. "
        "It has one that is called receive_approval. The server takes any name.",
        "Try: sending it again with `--name receive_approval`.",
    )


def test_a_wedged_handler(stage: Make) -> None:
    d1l4 = stage("D1L4", solution=True)
    d1l4.worker()
    _, order = d1l4.start()
    d1l4.sh(f"temporal workflow signal -w {order} --name receive_approval")
    said = diagnosed(
        d1l4,
        f"{order} is wedged: its history has a signal receive_approval, and the handler fails "
        "each time it is given it. TypeError: OrderWorkflow.receive_approval() missing 1",
        f"Or give this one up: `temporal workflow terminate -w {order}`",
    )
    assert len(kinds(said)) == 1


def test_an_activity_that_is_tried_for_ever(stage: Make) -> None:
    d1l5 = stage("D1L5")
    replaced(
        d1l5,
        "activities.py",
        '    activity.logger.info("activity: the post',
        '    raise ValueError("no post today")\n    activity.logger.info("activity: the post',
    )
    d1l5.worker()
    _, parcel = d1l5.start()
    diagnosed(
        d1l5,
        f"{parcel} does not get on: its activity book_post fails at activities.py, line ",
        ": ValueError: no post today. It is tried again without an end.",
        "`retry_policy=RetryPolicy(maximum_attempts=3)`",
    )


def test_a_syntax_error(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(
        d1l1,
        "workflows.py",
        "async def run(self, order: Order) -> str:",
        "async def run(self, order: Order -> str:",
    )
    refused = d1l1.sh("lab worker D1L1", expect=1)
    assert "SyntaxError: " in refused
    assert "Traceback" not in refused
    assert refused.endswith("worker.py ended with that. Mend it, save, and start it again.\n")
    said = diagnosed(d1l1, "✘ d1l1_hello_workflow/workflows.py, line ", "is no Python: ")
    assert len(kinds(said)) == 1


def test_a_worker_that_crashes_at_import(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(d1l1, "workflows.py", "from temporalio", "import numpi\nfrom temporalio")
    refused = d1l1.sh("lab worker D1L1", expect=1)
    assert "workflows.py, line " in refused
    said = diagnosed(
        d1l1,
        "✘ The last worker of d1l1_hello_workflow did not come up (workflows.py, line ",
        "): ModuleNotFoundError: No module named 'numpi'",
    )
    assert len(kinds(said)) == 1
    d1l1.install(solution=False)
    assert HEALTHY in d1l1.sh("lab doctor")
    d1l1.worker()
    assert HEALTHY in d1l1.sh("lab doctor")


def test_a_workflow_that_blocks(stage: Make) -> None:
    d1l1 = stage("D1L1")
    replaced(
        d1l1,
        "workflows.py",
        "        return f",
        "        while order:\n            pass\n        return f",
    )
    d1l1.worker()
    _, order = d1l1.start()
    diagnosed(d1l1, f"{order} is stuck: its code ran for 2 s without reaching an `await`")


LOOP = """
import asyncio
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
async def main():
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    for begin in range(0, 1200, 100):
        await asyncio.gather(*(
            client.start_workflow("OrderWorkflow", id=f"order-{n}", task_queue="d1l1_orders")
            for n in range(begin, begin + 100)))
asyncio.run(main())
import os; os._exit(0)
"""


@pytest.mark.parametrize(("lab", "worker"), [("D1L1", True), ("D2L1", False)])
def test_a_guide_shows_what_the_doctor_says_of_a_healthy_seat(
    stage: Make, lab: str, worker: bool
) -> None:
    made = stage(lab)
    if worker:
        made.worker()
    said = diagnosed(made, HEALTHY)
    guide = lab_file(made.lab, "guide.md", SEAT, solution=False)
    (shown,) = re.findall(r"^\$ lab doctor\n(.*?)```$", guide, re.MULTILINE | re.DOTALL)
    assert without_what_varies(said) == without_what_varies(shown)


def test_a_loop_that_started_thousands(stage: Make) -> None:
    d1l1 = stage("D1L1")
    d1l1.workspace.write("loop.py", LOOP)
    d1l1.sh(f"python {COURSE}/loop.py")
    began = time.monotonic()
    said = diagnosed(
        d1l1,
        "nobody listens there. (99 more like it.)",
        "✘ 1,200 workflows are running, more than anybody reads; the newest 100 were looked at.",
        "temporal workflow terminate --query",
    )
    assert time.monotonic() - began < 20
    assert len(kinds(said)) == 2


PHOTOS = """
import asyncio, sys
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
async def main(order, many):
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    handle = client.get_workflow_handle(order)
    for _ in range(int(many)):
        await handle.signal("photo", "x" * 1_900_000)
        print("sent", flush=True)
asyncio.run(main(*sys.argv[1:]))
import os; os._exit(0)
"""


def test_a_history_of_few_and_huge_events_up_to_the_limit(stage: Make) -> None:
    """The server's own limit, 50 MB. Nobody reads that much to say so."""
    d1l1 = stage("D1L1")
    _, order = d1l1.start()
    d1l1.workspace.write("photos.py", PHOTOS)
    d1l1.sh(f"python {COURSE}/photos.py {order} 6")
    diagnosed(d1l1, f"{order} has more than 10 MB in its history, and the server ends it at 50.")
    pause = d1l1.check()["pause"]
    assert pause["because"].startswith(f"The history of {order} is too long to be read.")

    sent = d1l1.sh(f"python {COURSE}/photos.py {order} 30", expect=None).count("sent")
    assert sent < 30, "the server has a limit"
    said = diagnosed(d1l1, f"{order} was ended by the server: its history was as long as one may")
    assert "Try: a new run before that comes, `workflow.continue_as_new(…)`" in said
    assert d1l1.check()["pause"]["state"] == "unknown"


def test_a_history_that_grows_and_grows(stage: Make) -> None:
    d1l1 = stage("D1L1")
    grows = """        import asyncio
        for _ in range(6):
            await asyncio.gather(*(workflow.sleep(0.01) for _ in range(1000)))
        await workflow.sleep(600)
        return f"""
    replaced(d1l1, "workflows.py", "        return f", grows)
    d1l1.worker()
    _, order = d1l1.start()
    diagnosed(d1l1, f"{order} has more than 10,000 events in its history")
    pause = d1l1.check()["pause"]
    assert pause["state"] == "unknown"
    assert pause["because"].startswith(f"The history of {order} is too long to be read.")
