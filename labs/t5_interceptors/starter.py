"""The starter: places one order, for a request that has a number."""

import argparse
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from interceptors import RequestInterceptor, request
from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order
from workflows import OrderWorkflow


async def main(number: str) -> None:
    """Place one order and wait until it is shipped."""
    request.set(number)  # as the web server would that the request has come to
    config = ClientConfig.load_client_connect_config()
    client = await Client.connect(**config, interceptors=[RequestInterceptor()])
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run, Order(order_id), id=order_id, task_queue=TASK_QUEUE
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T5", description="Place an order.")
    parser.add_argument("--request", default="R-4711", help="the number of the request")
    run(main(parser.parse_args().request))
