"""What the lab's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "d2l1_orders"


@dataclass
class Parcel:
    """What a fulfilment is told.

    Attributes:
        order_id: the order that it is for.
        lost: whether its carrier loses it, so that the fulfilment fails.
        packing_seconds: how long it takes to pack.
        carrier: who takes it.
    """

    order_id: str
    lost: bool
    packing_seconds: float
    carrier: str = "post"

    @property
    def fulfilment_id(self) -> str:
        """The workflow that fulfils it. It follows from the order, so there is one an order."""
        return f"fulfilment-{self.order_id}"


@dataclass
class Order:
    """What an order's workflow is told.

    Attributes:
        order_id: its number.
        declined: whether the customer's card is declined, so that the order fails.
        lost: whether the post loses its parcel.
        packing_seconds: how long that takes to pack.
        shift_seconds: for how long somebody looks after the parcel, if it is supervised.
    """

    order_id: str
    declined: bool = False
    lost: bool = False
    packing_seconds: float = 3
    shift_seconds: float = 60

    @property
    def parcel(self) -> Parcel:
        """What its fulfilment is told."""
        return Parcel(self.order_id, self.lost, self.packing_seconds)


@dataclass
class Tracking:
    """What a run of the tracking is told, by the starter or by the run before.

    Attributes:
        order_id: whose parcel it is.
        look: which look at it this is, from 1.
        delivered_at: the look at which it has arrived.
        unknown_at: the look at which the carrier knows nothing of it, 0 for none.
        pause_seconds: how long until the next look.
    """

    order_id: str
    look: int = 1
    delivered_at: int = 3
    unknown_at: int = 0
    pause_seconds: float = 0.5
