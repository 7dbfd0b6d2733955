"""Activities & Task Queues, played: e-mail goes over a queue of its own, and is tried again."""

from __future__ import annotations

from tests.stage import Stage
from tests.workspace import COURSE

LAB = "D1L2"
OUTBOX = f"{COURSE}/d1l2_activities_task_queues/outbox.txt"


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    stage.worker("orders")
    said = stage.run()
    assert "nobody was told" in said
    assert stage.missing_in_guide(said) == []
    assert "choose from orders" in stage.sh("lab worker D1L2 email", expect=2)
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "it asked for no activity. Try: TODO 1 and 2" in results["activity"]["because"]
    stage.record("starter", said.split()[1])


def test_an_activity_waits_for_a_worker_of_its_queue(stage: Stage) -> None:
    stage.install()
    orders = stage.worker("orders")
    run, order = stage.start()
    stage.wait_for(orders, "accepted")
    because = stage.check()["activity"]["because"]
    assert "send_confirmation waits on the queue d1l2_email" in because
    stage.record("waits", order)

    email = stage.worker("email")
    stage.wait_for(run, "Result")
    assert stage.states() == {"activity": "done", "routing": "done", "retry": "not_yet"}
    assert "activity: mail for" in stage.log(email)
    assert "activity: mail for" not in stage.log(orders)
    assert stage.missing_in_guide(stage.log(run) + stage.log(orders) + stage.log(email)) == []
    stage.record("first-attempt", order)


def test_a_failed_attempt_is_tried_again_and_sends_no_second_mail(stage: Stage) -> None:
    stage.install()
    stage.worker("orders")
    email = stage.worker("email")
    run, order = stage.start("--dropped-lines 2")
    stage.wait_for(email, "attempt 2")
    because = stage.check()["retry"]["because"]
    assert "in progress: send_confirmation, attempt 3" in because or "attempt 3 comp" in because
    said = stage.wait_for(run, "Result")
    assert "was told at attempt 3" in said
    assert set(stage.states().values()) == {"done"}
    assert stage.sh(f"cat {OUTBOX}").count(order) == 1
    assert stage.missing_in_guide(stage.log(email)) == []
    stage.record("retried", order)


def test_without_a_look_at_what_was_sent_there_are_three_mails(stage: Stage) -> None:
    stage.install()
    careless = "if not self._was_sent(order):"
    path = OUTBOX.replace("outbox.txt", "activities.py")
    stage.sh(f"sed -i 's/{careless}/if True:/' {path}")
    stage.worker("orders")
    stage.worker("email")
    order = stage.run("--dropped-lines 2").split()[1]
    assert stage.sh(f"cat {OUTBOX}").count(order) == 3


def test_one_process_for_both_is_no_routing(stage: Stage) -> None:
    stage.install()
    worker = OUTBOX.replace("outbox.txt", "worker.py")
    stage.sh(
        f"sed -i 's/task_queue=Queue.EMAIL/task_queue=Queue.ORDERS/' {worker};"
        f"sed -i 's/Queue.EMAIL/Queue.ORDERS/' {worker.replace('worker.py', 'workflows.py')}"
    )
    stage.worker("orders")
    stage.worker("email")
    order = stage.run("--dropped-lines 2").split()[1]
    results = stage.check()
    states = {goal: result["state"] for goal, result in results.items()}
    assert states == {"activity": "done", "routing": "not_yet", "retry": "done"}
    assert "its activity went to d1l2_orders, the queue of the" in results["routing"]["because"]
    stage.record("same-queue", order)


def test_several_workers_share_a_queue(stage: Stage) -> None:
    stage.install()
    stage.worker("orders")
    emails = [stage.worker("email"), stage.worker("email")]
    assert stage.run("--orders 12").count("Result") == 12
    shares = [stage.log(log).count("activity: mail for") for log in emails]
    assert sum(shares) == 12
    assert all(shares), f"one worker did all of it: {shares}"
