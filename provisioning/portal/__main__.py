"""Serve the portal: ``python -m portal``, configured by the environment."""

from __future__ import annotations

import os
import socket

import uvicorn

from portal.app import create, open_context
from portal.context import Context
from portal.settings import from_environment

GRACE_SECONDS = 2
"""For requests that are being answered when the portal is told to stop."""


class Server(uvicorn.Server):
    """Ends event streams and long polls when it stops, instead of waiting for them."""

    def __init__(self, context: Context, host: str, port: int) -> None:
        self._changes = context.changes
        config = uvicorn.Config(
            create(context),
            host=host,
            port=port,
            access_log=False,
            server_header=False,
            # The portal reads who came from what the ingress adds, itself: see web/visitor.py.
            proxy_headers=False,
            # Longer than the ingress's, so that no request meets a connection that just closes.
            timeout_keep_alive=15,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws_max_size=64 * 1024,
            log_level="warning",
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._changes.end()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until told to stop."""
    os.umask(0o077)
    context = open_context(from_environment())
    # All addresses of a container that is on the ingress's network alone.
    Server(context, "0.0.0.0", 8000).run()  # noqa: S104


if __name__ == "__main__":
    main()
