"""How labs are played: each says it in its play.py, with what the course itself hands out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.checking.declared import goals_of
from labkit.errors import LabError

if TYPE_CHECKING:
    from labkit.labs import Lab
    from labkit.playing.stage import Stage

FILE = "play.py"


@dataclass(frozen=True)
class Play:
    """How a lab is played.

    Attributes:
        lab: which.
        act: does on a stage what an attendee does who solves it.
        proves: the ids of the goals that are reached then. All of them, unless some ask for code
            that is wrong.
        goals: how many goals the lab has.
    """

    lab: Lab
    act: Callable[[Stage], None]
    proves: frozenset[str]
    goals: int


def play_of(lab: Lab) -> Play:
    """Return how a lab is played.

    Raises:
        LabError: it is a worked example, in which there is nothing to solve.
    """
    if lab.example:
        raise LabError(f"{lab.id} is a worked example, and is not played.")
    path = lab.folder / FILE
    spec = importlib.util.spec_from_file_location(f"play_{lab.id.lower()}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    goals = goals_of(lab)
    proves = getattr(module, "PROVES", (goal.id for goal in goals))
    return Play(lab, module.play, frozenset(proves), len(goals))
