"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "d1l3_orders"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        approver: who has to approve it.
        wait_seconds: how long they have, before they are reminded.
    """

    order_id: str
    approver: str = "grace@example.com"
    wait_seconds: float = 60
