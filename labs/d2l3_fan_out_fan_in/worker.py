"""The worker: runs the workflow, and as many jobs side by side as it has threads."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.worker import Worker

from activities import process_job, process_job_in_a_coroutine
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow


async def main(threads: int, per_second: float | None, *, coroutine: bool) -> None:
    """Poll until Ctrl-C."""
    async with worker_client("D2L3") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[process_job_in_a_coroutine if coroutine else process_job],
            activity_executor=ThreadPoolExecutor(max_workers=threads),
            # It takes no more jobs than it has threads for; the rest waits at the server.
            max_concurrent_activities=threads,
            # % if solution
            max_task_queue_activities_per_second=per_second,
            # % else
            # TODO 5: Let the server hand out so many jobs a second, whoever asks for them.
            #     max_task_queue_activities_per_second=per_second,
            # % endif
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker D2L3", description="Run the worker.")
    parser.add_argument("--threads", type=int, default=10, help="how many jobs at a time")
    parser.add_argument(
        "--coroutine", action="store_true", help="do the jobs in the event loop, without threads"
    )
    parser.add_argument("--per-second", type=float, help="how many jobs a second, at most")
    arguments = parser.parse_args()
    run(main(arguments.threads, arguments.per_second, coroutine=arguments.coroutine))
