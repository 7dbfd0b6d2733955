"""Plays Observability & Metrics: orders of all kinds, and one that nobody asks for."""

from labkit.playing.stage import Stage

UNPOLLED_S = 11


def play(stage: Stage) -> None:
    """Let an order wait for a worker; let others be paid, refused, retried, and run out of time."""
    late, _ = stage.start()
    stage.pause(UNPOLLED_S)
    stage.worker()
    stage.wait_for(late, "Of 1:")
    for way in ("--trouble refused", "--trouble down", "--seconds 8 --within 3"):
        stage.run(way)
