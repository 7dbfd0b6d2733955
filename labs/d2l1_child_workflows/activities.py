"""The activities: some talk to the Temporal server itself, the others to the world outside.

Those that need a client of the server are `async def`: only there the worker lends them its own.
"""

from temporalio import activity
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from orders import TASK_QUEUE, Order, Parcel, Tracking


@activity.defn
async def launch(parcel: Parcel) -> str:
    """Start a fulfilment as any other client would, and return its ID."""
    attempt = activity.info().attempt
    activity.logger.info("activity: launch %s, attempt %s", parcel.fulfilment_id, attempt)
    launched = "nothing"
    # % if solution
    handle = await activity.client().start_workflow(
        "FulfilmentWorkflow",
        parcel,
        id=parcel.fulfilment_id,
        task_queue=TASK_QUEUE,
        # It runs, because an attempt before this one has started it: that's the one we want.
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        # It ran before: once more only if it failed.
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    )
    launched = handle.id
    # % else
    # TODO 6: Start the fulfilment. This may not be the first attempt to do so.
    #     handle = await activity.client().start_workflow(
    #         "FulfilmentWorkflow",
    #         parcel,
    #         id=parcel.fulfilment_id,
    #         task_queue=TASK_QUEUE,
    #         # It runs, because an attempt before this one has started it: that's the one we want.
    #         id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    #         # It ran before: once more only if it failed.
    #         id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    #     )
    #     launched = handle.id

    # % endif
    if attempt == 1:
        # The work is done, and nobody hears of it: the worst moment for an attempt to fail.
        raise ConnectionError("the line dropped before the server's answer came")
    return launched


@activity.defn
async def look_at(fulfilment: str) -> str:
    """Return how a fulfilment is: running, completed, failed …, or none if there is none."""
    try:
        seen = await activity.client().get_workflow_handle(fulfilment).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "none"
    return seen.status.name.lower() if seen.status else "none"


@activity.defn
async def ask_carrier(tracking: Tracking) -> str:
    """Return where a parcel is, as its carrier says."""
    activity.logger.info("activity: where is %s? look %s", tracking.order_id, tracking.look)
    if tracking.look == tracking.unknown_at:
        raise ApplicationError("the carrier has never heard of it", non_retryable=True)
    return "delivered" if tracking.look >= tracking.delivered_at else "on its way"


@activity.defn
async def refund(order: Order) -> None:
    """Give the customer the money back."""
    activity.logger.info("activity: the money for %s goes back", order.order_id)
