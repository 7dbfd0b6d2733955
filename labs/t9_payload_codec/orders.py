"""What the example's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t9_orders"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number; it is the workflow's ID too, which no codec touches.
        email: where the confirmation goes.
        card: what it is paid with.
    """

    order_id: str
    email: str
    card: str
