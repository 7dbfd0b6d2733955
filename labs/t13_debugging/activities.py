"""The activities."""

from temporalio import activity

from orders import Order, Parcel, Return


@activity.defn
async def charge(order: Order) -> None:
    """Charge the customer."""
    activity.logger.info("activity: %s is charged", order.order_id)


@activity.defn
async def insure(order: Order) -> None:
    """Insure what is in the box."""
    activity.logger.info("activity: %s is insured", order.order_id)


@activity.defn
async def ship(order: Order) -> None:
    """Hand the box over."""
    activity.logger.info("activity: %s is shipped", order.order_id)


@activity.defn
async def print_label(parcel: Parcel) -> str:
    """Print the label, and return what stands on it."""
    postcode = parcel.postcode
    # % if solution
    # People write the letter where the digit should be.
    postcode = postcode.replace("O", "0")
    # % else
    # TODO 1: People write the letter O where a zero should be. Read it as it was meant.
    #     postcode = postcode.replace("O", "0")

    # % endif
    if not postcode.isdigit():
        raise ValueError(f"the printer takes digits only: {postcode}")
    activity.logger.info("activity: the label of %s is printed", parcel.parcel_id)
    return f"{parcel.street}, {postcode} {parcel.city}"


@activity.defn
async def refund(request: Return) -> None:
    """Give the customer the money back."""
    activity.logger.info("activity: %s is refunded", request.return_id)
