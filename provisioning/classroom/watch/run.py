"""Watch one classroom until SIGTERM: the process behind `./classroom watch`."""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing, suppress
from logging import Logger
from pathlib import Path

from classroom.engine import client as engine
from classroom.engine.state import StateFolder
from classroom.errors import EngineError
from classroom.front import front, keys
from classroom.probe.target import Frontdoor
from classroom.spec.model import ClassFile
from classroom.watch.channel import Channel
from classroom.watch.follow import Follow
from classroom.watch.hands import ENGINE_SECONDS, Hands
from classroom.watch.known import Known
from classroom.watch.obey import Obey
from classroom.watch.passes import Passes
from classroom.watch.quota import GIB
from classroom.watch.record import lifted

PAUSE_SECONDS = 5.0
"""Between two questions to an engine that does not answer yet."""


async def run(class_file: ClassFile, file: Path, state: StateFolder, log: Logger) -> None:
    """Make passes and obey orders until SIGTERM or SIGINT; what has begun is finished first."""
    watching = asyncio.create_task(_watch(class_file, file, state, log))
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, watching.cancel)
    log.info("begins")
    with suppress(asyncio.CancelledError):
        await watching
    log.info("ends")


async def _watch(class_file: ClassFile, file: Path, state: StateFolder, log: Logger) -> None:
    door = await _front(class_file, state, log)
    quota, opens = class_file.quota * GIB, keys(state)
    known = Known(class_file, file, state, quota, door, opens, lifted(state))
    hands = Hands(class_file.name, state)
    async with Channel(door) as channel, asyncio.TaskGroup() as group:
        group.create_task(Passes(known, hands, channel, log).run())
        group.create_task(Obey(known, hands, channel, log).run())
        group.create_task(Follow(known, channel, log).run())


async def _front(class_file: ClassFile, state: StateFolder, log: Logger) -> Frontdoor:
    """Return the way in, as soon as the engine can say whose certificate to trust there."""
    said = ""
    while True:
        try:
            return await asyncio.to_thread(_ask, class_file, state)
        except EngineError as error:
            if error.what != said:
                log.info("waits for the engine: %s", error.what)
                said = error.what
            await asyncio.sleep(PAUSE_SECONDS)


def _ask(class_file: ClassFile, state: StateFolder) -> Frontdoor:
    with closing(engine.connect(patience=ENGINE_SECONDS)) as client:
        return front(class_file, client, state)
