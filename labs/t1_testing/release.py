"""The release: a workflow that rehearses on the shop as it is, and on one with each of the bugs."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from rehearsal import AS_IT_IS, BUGS, Outcome, rehearse


@workflow.defn
class ReleaseWorkflow:
    """Finds out whether the tests pass, and whether they would notice."""

    @workflow.run
    async def run(self) -> list[Outcome]:
        """Return what came of each rehearsal."""
        return [
            await workflow.execute_activity(
                rehearse,
                shop,
                start_to_close_timeout=timedelta(minutes=1),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
            for shop in (AS_IT_IS, *BUGS)
        ]
