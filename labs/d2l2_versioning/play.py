"""Plays Worker Versioning: new code comes, is taken back, and comes again."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Deploy the solution into an order of old code, and old code into an order of the solution."""
    stage.lay_out(solution=False)
    worker = stage.worker()
    run, order = stage.start("--seconds 6")
    stage.wait_for(worker, f"{order} is being packed")
    worker = stage.deploy(solution=True)
    stage.wait_for(run, "Result")

    run, order = stage.start("--seconds 6")
    stage.wait_for(worker, f"{order} is being packed")
    worker = stage.deploy(solution=False)
    stage.wait_for(worker, "[TMPRL1100]")
    stage.deploy(solution=True)
    stage.wait_for(run, "Result")
