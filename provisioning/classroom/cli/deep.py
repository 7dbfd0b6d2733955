"""`make verify DEEP=yes`: every seat plays the course's labs, beside whatever its attendee does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue

from classroom.cli.words import counted
from classroom.engine.lock import exclusive
from classroom.engine.planning import ROOT, chosen
from classroom.engine.playing import Player
from classroom.engine.state import StateFolder
from classroom.errors import EngineError, UsageError
from classroom.plan import names
from classroom.report.naming import printable
from classroom.report.played import ALL_OF_IT, Played, line, missing, summary
from labkit.labs import all_labs

LOCK = "verify.lock"
"""Its own: who provisions or watches is not kept waiting."""

WORKSPACE = "workspace"

SECONDS_A_LAB = 25
LOOK_SECONDS = 0.5


def play_labs(
    classroom: str, state: StateFolder, seats: Sequence[str], *, only: str, labs: str
) -> int:
    """Have seats play labs, and say what came of it; return 0 if all of it went well.

    Args:
        classroom: its name.
        state: its folder.
        seats: all that it has.
        only: those that shall play, comma separated; all if empty.
        labs: what they shall play, comma separated; all if empty.

    Raises:
        UsageError: there is no such seat or lab.
        LockedError: somebody else has them play already.
    """
    players = sorted(chosen(only, seats), key=seats.index)
    course = _labs(labs)
    at_once = max(1, min(len(players), os.cpu_count() or 1))
    seconds = SECONDS_A_LAB * len(course) * -(-len(players) // at_once)
    print(
        f"{counted(len(players), 'seat')} {'plays' if len(players) == 1 else 'play'} "
        f"{counted(len(course), 'lab')}, {at_once} at a time: about "
        f"{counted(-(-seconds // 60), 'minute')}. What attendees have stays as it is.",
        flush=True,
    )
    with exclusive(state.path, "has the labs played", name=LOCK):
        played = _play(classroom, players, course, at_once)
    played += missing(played, players, course)
    print()
    for words in summary(played):
        print(words)
    return int(any(one.wrong for one in played))


def _labs(wanted: str) -> list[str]:
    """Return the ids of the labs to play, in the order of the course."""
    there = [lab.id for lab in all_labs(ROOT / "labs") if not lab.example]
    named = wanted.replace(",", " ").upper().split()
    if unknown := sorted(set(named) - set(there)):
        raise UsageError(
            f"there is no lab {', '.join(unknown)} to play",
            where="LABS=",
            remedy=f"labs are {', '.join(there)}",
        )
    return [lab for lab in there if not named or lab in named]


def _play(classroom: str, seats: Sequence[str], labs: Sequence[str], at_once: int) -> list[Played]:
    """Have the seats play, and print each line as it comes."""
    told: SimpleQueue[Played] = SimpleQueue()
    players = [
        Player(names.container_name(classroom, seat, WORKSPACE), seat, labs) for seat in seats
    ]
    found: list[Played] = []
    with ThreadPoolExecutor(at_once) as pool:
        runs = [pool.submit(_follow, player, told) for player in players]
        try:
            while not (all(run.done() for run in runs) and told.empty()):
                with suppress(Empty):
                    found.append(told.get(timeout=LOOK_SECONDS))
                    print(line(found[-1]), flush=True)
        except KeyboardInterrupt:
            print("\nends what is being played, and leaves the seats as they were", flush=True)
            for player in players:
                with suppress(EngineError):
                    player.stop()
            raise
    for run in runs:
        run.result()
    return found


def _follow(player: Player, told: SimpleQueue[Played]) -> None:
    """Tell what comes of a seat's labs."""
    try:
        for event in player.events():
            if lab := event.get("lab"):
                told.put(
                    Played(
                        player.seat,
                        lab,
                        printable(event["wrong"]),
                        event["seconds"],
                        event.get("proves", 0),
                        event.get("goals", 0),  # an older workspace does not say it
                    )
                )
            elif trouble := event.get("trouble"):
                told.put(Played(player.seat, ALL_OF_IT, printable(trouble)))
    except EngineError as error:
        told.put(Played(player.seat, ALL_OF_IT, printable(error.what)))
