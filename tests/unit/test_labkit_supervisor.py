"""Who ended the welcome worker, and which workers run."""

from __future__ import annotations

import hashlib
import importlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from labkit import ports
from labkit.own_code import loaded_sources
from labkit.running import RunDir
from labkit.supervisor import (
    State,
    Supervisor,
    backoff_s,
    ended_by_attendee,
    ending,
)


@pytest.mark.parametrize(
    ("returncode", "out_of_memory", "by_attendee"),
    [
        (0, False, True),  # SIGTERM, answered
        (-signal.SIGTERM, False, True),  # SIGTERM before it could answer
        (-signal.SIGINT, False, True),
        (-signal.SIGKILL, False, True),
        (-signal.SIGKILL, True, False),  # the kernel's doing
        (-signal.SIGSEGV, False, False),
        (1, False, False),
    ],
)
def test_who_ended_it(returncode: int, out_of_memory: bool, by_attendee: bool) -> None:
    assert ended_by_attendee(returncode, out_of_memory=out_of_memory) is by_attendee


def test_pauses_between_restarts_grow_to_a_bound() -> None:
    assert [backoff_s(n) for n in (1, 2, 3, 4, 5, 6, 60)] == [1, 2, 4, 8, 16, 30, 30]


def test_an_ending_in_words() -> None:
    assert ending(-signal.SIGSEGV) == "ended by SIGSEGV"
    assert ending(3) == "ended with exit code 3"


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    monkeypatch.setenv("LABKIT_RUN_DIR", str(tmp_path))
    return RunDir.from_environment()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_a_worker_is_listed_while_it_lives(run_dir: RunDir) -> None:
    me = run_dir.add("D1L1", 8080, "D1L1-one")
    assert run_dir.workers() == [me]
    assert (me.lab, me.pid, me.port) == ("D1L1", os.getpid(), 8080)
    run_dir.remove(me)
    assert run_dir.workers() == []


def test_a_record_whose_pid_is_another_process_now_is_dropped(
    run_dir: RunDir, tmp_path: Path
) -> None:
    me = run_dir.add("D1L1", 8080, "D1L1-one")
    record = tmp_path / "workers" / f"{me.pid}.json"
    record.write_text(record.read_text().replace(f'"born": {me.born}', '"born": 1'))
    assert run_dir.workers() == []
    assert not record.exists()


def test_a_worker_that_comes_up_makes_good_for_one_that_did_not(
    run_dir: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [str(tmp_path / "d1l2_activities" / "worker.py"), "email"])
    run_dir.crashed("workflows.py, line 3", "KeyError: 1")
    (crash,) = run_dir.crashes()
    assert (crash.folder, crash.place, crash.error) == (
        "d1l2_activities",
        "workflows.py, line 3",
        "KeyError: 1",
    )
    me = run_dir.add("D1L2", 8081, "D1L2-one")
    assert len(run_dir.crashes()) == 1
    run_dir.polls(replace(me, queue="d1l2_email"))
    assert run_dir.crashes() == []
    (worker,) = run_dir.workers()
    assert (worker.queue, worker.command) == ("d1l2_email", "lab worker D1L2 email")


def test_a_worker_knows_its_own_files_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, library = tmp_path / "lab" / "orders_of_mine.py", tmp_path / "orders_of_others.py"
    mine.parent.mkdir()
    for path in (mine, library):
        path.write_text("x = 1")
        monkeypatch.syspath_prepend(path.parent)
        importlib.import_module(path.stem)
    monkeypatch.setattr("sys.argv", [str(mine.parent / "worker.py")])
    assert loaded_sources() == {"orders_of_mine.py": hashlib.sha256(b"x = 1").hexdigest()}


def test_the_welcome_worker_is_asked_once_and_remembers(
    run_dir: RunDir, sleeper: subprocess.Popen[bytes]
) -> None:
    run_dir.welcome_started(sleeper.pid)
    assert not run_dir.attendee_seen
    assert run_dir.ask_welcome_to_step_aside()
    assert sleeper.wait(5) == -signal.SIGTERM
    run_dir.welcome_ended()
    assert not run_dir.ask_welcome_to_step_aside()
    assert run_dir.attendee_seen


def test_since_is_when_the_state_began(run_dir: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(ports, "WORKERS", [server.getsockname()[1]])
    run_dir.ask_welcome_to_step_aside()
    supervisor = Supervisor(run_dir)
    first = supervisor.report()
    assert first.state is State.STOPPED
    assert supervisor.report().since - first.since == timedelta(0)
