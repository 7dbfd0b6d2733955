"""Plays Child Workflows: the whole matrix."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let parents end and fail, and children fail, in each pattern."""
    stage.worker()
    stage.run("--seconds 3")
