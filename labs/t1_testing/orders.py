"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t1_orders"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        cents: what its goods cost.
    """

    order_id: str
    cents: int = 12_000
