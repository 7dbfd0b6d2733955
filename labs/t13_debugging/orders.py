"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t13_shop"


@dataclass
class Order:
    """What the workflow of an order is told.

    Attributes:
        order_id: its number.
        pause_seconds: how long the warehouse packs it.
    """

    order_id: str
    pause_seconds: float = 15


@dataclass
class Parcel:
    """What the workflow of a parcel is told, and the activity that prints its label.

    Attributes:
        parcel_id: its number.
        street: where it goes.
        postcode: where that is.
        city: what people call that.
    """

    parcel_id: str
    street: str
    postcode: str
    city: str


@dataclass
class Return:
    """What the workflow of a return is told: somebody sends an order back.

    Attributes:
        return_id: its number.
    """

    return_id: str


@dataclass
class Note:
    """What somebody has found out, pinned to the workflow that it is about."""

    finding: str = ""
