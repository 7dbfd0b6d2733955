"""Where things lie in a workspace: the course as it came, and the attendee's own copy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.labs import Lab


def labs_dir() -> Path:
    """Return the folder with the labs' sources. It is in the image and never changes."""
    return Path(os.environ["LABKIT_LABS"])


def course_dir() -> Path:
    """Return the attendee's folder of all labs."""
    return Path.home() / "course"


def place_of(lab: Lab) -> Path:
    """Return the attendee's folder of a lab."""
    return course_dir() / lab.folder.name


def shown(path: Path) -> str:
    """Return a path as an attendee would type it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
