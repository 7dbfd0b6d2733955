"""Checks: what the histories on a seat's server prove about a lab.

A lab's `check.py` holds goals; a goal is one predicate over one execution. Nothing here changes
anything on the server, and nothing here needs to run inside a workspace.
"""

from labkit.checking.goals import Goal, Verdict, done, not_yet
from labkit.checking.history import Event, PendingActivity, Run

__all__ = ["Event", "Goal", "PendingActivity", "Run", "Verdict", "done", "not_yet"]
