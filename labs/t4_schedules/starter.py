"""The starter: makes a schedule, and goes. Nothing of it runs on."""

import argparse
from datetime import timedelta
from uuid import uuid4

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from reports import TASK_QUEUE, Report
from workflows import ReportWorkflow


async def main(every: float, seconds: float, runs: int) -> None:
    """Make a schedule."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    schedule_id = f"report-{uuid4().hex[:6]}"
    await client.create_schedule(
        schedule_id,
        Schedule(
            action=ScheduleActionStartWorkflow(
                ReportWorkflow.run, Report(seconds), id=schedule_id, task_queue=TASK_QUEUE
            ),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(seconds=every))]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
            # A real one has no such end; but you go home tonight, and it does not.
            state=ScheduleState(limited_actions=True, remaining_actions=runs),
        ),
    )
    print(f"Schedule {schedule_id}, every {every:g} s")
    print(f"See it   {seat().url}/temporal/namespaces/{seat().namespace}/schedules/{schedule_id}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T4", description="Make a schedule.")
    parser.add_argument("--every", type=float, default=5, help="how many seconds apart")
    parser.add_argument("--seconds", type=float, default=0, help="how long a report takes")
    parser.add_argument("--runs", type=int, default=60, help="after how many it ends by itself")
    arguments = parser.parse_args()
    run(main(arguments.every, arguments.seconds, arguments.runs))
