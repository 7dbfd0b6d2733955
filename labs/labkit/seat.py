"""Which seat this workspace belongs to, as its environment says."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Seat:
    """One attendee's own stack.

    Attributes:
        name: `seat-07`.
        url: where a browser finds the seat, without a final slash.
        temporal_address: host and port of its Temporal server, as seen from the workspace.
        namespace: the Temporal namespace that the labs use.
    """

    name: str
    url: str
    temporal_address: str
    namespace: str

    def workflow_url(self, workflow_id: str) -> str:
        """Return the page of a workflow in this seat's Temporal UI."""
        return f"{self.url}/temporal/namespaces/{self.namespace}/workflows/{workflow_id}"


def seat() -> Seat:
    """Return the seat of this workspace.

    Raises:
        KeyError: outside of a workspace, where the environment names no seat.
    """
    return Seat(
        name=os.environ["SEAT"],
        url=os.environ["SEAT_URL"].rstrip("/"),
        temporal_address=os.environ["TEMPORAL_ADDRESS"],
        namespace=os.environ["TEMPORAL_NAMESPACE"],
    )
