"""What is true when a run of Ansible was interrupted and the command ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from classroom.cli.ansible import run_ansible


def test_an_interrupted_run_ends_after_its_last_fork(tmp_path: Path) -> None:
    # A leader that ends at once, and a fork that takes a moment longer over it.
    started, pressed, ended = (tmp_path / name for name in ("started", "pressed", "ended"))
    wait = f"while [ ! -e {pressed} ]; do sleep 0.05; done"
    script = f"(touch {started}; {wait}; sleep 0.7; touch {ended}) & {wait}"

    def press() -> None:
        while not started.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        pressed.touch()

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        run_ansible(["sh", "-c", script], {"PATH": os.environ["PATH"]})
    presser.join()
    assert ended.exists()
