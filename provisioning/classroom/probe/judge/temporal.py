"""Is a seat's Temporal server what the course needs?"""

from __future__ import annotations

from classroom.probe.reply import (
    LOOK,
    REVIVE,
    Json,
    Reply,
    Unproven,
    body_of,
    json_of,
    refuse,
    text_in,
)

RETENTION_HOURS = 720
"""Thirty days. With the server's own 24 hours, day one's histories are gone on day two."""

PROBED = "probe"
"""Namespace of the probe's own workflows, out of sight of dashboards and lab checks."""

NAMESPACES = ("default", PROBED)

GRPC = "gRPC health"
PROBE_WORKFLOW = "probe workflow"

START: Json = {
    "workflowType": {"name": "probe"},
    "taskQueue": {"name": "probe"},
    "identity": "classroom-probe",
    # A probe that is cut short leaves nothing open for long.
    "workflowExecutionTimeout": "60s",
}
CLOSE: Json = {"reason": "the probe has read it back", "identity": "classroom-probe"}

_SHELL = "make shell SEAT={seat}, then: temporal operator namespace"


def serving(reply: str | Reply) -> None:
    """Demand that gRPC, through the ingress, reports the frontend as serving.

    Raises:
        Unproven: if it does not.
    """
    if not isinstance(reply, str):
        refuse(reply, GRPC, REVIVE)
    if reply != "SERVING":
        raise Unproven(GRPC, f"it reports {reply}", LOOK)


def retention(reply: Reply, namespace: str) -> None:
    """Demand that a namespace exists and keeps closed workflows for at least the agreed time.

    Raises:
        Unproven: if it does not.
    """
    check = f"namespace {namespace}"
    create = f"{_SHELL} create --namespace {namespace} --retention {RETENTION_HOURS}h"
    found = json_of(reply, check, create)
    # A protobuf duration in JSON is seconds with an "s":
    # https://protobuf.dev/reference/protobuf/google.protobuf/#duration
    kept = text_in(found, "config", "workflowExecutionRetentionTtl")
    seconds = kept.removesuffix("s")
    if seconds.isdecimal() and int(seconds) >= RETENTION_HOURS * 3600:
        return
    update = f"{_SHELL} update --retention {RETENTION_HOURS}h -n {namespace}"
    said = f"{int(seconds) / 3600:g} h" if seconds.isdecimal() else repr(kept)
    seen = f"retention is {said}, not {RETENTION_HOURS} h"
    raise Unproven(f"retention of {namespace}", seen, update)


def started(reply: Reply) -> str:
    """Return the run ID of the workflow that was just started.

    Raises:
        Unproven: if none was.
    """
    run = text_in(json_of(reply, PROBE_WORKFLOW), "runId")
    if not run:
        raise Unproven(PROBE_WORKFLOW, "starting it returned no run ID", LOOK)
    return run


def read_back(reply: Reply, run: str) -> None:
    """Demand that the workflow that was started is there, and open.

    Raises:
        Unproven: if another run, or none, is found, or it is not running.
    """
    found = json_of(reply, PROBE_WORKFLOW)
    there = text_in(found, "workflowExecutionInfo", "execution", "runId")
    status = text_in(found, "workflowExecutionInfo", "status")
    if there != run:
        raise Unproven(PROBE_WORKFLOW, f"started run {run}, read back {there or 'none'}", LOOK)
    if status != "WORKFLOW_EXECUTION_STATUS_RUNNING":
        raise Unproven(PROBE_WORKFLOW, f"started, but its status is {status or 'missing'}", LOOK)


def closed(reply: Reply) -> None:
    """Demand that the server accepted to close the workflow.

    Raises:
        Unproven: if it did not.
    """
    json_of(reply, PROBE_WORKFLOW)


def counted(reply: Reply) -> None:
    """Demand that the server could count workflows, which takes its database.

    Raises:
        Unproven: if it could not.
    """
    json_of(reply, "database")


def version(reply: Reply) -> str:
    """Return the version of the running server.

    Raises:
        Unproven: if it names none.
    """
    found = text_in(json_of(reply, "version"), "serverVersion")
    if not found:
        raise Unproven("version", "the server names no version", LOOK)
    return found


def page(reply: Reply) -> None:
    """Demand the web UI's page, told its path: its assets are asked for under /temporal/.

    Raises:
        Unproven: if anything else is served.
    """
    if "/temporal/_app/" not in body_of(reply, "web UI"):
        raise Unproven("web UI", "/temporal/ serves a page that is not the Temporal UI", REVIVE)
