"""The parts of a machine that a classroom depends on: how they are, and why that is not enough."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classroom.errors import EngineError

ENGINE_TIMEOUT_SECONDS = 5.0
PROC_SYS = Path("/proc/sys")
DESIGN_SEATS = 70
"""The number of seats that the kernel limits are made for."""


class Engine(StrEnum):
    """What asking the engine's socket came to."""

    ANSWERS = "answers"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True)
class Limit:
    """A kernel limit: its value (None where this kernel has none) and the least that is wanted.

    ``fixed`` means that it could not be raised on this machine when that was last tried.
    """

    name: str
    now: int | None
    wanted: int
    fixed: bool = False

    @property
    def low(self) -> bool:
        """Whether there is less than wanted."""
        return self.now is None or self.now < self.wanted


def group_command(user: str) -> str:
    """Return the command that lets a user talk to the engine."""
    return shlex.join(["sudo", "usermod", "--append", "--groups", "docker", user])


def ask_engine(path: Path) -> Engine:
    """Ask the engine behind a socket for a sign of life."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ENGINE_TIMEOUT_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            status = connection.recv(32).split(maxsplit=2)[1:2]
        except PermissionError:
            return Engine.DENIED
        except OSError:
            return Engine.SILENT
    return Engine.ANSWERS if status == [b"200"] else Engine.SILENT


def engine_reasons(engine: Engine, address: str, *, user: str, chosen: bool) -> tuple[str, ...]:
    """Return why the engine role has to run.

    Args:
        engine: what the engine at ``address`` said.
        address: its URL.
        user: who is asking.
        chosen: whether ``DOCKER_HOST`` names the engine; then it is not ours to bring up.

    Raises:
        EngineError: as in `needs_machine_play`.
    """
    if engine is Engine.ANSWERS:
        return ()
    if engine is Engine.DENIED:
        raise EngineError(
            f"the Docker engine refuses the user {user}",
            where=address,
            remedy=f"`{group_command(user)}`, log in again, then run the same command again",
        )
    if chosen:
        raise EngineError(
            "no Docker engine answers where DOCKER_HOST says",
            where=address,
            remedy="start that engine, or unset DOCKER_HOST to use this machine's own",
        )
    return (f"no Docker engine answers at {address}",)


def kernel_reasons(limits: Sequence[Limit], *, seats: int, stock_seats: int) -> tuple[str, ...]:
    """Return which limits have to be raised.

    A limit that this machine is known not to let raise counts only when the seats are more than
    a stock kernel carries (then the play stops, with the reason).
    """
    return tuple(
        f"{limit.name} is {'missing' if limit.now is None else limit.now}, "
        f"{DESIGN_SEATS} seats need {limit.wanted}"
        for limit in limits
        if limit.low and (seats > stock_seats or not limit.fixed)
    )


def read_limits(wanted: Mapping[str, int], fixed: Collection[str]) -> tuple[Limit, ...]:
    """Return the limits as the kernel has them now."""
    return tuple(
        Limit(name, _kernel_value(name), value, fixed=name in fixed)
        for name, value in wanted.items()
    )


def _kernel_value(name: str) -> int | None:
    try:
        return int(PROC_SYS.joinpath(*name.split(".")).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
