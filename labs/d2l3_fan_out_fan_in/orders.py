"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "d2l3_orders"


@dataclass
class Job:
    """One parcel of an order: what the activity is told.

    Attributes:
        job_id: its number.
        address: where it goes; a parcel without one can't be packed.
        seconds: how long packing it takes.
    """

    job_id: str
    address: str
    seconds: float


@dataclass
class Order:
    """A customer's order of many parcels: what the workflow is told.

    Attributes:
        order_id: its number.
        jobs: its parcels.
    """

    order_id: str
    jobs: list[Job]
