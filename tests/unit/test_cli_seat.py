"""`make logs`: what it says, and to whom."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from classroom.cli import seat
from classroom.engine.planning import Request


def test_a_reader_who_goes_away_is_no_trouble_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    container = SimpleNamespace(id="1", name="web", labels={}, status="Up")
    client = SimpleNamespace(logs=lambda *_, **__: b"line")
    monkeypatch.setattr(seat, "_containers", lambda *_: (container,))
    monkeypatch.setattr("classroom.engine.client.connect", lambda: client)

    def write(words: str) -> None:
        if words == "line":
            raise BrokenPipeError

    monkeypatch.setattr("builtins.print", write)
    with pytest.raises(BrokenPipeError):  # which ends a command quietly
        seat.logs(Request(), "seat-01", "")
