"""Plays Activities & Task Queues: two workers, two queues, and two attempts that fail."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let an e-mail be sent at its third attempt, by the worker of its queue."""
    stage.worker("orders")
    stage.worker("email")
    stage.run("--dropped-lines 2")
