"""What the example's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t11_orders"
DEPLOYMENT = "shop"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        pause_seconds: how long the warehouse packs it.
    """

    order_id: str
    pause_seconds: float = 1
