"""What the example's programs agree on. Of a request's number it says nothing."""

from dataclasses import dataclass

TASK_QUEUE = "t5_orders"


@dataclass
class Order:
    """What the workflow and its activities are told."""

    order_id: str
