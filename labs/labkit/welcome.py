"""The welcome worker: it keeps `:8080/metrics` alive until the attendee runs a worker.

Its own queue, one trivial workflow, and as small as the SDK allows: it stands idle on every seat.
"""

from __future__ import annotations

import asyncio
import signal
from uuid import uuid4

from temporalio import workflow
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from labkit.leaving import leave

TASK_QUEUE = "welcome"
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


@workflow.defn
class Welcome:
    """Greets a seat: proof that its server and a worker work together."""

    @workflow.run
    async def run(self, seat: str) -> str:
        """Return the greeting."""
        return f"Welcome to {seat}. Your server, your worker and your workspace are ready."


async def connect(runtime: Runtime) -> Client:
    """Return a client, as soon as the server answers; a seat's parts start in any order."""
    wait_s = FIRST_WAIT_S
    while True:
        try:
            return await Client.connect(
                **ClientConfig.load_client_connect_config(),
                identity=f"welcome-{uuid4()}",
                runtime=runtime,
            )
        except RuntimeError:
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


async def work(metrics_address: str) -> None:
    """Poll the queue until cancelled."""
    metrics = PrometheusConfig(bind_address=metrics_address)
    client = await connect(Runtime(telemetry=TelemetryConfig(metrics=metrics)))
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Welcome],
        # The sandbox protects against code that changes, and this code is in the image.
        workflow_runner=UnsandboxedWorkflowRunner(),
        # Nothing cached means no sticky queue, and one poller is enough for a greeting.
        max_cached_workflows=0,
        max_concurrent_workflow_tasks=1,
        max_concurrent_workflow_task_polls=1,
    )
    await worker.run()


async def main() -> None:
    """Work until SIGTERM, which ends it with exit code 0."""
    working = asyncio.create_task(work("0.0.0.0:8080"))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    await asyncio.wait([working])
    if not working.cancelled():
        working.result()


if __name__ == "__main__":
    asyncio.run(main())
    leave()
