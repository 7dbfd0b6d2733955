"""The workflow: a customer's points, for as long as there is a customer."""

from dataclasses import replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from accounts import Account, Points

ENOUGH_EVENTS = 50
"""Far too few, so that you can see it. A real one asks the server, and does not count."""


@workflow.defn
class AccountWorkflow:
    """Counts a customer's points, through as many runs as it takes."""

    @workflow.init
    def __init__(self, account: Account) -> None:
        self._account = account
        self._closed = False

    @workflow.run
    async def run(self, account: Account) -> Account:
        """Return the account when it is closed."""
        await workflow.wait_condition(lambda: self._closed or self._long_enough())
        # Whatever a handler is doing belongs to this run; the next one would not know of it.
        await workflow.wait_condition(workflow.all_handlers_finished)
        if not self._closed:
            workflow.continue_as_new(replace(self._account, runs=account.runs + 1))
        return self._account

    def _long_enough(self) -> bool:
        info = workflow.info()
        long = info.get_current_history_length() >= ENOUGH_EVENTS
        return long or info.is_continue_as_new_suggested()

    @workflow.signal
    def add(self, order: Points) -> None:
        """Add the points of an order."""
        self._account.points += order.points
        self._account.orders += 1

    @workflow.signal
    def close(self) -> None:
        """Close the account."""
        self._closed = True

    @workflow.query
    def account(self) -> Account:
        """Return the account as it is now."""
        return self._account
