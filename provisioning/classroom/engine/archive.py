"""An attendee's work, in one file, before anything of it is removed."""

from __future__ import annotations

import tarfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import docker
from docker.errors import NotFound

from classroom.engine import files
from classroom.engine.client import explained
from classroom.errors import EngineError
from classroom.plan import names
from classroom.plan.operations import StackPlan

STOP_SECONDS = 5


def collect(client: docker.APIClient, plan: StackPlan, volume: str, folder: Path) -> str:
    """Write ``volume`` as ``<folder>/<classroom>-seat-07-<time>.tar.gz`` and read it back.

    The workspace is stopped first, so that files don't change while they are read; if the
    archive fails it is started again.

    Returns:
        The archive's path and its number of files, in words.

    Raises:
        EngineError: the archive could not be made; nothing of the seat has been removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"{plan.classroom}-{plan.name}-{stamp}.tar.gz"
    workspace = names.container_name(plan.classroom, plan.name, "workspace")
    image = _stop(client, workspace, plan.name)
    try:
        with (
            explained("archive the workspace", plan.name),
            files.carrier(
                client,
                classroom=plan.classroom,
                stack=plan.name,
                image=image or _any_image(client, plan),
                volumes=(volume,),
            ) as carrier,
        ):
            _download(client, carrier, f"/{volume}", target)
        count = _verify(target)
    except (EngineError, OSError, tarfile.TarError, EOFError, zlib.error) as error:
        target.with_suffix(".part").unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        if image:
            client.start(workspace)
        raise EngineError(
            f"the workspace could not be archived, so the seat is left as it was: {error}",
            where=plan.name,
            remedy="free disk space or mend what the message names, then run it again; "
            "COLLECT=no removes the seat without an archive",
        ) from error
    return f"{target} ({count} files)"


def _stop(client: docker.APIClient, workspace: str, where: str) -> str:
    """Stop the workspace if there is one, and return its image."""
    with explained("stop the workspace", where):
        try:
            client.stop(workspace, timeout=STOP_SECONDS)
            return str(client.inspect_container(workspace)["Config"]["Image"])
        except NotFound:
            return ""


def _any_image(client: docker.APIClient, plan: StackPlan) -> str:
    """Return an image that can be a carrier for a seat that has no workspace any more."""
    tags: list[str] = [
        tag for image in client.images("classroom/*") for tag in image["RepoTags"] or ()
    ]
    if not tags:
        raise EngineError("no classroom image is left to read the volume with", where=plan.name)
    return sorted(tags)[0]


def _download(client: docker.APIClient, container: str, path: str, target: Path) -> None:
    part = target.with_suffix(".part")
    chunks, _ = client.get_archive(container, path, encode_stream=True)
    compressor = zlib.compressobj(level=6, wbits=31)
    with part.open("wb") as stream:
        for chunk in chunks:
            stream.write(compressor.compress(chunk))
        stream.write(compressor.flush())
    part.replace(target)


def _verify(target: Path) -> int:
    """Read the archive to its end and return its number of files."""
    with target.open("rb") as raw, tarfile.open(fileobj=cast("IO[bytes]", raw), mode="r:gz") as tar:
        return sum(1 for member in tar if member.isfile())
