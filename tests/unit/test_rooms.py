"""Rooms of the integration and browser tests, of which several are there at the same time."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOM = re.compile(r'make_room\((?:NAME|"[^"]+"), "([0-9.]+/16)"')


def test_each_room_has_addresses_of_its_own() -> None:
    files = [
        path for part in ("integration", "browser") for path in TESTS.glob(f"{part}/test_*.py")
    ]
    found = [subnet for path in files for subnet in ROOM.findall(path.read_text())]
    assert len(found) > 9
    assert sorted(found) == sorted(set(found))
