"""The live part of a terminal: redraws a text in place, and steps aside for lines that stay."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

from rich.console import Console
from rich.live import Live
from rich.text import Text

P = ParamSpec("P")

REDRAW_SECONDS = 0.25

STYLES = {
    r"^.*": "bold",
    r"(?m)^\[█*": "cyan",
    r"✓ ?\w+": "green",
    r"▸ ?\w+": "yellow",
    r"[✗!] ?\w+": "bold red",
    r"(?m)^  .*": "dim",
}


class Screen:
    """Draws what ``draw(width, height)`` returns, four times a second, until it is stopped.

    ``lock`` guards what ``draw`` reads. Ansible's forks may be made at any moment: they inherit
    none of this, since they neither print nor draw.
    """

    def __init__(self, draw: Callable[[int, int], str], lock: threading.RLock) -> None:
        self._draw = draw
        self._lock = lock
        self._console = Console(file=sys.stdout, highlight=False)
        self._live: Live | None = None
        self._end = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="board", daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._show()
        self._ticker.start()

    def stop(self) -> None:
        """Take the text off the terminal, for good."""
        self._end.set()
        with self._lock:
            self._hide()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Keep the text off the terminal while something else prints."""
        with self._lock:
            self._hide()
            try:
                yield
                sys.stdout.flush()
            finally:
                if not self._end.is_set():
                    self._show()

    def guard(self, write: Callable[P, None]) -> Callable[P, None]:
        """Return ``write`` made to keep the text off the terminal while it prints.

        Ansible's forks hand their lines to the parent, so only the parent's meet the text.
        """
        process = os.getpid()

        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            if os.getpid() != process:
                write(*args, **kwargs)
                return
            with self.aside():
                write(*args, **kwargs)

        return guarded

    def _show(self) -> None:
        # Redirecting would hang for ever as soon as one of Ansible's forks writes a line, and the
        # cursor stays visible so that no kill, however hard, can leave it hidden.
        self._live = Live(
            self._text(),
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=True)
        self._console.show_cursor(True)

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _tick(self) -> None:
        while not self._end.wait(REDRAW_SECONDS):
            with self._lock:
                if self._live is not None:
                    self._live.update(self._text(), refresh=True)

    def _text(self) -> Text:
        width, height = self._console.size
        # The empty last line leaves a killed run's shell a line of its own.
        text = Text(self._draw(width - 1, height - 2) + "\n", no_wrap=True)
        for pattern, style in STYLES.items():
            text.highlight_regex(pattern, style)
        return text
