"""Plays Debugging: three patients are found out and mended, each in its own way."""

from labkit.playing.stage import Stage, started

FOUND = {"order": "11", "parcel": "2O099", "return": "arived"}
LAST_GOOD = 10
"""The event up to which the order's history is right."""


def play(stage: Stage) -> None:
    """Let a night go by with the code as it is handed out, and mend what it has left."""
    stage.lay_out(solution=False)
    left = {found.partition("-")[0]: found for found in started(stage.run("--seconds 6"))}
    day = stage.worker()
    stage.wait_for(day, "[TMPRL1100]")
    for kind, finding in FOUND.items():
        stage.run(f"--note {left[kind]} {finding}")
    reset = f"workflow reset -w {left['order']} --event-id {LAST_GOOD}"
    stage.temporal(f"{reset} --reason 'insured as of today'")
    stage.wait_for(day, f"{left['order']} is insured")
    stage.temporal(f"workflow signal -w {left['return']} --name arrived")
    stage.wait_until_over(left["return"])
    stage.deploy(solution=True)
    stage.wait_until_over(left["parcel"])
    stage.wait_until_over(left["order"])
