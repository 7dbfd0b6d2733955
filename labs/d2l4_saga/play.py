"""Plays Saga: three kinds of trouble, and a cancellation."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let all that may happen to an order happen, side by side."""
    worker = stage.worker()
    runs = [stage.start(f"--trouble {trouble}") for trouble in ("down", "refused", "lost")]
    runs.append(stage.start("--seconds 60"))
    _, order = runs[-1]
    stage.wait_for(worker, f"{order} is being packed")
    stage.temporal(f"workflow cancel -w {order}")
    for run, _ in runs:
        stage.wait_for(run, "Books")
