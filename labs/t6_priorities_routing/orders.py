"""What the example's programs agree on."""

from dataclasses import dataclass
from enum import StrEnum


class Queue(StrEnum):
    """The task queues; each table has one more, of its own."""

    ORDERS = "t6_orders"
    PACKING = "t6_packing"


@dataclass
class Parcel:
    """What is to be packed.

    Attributes:
        parcel_id: its number.
        customer: whose it is.
        seconds: how long it takes to pack.
    """

    parcel_id: str
    customer: str
    seconds: float = 0.3


@dataclass
class Box:
    """An order of several things, which go into one box.

    Attributes:
        order_id: its number.
        things: how many.
    """

    order_id: str
    things: int = 3
