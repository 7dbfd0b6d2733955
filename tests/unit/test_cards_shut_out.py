"""What `make cards ROTATE=yes` says of what the old codes hold open."""

from __future__ import annotations

import pytest

from classroom.cli import cards
from classroom.engine.planning import Request
from classroom.errors import ClassroomError, EngineError, KernelError

CANNOT = KernelError("the kernel can't", remedy="restart the workspace")
SILENT = EngineError("no engine answers")


def shut_out(
    monkeypatch: pytest.MonkeyPatch, ended: int, failed: dict[str, ClassroomError]
) -> bool:
    monkeypatch.setattr(cards, "end_what_is_open", lambda *_: (ended, failed))
    return cards._shut_out("july", ["seat-01", "seat-02", "seat-03"], Request.file)


@pytest.mark.parametrize(("ended", "said"), [(0, "0 connections"), (1, "1 connection")])
def test_that_it_is_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ended: int, said: str
) -> None:
    assert shut_out(monkeypatch, ended, {})
    assert capsys.readouterr().out.splitlines() == [
        "New codes for seat-01..seat-03: the old cards open nothing any more.",
        f"What was open with them is closed: {said} ended.",
    ]


def test_what_is_not_closed_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = {"seat-01": CANNOT, "seat-02": SILENT, "seat-03": CANNOT}
    assert not shut_out(monkeypatch, 0, failed)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "NOT closed: what is open in seat-01, seat-03: the kernel can't",
        "  -> restart the workspace",
        "NOT closed: what is open in seat-02: no engine answers",
        f"  -> {cards.ASK_WATCH}",
    ]
