"""The unit by which systemd runs watch: its words reach the command as they are."""

from __future__ import annotations

import os
from pathlib import Path

from classroom.engine.lock import being_proven, exclusive, proving
from classroom.engine.state import StateFolder
from classroom.watch.service import LOCK, running
from classroom.watch.systemd import unit


def test_a_path_with_signs_of_systemds_own_is_passed_on_as_it_is() -> None:
    text = unit("c", ["/opt/a b/python", "-m", "x", "/srv/100%/$HOME\\n.yml"], {"A": 'say "%$"'})
    assert '\nExecStart="/opt/a b/python" "-m" "x" "/srv/100%%/$$HOME\\\\n.yml"\n' in text
    assert '\nEnvironment="A=say \\"%%$\\""\n' in text
    assert "\nRestart=always\n" in text


def test_who_holds_the_lock_is_who_watches(tmp_path: Path) -> None:
    state = StateFolder(tmp_path, "c")
    state.ensure()
    assert running(state) is None
    with exclusive(state.path, "a test", name=LOCK):
        assert running(state) == os.getpid()
    assert running(state) is None


def test_whoever_proves_is_seen_to_until_the_last_has_ended(tmp_path: Path) -> None:
    assert not being_proven(tmp_path)
    with proving(tmp_path):
        with proving(tmp_path):
            assert being_proven(tmp_path)
        assert being_proven(tmp_path)
    assert not being_proven(tmp_path)
