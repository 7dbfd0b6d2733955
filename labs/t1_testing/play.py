"""Plays Testing: an order for the replay, and a release that is rehearsed with every bug."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let the solution's tests find each bug of the release."""
    stage.worker()
    stage.run()
    stage.run("--release")
