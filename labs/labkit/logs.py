"""How log lines look in a lab's terminals."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

from temporalio import activity, workflow
from temporalio.runtime import LogForwardingConfig, LoggingConfig, TelemetryFilter

from labkit.telling import NOT_THEIRS

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class LabFormatter(logging.Formatter):
    """The time and the message; of a traceback only what is in the attendee's own files.

    A failed attempt of an activity takes 20 lines otherwise, 18 of them about the SDK's insides.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s  %(message)s", datefmt="%H:%M:%S")

    def formatException(self, ei: ExcInfo | tuple[None, None, None]) -> str:  # noqa: N802
        """Return an exception with its place in the attendee's code, a line each."""
        if ei[1] is None:
            return ""
        told = traceback.TracebackException.from_exception(ei[1])
        lines = [
            f"{Path(frame.filename).name}, line {frame.lineno}: {frame.line}"
            for frame in told.stack
            if not frame.filename.startswith(NOT_THEIRS)
        ]
        lines += "".join(told.format_exception_only()).splitlines()
        return "\n".join(f"            {line}" for line in lines)


def in_short(record: logging.LogRecord) -> bool:
    """Make a line of the SDK's core readable; return whether it says anything new.

    A failure is in it as several hundred characters of its inner form.
    """
    core = getattr(record, "temporal_log", None)
    if core is None:
        return True
    if record.msg.startswith("Failing workflow task"):
        rule = re.search(r'message: "(\[TMPRL.*?)(?<!\\)"', str(core.fields.get("failure", "")))
        record.msg = f"The workflow task failed: {rule.group(1)}" if rule else ""
        return rule is not None  # what the attendee's code raised has been said already
    if record.msg.startswith("Activity not found on completion"):
        record.msg = "An attempt is over, and the server had given it up before"
    return True


def core_logs() -> LoggingConfig:
    """Return how the SDK's core logs: through Python's logging, like everything else."""
    return LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(
            logger=logging.getLogger("temporalio.core"),
            prepend_target_on_message=False,
            append_log_fields_to_message=False,
        ),
    )


def set_up_logs() -> None:
    """Log to standard error, as the labs' guides show it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(in_short)
    handler.setFormatter(LabFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # Its line about a shutdown would repeat what serve() says.
    logging.getLogger("temporalio.worker").setLevel(logging.WARNING)
    # The facts that the SDK appends to each line are all in the UI.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
