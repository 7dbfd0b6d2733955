"""A proof of the course's table counts if its test has run and passed, in each of its cases."""

from __future__ import annotations

import pytest
from tests.proofs import Proof, missing, proofs
from tests.run import Rooms, steps

MODULE = "labs.d1l1_hello_workflow.tests.test_d1l1_live"
WANTED = Proof("D1L1.O1", "test_it", MODULE)


def report(*cases: str) -> str:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def case(name: str, what: str = "", module: str = MODULE) -> str:
    return f'<testcase classname="{module}" name="{name}">{what}</testcase>'


@pytest.mark.parametrize(
    ("reports", "counts"),
    [
        ([report(case("test_it"))], True),
        ([report(case("test_other")), report(case("test_it[a]"), case("test_it[b]"))], True),
        ([], False),
        ([report(case("test_other"))], False),
        ([report(case("test_it", module="labs.d1l2_x.tests.test_d1l2_live"))], False),
        ([report(case("test_it", "<skipped/>"))], False),
        ([report(case("test_it", "<failure/>"))], False),
        ([report(case("test_it", "<error/>"))], False),
        ([report(case("test_it[a]", "<failure/>"), case("test_it[b]"))], False),
        ([report(case("test_it[a]"), case("test_it[b]", "<skipped/>"))], False),
        ([report(case("test_it", "<failure/>")), report(case("test_it"))], True),
        ([report(case("test_it")), report(case("test_it", "<failure/>"))], False),
        ([report(case("test_it", "<system-out>so</system-out>"))], True),
    ],
)
def test_what_counts_as_a_proof(reports: list[str], counts: bool) -> None:
    assert missing([WANTED], reports) == ([] if counts else [WANTED])


def test_each_bullet_names_proofs_and_each_is_one_test_of_one_place() -> None:
    found = list(proofs())
    assert [proof for proof in found if not proof.module] == []
    assert {proof.bullet.partition(".")[0] for proof in found} >= {"D1L1", "D2L5", "T1", "T14"}


def test_the_last_step_compares_the_table_with_what_ran_in_the_order_of_the_looks() -> None:
    last = steps()[-1]
    assert "tests.proofs" in last.command
    rooms = [step for step in steps() if isinstance(step, Rooms)]
    written = [f"--junitxml={report}" for report in last.command[3:]]
    looks = {look: [step.looked(look, [])[-1] for step in rooms] for look in ("first", "second")}
    assert written == looks["first"] + looks["second"]
