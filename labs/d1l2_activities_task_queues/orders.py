"""What the lab's programs agree on: the order, and the names of the task queues."""

from dataclasses import dataclass
from enum import StrEnum


class Queue(StrEnum):
    """The task queues. A worker listens to exactly one."""

    ORDERS = "d1l2_orders"
    EMAIL = "d1l2_email"


@dataclass
class Order:
    """What the workflow is told, and the activity too.

    Attributes:
        order_id: its number; there is one confirmation an order.
        email: where that goes.
        dropped_lines: how often the mail server hangs up before it answers.
    """

    order_id: str
    email: str
    dropped_lines: int = 0
