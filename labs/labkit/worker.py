"""What a lab's worker.py and starter.py lean on; the Temporal part stays in those files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError, WorkflowQueryFailedError
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from labkit import ports
from labkit.leaving import leave
from labkit.logs import core_logs, set_up_logs
from labkit.running import RunDir
from labkit.seat import seat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from temporalio.worker import Worker

STEP_ASIDE_WITHIN_S = 5.0


class MetricsPortError(Exception):
    """Every port that a worker may serve its metrics on is taken."""


def run(main: Coroutine[None, None, None]) -> None:
    """Run a program as asyncio.run does, in the manners of this course.

    Log lines carry the time; Ctrl-C ends it without a traceback; a server that does not answer
    or refuses, and a workflow that failed or has no answer, are told in one line. Everything else
    is the program's own bug and keeps its traceback.
    """
    set_up_logs()
    said: int | str = 0
    try:
        asyncio.run(main)
    except KeyboardInterrupt:
        said = 130
    except MetricsPortError as error:
        said = str(error)
    except WorkflowFailureError as error:
        said = f"The workflow did not complete: {error.cause}"
    except WorkflowQueryFailedError as error:
        said = f"The workflow has no answer: {error}"
    except WorkflowAlreadyStartedError as error:
        said = (
            f"A workflow with the ID {error.workflow_id} is running, and there is never a second "
            "one. Give each an ID of its own, or end that one: "
            f"temporal workflow terminate -w {error.workflow_id}"
        )
    except (RuntimeError, RPCError) as error:
        said = _about_the_server(error)
    if isinstance(said, str):
        print(said, file=sys.stderr)
        said = 1
    leave(said)


def _about_the_server(error: RuntimeError | RPCError) -> str:
    """Return what an error says about the server; another program's error is raised again."""
    # The SDK has no type for a server that it could not reach at first.
    away = str(error).startswith("Failed client connect")
    if isinstance(error, RPCError):
        away = error.status is RPCStatusCode.UNAVAILABLE
        if not away:
            return f"Your Temporal server says no: {error.message}"
    if not away:
        raise error
    return (
        f"Your Temporal server at {seat().temporal_address} does not answer. "
        "Try again in a few seconds; if it stays away, tell your instructor."
    )


@contextlib.asynccontextmanager
async def worker_client(lab: str) -> AsyncIterator[Client]:
    """Give a lab's worker its connection, its identity and its metrics address.

    The welcome worker is asked to step aside, so the first worker serves http://…:8080/metrics,
    a second one beside it :8081 and so on.

    Raises:
        RuntimeError: the server does not answer.
        MetricsPortError: ten workers run already.
    """
    run_dir = RunDir.from_environment()
    if run_dir.ask_welcome_to_step_aside():
        print("The welcome worker steps aside.")
        await _until_gone(run_dir)
    runtime, port = _runtime_with_metrics()
    # A process id would repeat in a container, an identity in a history must not.
    identity = f"{lab}-{uuid4()}"
    client = await Client.connect(
        **ClientConfig.load_client_connect_config(), identity=identity, runtime=runtime
    )
    this_worker = run_dir.add(lab, port, identity)
    try:
        yield client
    finally:
        run_dir.remove(this_worker)


async def serve(worker: Worker) -> None:
    """Let a worker poll until Ctrl-C or SIGTERM, and say what it polls."""
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with worker:
        _say_what_it_polls(worker)
        await stop.wait()
        print("\nThe worker stops polling and says goodbye to the server.")


def _say_what_it_polls(worker: Worker) -> None:
    run_dir = RunDir.from_environment()
    mine = next(w for w in run_dir.workers() if w.pid == os.getpid())
    config = worker.config()
    run_dir.polls(
        replace(
            mine,
            queue=worker.task_queue,
            workflows=bool(config.get("workflows")),
            activities=bool(config.get("activities")),
        )
    )
    print(
        f"Server   {seat().temporal_address}, namespace {worker.client.namespace}\n"
        f"Queue    {worker.task_queue}\n"
        f"Metrics  http://localhost:{mine.port}/metrics\n"
        f"Process  {mine.pid}; Ctrl-C stops it, `lab kill` kills it"
    )


async def _until_gone(run_dir: RunDir) -> None:
    """Wait for the welcome worker's port; one that is stuck keeps it, and we take the next."""
    deadline = time.monotonic() + STEP_ASIDE_WITHIN_S
    while run_dir.welcome_pid() is not None and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


def _runtime_with_metrics() -> tuple[Runtime, int]:
    mine = ports.for_workers()
    for port in mine:
        metrics = PrometheusConfig(bind_address=f"0.0.0.0:{port}")
        with contextlib.suppress(ValueError):  # the port is taken
            return Runtime(telemetry=TelemetryConfig(metrics=metrics, logging=core_logs())), port
    raise MetricsPortError(
        f"The ports {mine[0]} to {mine[-1]} are all taken by workers: "
        "end some, with Ctrl-C or `lab kill`."
    )
