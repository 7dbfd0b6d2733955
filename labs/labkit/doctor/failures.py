"""What an attempt died of, as the server has it from the worker."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.checking.history import Json

FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
NOT_THEIRS = ("/site-packages/", "/lib/python", "<frozen", "<string>")


@dataclass(frozen=True)
class Failure:
    """What an attempt died of.

    Attributes:
        kind: the exception's type, empty if the SDK's core found the fault.
        message: what it said.
        trace: its traceback.
        cause: what the server makes of it, for a workflow task.
        worker: the identity of the worker that it happened on.
    """

    kind: str
    message: str
    trace: str = ""
    cause: str = ""
    worker: str = ""

    def __str__(self) -> str:
        """Return type and first line, as Python would show it."""
        first = self.message.partition("\n")[0]
        return f"{self.kind}: {first}" if self.kind else first

    @property
    def place(self) -> str:
        """The last line of the attendee's own code in it, `workflows.py, line 24`, or nothing."""
        theirs = [
            f"{frame['file'].rpartition('/')[2]}, line {frame['line']}"
            for frame in FRAME.finditer(self.trace)
            if not any(part in frame["file"] for part in NOT_THEIRS)
        ]
        return theirs[-1] if theirs else ""

    @property
    def functions(self) -> list[str]:
        """The functions that were being called, outermost first."""
        return [frame["function"] for frame in FRAME.finditer(self.trace)]


def failure_from_json(failure: Json, *, cause: str = "", worker: str = "") -> Failure:
    """Return a failure; of a chain of them the one that was first, with the whole trace."""
    traces = [str(failure.get("stackTrace", ""))]
    while "cause" in failure:
        failure = failure["cause"]
        traces.append(str(failure.get("stackTrace", "")))
    kind = str(failure.get("applicationFailureInfo", {}).get("type", ""))
    return Failure(kind, str(failure.get("message", "")), "\n".join(traces), cause, worker)
