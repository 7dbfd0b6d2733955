"""What a diagnosis says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labkit.doctor.facts import Execution


@dataclass(frozen=True)
class Trouble:
    """Something that was recognised.

    Attributes:
        kind: which diagnosis, for programs.
        about: what or whom it is about, the subject of the sentence.
        what: the rest of the sentence.
        cure: what to do.
        run_id: the run, if it is about a workflow.
    """

    kind: str
    about: str
    what: str
    cure: str
    run_id: str = ""


def of(execution: Execution, kind: str, what: str, cure: str) -> Trouble:
    """Return a trouble of a workflow's."""
    return Trouble(kind, execution.workflow_id, what, cure, execution.run_id)


def grouped(troubles: Iterable[Trouble]) -> list[list[Trouble]]:
    """Return troubles that differ in their subject only together, in the order they came."""
    groups: dict[tuple[str, str, str], list[Trouble]] = {}
    for trouble in troubles:
        groups.setdefault((trouble.kind, trouble.what, trouble.cure), []).append(trouble)
    return list(groups.values())
