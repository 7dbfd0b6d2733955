"""Serve the portal: ``python -m portal``, configured by the environment."""

from __future__ import annotations

import uvicorn

from portal.app import create, open_context
from portal.settings import from_environment

PORT = 8000

GRACE_SECONDS = 2
"""For open event streams, which would otherwise keep the server from ending."""


def main() -> None:
    """Serve until told to stop."""
    uvicorn.run(
        create(open_context(from_environment())),
        host="0.0.0.0",  # noqa: S104 - in a container, on the ingress's network alone
        port=PORT,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=32 * 1024,
        ws_max_size=64 * 1024,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
