"""Make the images that the tests use, before several of them want the same one at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy

ROOT = Path(__file__).resolve().parents[1]


def have_images(progress: Callable[[str], None]) -> None:
    """Make what is missing; a real Grafana's image is made by the tests that are given one."""
    ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=progress)


if __name__ == "__main__":
    have_images(print)
