"""Determinism, played: the guide's own snippets, act by act, with real kills."""

from __future__ import annotations

import re
import textwrap

import pytest

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT

LAB = "D1L5"
NOTHING = {"sandbox": "not_yet", "silent": "not_yet", "replay": "not_yet", "safe": "not_yet"}


def snippets(stage: Stage, heading: str) -> list[str]:
    """Return the Python blocks below a heading of the guide, as an attendee would type them."""
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (section,) = re.findall(rf"^## (?:\d\. )?{heading}.*?(?=^## )", guide, re.MULTILINE | re.DOTALL)
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def play(stage: Stage, act: str) -> None:
    """Write an act's code into the lab as it was handed out: its imports, TODO 1 or TODO 2."""
    imports, number, clock, booking = "", "", "", ""
    for snippet in snippets(stage, act):
        if snippet.startswith("import"):
            imports = snippet
        elif "activity_id" in snippet:
            booking = "    parcel,\n            activity_id=number,"
            assert "activity_id=number," in snippet
        elif "post_has_left" in snippet:
            clock = textwrap.indent(snippet, " " * 8)
        else:
            number = textwrap.indent(snippet, " " * 8)

    def change(source: str) -> str:
        source = source.replace("from datetime", f"{imports}from datetime", 1)
        source = re.sub(r"( +# TODO 1.*\n)", lambda found: found[1] + number, source)
        source = re.sub(r"( +# TODO 2.*\n)", lambda found: found[1] + clock, source)
        return source.replace("    parcel,", booking, 1) if booking else source

    stage.install(solution=False)
    stage.edit("workflows.py", change)


def killed_in_the_pause(stage: Stage, seconds: int) -> tuple[str, str, str]:
    """Kill the worker in a parcel's pause and start another; return run, parcel, second log."""
    first = stage.worker()
    run, parcel = stage.start(f"--seconds {seconds}")
    stage.wait_for(first, "takes parcel")
    stage.kill()
    return run, parcel, stage.worker()


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    stage.worker()
    said = stage.run("--seconds 1")
    assert "Parcel 0001 was shipped" in said
    assert stage.missing_in_guide(said) == []
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "no number of its own. Try: `workflow.uuid4()`" in results["safe"]["because"]
    stage.record("starter", said.split()[1])


def test_act_1_the_sandbox_refuses_and_the_repaired_order_goes_on(stage: Stage) -> None:
    play(stage, "Act 1")
    worker = stage.worker()
    run, parcel = stage.start("--seconds 1")
    said = stage.wait_for(worker, "RestrictedWorkflowAccessError")
    assert stage.missing_in_guide(said) == []
    assert stage.states() == {**NOTHING, "sandbox": "done"}
    stage.record("sandbox", parcel)
    stage.kill()
    stage.install()
    stage.worker()
    stage.wait_for(run, "Result")  # the same parcel, which was waiting for better code


def test_act_2_a_replay_changes_the_number_and_nothing_complains(stage: Stage) -> None:
    play(stage, "Act 2")
    run, parcel, second = killed_in_the_pause(stage, 8)
    said = stage.wait_for(run, "Result")
    booked, shipped = stage.check()["silent"], stage.log(second)
    assert booked["state"] == "done"
    assert stage.missing_in_guide(said + shipped) == []
    assert not any("FAILED" in kind for kind in stage.history(parcel))
    assert stage.states() == {**NOTHING, "silent": "done"}
    stage.record("silent", parcel)


@pytest.mark.parametrize("act", ["Act 3", "Act 4"])
def test_acts_3_and_4_a_replay_that_asks_for_something_else_is_stopped(
    stage: Stage, act: str
) -> None:
    play(stage, act)
    _, parcel, second = killed_in_the_pause(stage, 8)
    said = stage.wait_for(second, "[TMPRL1100]")
    assert stage.missing_in_guide(said) == []
    assert stage.states() == {**NOTHING, "replay": "done"}
    stage.record(act.lower().replace(" ", "-"), parcel)


def test_repaired_code_is_replayed_and_everything_agrees(stage: Stage) -> None:
    stage.install()
    run, parcel, second = killed_in_the_pause(stage, 8)
    stage.wait_for(run, "Result")
    assert stage.states() == {**NOTHING, "safe": "done"}
    assert stage.missing_in_guide(stage.log(second) + stage.log(run)) == []
    stage.record("safe", parcel)


def test_a_broken_parcel_is_healed_by_repaired_code_and_a_reset(stage: Stage) -> None:
    play(stage, "Act 4")
    _, parcel, second = killed_in_the_pause(stage, 6)
    stage.wait_for(second, "[TMPRL1100]")
    stage.kill()
    stage.install()
    stage.worker()
    reset = f"temporal workflow reset --type FirstWorkflowTask -w {parcel} --reason repaired"
    stage.sh(reset)
    waited = stage.sh(f"temporal workflow result -w {parcel}")
    assert "was shipped" in waited


def test_a_local_activity_draws_a_number_once(stage: Stage) -> None:
    """The escape hatch: its result is a marker in the history, so a replay does not draw again."""
    (activity, call) = snippets(stage, "Concept")
    stage.install(solution=False)
    stage.edit("activities.py", lambda source: f"import uuid\n{source}\n{activity}")
    stage.edit(
        "worker.py",
        lambda source: source.replace("import book", "import draw_number, book").replace(
            "[book_post", "[draw_number, book_post"
        ),
    )

    def change(source: str) -> str:
        source = source.replace("import book", "import draw_number, book")
        number = textwrap.indent(call, " " * 8)
        return re.sub(r"( +# TODO 1.*\n)", lambda found: found[1] + number, source)

    stage.edit("workflows.py", change)
    run, parcel, _ = killed_in_the_pause(stage, 8)
    stage.wait_for(run, "Result")
    assert any(kind.endswith("MARKER_RECORDED") for kind in stage.history(parcel))
    assert stage.states() == {**NOTHING, "safe": "done"}
