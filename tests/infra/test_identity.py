"""A container is what its labels and its plan say it is."""

from __future__ import annotations

import pytest

from classroom.plan import names
from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component, Inspection


def test_image(component: Component, container: Inspection) -> None:
    expect(
        component,
        seen={"image": container["Config"]["Image"]},
        wanted={"image": component.service.image},
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
    said = component.contract.version.search(answer.text)
    if said is None:
        pytest.fail(f"{component}: no version in its answer: {answer.text[:200]}", pytrace=False)
    labels = container["Config"]["Labels"]
    expect(
        component,
        seen={"version by its label": labels.get(names.LABEL_VERSION)},
        wanted={"version by its label": said[1]},
    )
