"""One command, bounded in time."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.errors import BenchError

GRACE_SECONDS = 15
TAIL = 25


def run(
    command: list[str],
    log: Path,
    *,
    seconds: int,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command; what it prints goes to ``log``.

    Raises:
        BenchError: it failed, or did not end within ``seconds``; carries its last lines.
    """
    with log.open("ab") as stream:
        process = subprocess.Popen(  # noqa: S603 - the project's own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=dict(environment or os.environ),
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"{_words(command)} took over {seconds} s\n{_tail(log)}") from error
        finally:
            _end(process)
    if code:
        raise BenchError(f"{_words(command)} ended with {code}\n{_tail(log)}")


def own_cpu() -> float:
    """Return the processor seconds of this process and of all its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it the soft way first: Ansible takes its forks along on SIGTERM, not on SIGKILL."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _words(command: list[str]) -> str:
    return f"{Path(command[0]).name} {' '.join(command[1:3])}"


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])
