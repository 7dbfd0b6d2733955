"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "d1l5_parcels"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        pause_seconds: how long its parcel stays in the warehouse.
        last_post: when the last post of the day leaves, in seconds since 1970.
    """

    order_id: str
    pause_seconds: float
    last_post: float


@dataclass
class Parcel:
    """What the activities are told.

    Attributes:
        order_id: the order that it is for.
        number: the number on its label.
    """

    order_id: str
    number: str
