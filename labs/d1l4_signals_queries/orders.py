"""What the lab's programs agree on. What is sent from outside is one dataclass with defaults."""

from dataclasses import dataclass

TASK_QUEUE = "d1l4_orders"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        email: where the confirmation goes.
        wait_seconds: how long it waits for an approval.
    """

    order_id: str
    email: str
    wait_seconds: float = 60


@dataclass
class Approval:
    """What the signal brings.

    Attributes:
        approver: who says yes.
        seen: what the order said when its approver asked; empty if nobody did.
    """

    approver: str = "somebody"
    seen: str = ""


@dataclass
class Contact:
    """What the update brings."""

    email: str = ""
