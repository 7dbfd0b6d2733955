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

    @property
    def workflows_url(self) -> str:
        """The page of all workflows in this seat's Temporal UI."""
        return f"{self.url}/temporal/namespaces/{self.namespace}/workflows"

    def workflow_url(self, workflow_id: str, run_id: str = "") -> str:
        """Return the page of a workflow, or of one run of it, in this seat's Temporal UI."""
        page = f"{self.workflows_url}/{workflow_id}"
        return f"{page}/{run_id}/history" if run_id else page


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
