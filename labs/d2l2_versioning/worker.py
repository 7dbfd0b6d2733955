"""The worker: runs the workflow and its activities, and says which code it runs."""

import hashlib
from datetime import timedelta
from pathlib import Path

from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities import charge, check_fraud, send_receipt, ship
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow

CODE = ("orders.py", "workflows.py", "activities.py")


def build_id() -> str:
    """Return a short name for the code as it lies on disk; it changes with every edit.

    The SDK's own default is blind to an edit inside a function.
    """
    code = b"".join(Path(name).read_bytes() for name in CODE)
    return hashlib.sha256(code).hexdigest()[:8]


async def main() -> None:
    """Poll until Ctrl-C."""
    version = WorkerDeploymentVersion(deployment_name="shop", build_id=build_id())
    async with worker_client("D2L2") as client:
        print(f"Code     {version.build_id}")
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[check_fraud, charge, ship, send_receipt],
            # It names its code in every history, and takes orders of any other code as well.
            deployment_config=WorkerDeploymentConfig(version=version, use_worker_versioning=False),
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
