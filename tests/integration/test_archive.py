"""What is archived of a classroom of which parts are gone already."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from classroom.engine import client as engine
from classroom.engine import files
from classroom.engine.archive import collect_audit
from classroom.plan import names

CLASSROOM = f"cwt-archive-{os.getpid()}"
VOLUME = f"{names.prefix(CLASSROOM, names.INGRESS)}-portal-data"
LINE = json.dumps({"event": "signed in"}).encode() + b"\n"


@pytest.fixture
def engine_client() -> Iterator[docker.APIClient]:
    """Return a client of an engine that has the portal's volume, and no portal."""
    client = engine.connect()
    client.create_volume(VOLUME, labels=names.identity(CLASSROOM, names.INGRESS))
    try:
        yield client
    finally:
        client.remove_volume(VOLUME)


def test_the_audit_log_outlives_the_portals_container(
    engine_client: docker.APIClient, tmp_path: Path
) -> None:
    content = files.archive_of({"audit.1.jsonl": (LINE, 0o600), "audit.jsonl": (LINE, 0o600)})
    with files.carrier(
        engine_client,
        classroom=CLASSROOM,
        stack=names.INGRESS,
        image=engine_client.images("classroom/*")[0]["Id"],
        volumes=(VOLUME,),
    ) as carrier:
        assert engine_client.put_archive(carrier, f"/{VOLUME}", content)
    kept = collect_audit(engine_client, CLASSROOM, tmp_path)
    assert kept is not None
    assert kept.read_bytes() == 2 * LINE


def test_a_portal_that_never_ran_has_no_audit_log(
    engine_client: docker.APIClient, tmp_path: Path
) -> None:
    assert collect_audit(engine_client, CLASSROOM, tmp_path) is None


def test_a_classroom_without_a_portal_has_no_audit_log(tmp_path: Path) -> None:
    assert collect_audit(engine.connect(), CLASSROOM, tmp_path) is None
