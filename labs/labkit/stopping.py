"""Stops this workspace's lab workers, as Ctrl-C would; for an instructor, from outside."""

from __future__ import annotations

import os
import signal
import time

from labkit.running import RunDir, RunningWorker

PATIENCE_S = 10.0
"""A worker that is still at work then is killed: its activities may be the trouble."""


def stop(run_dir: RunDir) -> str:
    """Ask every lab worker to stop, kill what does not, and say what was done."""
    workers = run_dir.workers()
    for worker in workers:
        _signal(worker, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_S
    while (left := run_dir.workers()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for worker in left:
        _signal(worker, signal.SIGKILL)
    if not workers:
        return "no lab worker was running"
    killed = f", {len(left)} of them by force" if left else ""
    return f"stopped {', '.join(worker.lab for worker in workers)}{killed}"


def _signal(worker: RunningWorker, signum: signal.Signals) -> None:
    try:
        os.kill(worker.pid, signum)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    print(stop(RunDir.from_environment()))
