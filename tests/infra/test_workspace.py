"""What an attendee finds in a terminal of the workspace."""

from __future__ import annotations

import pytest

from tests.infra.contract import OWNER
from tests.infra.findings import expect
from tests.infra.inside import Inside
from tests.infra.live import Component
from tests.infra.questions import lab_files

pytestmark = pytest.mark.only("workspace")

PYTHON = "3.13"


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("python", PYTHON),
        ("temporalio", ""),
        ("temporal command", "/opt/temporal/temporal"),
        ("lab command", "/opt/workspace/bin/lab"),
        ("TEMPORAL_ADDRESS", "temporal:7233"),
    ],
)
def test_terminal(component: Component, inside: Inside, question: str, wanted: str) -> None:
    answer = inside.answers[question]
    expect(
        component,
        seen={question: answer.text, f"exit code of asking for {question}": answer.code},
        wanted={question: wanted, f"exit code of asking for {question}": 0},
    )


def test_lab_files(component: Component, inside: Inside) -> None:
    paths = lab_files()
    assert paths, "the checkout has no labs"
    owners = [name for name in inside.answers if name.startswith("owner of /")]
    expect(
        component,
        seen={name: inside.answers[name].text for name in owners},
        wanted=dict.fromkeys(owners, OWNER),
    )
