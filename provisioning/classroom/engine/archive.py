"""An attendee's work, in one file, before anything of it is removed."""

from __future__ import annotations

import io
import os
import tarfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import docker
from docker.errors import NotFound

from classroom.engine import files
from classroom.engine.client import explained
from classroom.engine.starting import start
from classroom.engine.state import write_private
from classroom.errors import EngineError
from classroom.plan import names
from classroom.plan.operations import StackPlan

STOP_SECONDS = 5

_END_OF_TAR = bytes(1024)
"""POSIX.1-1988 ustar: an archive ends with two blocks of zeros. Without this mark a stream that
was cut off between two files would pass for a whole one."""


def collect(client: docker.APIClient, plan: StackPlan, volume: str, folder: Path) -> str:
    """Write ``volume`` as ``<folder>/<classroom>-seat-07-<time>.tar.gz`` and read it back.

    The workspace is stopped first, so that files don't change while they are read; if the
    archive fails it is started again.

    Returns:
        The archive's path and its number of files, in words.

    Raises:
        EngineError: the archive could not be made; nothing of the seat has been removed.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"{plan.classroom}-{plan.name}-{stamp}.tar.gz"
    part = target.with_suffix(".part")
    workspace = names.container_name(plan.classroom, plan.name, "workspace")
    try:
        with explained("archive the workspace", plan.name):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for stale in folder.glob(f"{plan.classroom}-{plan.name}-*.part"):
                stale.unlink()  # of a run that was killed; what it was made from is still there
            image, ran = _at_rest(client, workspace)
            try:
                with files.carrier(
                    client,
                    classroom=plan.classroom,
                    stack=plan.name,
                    image=image or _any_image(client, plan.name),
                    volumes=(volume,),
                ) as carrier:
                    _download(client, carrier, f"/{volume}", part)
                count = _verify(part, plan.name)
                part.replace(target)
            except BaseException:
                if ran:
                    start(client, workspace)
                with suppress(OSError):
                    part.unlink()
                raise
    except EngineError as error:
        raise EngineError(
            f"{error.what}, so the seat is left as it was",
            where=plan.name,
            remedy=f"{error.remedy}; only `make teardown COLLECT=no` goes on without an archive",
        ) from error
    return f"{target} ({count} files)"


def collect_audit(client: docker.APIClient, classroom: str, folder: Path) -> Path | None:
    """Write the portal's audit log as ``<folder>/<classroom>-audit-<time>.jsonl``, oldest first.

    It is in the portal's volume, and so it is there when somebody removed the portal's container.

    Returns:
        Its path, or None if there is none.

    Raises:
        EngineError: it could not be read or written.
    """
    volume = f"{names.prefix(classroom, names.INGRESS)}-portal-data"
    text = b""
    with explained("archive the audit log", names.INGRESS):
        folder.mkdir(parents=True, exist_ok=True)
        if not client.volumes(filters={"name": f"^{volume}$"})["Volumes"]:
            return None
        with files.carrier(
            client,
            classroom=classroom,
            stack=names.INGRESS,
            image=_any_image(client, names.INGRESS),
            volumes=(volume,),
        ) as carrier:
            for name in ("audit.1.jsonl", "audit.jsonl"):
                text += _content(client, carrier, f"/{volume}/{name}")
    if not text:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"{classroom}-audit-{stamp}.jsonl"
    write_private(target, text)
    return target


def _content(client: docker.APIClient, container: str, path: str) -> bytes:
    """Return what is in a file; nothing if there is no such file."""
    try:
        chunks, _ = client.get_archive(container, path)
    except NotFound:
        return b""
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        content = tar.extractfile(tar.getmembers()[0])
        return content.read() if content else b""


def _at_rest(client: docker.APIClient, workspace: str) -> tuple[str, bool]:
    """Stop the workspace if there is one; return its image and whether it ran."""
    try:
        facts = client.inspect_container(workspace)
        if facts["State"]["Paused"]:
            client.unpause(workspace)
        client.stop(workspace, timeout=STOP_SECONDS)
    except NotFound:
        return "", False
    return str(facts["Config"]["Image"]), bool(facts["State"]["Running"])


def _any_image(client: docker.APIClient, stack: str) -> str:
    """Return an image that can be a carrier where the volume's own component is gone."""
    tags: list[str] = [
        tag for image in client.images("classroom/*") for tag in image["RepoTags"] or ()
    ]
    if not tags:
        raise EngineError(
            "no classroom image is left to read the volume with",
            where=stack,
            remedy="`make provision` makes them again",
        )
    return sorted(tags)[0]


def _download(client: docker.APIClient, container: str, path: str, part: Path) -> None:
    chunks, _ = client.get_archive(container, path, encode_stream=True)
    compressor = zlib.compressobj(level=6, wbits=31)
    end = b""
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        for chunk in chunks:
            stream.write(compressor.compress(chunk))
            end = (end + chunk)[-len(_END_OF_TAR) :]
        stream.write(compressor.flush())
        # What it was made from is removed next: it has to be on the disk by then.
        stream.flush()
        os.fsync(stream.fileno())
    if end != _END_OF_TAR:
        raise EngineError(
            "the engine ended the archive of the workspace before its end",
            remedy="look at the engine's log, then run the same command again",
        )


def _verify(part: Path, where: str) -> int:
    """Read the archive to its end and return its number of files."""
    try:
        with (
            part.open("rb") as raw,
            tarfile.open(fileobj=cast("IO[bytes]", raw), mode="r:gz") as tar,
        ):
            return sum(1 for member in tar if member.isfile())
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise EngineError(
            f"the archive of the workspace can't be read back: {error}",
            where=where,
            remedy="look at the disk that holds collected/, then run the same command again",
        ) from error
