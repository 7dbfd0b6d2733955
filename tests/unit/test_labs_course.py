"""The course as a whole: its bullets, its timetable, its guides."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from tests.proofs import proofs, rows
from tests.run import steps
from tests.stage import never_said, shown_in
from tests.workspace import SEAT

from labkit.labs import Lab, all_labs, find_lab
from labkit.render import lab_file
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
REENTRY = "Back in your seat"
# Where the course's words are not true of Temporal, or don't fit Python, and these words.
CORRECTED = {
    "D1L1.O2": "no code rerun on restart",
    "D1L3.S1": "with maxAttempts = 3",
    "D1L5.S1": "Add `UUID.randomUUID()` and watch the workflow fail on replay",
    "D1L5.C3": "SideEffect / MutableSideEffect for some escape hatches",
    "D2L1.C2": "Parent completes after starting child",
    "D2L1.C4": "parent monitors and intervene",
    "D2L2.S2": "fail when logic changes",
    "D2L3.C3": "no thread starvation risk",
    "D2L3.C4": "no need for external rate limiting",
    "D2L4.C1": "Temporal discourages saga patterns for compensation",
    "D2L5.S6": "goroutines, mem usage, db connections",
    "D2L5.C1": "exposes metrics on `:7233/metrics`",
}


def bullets(lab_id: str) -> set[str]:
    kinds = zip("OSC", BULLETS[lab_id], strict=True)
    return {f"{lab_id}.{kind}{n}" for kind, count in kinds for n in range(1, count + 1)}


def anchors(guide: Path) -> set[str]:
    """Return the names that a Markdown page's headings are linked by."""
    headings = re.findall(r"^#+ (.*)$", guide.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.fixture(params=[lab for lab in all_labs(LABS) if not lab.example], ids=lambda lab: lab.id)
def lab(request: pytest.FixtureRequest) -> Lab:
    chosen: Lab = request.param
    return chosen


@pytest.fixture(params=[lab for lab in all_labs(LABS) if lab.example], ids=lambda lab: lab.id)
def example(request: pytest.FixtureRequest) -> Lab:
    chosen: Lab = request.param
    return chosen


def test_every_bullet_of_the_course_is_in_the_table_and_nothing_else() -> None:
    labs = set().union(*map(bullets, BULLETS))
    assert set(rows()) == labs | {f"T{number}" for number in range(1, TOPICS + 1)}
    assert {lab.id for lab in all_labs(LABS) if not lab.id.startswith("T")} == BULLETS.keys()
    assert f"There are {len(rows())}." in README


def test_each_bullet_leads_to_a_heading_of_its_own_lab_or_page() -> None:
    for bullet, (_, link, _) in rows().items():
        found = re.fullmatch(r"\[.+\]\((\w+/guide|pages/\w+)\.md#(.+)\)", link)
        assert found, f"{bullet}: no link: {link}"
        own = f"{bullet.partition('.')[0].lower()}_"
        assert found[1].removeprefix("pages/").startswith(own), bullet
        assert found[2] in anchors(LABS / f"{found[1]}.md"), f"{bullet}: {found[2]}"


def test_each_bullet_has_a_proof() -> None:
    assert {proof.bullet for proof in proofs()} == rows().keys()


def test_what_is_corrected_says_so() -> None:
    marked = {bullet for bullet, (words, _, _) in rows().items() if "*corrected*" in words}
    assert marked == CORRECTED.keys()


@pytest.mark.parametrize("bullet", CORRECTED)
def test_what_is_corrected_is_quoted_where_it_is_taught(bullet: str) -> None:
    heading = rows()[bullet][1].partition("](")[0].removeprefix("[")
    said = section(find_lab(LABS, bullet.partition(".")[0]), heading)
    assert "The course " in said
    assert CORRECTED[bullet] in " ".join(said.split())


def test_the_days_minutes_add_up() -> None:
    parts = timetable(LABS)
    for day in ("Day One", "Day Two"):
        of_day = [part for part in parts if part.day == day]
        assert of_day[0].begins == "09:00"
        last = datetime.strptime(of_day[-1].begins, "%H:%M")
        assert (last.hour * 60 + last.minute + of_day[-1].minutes) == 17 * 60
        assert sum(part.minutes for part in of_day if part.title == "Break") >= 30
        assert [part.minutes for part in of_day if part.title == "Lunch"] == [60]


def first_of_day_two() -> Lab:
    """Return the lab whose guide attendees open on the second morning."""
    return next(lab for lab in all_labs(LABS) if lab.part.day == "Day Two")


def section(lab: Lab, heading: str) -> str:
    """Return what a lab's guide says under a heading."""
    guide = (lab.folder / "guide.md").read_text()
    return guide.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_day_two_begins_with_the_doctor_and_a_worker() -> None:
    first, lab = next(p for p in timetable(LABS) if p.day == "Day Two"), first_of_day_two()
    assert first.title == REENTRY
    said = section(lab, REENTRY)
    assert "$ lab doctor\n" in said
    assert "`lab list`" in said
    assert f"$ lab worker {lab.id}\n" in said


def test_the_doctor_is_known_from_the_first_step_of_the_first_lab() -> None:
    assert "$ lab doctor\n" in section(all_labs(LABS)[0], "1. Run it as it is")


def test_every_lab_of_the_course_has_its_time() -> None:
    timed = {part.lab for part in timetable(LABS) if part.lab}
    assert timed >= BULLETS.keys()
    assert timed - BULLETS.keys() == {"T1", "T7", "T13"}


def test_a_guide_has_its_sections_in_order(lab: Lab) -> None:
    headings = re.findall(r"^## (.*)$", (lab.folder / "guide.md").read_text(), re.MULTILINE)
    sections = [h for h in headings if not re.match(r"\d\. ", h)]
    assert [s for s in sections if s != "What persisted?"] == [
        *([REENTRY] if lab == first_of_day_two() else []),
        "What you'll see",
        "Concept",
        "Try this",
    ]
    assert any("What persisted?" in heading for heading in headings)


def test_an_examples_guide_has_its_sections_in_order(example: Lab) -> None:
    guide = (example.folder / "guide.md").read_text()
    headings = re.findall(r"^## (.*)$", guide, re.MULTILINE)
    numbered = [heading for heading in headings if re.match(r"\d\. ", heading)]
    assert headings == ["What you'll see", *numbered, "Concept", "When to use it"]
    assert guide.count("\nFurther reading: [") == 1


@pytest.mark.parametrize("lab", all_labs(LABS), ids=lambda lab: lab.id)
def test_a_guides_title_is_the_labs(lab: Lab) -> None:
    title = (lab.folder / "guide.md").read_text().splitlines()[0]
    if lab.id.startswith("T"):
        assert title == f"# Topic {lab.id[1:]}: {lab.title}"
    else:
        assert title == f"# Lab {lab.id[-1]}: {lab.title}"


@pytest.mark.parametrize("lab", all_labs(LABS), ids=lambda lab: lab.id)
def test_what_a_guide_shows_and_no_program_says_is_noticed(lab: Lab) -> None:
    shown = list(dict.fromkeys(shown_in(lab_file(lab, "guide.md", SEAT, solution=False))))
    assert len(shown) > 5
    assert never_said(lab, []) == shown
    assert never_said(lab, [re.sub(r"\d", "7", line) for line in shown]) == []
    assert never_said(lab, [f"{line}!" for line in shown]) == shown


def test_the_steps_for_everybody_fit_into_two_thirds_of_the_time(lab: Lab) -> None:
    guide = (lab.folder / "guide.md").read_text()
    steps = re.findall(r"^## \d\. .*\n\n\*(for the fast, )?(\d+) minutes\*$", guide, re.MULTILINE)
    assert len(steps) == len(re.findall(r"^## \d\. ", guide, re.MULTILINE)), "a step has no minutes"
    assert sum(int(minutes) for fast, minutes in steps if not fast) <= lab.minutes * 2 / 3
    floor = sum(not fast for fast, _ in steps)
    assert f"\n*{{{{ lab.minutes }}}} minutes. Steps 1 to {floor} are everybody's; " in guide


def test_no_goal_asks_for_a_step_that_is_for_the_fast(lab: Lab) -> None:
    guide, checks = (lab.folder / "guide.md").read_text(), (lab.folder / "check.py").read_text()
    steps = re.findall(r"^## (\d)\. .*\n\n\*(for the fast, )?.*\*$", guide, re.MULTILINE)
    fast = {number for number, is_fast in steps if is_fast}
    texts = re.split(r"^## ", guide, flags=re.MULTILINE)
    todos = {todo for text in texts if text[0] in fast for todo in re.findall(r"TODO (\d)", text)}
    for text in texts:
        if text[0].isdigit() and text[0] not in fast:
            todos -= set(re.findall(r"TODO (\d)", text))
    assert not fast & set(re.findall(r"step (\d)", checks))
    assert not todos & set(re.findall(r"TODO (\d)", checks))


def test_a_guide_maps_the_courses_java_names_once(lab: Lab) -> None:
    assert (lab.folder / "guide.md").read_text().count("| The course says | In Python |") == 1


@pytest.mark.parametrize("lab", all_labs(LABS), ids=lambda lab: lab.id)
def test_the_types_of_every_lab_are_checked(lab: Lab) -> None:
    assert f"mypy labs/{lab.folder.name}" in {step.name for step in steps() if step.lint}
