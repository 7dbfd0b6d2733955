"""The worker of one release. Those of two releases run side by side, on one task queue."""

import argparse
from datetime import timedelta

from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

import release_1
import release_2
from activities import charge, check_fraud, ship
from labkit.worker import run, serve, worker_client
from orders import DEPLOYMENT, TASK_QUEUE

# In real life a release has a checkout, or an image, of its own, and its name comes from the build.
RELEASES = {"1.0": release_1.OrderWorkflow, "2.0": release_2.OrderWorkflow}


async def main(build_id: str) -> None:
    """Poll until Ctrl-C."""
    version = WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=build_id)
    async with worker_client("T11") as client:
        print(f"Release  {version.to_canonical_string()}")
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[RELEASES[build_id]],
            activities=[check_fraud, charge, ship],
            # The server decides which orders it gets, and gives it none before it is told to.
            deployment_config=WorkerDeploymentConfig(version=version, use_worker_versioning=True),
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker T11", description="Run a release's worker.")
    parser.add_argument("release", choices=RELEASES, help="which one")
    run(main(parser.parse_args().release))
