"""What the lab's programs agree on."""

from dataclasses import dataclass
from enum import StrEnum

TASK_QUEUE = "d2l5_orders"

ANSWERS = (0.02, 0.07, 0.2, 0.2, 0.3, 0.3, 0.4, 0.7, 0.7, 2.0)
"""How many seconds the payment service takes to answer: the first order, the second …"""


class Trouble(StrEnum):
    """What may happen when somebody pays."""

    NONE = "none"
    DOWN = "down"
    REFUSED = "refused"


@dataclass
class Order:
    """What the workflow and its activity are told.

    Attributes:
        order_id: its number.
        answer_seconds: how long the payment service takes to answer.
        pause_seconds: how long the warehouse packs it.
        trouble: what happens when it is paid.
    """

    order_id: str
    answer_seconds: float
    pause_seconds: float = 0
    trouble: Trouble = Trouble.NONE
