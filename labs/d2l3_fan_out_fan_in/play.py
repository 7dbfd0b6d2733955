"""Plays Fan-Out / Fan-In: ten jobs at once, nine of ten, and all of them at a pace."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let jobs run side by side, one of them fail, and a worker ask for a slower pace."""
    stage.worker()
    stage.run()
    stage.run("--missing")
    stage.kill()
    stage.worker("--per-second 2")
    # On a busy machine tasks that the server let go one after the other may start together.
    for _ in range(2):
        stage.run("--seconds 0.1")
