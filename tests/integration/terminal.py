"""A terminal, and somebody at it."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
import threading
import time
from contextlib import suppress

from tests.integration.conftest import ROOT, Room

PATIENCE_SECONDS = 180


class Terminal:
    """Runs a command on a terminal of its own; keeps what it shows."""

    def __init__(self, room: Room, *arguments: str) -> None:
        self.screen = b""
        self._ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(self._ours)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", str(ROOT / "classroom"), *arguments, "--file", str(room.file)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**room.variables, "TERM": "xterm"},
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # what a terminal says when nobody is left at it
            while some := os.read(self._ours, 65536):
                self.screen += some

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def answer(self, question: str, words: str) -> None:
        """Type words once the screen ends with a question."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.screen.endswith(question.encode()):
            assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for: {question}"
            assert self.process.poll() is None, self.screen.decode()
            time.sleep(0.05)
        self.press(f"{words}\n".encode())

    def end(self) -> int:
        """Wait for the end; assert that the next command finds the terminal as this one did."""
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        assert termios.tcgetattr(self._ours) == self.before
        assert self.screen.rfind(b"\x1b[?25l") <= self.screen.rfind(b"\x1b[?25h"), "cursor hidden"
        assert self.screen.endswith(b"\n")
        os.close(self._ours)
        return code
