"""Files in and out of volumes, without a host path and without root.

A *carrier* is a container that is created and never started: it exists only so that the
engine's archive calls can reach the volumes mounted in it, writable here, read-only in the
component that reads them.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath

import docker
from docker.errors import NotFound

from classroom.plan import names

UID = 10001
"""User and group of every container, made by the base image."""

FOLDER = 0o700


@contextmanager
def carrier(
    client: docker.APIClient, *, classroom: str, stack: str, image: str, volumes: tuple[str, ...]
) -> Iterator[str]:
    """Yield the ID of a container that has each of ``volumes`` mounted at ``/<volume>``."""
    name = names.container_name(classroom, stack, names.CARRIER)
    _remove(client, name)
    container = client.create_container(
        image,
        # The engine wants one, even of what never starts, and not every image has its own.
        ["never-started"],
        name=name,
        labels=names.identity(classroom, stack, names.CARRIER),
        host_config=client.create_host_config(
            mounts=[
                docker.types.Mount(target=f"/{v}", source=v, type="volume", no_copy=True)
                for v in volumes
            ],
            network_mode="none",
        ),
    )
    try:
        yield container["Id"]
    finally:
        _remove(client, container["Id"])


def _remove(client: docker.APIClient, container: str) -> None:
    try:
        client.remove_container(container, force=True, v=False)
    except NotFound:
        return


def archive_of(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """Return a tar of ``path -> (content, mode)``, everything owned by the containers' user.

    The folders on the way, a volume's own among them, are that user's alone as well.
    """
    folders = {str(folder) for path in files for folder in PurePosixPath(path).parents} - {"."}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in sorted(folders):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, FOLDER, UID, UID
            tar.addfile(entry)
        for path, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), mode, UID, UID
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
