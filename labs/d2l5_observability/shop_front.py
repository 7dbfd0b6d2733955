"""The shop's front, where customers click: no worker, so it measures with prometheus-client.

It needs no change. Run it with `python shop_front.py`, and end it with Ctrl-C.
"""

import asyncio
from uuid import uuid4

from prometheus_client import Counter, Histogram, start_http_server
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit.worker import run
from orders import ANSWERS, TASK_QUEUE, Order
from workflows import OrderWorkflow

PORT = 8090
CLICKS = Counter("shop_clicks", "Orders that customers placed")  # it appends _total
WAITED = Histogram("shop_click_seconds", "How long a customer waited for a confirmation")


async def main() -> None:
    """Place an order a second, and serve what was measured."""
    start_http_server(PORT)
    print(f"Metrics  http://localhost:{PORT}/metrics")
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    while True:
        order_id = f"order-{uuid4().hex[:6]}"
        CLICKS.inc()
        with WAITED.time():
            await client.start_workflow(
                OrderWorkflow.run,
                Order(order_id, ANSWERS[0]),
                id=order_id,
                task_queue=TASK_QUEUE,
            )
        await asyncio.sleep(1)


if __name__ == "__main__":
    run(main())
