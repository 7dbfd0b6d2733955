"""The board's state and text, told about events as the callback plugin tells it."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from classroom.report.board import (
    Board,
    Mark,
    change_note,
    clock,
    cut_short,
    failure,
    machine_line,
    next_steps,
    render,
    step_line,
)
from classroom.report.tail import Tail

SEATS = ["seat-01", "seat-02", "seat-03", "seat-04"]


def working_board() -> Board:
    board = Board()
    board.join(["ingress", *SEATS])
    board.begin("Bring up the seat", SEATS, shared=False, now=100)
    for seat in SEATS[:3]:
        board.work(seat)
    board.end("seat-01", Mark.DONE, "12 changes in 4.0 s")
    board.end("seat-02", Mark.FAILED, "no space left on device")
    return board


def test_the_board_shows_how_far_each_seat_is_and_how_long_the_rest_takes() -> None:
    assert render(working_board(), width=80, height=20, now=110) == "\n".join(
        [
            "Bring up the seat  0:10",
            "[████████████████████░░░░░░░░░░░░░░░░░░░░]  2 of 4  ETA 0:10",
            "✓ 1 done   ▸ 1 in work   · 2 waiting   ✗ 1 failed",
            "·ingress ✓01 ✗02 ▸03 ·04",
            "  seat-01  12 changes in 4.0 s",
            "  seat-02  no space left on device",
        ]
    )


def test_a_seat_that_failed_takes_no_part_in_the_next_task() -> None:
    board = working_board()
    board.begin("Verdict", SEATS, shared=False, now=120)
    assert board.total == 3
    assert board.marks["seat-02"] is Mark.FAILED
    assert board.marks["seat-01"] is Mark.WAITING


def test_the_proof_of_all_seats_moves_with_its_results() -> None:
    board = working_board()
    board.begin("Prove all seats", SEATS, shared=True, now=120)
    assert board.marks["seat-03"] is Mark.WORKING
    board.expect({"seat-01": 2, "seat-03": 2, "seat-04": 1})
    for seat, state in [
        ("seat-01", "ok"),
        ("seat-01", "stopped by attendee"),
        ("seat-03", "failed"),
        ("seat-03", "ok"),
        ("ingress", "ok"),
    ]:
        board.result({"seat": seat, "component": "grafana", "state": state, "seen": "502"})
    assert (board.ended, board.total) == (4, 5)
    assert {s: board.marks[s] for s in ("seat-01", "seat-03", "seat-04")} == {
        "seat-01": Mark.DONE,
        "seat-03": Mark.FAILED,
        "seat-04": Mark.WORKING,
    }
    assert "  seat-03  grafana failed: 502" in render(board, width=80, height=20, now=125)


def test_a_seat_that_the_proof_found_failing_still_gets_its_verdict() -> None:
    board = working_board()
    board.begin("Prove all seats", SEATS, shared=True, now=120)
    board.expect({"seat-03": 1})
    board.result({"seat": "seat-03", "component": "grafana", "state": "failed"})
    board.begin("Verdict", SEATS, shared=False, now=130)
    assert board.marks["seat-03"] is Mark.WAITING


def test_results_without_an_announcement_are_shown_but_not_counted() -> None:
    board = working_board()
    board.begin("Prove all seats", SEATS, shared=True, now=120)
    board.result({"seat": "seat-03", "component": "grafana", "state": "ok"})
    assert board.total == 0
    assert "ETA" not in render(board, width=80, height=20, now=125)


def test_the_end_of_the_proof_ends_it_for_all() -> None:
    board = working_board()
    board.begin("Prove all seats", SEATS, shared=True, now=120)
    board.end("seat-01", Mark.DONE, "ready")
    assert Mark.WORKING not in board.marks.values()
    assert board.marks["seat-04"] is Mark.DONE


def test_a_host_that_is_no_stack_leaves_no_trace() -> None:
    board = Board()
    board.begin("Install an engine", ["localhost"], shared=False, now=0)
    board.work("localhost")
    board.end("localhost", Mark.DONE, "")
    assert render(board, width=80, height=20, now=65) == "Install an engine  1:05"


@given(
    seats=st.integers(1, 254),
    ended=st.integers(0, 254),
    width=st.integers(1, 200),
    height=st.integers(3, 60),
)
def test_the_text_fits_every_terminal(seats: int, ended: int, width: int, height: int) -> None:
    board = Board()
    stacks = [f"seat-{n:02d}" for n in range(1, seats + 1)]
    board.join(stacks)
    board.begin("Bring up the seat", stacks, shared=False, now=0)
    for seat in stacks[:ended]:
        board.work(seat)
        board.end(seat, Mark.DONE, "12 changes in 4.0 s")
    lines = render(board, width=width, height=height, now=3600).split("\n")
    assert len(lines) <= height
    assert max(map(len, lines)) <= max(width, 20)


def test_on_a_low_terminal_the_counts_are_what_stays() -> None:
    text = render(working_board(), width=80, height=3, now=110)
    assert text.splitlines()[-1] == "✓ 1 done   ▸ 1 in work   · 2 waiting   ✗ 1 failed"


def test_a_line_for_each_seat_where_there_is_no_terminal() -> None:
    board = working_board()
    assert step_line(board, "seat-02", "3 changes in 1.0 s") == "[2/4] seat-02  3 changes in 1.0 s"


def test_a_step_says_what_it_changed() -> None:
    assert change_note([], 1, check=False) == "as planned, nothing to do"
    assert change_note(["create network x"], 1.25, check=False) == "1 change in 1.2 s"
    assert change_note(["a", "b"], 1, check=True) == "would need 2 changes"


def test_a_failure_is_shown_in_full_with_where_and_what_to_do() -> None:
    result = {
        "msg": "port 80 is taken",
        "where": "ports.http",
        "remedy": "stop nginx\nor change it",
    }
    assert failure("ingress", result) == "\n".join(
        [
            "✗ ingress  port 80 is taken",
            "    at: ports.http",
            "    -> stop nginx",
            "    or change it",
        ]
    )


def test_a_failed_command_is_shown_with_the_end_of_what_it_said() -> None:
    said = "\n".join(f"line {n}" for n in range(30))
    shown = failure("Load", {"msg": "non-zero return code", "stderr": said}).splitlines()
    assert shown[0] == "✗ Load  non-zero return code"
    assert shown[1:] == [f"    line {n}" for n in range(10, 30)]


def test_by_hand_the_end_names_what_is_not_done_and_how_to_retry_it() -> None:
    board = Board()
    assert next_steps(board, check=False).endswith("Next: `make provision`.")
    board.join(SEATS[:2])
    board.marks["seat-01"] = Mark.DONE
    assert next_steps(board, check=False) == (
        'Not done: seat-02. Retry just those: `make provision SEATS="seat-02"`.'
    )
    assert "Nothing was changed" in next_steps(board, check=True)
    board.marks["seat-02"] = Mark.DONE
    assert "make health" in next_steps(board, check=False)


def test_a_run_that_was_cut_short_says_what_it_was_at() -> None:
    assert cut_short(Board()) == "The run was cut short at: its beginning."
    assert cut_short(working_board()) == "The run was cut short at: Bring up the seat (seat-03)."


def test_small_words() -> None:
    assert clock(59.9) == "0:59"
    assert clock(3605) == "1:00:05"
    assert machine_line("changed", "Install", 12.34) == "  changed  Install  12.3 s"
    assert machine_line("note", "Raised") == "  note     Raised"


def test_the_tail_gives_each_whole_line_once(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text('{"event": "old"}\n')
    tail = Tail(path)
    with path.open("a") as file:
        file.write('{"event": "a"}\nnonsense\n[1]\n{"event":')
        file.flush()
        assert list(tail.new()) == [{"event": "a"}]
        file.write(' "b"}\n')
        file.flush()
        assert list(tail.new()) == [{"event": "b"}]
    assert list(tail.new()) == []


def test_the_tail_waits_for_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "events"
    tail = Tail(path)
    assert list(tail.new()) == []
    path.write_text(json.dumps({"event": "a"}) + "\n")
    assert list(tail.new()) == [{"event": "a"}]
