"""Which images `teardown IMAGES=yes` removes: ours of any age, and none that somebody uses.

On a throwaway engine, since on this machine they are everybody's.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

import docker
import pytest

from classroom.engine.images.build import LABEL_COMPONENT
from tests.integration.test_faults_engine import Engine, EngineRoom, pytestmark

__all__ = ["pytestmark"]

NAME = "cwt-tidy"

OURS = """
FROM {base} AS build
COPY {tag} /built
FROM {base}
COPY --from=build /built /built
LABEL {label}={name}
"""
"""As the portal's and the workspace's: a stage stays behind, untagged."""


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    try:
        yield engine
    finally:
        engine.end()


@pytest.fixture
def room(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> EngineRoom:
    """Return a room of which nothing exists."""
    room = EngineRoom(
        NAME,
        tmp_path_factory.mktemp(NAME),
        engine.client,
        {},
        environment={"DOCKER_HOST": engine.socket},
        prefix=engine.enter,
    )
    room.write(name=NAME, grafana="off")
    return room


def build(client: docker.APIClient, tag: str, dockerfile: str) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, text in (("Dockerfile", dockerfile), (tag, tag)):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    content.seek(0)
    said = list(client.build(fileobj=content, custom_context=True, tag=tag, rm=True, decode=True))
    assert not [event for event in said if "error" in event], said


def ours(client: docker.APIClient, name: str, age: str, base: str = "") -> str:
    tag = f"classroom/{name}:{age}"
    facts = {"tag": tag, "label": LABEL_COMPONENT, "name": name, "base": base}
    plain = "FROM scratch\nCOPY {tag} /base\nLABEL {label}={name}\n"
    build(client, tag, (OURS if base else plain).format(**facts))
    return tag


def everything(client: docker.APIClient) -> set[str]:
    """Return the names of all images, and the IDs of those that have none, stages included."""
    images = client.images(all=True)
    return {name for image in images for name in named(image) or [image["Id"]]}


def named(image: dict[str, list[str]]) -> list[str]:
    return [tag for tag in image["RepoTags"] or () if tag != "<none>:<none>"]


def test_all_of_ours_go_but_what_somebody_uses_and_it_stands_on(
    engine: Engine, room: EngineRoom
) -> None:
    client = engine.client
    build(client, "theirs/thing:1", "FROM scratch\nCOPY theirs/thing:1 /thing\n")
    build(client, "theirs/thing:1", "FROM scratch\nCOPY theirs/thing:1 /other\n")
    foreign = everything(client)
    assert len(foreign) > 1, "one of theirs has no name any more"
    old = [base := ours(client, "base", "old"), ours(client, "portal", "old", base)]
    used = [base := ours(client, "base", "new"), portal := ours(client, "portal", "new", base)]
    container = client.create_container(portal, command=["never started"])["Id"]

    printed = room.run("teardown", "--images", "--confirm")
    assert [line.strip() for line in printed.splitlines() if "image" in line] == [
        *(f"image {tag}" for tag in sorted(old)),
        "2 images  (other classrooms use them)",
    ]
    assert everything(client) >= {*used}
    client.remove_container(container)

    printed = room.run("teardown", "--images", "--confirm")
    assert [line.strip() for line in printed.splitlines() if "image" in line] == [
        f"image {tag}" for tag in sorted(used)
    ]
    assert everything(client) == foreign
