"""The worker: runs workflows and activities, on one queue."""

import argparse
import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.worker import Worker

from activities import ShopActivities
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from timeouts import ActivityTimeout, AttemptTimeout, OrderTimeout, TimerTimeout
from workflows import OrderWorkflow


async def main(dice: Callable[[], float]) -> None:
    """Poll until Ctrl-C."""
    shop = ShopActivities(dice)
    async with worker_client("D1L3") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow, AttemptTimeout, ActivityTimeout, OrderTimeout, TimerTimeout],
            activities=[shop.charge, shop.remind, shop.charge_slowly, shop.charge_in_vain],
            activity_executor=ThreadPoolExecutor(max_workers=20),
            max_concurrent_activities=20,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


def loaded_dice(numbers: str) -> Callable[[], float]:
    """Return dice that show these numbers, over and over."""
    shown = itertools.cycle([float(number) for number in numbers.split(",")])
    return lambda: next(shown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker D1L3", description="Run the worker.")
    parser.add_argument(
        "--dice",
        type=loaded_dice,
        default=random.random,
        help="numbers to throw instead of chance, such as 0,0,1",
    )
    run(main(parser.parse_args().dice))
