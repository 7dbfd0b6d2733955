"""A minimal Debian from its packages alone, for machines without a container registry."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from docker import APIClient

from classroom.engine.images.model import RootFs
from classroom.errors import ImageError

_LAST_LINES = 12


def import_root_fs(
    client: APIClient, recipe: RootFs, tag: str, progress: Callable[[str], None]
) -> None:
    """Run mmdebstrap (25 to 40 s) and import what it made as ``tag``.

    Raises:
        ImageError: mmdebstrap is missing or failed.
    """
    with tempfile.TemporaryDirectory(prefix="classroom-") as folder:
        tarball = Path(folder, "root.tar")
        command = ("mmdebstrap", f"--variant={recipe.variant}", recipe.suite, str(tarball))
        progress(" ".join(command[:-1]))
        _run(command, progress)
        repository, _, version = tag.partition(":")
        client.import_image_from_file(str(tarball), repository=repository, tag=version)


def _run(command: tuple[str, ...], progress: Callable[[str], None]) -> None:
    lines: list[str] = []
    try:
        with subprocess.Popen(  # noqa: S603 - a fixed program, arguments from the catalogue
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                for line in process.stdout or ():
                    lines.append(line.rstrip())
                    progress(lines[-1])
            except BaseException:
                process.terminate()
                raise
    except FileNotFoundError as error:
        raise ImageError(
            "mmdebstrap is not installed, and images are built from it when no registry answers",
            where="image base",
            remedy="apt-get install mmdebstrap",
        ) from error
    if process.returncode:
        raise ImageError(
            f"mmdebstrap failed with exit code {process.returncode}:\n  "
            + "\n  ".join(lines[-_LAST_LINES:]),
            where="image base",
            remedy="run it by hand and see: " + " ".join(command[:-1]) + " /tmp/root.tar",
        )
