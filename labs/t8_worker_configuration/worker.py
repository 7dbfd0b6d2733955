"""The worker, with the settings that decide how much of it there is."""

import argparse
from datetime import timedelta

from temporalio.worker import ResourceBasedSlotConfig, Worker, WorkerTuner

from activities import print_label
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow


def by_resources() -> WorkerTuner:
    """Return what hands out slots until memory or CPU come near to what they may be."""
    return WorkerTuner.create_resource_based(
        target_memory_usage=0.8,
        target_cpu_usage=0.9,
        activity_config=ResourceBasedSlotConfig(minimum_slots=1, maximum_slots=50),
    )


async def main(slots: int, cached: int, *, tuned: bool) -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T8") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[print_label],
            # How many activities it has in work at a time: either so many, or by a tuner.
            max_concurrent_activities=None if tuned else slots,
            tuner=by_resources() if tuned else None,
            # How many workflows it keeps in memory; one that is not there is replayed.
            max_cached_workflows=cached,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker T8", description="Run the worker.")
    parser.add_argument("--slots", type=int, default=10, help="how many activities at a time")
    parser.add_argument("--cached", type=int, default=100, help="how many workflows in memory")
    parser.add_argument("--tuned", action="store_true", help="as many as memory and CPU allow")
    arguments = parser.parse_args()
    run(main(arguments.slots, arguments.cached, tuned=arguments.tuned))
