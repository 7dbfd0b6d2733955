"""What the example's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t2_accounts"


@dataclass
class Account:
    """A customer's points: all that one run of the workflow hands to the next.

    Attributes:
        customer: whose they are.
        points: how many there are.
        orders: how many orders they come from.
        runs: how many runs of the workflow there have been, this one included.
    """

    customer: str
    points: int = 0
    orders: int = 0
    runs: int = 1


@dataclass
class Points:
    """What an order brings."""

    points: int = 0
