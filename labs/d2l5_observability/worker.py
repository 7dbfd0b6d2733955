"""The worker: runs the workflow and its activity, and serves what it measures."""

import argparse
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.worker import Worker

from activities import charge
from json_lines import JsonLines
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow


async def main(slots: int, *, json_lines: bool) -> None:
    """Poll until Ctrl-C."""
    if json_lines:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonLines())
    async with worker_client("D2L5") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[charge],
            activity_executor=ThreadPoolExecutor(max_workers=slots),
            max_concurrent_activities=slots,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker D2L5", description="Run the worker.")
    parser.add_argument("--slots", type=int, default=10, help="how many activities at a time")
    parser.add_argument("--json", action="store_true", help="log JSON, an object a line")
    arguments = parser.parse_args()
    run(main(arguments.slots, json_lines=arguments.json))
