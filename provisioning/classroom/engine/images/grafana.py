"""Grafana's official tarball: given, kept from last time, or downloaded."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from functools import cache
from pathlib import Path

import httpx

from classroom.engine.images.model import Download
from classroom.errors import ImageError

_CONNECT_WITHIN = 5.0
REMEDY = "give the official tarball by GRAFANA=/path/to/grafana-….linux-amd64.tar.gz"


def why_not(tarball: Path | Download) -> str:
    """Say in one sentence why the tarball can't be had; empty when it can. Fetches nothing.

    Raises:
        ImageError: a path was given and no file is there: a slip, not a missing network.
    """
    if isinstance(tarball, Path):
        if not tarball.is_file():
            raise ImageError(
                "Grafana's tarball is not there",
                where=str(tarball),
                remedy="correct the path, or leave it out to have the tarball downloaded",
            )
        return ""
    if tarball.path.is_file():
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
        with _client() as client:
            expected = client.get(f"{tarball.url}.sha256").raise_for_status().text.split()[0]
            digest = _stream(client, tarball.url, partial)
    except httpx.HTTPError as error:
        raise ImageError(
            _because(tarball, str(error)), where="image grafana", remedy=REMEDY
        ) from error
    if digest != expected:
        raise ImageError(
            f"its checksum is {digest}, its publisher says {expected}",
            where=tarball.url,
            remedy="run again; if that does not help, something on the way changes downloads",
        )
    partial.rename(tarball.path)


@cache
def _refusal(tarball: Download) -> str:
    """Ask once a run: where nothing answers, the question takes its whole time limit."""
    try:
        with _client() as client:
            answer = client.head(tarball.url)
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


def _client() -> httpx.Client:
    return httpx.Client(
        timeout=httpx.Timeout(30.0, connect=_CONNECT_WITHIN),
        verify=ssl.create_default_context(),
        follow_redirects=True,
    )


def _because(tarball: Download, seen: str) -> str:
    return f"Grafana's tarball can't be downloaded from {tarball.url} ({seen})"
