"""A container is what its labels and its plan say it is."""

from __future__ import annotations

import pytest
from docker.errors import ImageNotFound

from classroom.engine import client as engine
from classroom.plan import names
from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component, Inspection


@pytest.fixture(scope="session")
def image_ids(classroom: Classroom) -> dict[str, str]:
    """The ID that each planned tag stands for now."""
    client = engine.connect()
    found = {}
    for tag in {component.service.image for component in classroom.components}:
        with engine.explained("look at the images"):
            try:
                found[tag] = client.inspect_image(tag)["Id"]  # type: ignore[no-untyped-call] # stubs
            except ImageNotFound:
                found[tag] = "missing"
    return found


def test_image(component: Component, container: Inspection, image_ids: dict[str, str]) -> None:
    tag = component.service.image
    expect(
        component,
        seen={"image": container["Config"]["Image"], "image's ID": container["Image"]},
        wanted={"image": tag, "image's ID": image_ids[tag]},
    )


def test_labels(component: Component, container: Inspection, classroom: Classroom) -> None:
    labels = container["Config"]["Labels"]
    expect(
        component,
        seen=labels,
        wanted={
            **names.identity(classroom.class_file.name, component.stack.name, component.name),
            names.LABEL_HASH: component.service.hash,
        },
    )
    told = (names.LABEL_VERSION, names.LABEL_SOURCE)
    no_findings(component, (f"label {name} is missing" for name in told if not labels.get(name)))


def test_volume_labels(component: Component, classroom: Classroom) -> None:
    wanted = names.identity(classroom.class_file.name, component.stack.name)
    for name in component.service.volumes:
        volume = classroom.observed.volumes.get(name)
        seen = {f"volume {name}": volume and dict(volume.labels)}
        expect(component, seen=seen, wanted={f"volume {name}": wanted})


def test_version(component: Component, container: Inspection, inside: Inside) -> None:
    answer = inside.answers["version"]
    found = component.contract.version.search(answer.text)
    label = container["Config"]["Labels"].get(names.LABEL_VERSION)
    expect(
        component,
        seen={"version by its label": label},
        wanted={"version by its label": found[1] if found else f"in {answer.text[:200]!r}"},
    )
