"""Has a seat's workspace play the course's labs, and follows what it tells: see labkit.playing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from classroom.engine import client as engine
from classroom.errors import EngineError

SEAT_SECONDS = 1800
"""All labs of a seat take five minutes; a lab that hangs ends by itself after three."""

CLEAN_UP_SECONDS = 60
"""To leave the seat as it was, for a run whose time is over or that nobody waits for any more."""

OUT_OF_TIME = 124
"""How timeout(1) ends when it had to end its command."""

Event = dict[str, Any]


class Player:
    """One run in one seat; it may be stopped from another thread."""

    def __init__(self, container: str, seat: str, labs: Sequence[str]) -> None:
        """Take the seat's workspace, and the ids of the labs to play, in their order."""
        self._container = container
        self.seat = seat
        self._labs = labs
        self._lock = threading.Lock()
        self._pid = 0
        self._stopped = False

    def events(self) -> Iterator[Event]:
        """Play, and yield each event as it is told.

        Raises:
            EngineError: it could not begin, or was cut off before its end.
        """
        if self._stopped:
            return
        command = ["timeout", f"--kill-after={CLEAN_UP_SECONDS}", str(SEAT_SECONDS)]
        # Whatever files lie in the attendee's home, they are no modules of this program.
        command += ["python", "-P", "-m", "labkit.playing", *self._labs]
        patience = SEAT_SECONDS + 2 * CLEAN_UP_SECONDS
        said = bytearray()
        with (
            closing(engine.connect(patience=patience)) as client,
            engine.explained("play the labs", self.seat),
        ):
            job = client.exec_create(self._container, command)["Id"]
            lines = bytearray()
            for out, error in client.exec_start(job, stream=True, demux=True):
                said += error or b""
                lines += out or b""
                *whole, lines = lines.split(b"\n")
                for line in whole:
                    yield self._noted(json.loads(line))
            code = client.exec_inspect(job)["ExitCode"]
        # 1 is for labs that went wrong, and what they said has been told.
        if code not in (0, 1) or (code and said):
            raise EngineError(_why(code, said.decode(errors="replace")), where=self.seat)

    def stop(self) -> None:
        """Let it end at once, and leave the seat as it was."""
        with self._lock:
            self._stopped = True
            if self._pid:
                self._interrupt()

    def _noted(self, event: Event) -> Event:
        if pid := event.get("pid"):
            with self._lock:
                self._pid = pid
                if self._stopped:
                    self._interrupt()
        return event

    def _interrupt(self) -> None:
        with closing(engine.connect()) as client, engine.explained("end the labs", self.seat):
            job = client.exec_create(self._container, ["kill", "-INT", str(self._pid)])["Id"]
            client.exec_start(job)


def _why(code: int, said: str) -> str:
    if "No module named labkit.playing" in said:
        return "its workspace is older than this command and can't play labs"
    if code == OUT_OF_TIME:
        return f"the labs were not over after {SEAT_SECONDS // 60} minutes"
    last = said.strip().rpartition("\n")[2]
    return f"the labs were cut off with exit code {code}" + (f": {last}" if last else "")
