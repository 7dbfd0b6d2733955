"""Plays Determinism: repaired code is replayed, and everything agrees."""

from labkit.playing.stage import Stage

PROVES = ("safe",)  # the other goals ask for code that is wrong


def play(stage: Stage) -> None:
    """Kill the worker in a parcel's pause, and let another one go on."""
    first = stage.worker()
    run, _ = stage.start("--seconds 8")
    stage.wait_for(first, "takes parcel")
    stage.kill()
    stage.worker()
    stage.wait_for(run, "Result")
