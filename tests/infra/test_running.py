"""Everything planned is there and answers, and nothing else claims to belong to it."""

from __future__ import annotations

from collections.abc import Mapping

from classroom.plan import names
from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component


def test_running(component: Component, looks: Mapping[str, Inside | str]) -> None:
    if component.container is None:
        no_findings(component, ["there is no container"])
    else:
        expect(component, seen=component.container["State"], wanted={"Status": "running"})
    look = looks[component.id]
    no_findings(component, [look] if isinstance(look, str) else [])


def test_nothing_unplanned(classroom: Classroom) -> None:
    planned = {component.service.container for component in classroom.components}
    no_findings(
        f"classroom {classroom.class_file.name}",
        (
            f"container {c.name} has this classroom's labels and nobody planned it"
            for c in classroom.observed.containers.values()
            if c.labels.get(names.LABEL_CLASSROOM) == classroom.class_file.name
            and c.name not in planned
        ),
    )
