"""The workflow: a report on the orders so far. It knows nothing of who starts it, or how often."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from reports import Report

DUE = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""What a schedule writes on each of its runs: for when it is. It may begin later than that."""


@workflow.defn
class ReportWorkflow:
    """Writes one report."""

    @workflow.run
    async def run(self, report: Report) -> str:
        """Return what stands at the top of it."""
        due = workflow.info().typed_search_attributes.get(DUE) or workflow.now()
        await workflow.sleep(report.seconds)
        workflow.logger.info("workflow: the report for %s is written", f"{due:%H:%M:%S}")
        return f"All orders until {due:%H:%M:%S}"
