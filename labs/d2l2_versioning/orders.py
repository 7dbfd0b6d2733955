"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "d2l2_orders"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        pause_seconds: how long the warehouse packs it.
    """

    order_id: str
    pause_seconds: float = 30
