"""Plays Hello Workflow: an order survives the worker that began it."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Kill the worker in an order's pause, and let another one go on."""
    first = stage.worker()
    run, order = stage.start("--seconds 8")
    stage.wait_for(first, f"logger: {order} accepted")
    stage.kill()
    stage.worker()
    stage.wait_for(run, "Result")
