"""What an attendee finds in a terminal of the workspace."""

from __future__ import annotations

import pytest

from tests.infra.contract import OWNER
from tests.infra.findings import expect
from tests.infra.inside import Inside
from tests.infra.live import Component
from tests.infra.questions import lab_files

pytestmark = pytest.mark.only("workspace")

IN_A_TERMINAL = {
    "python": "3.13",
    "import of temporalio": "worked",
    "temporal command": "/opt/temporal/temporal",
    "promtool command": "/opt/promtool/promtool",
    "lab command": "/opt/workspace/bin/lab",
    "TEMPORAL_ADDRESS": "temporal:7233",
}


@pytest.mark.parametrize("question", IN_A_TERMINAL)
def test_terminal(component: Component, inside: Inside, question: str) -> None:
    said = inside.answers[question].text or "nothing"
    expect(component, seen={question: said}, wanted={question: IN_A_TERMINAL[question]})


def test_lab_files(component: Component, inside: Inside) -> None:
    paths = lab_files()
    assert paths, "the checkout has no labs"
    owners = [name for name in inside.answers if name.startswith("owner of /")]
    expect(
        component,
        seen={name: inside.answers[name].text for name in owners},
        wanted=dict.fromkeys(owners, OWNER),
    )
