"""What the example's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t8_orders"


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        parcels: how many are to be labelled.
        seconds: how long the carrier's service takes for each.
    """

    order_id: str
    parcels: int = 10
    seconds: float = 1
