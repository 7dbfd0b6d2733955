"""A stage for one lab: runs its programs as an attendee would, and reads what they say."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from os import killpg
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

from labkit.render import lab_file
from labkit.seat import seat

if TYPE_CHECKING:
    from labkit.labs import Lab

LOOK_S = 0.1
TOLD = 400
"""Characters of what a program said last that are told of it."""

NOT_CONNECTED = "failed connecting to Temporal server"
"""What the temporal CLI says where a busy server has not taken its call within five seconds."""


class WentWrongError(Exception):
    """A lab did not go as it should: what was done, and what came of it."""


@dataclass(frozen=True)
class Program:
    """A command that runs in the background; what it says goes into a file."""

    command: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """All that it has said so far."""
        return self.log.read_text(errors="replace")


class Stage:
    """One lab, in a folder of its own.

    Each method may raise WentWrongError, at the latest when the lab's time is over.
    """

    def __init__(self, lab: Lab, home: Path, seconds: float) -> None:
        """Take a lab, a folder that stands for its player's home, and the time there is."""
        self._lab = lab
        self._home = home
        self._folder = home / "course" / lab.folder.name
        self._until = time.monotonic() + seconds
        self._programs: list[Program] = []
        self._numbers = count()

    def lay_out(self, *, solution: bool) -> None:
        """Write the lab's files: the solution, or as they are handed out."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in self._lab.files:
            text = lab_file(self._lab, name, seat(), solution=solution)
            (self._folder / name).write_text(text)

    def worker(self, arguments: str = "") -> Program:
        """Start the lab's worker, and wait until it polls."""
        program = self._begin(f"lab worker {self._lab.id} {arguments}")
        self.wait_for(program, "Process ")
        return program

    def run(self, arguments: str = "", *, expect: int = 0) -> str:
        """Run the lab's starter to its end; return what it said."""
        return self._to_its_end(f"lab run {self._lab.id} {arguments}", expect)

    def start(self, arguments: str = "") -> tuple[Program, str]:
        """Run the starter in the background; return it, and the ID of what it started."""
        program = self._begin(f"lab run {self._lab.id} {arguments}")
        self.wait_for(program, "Started  ")
        return program, started(program.said)[0]

    def temporal(self, arguments: str) -> str:
        """Run the temporal CLI."""
        return self._to_its_end(f"temporal {arguments}", 0)

    def kill(self) -> None:
        """Kill the lab's workers, as a crash would."""
        self._to_its_end("lab kill", 0)

    def deploy(self, *, solution: bool) -> Program:
        """Kill the worker, change the code, start another one."""
        self.kill()
        self.lay_out(solution=solution)
        return self.worker()

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        time.sleep(min(seconds, self._left()))

    def wait_for(self, program: Program, words: str) -> str:
        """Wait until a program has said these words; return all that it said."""
        while words not in (said := program.said):
            over = program.process.poll() is not None
            if over and words not in program.said:
                raise WentWrongError(
                    f"{program.command} ended and did not say “{words}”{_of(said)}"
                )
            if self._left() <= 0:
                raise WentWrongError(f"{program.command} has not said “{words}” in time{_of(said)}")
            time.sleep(LOOK_S)
        return said

    def wait_until_over(self, workflow_id: str) -> None:
        """Wait until a workflow has completed."""
        self.temporal(f"workflow result -w {workflow_id}")

    def check(self) -> dict[str, dict[str, Any]]:
        """Return what `lab check` says, by goal."""
        said = self._to_its_end(f"lab check --json {self._lab.id}", 0)
        results = [json.loads(line) for line in said.splitlines()]
        return {result["goal"]: result for result in results}

    def end(self) -> None:
        """End every program of this stage, whatever it is doing."""
        for program in self._programs:
            with suppress(ProcessLookupError):
                killpg(program.process.pid, SIGKILL)
            program.process.wait()

    def _begin(self, command: str) -> Program:
        log = self._home / f"{self._lab.id}-{next(self._numbers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - a command of the course's own
                shlex.split(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        program = Program(command.strip(), process, log)
        self._programs.append(program)
        return program

    def _to_its_end(self, command: str, expect: int) -> str:
        while True:
            program = self._begin(command)
            try:
                code = program.process.wait(max(self._left(), LOOK_S))
            except subprocess.TimeoutExpired:
                raise WentWrongError(
                    f"{program.command} did not end in time{_of(program.said)}"
                ) from None
            said = program.said
            if code == expect:
                return said
            # Nothing has been done yet.
            if NOT_CONNECTED not in said or self._left() <= 0:
                raise WentWrongError(f"{program.command} ended with {code}{_of(said)}")

    def _left(self) -> float:
        """Return the seconds that are left."""
        return self._until - time.monotonic()


def started(said: str) -> Sequence[str]:
    """Return the IDs of the workflows that a starter says it has started."""
    return re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)


def _of(said: str) -> str:
    """Return the last of what a program said, for the end of a sentence."""
    last = said.strip()[-TOLD:]
    return f"; it said last: {last}" if last else "; it said nothing"
