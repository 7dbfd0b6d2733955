"""Which seat this workspace belongs to, as its environment says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Seat:
    """One attendee's own stack.

    Attributes:
        name: `seat-07`.
        url: where a browser finds the seat, without a final slash.
        temporal_address: host and port of its Temporal server, as seen from the workspace.
        namespace: the Temporal namespace that the labs use.
        ports: where its host has what the course has ports of its own for: `grpc`, `ui`, `metrics`.
    """

    name: str
    url: str
    temporal_address: str
    namespace: str
    ports: Mapping[str, int] = field(hash=False)

    def at_port(self, name: str) -> str:
        """Return where a browser finds one of the course's own ports, without a final slash."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{self.ports[name]}"

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
        ports=_ports(os.environ["SEAT_PORTS"]),
    )


def _ports(text: str) -> dict[str, int]:
    """Read `grpc=7233,ui=8233,metrics=8080`."""
    return {name: int(port) for name, port in re.findall(r"(\w+)=(\d+)", text)}
