"""A build context as a tar stream."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from classroom.engine.images.digest import executable
from classroom.engine.images.model import Download

_IN_MEMORY = 32 * 1024 * 1024
"""Bytes up to which a context stays in memory; Grafana's has a tarball of 200 MB in it."""


@contextmanager
def context(files: Mapping[str, Path | bytes | Download]) -> Iterator[IO[bytes]]:
    """Yield the context, rewound. Same files, same bytes: no times, owners or odd modes."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(files):
                _add(tar, name, files[name])
        stream.seek(0)
        yield stream


def _add(tar: tarfile.TarFile, name: str, content: Path | bytes | Download) -> None:
    info = tarfile.TarInfo(name)
    info.mode = 0o644
    if isinstance(content, bytes):
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
        return
    path = content.path if isinstance(content, Download) else content
    info.size = path.stat().st_size
    if executable(path):
        info.mode = 0o755
    with path.open("rb") as file:
        tar.addfile(info, file)
