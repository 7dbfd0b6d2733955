"""Serve the portal: ``python -m portal``, configured by the environment."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

from portal.app import create, open_context
from portal.settings import from_environment

GRACE_SECONDS = 2
"""For open event streams, which would otherwise keep the server from ending."""


def server(app: ASGIApp, host: str, port: int) -> uvicorn.Server:
    """Return the server, not started yet."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        # The portal reads who came from what the ingress adds, itself: see web/visitor.py.
        proxy_headers=False,
        # Longer than the ingress's, so that no request meets a connection that is just closing.
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=64 * 1024,
        log_level="warning",
    )
    return uvicorn.Server(config)


def main() -> None:
    """Serve until told to stop."""
    app = create(open_context(from_environment()))
    # All addresses of a container that is on the ingress's network alone.
    server(app, "0.0.0.0", 8000).run()  # noqa: S104


if __name__ == "__main__":
    main()
