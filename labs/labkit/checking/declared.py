"""The goals that labs declare, each in its check.py. Reading them takes no server and no SDK."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.checking.goals import Goal
from labkit.labs import Lab, all_labs


@dataclass(frozen=True)
class Checked:
    """A lab and its goals."""

    lab: Lab
    goals: Sequence[Goal]


def goals_of(lab: Lab) -> Sequence[Goal]:
    """Return the goals that a lab's check.py declares; a worked example has none."""
    if lab.example:
        return ()
    path = lab.folder / "check.py"
    spec = importlib.util.spec_from_file_location(f"check_{lab.id.lower()}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    goals: Sequence[Goal] = module.GOALS
    return goals


def course(labs_dir: Path) -> list[Checked]:
    """Return all labs and worked examples with their goals, in the order of the course."""
    return [Checked(lab, goals_of(lab)) for lab in all_labs(labs_dir)]
