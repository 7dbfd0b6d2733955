"""Files for a container, in the form in which the engine takes them."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Mapping

SEAT_USER = 10001


def tar_of(texts: Mapping[str, str]) -> bytes:
    """Return a tar of files by their paths, as if the seat's user had just written them.

    Their folders have to be there. The time is exact: who compares it with a process's start, as
    `lab doctor` does, would take a whole second for an earlier one.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, text in texts.items():
            content = text.encode()
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.mtime = len(content), 0o644, time.time()
            entry.uid = entry.gid = SEAT_USER
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
