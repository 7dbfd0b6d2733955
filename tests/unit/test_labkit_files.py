"""What is handed out, renewed, reset or solved: an attendee's file is never overwritten."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from labkit.files import hand_out, solution_files, starter_files
from labkit.labs import find_lab
from labkit.resetting import reset
from labkit.seat import Seat
from labkit.solution import differences

LABS = Path(__file__).resolve().parents[2] / "labs"
LAB = find_lab(LABS, "D1L3")
SEAT = Seat(
    "seat-07",
    "http://s07.localhost:8000",
    "temporal:7233",
    "default",
    {"grpc": 7233, "ui": 8233, "metrics": 8080},
)
STARTER = starter_files(LAB, SEAT)
NOW = datetime(2025, 7, 16, 10, 30, 5)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Give an attendee's folder in which the lab was handed out."""
    hand_out(STARTER, tmp_path)
    return tmp_path


@pytest.fixture
def place(course: Path) -> Path:
    return course / LAB.folder.name


def texts(place: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.iterdir() if path.is_file()}


def test_missing_files_are_created_and_changed_ones_stay(course: Path, place: Path) -> None:
    (place / "workflows.py").write_text("mine")
    (place / "worker.py").unlink()
    done = hand_out(STARTER, course)
    assert [path.name for path in done.created] == ["worker.py"]
    assert [path.name for path in done.kept] == ["workflows.py"]
    assert len(done.same) == len(LAB.files) - 2
    assert (place / "workflows.py").read_text() == "mine"


def test_what_the_course_mended_reaches_those_who_had_not_changed_it(
    course: Path, place: Path
) -> None:
    (place / "workflows.py").write_text("mine")
    mended = {name: f"{text}# mended\n" for name, text in STARTER.items()}
    done = hand_out(mended, course)
    assert len(done.renewed) == len(LAB.files) - 1
    assert (place / "workflows.py").read_text() == "mine"
    assert (place / "worker.py").read_text().endswith("# mended\n")
    assert {name for name in texts(place) if name.startswith(".")} == set()


def test_without_a_record_of_what_was_handed_out_nothing_is_renewed(
    course: Path, place: Path
) -> None:
    for record in ("", "[]", "{"):
        (course / ".handed-out.json").write_text(record)
        done = hand_out({f"{LAB.folder.name}/worker.py": "mended"}, course)
        assert done.renewed == []
        assert (place / "worker.py").read_text() != "mended"


def test_a_name_taken_by_a_dangling_link_is_taken(course: Path, place: Path) -> None:
    (place / "worker.py").unlink()
    (place / "worker.py").symlink_to(course / "elsewhere.py")
    hand_out(STARTER, course)
    assert (place / "worker.py").is_symlink()
    assert not (course / "elsewhere.py").exists()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    wrong = {"lab/good.py": "x", "lab/starter.py": "\udcff"}  # no UTF-8
    with pytest.raises(UnicodeEncodeError):
        hand_out(wrong, tmp_path)
    assert set(texts(tmp_path / "lab")) == {"good.py"}
    assert [path.name for path in hand_out({"lab/good.py": "y"}, tmp_path).renewed] == ["good.py"]


def test_a_reset_brings_the_starter_back_and_keeps_what_was_there(
    course: Path, place: Path
) -> None:
    (place / "workflows.py").write_text("mine")
    (place / "outbox.txt").write_text("mail")
    (place / "activities.py").unlink()
    done = reset(LAB, course, SEAT, NOW)
    assert done.replaced == ["workflows.py"]
    assert done.created == ["activities.py"]
    assert done.kept == place / "kept" / "2025-07-16-103005"
    assert texts(done.kept) == {"workflows.py": "mine"}
    assert texts(place) == {**{Path(n).name: t for n, t in STARTER.items()}, "outbox.txt": "mail"}


def test_two_resets_in_a_second_keep_two_copies(course: Path, place: Path) -> None:
    for mine in ("one", "two"):
        (place / "workflows.py").write_text(mine)
        reset(LAB, course, SEAT, NOW)
    assert {kept.read_text() for kept in place.glob("kept/*/workflows.py")} == {"one", "two"}


def test_a_reset_of_what_was_not_changed_does_nothing(course: Path, place: Path) -> None:
    done = reset(LAB, course, SEAT, NOW)
    assert (done.kept, done.replaced, done.created) == (None, [], [])
    assert not (place / "kept").exists()


def test_after_a_reset_a_mended_course_renews_the_file_again(course: Path, place: Path) -> None:
    (place / "workflows.py").write_text("mine")
    reset(LAB, course, SEAT, NOW)
    mended = {name: f"{text}# mended\n" for name, text in STARTER.items()}
    assert len(hand_out(mended, course).renewed) == len(LAB.files)


def test_whatever_has_a_files_name_is_kept_by_a_reset(course: Path, place: Path) -> None:
    (place / "workflows.py").unlink()
    (place / "workflows.py").mkdir()
    (place / "workflows.py" / "deep.txt").write_text("mine")
    (place / "worker.py").unlink()
    (place / "worker.py").symlink_to("gone.py")
    done = reset(LAB, course, SEAT, NOW)
    assert done.kept
    assert (done.kept / "workflows.py" / "deep.txt").read_text() == "mine"
    assert (done.kept / "worker.py").is_symlink()
    assert (place / "workflows.py").read_text() == STARTER[f"{LAB.folder.name}/workflows.py"]


def test_a_full_disk_in_a_reset_puts_the_file_back(
    course: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "workflows.py").write_text("mine")

    def full(path: Path, _: str) -> bool:
        if path.exists():
            return False
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labkit.files.create_file", full)
    with pytest.raises(OSError, match="No space left"):
        reset(LAB, course, SEAT, NOW)
    assert (place / "workflows.py").read_text() == "mine"


def test_the_solution_lies_beside_and_the_diff_leads_to_it(course: Path, place: Path) -> None:
    lines = list(differences(LAB, course, SEAT))
    assert "--- workflows.py" in lines
    assert "+++ solution/workflows.py" in lines
    assert any(line.startswith("-        # TODO 3") for line in lines)
    assert "+        await workflow.sleep(order.wait_seconds)" in lines
    before = texts(place)
    hand_out(solution_files(LAB, SEAT), course)
    assert texts(place) == before
    assert {path.name for path in (place / "solution").iterdir()} == {
        name for name in LAB.files if name.endswith(".py")
    }
    for path in (place / "solution").iterdir():
        shutil.copy(path, place)
    assert list(differences(LAB, course, SEAT)) == []


def test_a_solution_that_the_attendee_changed_stays(course: Path, place: Path) -> None:
    hand_out(solution_files(LAB, SEAT), course)
    (place / "solution" / "worker.py").write_text("mine")
    assert [path.name for path in hand_out(solution_files(LAB, SEAT), course).kept] == ["worker.py"]


def test_a_diff_of_what_is_no_text_is_still_a_diff(course: Path, place: Path) -> None:
    (place / "workflows.py").write_bytes(b"\xff\xfe\x00")
    (place / "worker.py").unlink()
    assert "+++ solution/worker.py" in list(differences(LAB, course, SEAT))
