"""The Jupyter server extension: serves `<base_url>api/worker` and runs the supervisor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join

from labkit.running import RunDir
from labkit.supervisor import Supervisor

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

SETTING = "labkit_supervisor"


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


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "labkit.extension"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    server.web_app.settings[SETTING] = Supervisor(RunDir.from_environment())
    url = url_path_join(server.base_url, "api", "worker")
    server.web_app.add_handlers(".*", [(url, WorkerHandler)])


async def _start_jupyter_server_extension(server: ServerApp) -> None:
    supervisor: Supervisor = server.web_app.settings[SETTING]
    supervising = asyncio.create_task(supervisor.run())
    # The event loop holds tasks weakly; a supervisor that dies is a bug to read in the log.
    server.web_app.settings["labkit_supervising"] = supervising
    supervising.add_done_callback(lambda task: task.cancelled() or task.result())
