"""Plays a lab in a real workspace: installs it, runs its commands, reads what they say."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from labkit.labs import Lab
from labkit.render import lab_file
from tests.workspace import COURSE, PATIENCE_SECONDS, SEAT, Workspace, address, until

VARIES = (
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b(order|parcel|release|attempt-timeout|[a-z]+-timeout)-[0-9a-f]{6}\b"), "ID"),
    (re.compile(r"\b\d+\.\d s\b"), "SECONDS"),
    (re.compile(r"\b(pid|Process) +\d+"), "PID"),
    (re.compile(r"\bline \d+"), "LINE"),
    (re.compile(r'namespaces?(?:[ /]|=")[\w-]+'), "NAMESPACE"),
    (re.compile(r"\b\d+ of your files"), "MANY of your files"),
    (re.compile(r"\b(timer|pause) of \d+ s\b"), r"\1 of SECONDS"),
    (re.compile(r"\bevent \d+ of\b"), "event NUMBER of"),
)

NUMBER = re.compile(r"(?<![0-9a-z])[0-9a-f]{6}(?![0-9a-z])|\d+(\.\d+)*")
"""What differs from run to run as well: IDs of six digits, counts, lengths, days."""

LONGEST_SAID = 100_000
"""Characters of an output that may stand in a guide: a page of metrics is none."""

# What the first worker in a workspace says, whichever test starts it.
WELCOME = "The welcome worker steps aside."

REMARK = re.compile(f"⋯|{WELCOME}")
"""What a guide shows and no program says, or not each time."""

NOT_CONNECTED = "failed connecting to Temporal server"


def without_what_varies(line: str) -> str:
    """Return a line of output with numbers, times and names taken out that differ each time."""
    for pattern, word in VARIES:
        line = pattern.sub(word, line)
    return " ".join(line.split())


def missing_in_guide(lab: Lab, output: str) -> list[str]:
    """Return the lines of an output that a lab's guide does not show."""
    guide = lab_file(lab, "guide.md", SEAT, solution=False)
    shown = {without_what_varies(line) for line in guide.splitlines()}
    said = [line for line in output.splitlines() if line.strip() and line != WELCOME]
    return [line for line in said if without_what_varies(line) not in shown]


def shown_in(guide: str) -> Iterator[str]:
    """Yield what the transcripts of a guide let programs say, line by line.

    Commands and remarks are left out, and so is the doctor: what it says depends on all the labs
    in a workspace, and tests/integration/test_lab_doctor.py has one for it.
    """
    fence = r"^( *)```(\w*)\n(.*?)^\1```$"
    for _, language, text in re.findall(fence, guide, re.MULTILINE | re.DOTALL):
        command = ""
        for line in () if language else map(str.strip, text.splitlines()):
            if line.startswith("$ "):
                command = line
            elif command != "$ lab doctor" and line.strip(".") and not REMARK.search(line):
                yield line


def shape(line: str) -> str:
    """Return a line with everything taken out that may differ from one run to the next."""
    return NUMBER.sub("#", without_what_varies(line))


def never_said(lab: Lab, said: Iterable[str]) -> list[str]:
    """Return the lines that a lab's guide shows and that are not among those that programs said.

    Numbers may be others: where they count, the outputs are compared with the guide. Of a line
    with an ellipsis only what is around it counts.
    """
    guide = lab_file(lab, "guide.md", SEAT, solution=False)
    shapes = "\n".join({shape(line) for line in said})
    return [
        line
        for line in dict.fromkeys(shown_in(guide))
        if not re.search(f"^{'.*'.join(map(re.escape, shape(line).split('…')))}$", shapes, re.M)
    ]


class Stage:
    """A lab on a namespace of its own.

    Attributes:
        said: the lines that its programs have said, and what was compared with its guide.
    """

    def __init__(self, workspace: Workspace, lab: Lab, said: set[str] | None = None) -> None:
        self.workspace = workspace
        self.lab = lab
        self.namespace = f"{lab.id.lower()}-{secrets.token_hex(3)}"
        self.said = set() if said is None else said
        self._logs: list[str] = []

    def make_namespace(self) -> None:
        self.sh(f"temporal operator namespace create -n {self.namespace} --retention 24h")

    def install(self, *, solution: bool = True) -> None:
        """Write the lab's files as a solution or as handed out."""
        self.workspace.sh(f"rm -rf {COURSE}/{self.lab.folder.name} && lab start {self.lab.id}")
        self.workspace.install(self.lab.id, solution=solution)

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Change a file of the lab as it was handed out."""
        starter = lab_file(self.lab, name, SEAT, solution=False)
        changed = change(starter)
        assert changed != starter, "the edit changed nothing"
        self.workspace.write(f"{self.lab.folder.name}/{name}", changed)

    def sh(self, command: str, *, expect: int | None = 0) -> str:
        """Run a command to its end and return what it said.

        The temporal CLI gives a server five seconds to take its call. A server that the machine
        leaves no time for is called again: nothing has been done yet.
        """
        shell = f"export TEMPORAL_NAMESPACE={self.namespace}; {command} 2>&1"
        deadline = time.monotonic() + PATIENCE_SECONDS
        code, said = self.workspace.exec("bash", "-lc", shell)
        while code and NOT_CONNECTED in said and time.monotonic() < deadline:
            code, said = self.workspace.exec("bash", "-lc", shell)
        assert expect is None or code == expect, f"exit code {code}: {said}"
        self._keep(said)
        return said

    def _keep(self, said: str) -> None:
        if len(said) <= LONGEST_SAID:
            self.said.update(said.splitlines())

    def begin(self, command: str) -> str:
        """Run a command in the background and return the name of its log."""
        log = f"{self.namespace}-{len(self._logs)}.log"
        self._logs.append(log)
        self.workspace.begin(f"env TEMPORAL_NAMESPACE={self.namespace} {command}", log)
        return log

    def log(self, log: str) -> str:
        return self.workspace.log(log)

    def wait_for(self, log: str, words: str) -> str:
        """Wait until a log has these words, and return it."""
        until(lambda: words in self.log(log), words, lambda: self.log(log))
        return self.log(log)

    def worker(self, arguments: str = "") -> str:
        """Start the lab's worker, wait until it polls, and return the name of its log."""
        log = self.begin(f"lab worker {self.lab.id} {arguments}")
        self.wait_for(log, "Process ")
        return log

    def run(self, arguments: str = "", *, expect: int = 0) -> str:
        """Run the lab's starter to its end and return what it said."""
        return self.sh(f"lab run {self.lab.id} {arguments}", expect=expect)

    def start(self, arguments: str = "") -> tuple[str, str]:
        """Run the starter in the background; return its log's name and the workflow's ID."""
        log = self.begin(f"lab run {self.lab.id} {arguments}")
        said = self.wait_for(log, "Started  ")
        return log, re.findall(r"Started {2}(\S+)", said)[0]

    def kill(self) -> None:
        """Kill the lab workers, as `lab kill` does."""
        self.sh("lab kill", expect=None)

    def leave(self) -> None:
        """Kill the lab workers, and keep what was said in the background."""
        self.kill()
        for log in self._logs:
            self._keep(self.log(log))

    def survive_a_kill(self) -> None:
        """Place an order of D1L1's, kill its worker in the pause, and let another one go on."""
        run, order = self.start("--seconds 15")
        until(
            lambda: self.history(order)[-1] == "EVENT_TYPE_TIMER_STARTED",
            "it is in its pause",
            lambda: self.history(order),
        )
        self.kill()
        self.worker()
        self.wait_for(run, "is confirmed")

    def check(self) -> dict[str, dict[str, Any]]:
        """Return what `lab check` says, a result a goal."""
        said = self.sh(f"lab check --json {self.lab.id}")
        results = [json.loads(line) for line in said.splitlines()]
        return {result["goal"]: result for result in results}

    def states(self) -> dict[str, str]:
        """Return the state of each goal."""
        return {goal: result["state"] for goal, result in self.check().items()}

    def history(self, workflow_id: str) -> list[str]:
        """Return the kinds of events that a workflow's history has."""
        shown = json.loads(self.sh(f"temporal workflow show -w {workflow_id} -o json"))
        return [event["eventType"] for event in shown["events"]]

    def events(self, *workflow_ids: str) -> list[list[HistoryEvent]]:
        """Return the events of some workflows, without a process for each."""

        async def read() -> list[list[HistoryEvent]]:
            client = await Client.connect(self.server(), namespace=self.namespace)
            handles = map(client.get_workflow_handle, workflow_ids)
            found = await asyncio.gather(*(handle.fetch_history() for handle in handles))
            return [list(history.events) for history in found]

        return asyncio.run(read())

    def server(self) -> str:
        """Return where the server answers this machine."""
        return f"{address(self.workspace.server)}:7233"

    def missing_in_guide(self, output: str) -> list[str]:
        """Return the lines of an output that the lab's guide does not show."""
        self._keep(output)
        return missing_in_guide(self.lab, output)

    def record(self, name: str, workflow_id: str, run_id: str = "") -> None:
        """Keep a history for the tests of the checks, if RECORD_HISTORIES=yes asks for it.

        It is that of the last run, unless another one is named.
        """
        if os.environ.get("RECORD_HISTORIES") != "yes":
            return
        which = f"-w {workflow_id} -o json" + (f" -r {run_id}" if run_id else "")
        description = json.loads(self.sh(f"temporal workflow describe {which}"))
        history = json.loads(self.sh(f"temporal workflow show {which}"))
        # Events that came in between the two belong to neither's moment.
        length = int(description["workflowExecutionInfo"]["historyLength"])
        recorded = {
            "workflow_id": workflow_id,
            "description": description,
            "history": {"events": history["events"][:length]},
        }
        folder = self.lab.folder / "tests" / "histories"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(recorded, indent=1) + "\n")
