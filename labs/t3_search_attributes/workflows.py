"""The workflow: an order that says how far it is, so that it can be found by that."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from orders import STAGE, Order


@workflow.defn
class OrderWorkflow:
    """Waits for the goods, if there are none, and then for its payment."""

    def __init__(self) -> None:
        self._paid = False
        self._in_stock = False

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        if not order.in_stock:
            workflow.upsert_search_attributes([STAGE.value_set("backordered")])
            await workflow.wait_condition(lambda: self._in_stock)
        workflow.upsert_search_attributes([STAGE.value_set("unpaid")])
        await workflow.wait_condition(lambda: self._paid)
        workflow.upsert_search_attributes([STAGE.value_set("paid")])
        return f"Order {order.order_id} is paid"

    @workflow.signal
    def restock(self) -> None:
        """Goods have come in."""
        self._in_stock = True

    @workflow.signal
    def pay(self) -> None:
        """The order is paid."""
        self._paid = True
