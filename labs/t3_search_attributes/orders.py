"""What the example's programs agree on."""

from dataclasses import dataclass

from temporalio.common import SearchAttributeKey

TASK_QUEUE = "t3_orders"

# By what orders can be found. The server has to know them first, each with its type.
CUSTOMER = SearchAttributeKey.for_keyword("Customer")
CENTS = SearchAttributeKey.for_int("Cents")
STAGE = SearchAttributeKey.for_keyword("Stage")


@dataclass
class Order:
    """What the workflow is told.

    Attributes:
        order_id: its number.
        in_stock: whether there is anything to be packed yet.
    """

    order_id: str
    in_stock: bool
