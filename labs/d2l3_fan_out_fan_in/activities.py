"""The activity: processes one job, and knows nothing of the others."""

import time

from temporalio import activity
from temporalio.exceptions import ApplicationError

from orders import Job


@activity.defn
def process_job(job: Job) -> str:
    """Pack one parcel, and return what is written on it."""
    # % if solution
    activity.logger.info("activity: %s begins", job.job_id)
    if not job.address:
        raise ApplicationError("there is no address on it", non_retryable=True)
    time.sleep(job.seconds)
    activity.logger.info("activity: %s is packed", job.job_id)
    # % else
    # TODO 1: Pack it. That takes a while, and can't be done without an address.
    #     activity.logger.info("activity: %s begins", job.job_id)
    #     if not job.address:
    #         raise ApplicationError("there is no address on it", non_retryable=True)
    #     time.sleep(job.seconds)
    #     activity.logger.info("activity: %s is packed", job.job_id)

    # % endif
    return f"{job.job_id}, {job.address}"


@activity.defn(name="process_job")
async def process_job_in_a_coroutine(job: Job) -> str:
    """Do the very same, but in the worker's event loop, where everything else waits meanwhile."""
    return process_job(job)
