"""The course's two days, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Part:
    """A stretch of a day.

    Attributes:
        day: which day it is on, `Day One`.
        begins: at what time, `09:25`.
        minutes: how long it is.
        lab: the id of its lab, empty for a break and the like.
        title: what it is, if it is no lab.
        choice: whether it is for any of the worked examples.
    """

    day: str
    begins: str
    minutes: int
    lab: str
    title: str
    choice: bool = False


def timetable(labs_dir: Path) -> list[Part]:
    """Return the parts of both days, in order."""
    facts = yaml.safe_load((labs_dir / "timetable.yml").read_text())
    parts = []
    for day in facts["days"]:
        clock = datetime.strptime(facts["begins"], "%H:%M")
        for part in day["parts"]:
            parts.append(
                Part(
                    day=day["name"],
                    begins=f"{clock:%H:%M}",
                    minutes=part["minutes"],
                    lab=part.get("lab", ""),
                    title=part.get("title", ""),
                    choice=part.get("choice", False),
                )
            )
            clock += timedelta(minutes=part["minutes"])
    return parts
