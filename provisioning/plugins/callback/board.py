"""Standard output of our playbooks: a live board on a terminal, plain lines elsewhere.

It shows and records; what the run comes to is for the command that started the playbook to say.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812 - its name everywhere in Ansible
from ansible import context
from ansible.plugins.callback import CallbackBase

from classroom.report import events
from classroom.report.board import (
    Board,
    Mark,
    change_note,
    cut_short,
    failure,
    machine_line,
    next_steps,
    render,
    step_line,
)
from classroom.report.screen import Screen
from classroom.report.tail import Tail
from classroom.report.workers import AT_ONCE, Workers

DOCUMENTATION = """
name: board
type: stdout
short_description: Live board of a classroom's seats
description:
  - On a terminal it shows how far every seat is, how long the rest will take, and what happened
    last; without one it prints a line for each seat. Failures are shown in full, with what to do.
  - Records how each host ended, as JSON lines, in the file that CLASSROOM_EVENTS names, and shows
    what other processes record there while it runs.
"""

LOCALHOST = "localhost"
MACHINERY = frozenset(
    {"add_host", "include_role", "include_tasks", "meta", "set_fact", "validate_argument_spec"}
)
"""Actions of no interest to who waits."""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core ships no types
    """Hears Ansible's events, keeps the board, owns the terminal."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "board"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._board = Board()
        self._lock = threading.RLock()
        self._screen: Screen | None = None
        self._play: Any = None
        self._workers = Workers(_at_once(), self._stuck)
        path = os.environ.get(events.VARIABLE)
        self._tail = Tail(Path(path)) if path else None

    # What Ansible calls.

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Take the terminal, if there is one and nobody asked for details."""
        atexit.register(self._cut_short)
        self._workers.start()
        if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not self._display.verbosity:
            self._go_live()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Learn which hosts there are."""
        self._play = play
        hosts = self._of_play("ansible_play_hosts_all")
        with self._lock:
            self._board.join(host for host in hosts if host != LOCALHOST)
        if hosts:
            mode = " (check mode: nothing changes)" if _check_mode() else ""
            self._print(play.get_name() + mode)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Show the task as what is being done now."""
        if _action(task) in MACHINERY:
            return
        # Those that have left the play, by failing or because they stay as they are, take no step.
        hosts = self._of_play("ansible_play_hosts")
        with self._lock:
            self._board.begin(_title(task), hosts, shared=bool(task.run_once), now=time.monotonic())
        if task.run_once and not self._screen:
            self._print(_title(task))

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Show the host as being in work."""
        self._workers.begin(host.name)
        with self._lock:
            self._board.work(host.name)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Show and record a step that went well."""
        self._handle_warnings(result.result)
        action, host = _action(result.task), result.host.name
        seconds = self._workers.end(host)
        note = change_note(result.result.get("operations", []), seconds, check=_check_mode())
        if host != LOCALHOST and action in MACHINERY:
            return
        with self._lock:
            self._board.end(host, Mark.DONE, note)
        if action == "seat" and not self._screen:
            self._print(step_line(self._board, host, note))
        if host == LOCALHOST:
            self._show_machine_task(action, result, seconds)
        if self._display.verbosity:
            self._print(f"{host}: {self._dump_results(result.result)}")
        if action == "seat" and (_check_mode() or not result.result.get("proven_later")):
            self._record(host, "skipped" if _check_mode() else "done", result.result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Show a failure in full and record it."""
        if self._display.verbosity:
            self._handle_warnings_and_exception(result)
        self._workers.end(result.host.name)
        if ignore_errors:
            return
        self._out(result, Mark.FAILED, "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Show and record a host that could not be spoken to."""
        self._workers.end(result.host.name)
        self._out(result, Mark.UNREACHABLE, "unreachable")

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Show and record a step that was left out; on the machine it is of no interest."""
        host = result.host.name
        self._workers.end(host)
        if _action(result.task) in MACHINERY:
            return
        with self._lock:
            self._board.end(host, Mark.SKIPPED, "skipped")
        if _action(result.task) == "seat":
            self._record(host, "skipped", result.result)

    def v2_on_file_diff(self, result: Any) -> None:
        """Show what changes, when asked with ``--diff``."""
        results = result.result.get("results", [result.result])
        for diff in (self._get_diff(r["diff"]) for r in results if r.get("diff")):
            if diff.strip():
                self._print(f"{diff.rstrip()}\n")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Give the terminal back; by hand, say what to do next."""
        atexit.unregister(self._cut_short)
        self._close()
        if self._tail is None and not stats.failures.get(LOCALHOST):
            self._print(next_steps(self._board, check=_check_mode()))

    # What those do.

    def _of_play(self, variable: str) -> list[str]:
        hosts: list[str] = self._play.get_variable_manager().get_vars(play=self._play)[variable]
        return hosts

    def _out(self, result: Any, mark: Mark, state: str) -> None:
        host = result.host.name
        failed = [item for item in result.result.get("results", []) if item.get("failed")]
        data = {**result.result, **(failed[0] if failed else {})}
        with self._lock:
            self._board.end(host, mark, str(data.get("msg") or state).splitlines()[0])
        # A `fail` task says all there is to say.
        named = "" if _action(result.task) == "fail" else _title(result.task)
        title = named if host == LOCALHOST else host
        self._print(failure(title, data), C.COLOR_ERROR)
        if self._display.verbosity:
            self._print(f"{host}: {self._dump_results(result.result)}", C.COLOR_ERROR)
        self._record(host, state, data)

    def _show_machine_task(self, action: str, result: Any, seconds: float) -> None:
        if action == "debug":
            said = result.result.get("msg", "")
            for line in said if isinstance(said, list) else [said]:
                self._print(machine_line("note", str(line)), C.COLOR_HIGHLIGHT)
        elif action not in MACHINERY:
            changed = result.result.get("changed", False)
            line = machine_line("changed" if changed else "ok", _title(result.task), seconds)
            self._print(line, C.COLOR_CHANGED if changed else C.COLOR_OK)

    def _record(self, host: str, state: str, data: Mapping[str, Any]) -> None:
        if host == LOCALHOST:
            return
        details = {key: str(data.get(key, "")) for key in ("msg", "where", "remedy")}
        events.append_event(events.seat_event(host, state, **details))

    def _stuck(self, hosts: tuple[str, ...]) -> None:
        self._cut_short()
        lost = {"msg": "its worker process was killed", "remedy": "run the same command again"}
        for host in hosts:
            self._record(host, "failed", lost)
            self._print(failure(host, lost), C.COLOR_ERROR)
        os.kill(os.getpid(), signal.SIGINT)

    def _print(self, text: str, color: str | None = None) -> None:
        self._display.display(text, color=color)
        sys.stdout.flush()

    def _go_live(self) -> None:
        self._screen = Screen(self._draw, self._lock)
        self._display.display = self._screen.guard(self._display.display)
        self._screen.start()

    def _draw(self, width: int, height: int) -> str:
        for event in self._tail.new() if self._tail else ():
            if event.get("event") == "result":
                self._board.result(event)
            elif event.get("event") == "prove":
                self._board.expect(event["expected"])
        return render(self._board, width=width, height=height, now=time.monotonic())

    def _cut_short(self) -> None:
        atexit.unregister(self._cut_short)
        self._close()
        self._print(cut_short(self._board))

    def _close(self) -> None:
        if self._screen is not None:
            self._screen.stop()


def _action(task: Any) -> str:
    return str(task.action).rpartition(".")[2]


def _at_once() -> int:
    asked = int(context.CLIARGS.get("forks") or C.DEFAULT_FORKS)
    return AT_ONCE if asked == C.DEFAULT_FORKS else asked


def _check_mode() -> bool:
    return bool(context.CLIARGS.get("check"))


def _title(task: Any) -> str:
    return str(task.get_name()).replace(" : ", ": ")
