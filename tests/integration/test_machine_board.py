"""The callback plugin in real runs of Ansible, with actions that only sleep, fail or die."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from classroom.engine.readiness import PROVISIONING

INVENTORY = """
[front]
ingress
[seats]
{seats}
[unready]
[all:vars]
ansible_connection=local
classroom_changes=True
"""

ACTION = """
import json, os, time
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        host = task_vars["inventory_hostname"]
        return {**result, **act(self, host, os.environ.get(host.replace("-", "_"), ""))}
"""

SEAT = """
def act(self, host, what):
    if what == "die":
        os.kill(os.getpid(), 9)
    time.sleep(0.3)
    if what == "fail":
        return {"failed": True, "msg": "no space left", "where": host, "remedy": "free some"}
    return {
        "changed": True,
        "operations": [f"create network {host}"],
        "diff": [{"prepared": f"{host} plan"}],
        "proven_later": host != "ingress",
    }
"""

ADMIT = """
def act(self, host, what):
    return {}
"""

PROVE = """
def act(self, host, what):
    seats = self._task.args["seats"]
    bad = {s: "grafana: 502" for s in seats if os.environ.get(s.replace("-", "_")) == "unready"}
    with open(os.environ["CLASSROOM_EVENTS"], "a") as file:
        print(json.dumps({"event": "prove", "expected": {s: 1 for s in seats}}), file=file)
        for seat in seats:
            result = {"event": "result", "seat": seat, "component": "temporal", "state": "ok"}
            print(json.dumps(result), file=file, flush=True)
            if seat not in bad:
                done = {"event": "seat", "seat": seat, "state": "done"}
                print(json.dumps(done), file=file, flush=True)
    time.sleep(1)
    return {"unready": bad}
"""


class Run:
    """A toy classroom of some seats; the environment says what happens to which.

    The plan changes all of them but the ``settled``.
    """

    def __init__(self, folder: Path, seats: int, settled: int = 0) -> None:
        self.events = folder / "events"
        for name, act in {"seat": SEAT, "admit": ADMIT, "prove": PROVE}.items():
            (folder / f"{name}.py").write_text(ACTION + act)
        hosts = "\n".join(
            f"seat-{n:02d} classroom_changes={n > settled}" for n in range(1, seats + 1)
        )
        (folder / "hosts").write_text(INVENTORY.format(seats=hosts))
        self.command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            *("-i", str(folder / "hosts"), str(PROVISIONING / "playbooks" / "seats.yml")),
        ]
        self.environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(PROVISIONING / "ansible.cfg"),
            "ANSIBLE_ACTION_PLUGINS": str(folder),
            "ANSIBLE_LOCAL_TEMP": str(folder),
            "CLASSROOM_EVENTS": str(self.events),
            "TERM": "xterm",
        }

    def plain(self, *options: str, **what: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *options],
            env={**self.environment, **what},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def on_terminal(
        self, what: Mapping[str, str], send: signal.Signals = signal.SIGINT, at: str = ""
    ) -> tuple[int, str]:
        parent, child = pty.openpty()
        process = subprocess.Popen(
            self.command,
            env={**self.environment, **what},
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
        )
        os.close(child)
        shown = b""
        try:
            while chunk := os.read(parent, 65536):
                shown += chunk
                if at and at.encode() in shown:
                    process.send_signal(send)
                    at = ""
        except OSError:  # the terminal's other side is closed
            pass
        os.close(parent)
        return process.wait(timeout=60), shown.decode()

    def states(self) -> dict[str, str]:
        records = [json.loads(line) for line in self.events.read_text().splitlines()]
        seats = [record for record in records if record["event"] == "seat"]
        assert len({record["seat"] for record in seats}) == len(seats), "one record per seat"
        return {record["seat"]: record["state"] for record in seats}


def test_each_seat_ends_in_one_line_and_one_record(tmp_path: Path) -> None:
    run = Run(tmp_path, 3)
    done = run.plain(seat_02="fail", seat_03="unready")
    assert done.returncode == 2
    assert "] seat-01  1 change in 0." in done.stdout
    assert "✗ seat-02  no space left\n    at: seat-02\n    -> free some\n" in done.stdout
    assert "✗ seat-03  grafana: 502\n" in done.stdout
    assert "\x1b" not in done.stdout
    assert run.states() == {
        "ingress": "done",
        "seat-01": "done",
        "seat-02": "failed",
        "seat-03": "failed",
    }


@pytest.mark.parametrize("limit", ["all", "seat-01,seat-02"])
def test_a_seat_that_stays_as_it_is_is_proven_and_nothing_else(tmp_path: Path, limit: str) -> None:
    run = Run(tmp_path, 2, settled=1)
    done = run.plain("--limit", limit, seat_02="fail")
    assert done.returncode == 2
    assert "] seat-01" not in done.stdout
    assert "✗ seat-02  no space left" in done.stdout
    states = run.states()
    assert (states["seat-01"], states["seat-02"]) == ("done", "failed")


def test_seats_that_all_stay_as_they_are_are_proven(tmp_path: Path) -> None:
    run = Run(tmp_path, 2, settled=2)
    done = run.plain()
    assert done.returncode == 0, done.stdout
    assert run.states() == {"ingress": "done", "seat-01": "done", "seat-02": "done"}


def test_a_check_prints_the_plan_and_is_no_success(tmp_path: Path) -> None:
    run = Run(tmp_path, 2)
    done = run.plain("--check", "--diff", "--limit", "ingress,seat-02")
    assert done.returncode == 0
    assert "seat-02 plan" in done.stdout
    assert "seat-02  would need 1 change" in done.stdout
    assert run.states() == {"ingress": "skipped", "seat-02": "skipped"}


def test_a_killed_worker_ends_the_run_and_leaves_no_good_record(tmp_path: Path) -> None:
    run = Run(tmp_path, 30)
    done = run.plain(seat_03="die")
    assert done.returncode != 0
    assert "seat-03" in done.stdout
    assert "The run was cut short at: Bring up the seat" in done.stdout
    # No record at all when Ansible itself noticed first.
    assert run.states() in ({"ingress": "done"}, {"ingress": "done", "seat-03": "failed"})


@pytest.mark.parametrize("columns", ["80", "40"])
def test_a_terminal_shows_the_board_and_is_left_clean(tmp_path: Path, columns: str) -> None:
    run = Run(tmp_path, 3)
    code, shown = run.on_terminal({"COLUMNS": columns, "LINES": "24", "seat_02": "fail"})
    assert code == 2
    assert "Prove all seats" in shown
    assert "2 of 2" in shown
    assert "✗ seat-02  no space left" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")


def test_a_terminal_does_not_speak_of_how_seats_leave_a_play(tmp_path: Path) -> None:
    code, shown = Run(tmp_path, 60, settled=60).on_terminal({"COLUMNS": "80", "LINES": "24"})
    assert code == 0
    assert "Prove all seats" in shown
    assert "Leave alone" not in shown


def test_an_interrupted_run_gives_the_terminal_back(tmp_path: Path) -> None:
    run = Run(tmp_path, 60)
    code, shown = run.on_terminal({"COLUMNS": "80", "LINES": "24"}, at=" of 60  ETA")
    # Where it was decides how Ansible ends: by 99, by 1, or killed by the signal when Python had
    # dropped Ansible's own reaction to it. Our command's code is 130 in each case.
    assert code != 0
    assert "The run was cut short at: Bring up the seat" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")
    assert run.states() == {"ingress": "done"}


def test_a_killed_run_leaves_the_cursor_visible(tmp_path: Path) -> None:
    run = Run(tmp_path, 60)
    code, shown = run.on_terminal({}, send=signal.SIGKILL, at=" of 60  ETA")
    assert code == -signal.SIGKILL
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")
