"""Plays Resilience & Durable Timers, with loaded dice."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let a payment come good, another one never, a pause survive, and two timeouts end a case."""
    stage.worker("--dice 0,0,1")
    stage.run("--orders 1 --seconds 0.1")
    stage.kill()
    stage.worker("--dice 0")
    stage.run("--orders 1")
    stage.kill()
    first = stage.worker("--dice 1")
    run, _ = stage.start("--orders 1 --seconds 8")
    stage.wait_for(first, "is paid at attempt 1")
    stage.kill()
    stage.worker("--dice 1")
    stage.wait_for(run, "Of 1:")
    stage.run("--case attempt")
    stage.run("--case order")
