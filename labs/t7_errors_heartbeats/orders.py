"""What the lab's programs agree on."""

from dataclasses import dataclass
from enum import StrEnum

TASK_QUEUE = "t7_orders"


class Card(StrEnum):
    """What is the matter with the customer's card."""

    GOOD = "good"
    STOLEN = "stolen"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        items: how many are to be packed.
        card: what it is paid with.
    """

    order_id: str
    items: int = 20
    card: Card = Card.GOOD


@dataclass
class Packed:
    """What the warehouse says at the end.

    Attributes:
        items: how many there are in the box.
        began_with: the item that the last attempt began with.
    """

    items: int
    began_with: int
