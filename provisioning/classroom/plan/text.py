"""The plan in words: what `make plan` and `--check --diff` print, and golden tests compare."""

from __future__ import annotations

from collections import Counter

from classroom.plan.operations import Plan, StackPlan, Verb

MARKS = {
    Verb.KEEP: "=",
    Verb.CREATE: "+",
    Verb.REPLACE: "~",
    Verb.START: ">",
    Verb.UNPAUSE: ">",
    Verb.CONNECT: "+",
    Verb.ARCHIVE: ">",
    Verb.REMOVE: "-",
    Verb.REFUSE: "!",
}


def stack_text(plan: StackPlan) -> str:
    """Return one stack's operations, a line each, with mark, verb, object and cause."""
    if not plan.changes:
        return f"{plan.name}: nothing to do\n"
    lines = [f"{plan.name}:"]
    lines += [f"  {MARKS[o.verb]} {o.line}" for o in plan.operations]
    return "\n".join(lines) + "\n"


def plan_text(plan: Plan) -> str:
    """Return the whole plan, each stack that changes in full, and a summary line."""
    if not plan.stacks:
        return f"classroom {plan.classroom}: nothing exists, nothing to do\n"
    idle = [name for name, stack in plan.stacks.items() if not stack.changes]
    busy = [stack_text(stack) for stack in plan.stacks.values() if stack.changes]
    if idle:
        busy.append(f"nothing to do: {', '.join(idle)}\n")
    return "".join([*busy, summary(plan) + "\n"])


def summary(plan: Plan) -> str:
    """Return how many objects of each kind each verb applies to, in one line."""
    counts = Counter(o.verb for o in plan.changes)
    if not counts:
        return f"classroom {plan.classroom}: nothing to do"
    parts = ", ".join(f"{counts[verb]} to {verb}" for verb in Verb if counts[verb])
    return f"classroom {plan.classroom}: {parts}"
