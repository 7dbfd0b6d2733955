"""Plays Errors, Heartbeats and Cancellation: a refusal, a dead worker, a customer who calls."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Refuse a card, kill the worker in the middle of a box, cancel an order."""
    first = stage.worker()
    stage.run("--card stolen")
    run, order = stage.start("--items 8")
    stage.wait_for(first, f"item 2 of {order}")
    stage.kill()
    worker = stage.worker()
    stage.wait_for(run, "Result")
    run, order = stage.start()
    stage.wait_for(worker, f"item 2 of {order}")
    stage.temporal(f"workflow cancel -w {order}")
    stage.wait_for(run, "The workflow did not complete")
