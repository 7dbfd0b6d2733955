"""Four timeouts, each in a workflow of its own. Predict first, then run them."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import ShopActivities


@workflow.defn
class AttemptTimeout:
    """Each attempt may take 1 s, and takes 5. There are three."""

    @workflow.run
    async def run(self) -> None:
        """Charge slowly."""
        await workflow.execute_activity_method(
            ShopActivities.charge_slowly,
            start_to_close_timeout=timedelta(seconds=1),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3),
        )


@workflow.defn
class ActivityTimeout:
    """All attempts together may take 4 s. Each fails at once, and there may be ten."""

    @workflow.run
    async def run(self) -> None:
        """Charge in vain."""
        await workflow.execute_activity_method(
            ShopActivities.charge_in_vain,
            schedule_to_close_timeout=timedelta(seconds=4),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=10),
        )


@workflow.defn
class OrderTimeout:
    """Sleeps for a minute. The starter gives the whole workflow 5 s."""

    @workflow.run
    async def run(self) -> None:
        """Sleep, and tidy up afterwards."""
        try:
            await workflow.sleep(60)
        finally:
            workflow.logger.info("workflow: this is the clean-up")


@workflow.defn
class TimerTimeout:
    """Sleeps for a minute, and gives up after 2 s."""

    @workflow.run
    async def run(self) -> str:
        """Return how the waiting ended."""
        try:
            await asyncio.wait_for(asyncio.sleep(60), timeout=2)
        except TimeoutError:
            return "gave up waiting, and went on"
        return "slept for a minute"
