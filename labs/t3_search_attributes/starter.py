"""The starter: places a handful of orders, each with what it can be found by."""

import argparse
from dataclasses import dataclass
from uuid import uuid4

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import CENTS, CUSTOMER, TASK_QUEUE, Order
from workflows import OrderWorkflow


@dataclass
class Sale:
    """What is ordered, by whom, for how much."""

    what: str
    customer: str
    cents: int
    in_stock: bool = True


SALES = (
    Sale("pen", "ada", 250),
    Sale("desk", "ada", 39_900),
    Sale("lamp", "ada", 12_900, in_stock=False),
    Sale("chair", "grace", 24_900),
    Sale("shelf", "grace", 17_500, in_stock=False),
)


async def main() -> None:
    """Place the orders, and leave them."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    number = uuid4().hex[:6]
    for sale in SALES:
        found_by = TypedSearchAttributes(
            [
                SearchAttributePair(CUSTOMER, sale.customer),
                SearchAttributePair(CENTS, sale.cents),
            ]
        )
        order = Order(f"order-{number}-{sale.what}", sale.in_stock)
        await client.start_workflow(
            OrderWorkflow.run,
            order,
            id=order.order_id,
            task_queue=TASK_QUEUE,
            search_attributes=found_by,
        )
        print(f"Placed   {order.order_id}, {sale.customer}, {sale.cents / 100:.2f}")
    print(f"See them {seat().workflows_url}")


if __name__ == "__main__":
    argparse.ArgumentParser(prog="lab run T3", description="Place some orders.").parse_args()
    run(main())
