"""Plays Signals & Queries: nobody approves, or somebody asks first and does."""

from labkit.playing.stage import Stage


def play(stage: Stage) -> None:
    """Let an order run out of patience; change another one, ask it how it is, and approve it."""
    worker = stage.worker()
    stage.run("--seconds 1")
    run, order = stage.start()
    stage.wait_for(worker, f"{order} waits for an approval")
    address = """--input '{"email": "ada@new.example"}'"""
    stage.temporal(f"workflow update execute -w {order} --name change_email {address}")
    stage.run(f"--ask {order}")
    stage.wait_for(run, "ada@new.example is told")
