"""What the example's programs agree on."""

from dataclasses import dataclass

TASK_QUEUE = "t4_reports"


@dataclass
class Report:
    """What the workflow is told; a schedule tells each of its runs the same.

    Attributes:
        seconds: how long it takes to write it.
    """

    seconds: float = 0
