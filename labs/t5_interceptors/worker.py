"""The worker: runs the workflow and its activities, with interceptors or without."""

import argparse
import logging
from datetime import timedelta

from temporalio.worker import Worker

from activities import charge, ship
from interceptors import RequestInterceptor, name_request
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow


async def main(*, plain: bool) -> None:
    """Poll until Ctrl-C."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(name_request)
    async with worker_client("T5") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[charge, ship],
            interceptors=[] if plain else [RequestInterceptor()],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker T5", description="Run the worker.")
    parser.add_argument("--plain", action="store_true", help="without any interceptor")
    run(main(plain=parser.parse_args().plain))
