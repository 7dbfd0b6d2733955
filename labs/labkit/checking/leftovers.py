"""What a lab leaves running when all its goals are reached, and its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from labkit.checking.reading import AT_ONCE, NEWEST, queues_of
from labkit.checking.sdk import Sdk
from labkit.checking.source import Listed, SilentError
from labkit.labs import Lab

REASON = "lab end: all goals of its lab are reached"

PATIENCE_S = 180.0
"""How long crowds are ended: ten thousand are done in less, a loop that still starts them never."""

LEARNS_S = 0.2
"""A listing learns a moment later that a workflow has ended."""


@dataclass(frozen=True)
class Left:
    """What runs of a lab.

    Attributes:
        newest: of them, as many as a check looks at.
        many: how many there are in all.
    """

    newest: Sequence[Listed] = ()
    many: int = 0


@dataclass(frozen=True)
class Ended:
    """What an end came to.

    Attributes:
        ended: what was ended.
        left: what runs all the same, because something goes on starting it.
    """

    ended: Left
    left: Left


async def left_of(client: Client, lab: Lab) -> Left:
    """Return what still runs of a lab.

    Raises:
        SilentError: the server does not answer, or not well.
    """
    running = f"TaskQueue STARTS_WITH '{queues_of(lab.id)}' AND ExecutionStatus = 'Running'"
    newest = await Sdk(client).listed(running, NEWEST)
    many = await Sdk(client).counted(running) if len(newest) == NEWEST else len(newest)
    return Left(newest, many)


async def end(client: Client, lab: Lab, patience: float = PATIENCE_S) -> Ended:
    """Terminate what runs of a lab; its histories stay, and with them what they prove.

    Args:
        client: of the seat's server.
        lab: whose workflows.
        patience: after how many seconds what is still being started is left alone.

    Raises:
        SilentError: the server does not answer, or not well.
    """
    ended: dict[str, Listed] = {}
    deadline = time.monotonic() + patience
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(found: Listed) -> None:
        async with turn:
            await _terminate(client, found)

    left = await left_of(client, lab)
    while left.newest and time.monotonic() < deadline:
        fresh = [found for found in left.newest if found.run_id not in ended]
        await asyncio.gather(*map(one, fresh))
        ended |= {found.run_id: found for found in fresh}
        if not fresh:
            await asyncio.sleep(LEARNS_S)
        left = await left_of(client, lab)
    return Ended(Left(tuple(ended.values()), len(ended)), left)


async def _terminate(client: Client, found: Listed) -> None:
    """Terminate a workflow, by whichever run it has got to since it was listed."""
    try:
        await client.get_workflow_handle(found.workflow_id).terminate(reason=REASON)
    except RPCError as error:
        # It may have ended by itself in the meantime.
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise SilentError(error.message) from error
