"""The Jupyter server extension: answers below `<base_url>api/`, a codec server, the supervisor."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from prometheus_client import CONTENT_TYPE_LATEST

from labkit import ports
from labkit.checking.source import SilentError
from labkit.codec import CodecHandler
from labkit.exporter.looking import look
from labkit.exporter.page import page
from labkit.exporter.server import HttpApi
from labkit.running import RunDir
from labkit.seat import seat
from labkit.supervisor import Supervisor

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

SETTING = "labkit_supervisor"

LOOK_S = 4.0
"""For one look at what waits; Prometheus itself gives up after 5 s."""


class WorkerHandler(JupyterHandler):
    """Answers who works on this seat; the classroom's health probe reads it."""

    def get(self) -> None:
        """Answer with `state`, `since` and `detail`."""
        supervisor: Supervisor = self.settings[SETTING]
        report = supervisor.report()
        self.finish(
            {
                "state": report.state,
                "since": report.since.isoformat(timespec="seconds"),
                "detail": report.detail,
            }
        )


class TargetsHandler(JupyterHandler):
    """Answers which further workers there are to be scraped; the seat's Prometheus reads it."""

    def get(self) -> None:
        """Answer with the addresses by which the asker, who knows this host, finds them."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(ports.targets(self.request.host_name)))


class WaitingHandler(JupyterHandler):
    """Answers what waits on the seat's Temporal server; the seat's Prometheus reads it."""

    async def get(self) -> None:
        """Answer with a page of metrics, or with none at all: half of the truth looks like 0."""
        try:
            async with asyncio.timeout(LOOK_S):
                seen = await look(HttpApi(seat()), datetime.now(UTC))
        except (SilentError, TimeoutError) as error:
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
            why = str(error) or f"it took longer than {LOOK_S:g} s"
            self.finish(f"The Temporal server could not be asked: {why}.\n")
        else:
            self.set_header("Content-Type", CONTENT_TYPE_LATEST)
            self.finish(page(seen))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "labkit.extension"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    server.web_app.settings[SETTING] = Supervisor(RunDir.from_environment())
    handlers = {
        "api/worker": WorkerHandler,
        "api/targets": TargetsHandler,
        "api/waiting": WaitingHandler,
        "codec/(decode|encode)": CodecHandler,
    }
    server.web_app.add_handlers(
        ".*", [(url_path_join(server.base_url, path), it) for path, it in handlers.items()]
    )


async def _start_jupyter_server_extension(server: ServerApp) -> None:
    supervisor: Supervisor = server.web_app.settings[SETTING]
    supervising = asyncio.create_task(supervisor.run())
    # The event loop holds tasks weakly; a supervisor that dies is a bug to read in the log.
    server.web_app.settings["labkit_supervising"] = supervising
    supervising.add_done_callback(lambda task: task.cancelled() or task.result())
