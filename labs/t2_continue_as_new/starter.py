"""The starter: opens an account, has many orders counted, closes it, and reads its runs."""

import argparse
import asyncio
import itertools
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from accounts import TASK_QUEUE, Account, Points
from labkit import seat
from labkit.worker import run
from workflows import AccountWorkflow

POINTS = 10


async def main(orders: int, *, at_once: bool) -> None:
    """Tell an account of orders, and print what it has counted, and in how many runs."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    account_id = f"account-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        AccountWorkflow.run, Account(account_id), id=account_id, task_queue=TASK_QUEUE
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    signals = (handle.signal(AccountWorkflow.add, Points(POINTS)) for _ in range(orders))
    if at_once:
        await asyncio.gather(*signals)
    else:
        for signal in signals:
            await signal
    await handle.signal(AccountWorkflow.close)
    account = await handle.result()
    print(f"Result   {account.orders} orders, {account.points} points, in {account.runs} runs")
    await tell_runs(client, account_id, handle.first_execution_run_id)


async def tell_runs(client: Client, account_id: str, run_id: str | None) -> None:
    """Print how each run of an account ended: the last event of one names the next."""
    for number in itertools.count(1):
        run_handle = client.get_workflow_handle(account_id, run_id=run_id)
        *_, last = events = (await run_handle.fetch_history()).events
        run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        how = "continued as new" if run_id else "completed"
        print(f"Run {number:<4} {len(events)} events, {how}")
        if not run_id:
            return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T2", description="Have orders counted.")
    parser.add_argument("--orders", type=int, default=60, help="how many")
    parser.add_argument("--at-once", action="store_true", help="all in the same moment")
    arguments = parser.parse_args()
    run(main(arguments.orders, at_once=arguments.at_once))
