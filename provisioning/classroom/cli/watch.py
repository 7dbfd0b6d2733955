"""`./classroom watch`: look after a classroom until told to stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from logging.handlers import RotatingFileHandler

from classroom.engine.lock import exclusive
from classroom.engine.planning import Request, state_folder
from classroom.errors import LockedError, UsageError
from classroom.watch.run import run
from classroom.watch.service import LOCK, LOG, running

LOG_BYTES = 1_000_000
"""It writes on changes alone: this is weeks of a class."""


def watch(request: Request) -> int:
    """Watch in the foreground; provision starts it in the background.

    Raises:
        LockedError: somebody watches this classroom already.
        UsageError: there is nothing to watch.
    """
    class_file = request.load().class_file
    state = state_folder(class_file.name)
    if not state.path.is_dir():
        raise UsageError(
            f"classroom {class_file.name} does not exist", remedy="run `make provision` first"
        )
    there = running(state)
    if there is not None:
        raise LockedError(
            f"watch looks after classroom {class_file.name} already (process {there})",
            remedy="`make status` says what it saw; nothing is left to do",
        )
    with exclusive(state.path, "looks after it", name=LOCK):
        log = logging.getLogger("classroom.watch")
        log.setLevel(logging.INFO)
        log.propagate = False
        handlers: list[logging.Handler] = [
            RotatingFileHandler(state.path / LOG, maxBytes=LOG_BYTES, backupCount=1)
        ]
        if sys.stdout.isatty():
            handlers.append(logging.StreamHandler(sys.stdout))
        for handler in handlers:
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            log.addHandler(handler)
        asyncio.run(run(class_file, request.file, state, log))
    return 0
