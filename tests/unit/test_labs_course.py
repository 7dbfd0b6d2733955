"""The course as a whole: its bullets, its timetable, its guides."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest

from labkit.labs import Lab, all_labs
from labkit.timetable import timetable

LABS = Path(__file__).resolve().parents[2] / "labs"
README = (LABS / "README.md").read_text()

# How many objectives, steps and concept bullets each lab of the course has, nested ones included.
BULLETS = {
    "D1L1": (3, 4, 1),
    "D1L2": (4, 5, 4),
    "D1L3": (4, 6, 4),
    "D1L4": (2, 3, 3),
    "D1L5": (2, 3, 3),
    "D2L1": (4, 7, 6),
    "D2L2": (3, 4, 4),
    "D2L3": (3, 5, 4),
    "D2L4": (2, 3, 2),
    "D2L5": (4, 9, 6),
}
TOPICS = 14
# Where the course's words are not true of Temporal, or don't fit Python.
CORRECTED = {
    "D1L1.O2",
    "D1L3.S1",
    "D1L5.S1",
    "D1L5.C3",
    "D2L1.C2",
    "D2L1.C4",
    "D2L2.S2",
    "D2L3.C3",
    "D2L3.C4",
    "D2L4.C1",
}


def bullets(lab_id: str) -> set[str]:
    kinds = zip("OSC", BULLETS[lab_id], strict=True)
    return {f"{lab_id}.{kind}{n}" for kind, count in kinds for n in range(1, count + 1)}


def rows() -> dict[str, list[str]]:
    """Return the table's cells after the first, by the bullet's id."""
    found = re.findall(r"^\| ((?:D\dL\d\.[OSC]|T)\d+) \| (.*) \|$", README, re.MULTILINE)
    assert len(found) == len(dict(found)), "a bullet stands in the table twice"
    return {bullet: cells.split(" | ") for bullet, cells in found}


def anchors(guide: Path) -> set[str]:
    """Return the names that a Markdown page's headings are linked by."""
    headings = re.findall(r"^#+ (.*)$", guide.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def known_proofs() -> set[str]:
    """Return the names of all tests in the labs' folders that nothing skips."""
    names = set()
    for path in LABS.glob("*/tests/test_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
                if "skip" not in marks and "xfail" not in marks:
                    names.add(node.name)
    return names


@pytest.fixture(params=all_labs(LABS), ids=lambda lab: lab.id)
def lab(request: pytest.FixtureRequest) -> Lab:
    chosen: Lab = request.param
    return chosen


def test_every_bullet_of_a_lab_that_exists_is_in_the_table() -> None:
    written = {lab.id for lab in all_labs(LABS)}
    expected = set().union(*(bullets(lab_id) for lab_id in written & BULLETS.keys()))
    expected |= {lab_id for lab_id in written if lab_id.startswith("T")}
    assert set(rows()) == expected


def test_the_table_states_how_much_of_the_course_is_there() -> None:
    total = sum(map(sum, BULLETS.values())) + TOPICS
    assert f"There are {total}; {len(rows())} of them are taught so far" in README


def test_each_bullet_leads_to_a_heading_of_its_own_lab() -> None:
    for bullet, (_, link, _) in rows().items():
        found = re.fullmatch(r"\[.+\]\((\w+)/guide\.md#(.+)\)", link)
        assert found, f"{bullet}: no link: {link}"
        assert found[1].startswith(bullet.partition(".")[0].lower()), bullet
        assert found[2] in anchors(LABS / found[1] / "guide.md"), f"{bullet}: {found[2]}"


def test_each_proof_is_a_test_that_runs() -> None:
    known = known_proofs()
    for bullet, (_, _, proof) in rows().items():
        named = re.findall(r"`(\w+)`", proof)
        assert named, bullet
        assert set(named) <= known, f"{bullet}: {set(named) - known}"


def test_what_is_corrected_says_so() -> None:
    marked = {bullet for bullet, (words, _, _) in rows().items() if "*corrected*" in words}
    assert marked == CORRECTED & rows().keys()


def test_the_days_minutes_add_up() -> None:
    parts = timetable(LABS)
    for day in ("Day One", "Day Two"):
        of_day = [part for part in parts if part.day == day]
        assert of_day[0].begins == "09:00"
        last = datetime.strptime(of_day[-1].begins, "%H:%M")
        assert (last.hour * 60 + last.minute + of_day[-1].minutes) == 17 * 60
        assert sum(part.minutes for part in of_day if part.title == "Break") >= 30
        assert [part.minutes for part in of_day if part.title == "Lunch"] == [60]


def test_every_lab_of_the_course_has_its_time() -> None:
    timed = {part.lab for part in timetable(LABS) if part.lab}
    assert timed >= BULLETS.keys()
    assert timed - BULLETS.keys() == {"T1", "T7", "T13"}


def test_a_guide_has_its_sections_in_order(lab: Lab) -> None:
    headings = re.findall(r"^## (.*)$", (lab.folder / "guide.md").read_text(), re.MULTILINE)
    sections = [h for h in headings if not re.match(r"\d\. ", h)]
    assert [s for s in sections if s != "What persisted?"] == [
        "What you'll see",
        "Concept",
        "Try this",
    ]
    assert any("What persisted?" in heading for heading in headings)


def test_a_guides_title_is_the_labs(lab: Lab) -> None:
    title = (lab.folder / "guide.md").read_text().splitlines()[0]
    number = lab.id[-1]
    assert title == f"# Lab {number}: {lab.title}"


def test_the_steps_for_everybody_fit_into_two_thirds_of_the_time(lab: Lab) -> None:
    guide = (lab.folder / "guide.md").read_text()
    steps = re.findall(r"^## \d\. .*\n\n\*(for the fast, )?(\d+) minutes\*$", guide, re.MULTILINE)
    assert len(steps) == len(re.findall(r"^## \d\. ", guide, re.MULTILINE)), "a step has no minutes"
    assert sum(int(minutes) for fast, minutes in steps if not fast) <= lab.minutes * 2 / 3
    assert "{{ lab.minutes }} minutes" in guide


def test_a_guide_maps_the_courses_java_names_once(lab: Lab) -> None:
    assert (lab.folder / "guide.md").read_text().count("| The course says | In Python |") == 1
