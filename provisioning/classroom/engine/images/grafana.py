"""Grafana's official tarball: given, kept from last time, or downloaded."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import httpx

from classroom.engine.images.model import Download
from classroom.engine.images.reach import first_answer, outside
from classroom.errors import ImageError

REMEDY = "give the official tarball by GRAFANA=/path/to/grafana-….linux-amd64.tar.gz"


def require_given(tarball: Path | Download) -> None:
    """Raise ImageError when a path was given and no file is there: a slip, no missing network."""
    if isinstance(tarball, Path) and not tarball.is_file():
        raise ImageError(
            "Grafana's tarball is not there",
            where=str(tarball),
            remedy="correct the path, or leave it out to have the tarball downloaded",
        )


def why_not(tarball: Path | Download) -> str:
    """Say in one sentence why the tarball can't be had; empty when it can. Fetches nothing."""
    if isinstance(tarball, Path) or tarball.path.is_file():
        return ""
    return _refusal(tarball)


def fetch(tarball: Path | Download, progress: Callable[[str], None]) -> None:
    """Have the file on this machine; compare it with the checksum that Grafana publishes.

    Raises:
        ImageError: it can't be downloaded, or is not what its publisher says it is.
    """
    if isinstance(tarball, Path) or tarball.path.is_file():
        return
    progress(f"download {tarball.url}")
    tarball.path.parent.mkdir(parents=True, exist_ok=True)
    partial = tarball.path.with_suffix(".partial")
    try:
        with outside() as client:
            published = client.get(f"{tarball.url}.sha256").raise_for_status().text
            digest = _stream(client, tarball.url, partial)
    except httpx.HTTPError as error:
        raise ImageError(
            _because(tarball, str(error)), where="image grafana", remedy=REMEDY
        ) from error
    if digest not in published.split():
        raise ImageError(
            _because(tarball, f"its checksum is {digest}, its publisher says {published.strip()}"),
            where="image grafana",
            remedy="run again; if that does not help, something on the way changes downloads",
        )
    partial.rename(tarball.path)


def keep(given: Path, kept: Path) -> None:
    """Have a copy of ``given`` at ``kept``; a hard link where both are on one file system."""
    if not given.is_file() or (kept.is_file() and kept.samefile(given)):
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(given)
    except OSError:
        shutil.copy2(given, partial)
    partial.replace(kept)


@cache
def _refusal(tarball: Download) -> str:
    """Ask once a run: where nothing answers, the question takes its whole time limit."""
    try:
        with outside() as client:
            answer = first_answer(client, "HEAD", tarball.url)
    except httpx.TransportError as error:
        return _because(tarball, str(error))
    return "" if answer.is_success else _because(tarball, f"HTTP {answer.status_code}")


def _stream(client: httpx.Client, url: str, path: Path) -> str:
    digest = hashlib.sha256()
    with client.stream("GET", url) as answer, path.open("wb") as file:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _because(tarball: Download, seen: str) -> str:
    return f"Grafana's tarball can't be downloaded from {tarball.url} ({seen})"
