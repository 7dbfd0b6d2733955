"""A secret shows itself to nobody by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, dataclass

import pytest

from classroom.probe.planned import Keys
from classroom.probe.target import Frontdoor, Seat
from classroom.spec.model import Ports
from classroom.spec.secret import Secret

PLAIN = "pk-07-abc"


@dataclass(frozen=True)
class Holder:
    secret: Secret


def test_whatever_prints_it_prints_stars(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(PLAIN)
    logging.getLogger("x").warning("with %s and %r", secret, [secret])
    try:
        raise RuntimeError(secret)
    except RuntimeError:
        told = traceback.format_exc()
    said = [str(secret), repr(secret), f"{secret!s:>9}", repr(Holder(secret)), told, caplog.text]
    assert all("***" in text and PLAIN not in text for text in said)
    assert secret.reveal() == PLAIN


@pytest.mark.parametrize("travel", [pickle.dumps, copy.deepcopy, json.dumps])
def test_it_does_not_travel(travel: object) -> None:
    assert callable(travel)
    with pytest.raises(TypeError):
        travel(Secret(PLAIN))


def test_what_a_probe_is_told_can_be_printed_but_not_turned_into_plain_data() -> None:
    opens = Keys(Secret("signing"))
    seat = Seat("seat-07", "s07.localhost", key=opens.probe("seat-07"))
    door = Frontdoor("127.0.0.1", Ports(), "localhost", operator=opens.operator)
    assert "pk-07" not in repr(seat)
    assert "ok-" not in repr(door)
    with pytest.raises(TypeError):
        asdict(seat)
