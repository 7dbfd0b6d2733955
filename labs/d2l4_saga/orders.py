"""What the lab's programs agree on."""

from dataclasses import dataclass
from enum import StrEnum

TASK_QUEUE = "d2l4_orders"


class Trouble(StrEnum):
    """What may happen to an order."""

    NONE = "none"
    DOWN = "down"
    REFUSED = "refused"
    LOST = "lost"


@dataclass
class Order:
    """What the workflow and its activities are told.

    Attributes:
        order_id: its number.
        pause_seconds: how long the warehouse packs it.
        trouble: what will happen to it.
    """

    order_id: str
    pause_seconds: float = 1
    trouble: Trouble = Trouble.NONE
