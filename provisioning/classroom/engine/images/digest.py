"""Names for images: a hash of everything that goes into one, so that nothing is built twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from classroom.engine.images.model import REPOSITORY, Download, Recipe, RootFs

_LENGTH = 12
"""Hexadecimal digits of a tag: 48 bits, far more than the images one machine ever sees."""


def tags(recipes: Iterable[Recipe | RootFs]) -> dict[str, str]:
    """Return name -> tag; ``recipes`` come in order, each after its parents.

    A tag covers the parents' tags, so a change reaches exactly what is built on it.
    """
    found: dict[str, str] = {}
    for recipe in recipes:
        text = json.dumps(_inputs(recipe, found), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
        found[recipe.name] = f"{REPOSITORY}/{recipe.name}:{digest}"
    return found


def executable(path: Path) -> bool:
    """Whether a file goes into a context as a program. Other mode bits are this machine's."""
    return bool(path.stat().st_mode & 0o100)


def _inputs(recipe: Recipe | RootFs, tags_so_far: dict[str, str]) -> object:
    if isinstance(recipe, RootFs):
        return [recipe.name, recipe.suite, recipe.variant]
    return {
        "dockerfile": recipe.dockerfile,
        "files": {name: _content(content) for name, content in recipe.files.items()},
        "parents": {argument: tags_so_far[name] for argument, name in recipe.parents.items()},
        "official": dict(recipe.official),
        "source": recipe.source,
        "version_command": recipe.version_command,
    }


def _content(content: Path | bytes | Download) -> object:
    match content:
        case Download() if content.path.is_file():
            return _content(content.path)
        case Download():
            return content.url
        case bytes():
            return hashlib.sha256(content).hexdigest()
        case Path():
            status = content.stat()
            return [_digest(content, status.st_size, status.st_mtime_ns), executable(content)]


@cache
def _digest(path: Path, _size: int, _mtime_ns: int) -> str:
    """Hash a file once a run: Grafana's tarball takes half a second."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
