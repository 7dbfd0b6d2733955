"""`python -m labkit.playing [LAB …]`: plays labs one after the other, and tells a line each.

A line is a JSON object: first `{"pid": 271}`, which a signal ends cleanly; `{"begins": "D1L1"}`, so
that somebody who waits knows for what; `{"lab": "D1L1", "wrong": "", "seconds": 12.3, "proves": 2,
"goals": 2}` when it is over, `wrong` being what went wrong, and `proves` how many of its goals its
solution can reach; and `{"trouble": "…"}` where no lab could be played, or something was left
behind.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from labkit.course import labs_dir
from labkit.errors import LabError
from labkit.labs import all_labs, find_lab
from labkit.playing.corner import corner
from labkit.playing.plays import Play, play_of
from labkit.playing.stage import Stage, WentWrongError

LAB_SECONDS = 180
"""One takes 10 to 40; on a machine that is busy with others, more."""

LOOKS = 5
LOOK_AGAIN_S = 2.0
"""A server lists what has happened a moment later."""


def main(labs: list[str]) -> int:
    """Play these labs, or all that have goals; return 0 if all went well."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        chosen = [find_lab(labs_dir(), lab) for lab in labs] or [
            lab for lab in all_labs(labs_dir()) if not lab.example
        ]
        plays = [play_of(lab) for lab in chosen]
        _tell(pid=os.getpid())
        with corner() as home:
            wrong = [_played(play, home) for play in plays]
        return int(any(wrong))
    except LabError as error:
        _tell(trouble=str(error))
    except KeyboardInterrupt:
        _tell(trouble="It was ended before it was over.")
    return 1


def _played(play: Play, home: Path) -> str:
    """Play a lab, tell about it, and return what went wrong."""
    _tell(begins=play.lab.id)
    began = time.monotonic()
    stage = Stage(play.lab, home, LAB_SECONDS)
    try:
        stage.lay_out(solution=True)
        play.act(stage)
        wrong = _missed(play, stage)
    except WentWrongError as error:
        wrong = str(error)
    finally:
        stage.end()
    seconds = round(time.monotonic() - began, 1)
    proves, goals = len(play.proves), play.goals
    _tell(lab=play.lab.id, wrong=wrong, seconds=seconds, proves=proves, goals=goals)
    return wrong


def _missed(play: Play, stage: Stage) -> str:
    """Return which goals are not reached and why, a sentence each."""
    missed: list[str] = []
    for look in range(LOOKS):
        if look:
            stage.pause(LOOK_AGAIN_S)
        found = stage.check()
        missed = [
            f"goal {goal}: {found[goal]['because']}"
            for goal in sorted(play.proves)
            if found[goal]["state"] != "done"
        ]
        if not missed:
            break
    return " ".join(missed)


def _tell(**event: object) -> None:
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
