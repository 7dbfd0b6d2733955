"""What can be seen in the attendee's code before anything runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from labkit.doctor.facts import Facts
from labkit.doctor.sources import Source, decorated, dotted, inside, keyword, text
from labkit.doctor.troubles import Trouble

AWAITED = {
    *(
        f"workflow.{name}"
        for name in (
            "execute_activity",
            "execute_activity_method",
            "execute_activity_class",
            "execute_local_activity",
            "execute_local_activity_method",
            "execute_child_workflow",
            "start_child_workflow",
            "sleep",
            "wait_condition",
        )
    ),
    "asyncio.sleep",
    "asyncio.wait_for",
    "asyncio.gather",
}
STARTS = ("start_workflow", "execute_workflow")
BLOCKING = {"time.sleep", "input", "os.system", "urllib.request.urlopen"}
BLOCKING_MODULES = ("requests.", "subprocess.", "httpx.get", "httpx.post", "httpx.request")


def syntax_error(facts: Facts) -> Iterator[Trouble]:
    """A file is no Python."""
    for source in facts.sources:
        if source.error:
            line = source.error.lineno
            yield Trouble(
                "syntax_error",
                f"{source.folder}/{source.name}{f', line {line},' if line else ''}",
                f"is no Python: {source.error.msg}",
                "a look at that line and the one above it; then restart the worker.",
            )


def missing_await(facts: Facts) -> Iterator[Trouble]:
    """A call that has to be awaited is not."""
    for source in facts.sources:
        for line, name in missing_awaits(source.tree):
            yield _at(
                source,
                line,
                "missing_await",
                f"calls `{name}` without `await`: nothing happens there, and nobody complains.",
                "`await` before it; then restart the worker.",
            )


def missing_awaits(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the lines and names of calls whose coroutine nobody awaits."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        nodes = list(inside(function))
        for node in nodes:
            call = getattr(node, "value", None)
            if not isinstance(call, ast.Call) or not _is_awaited(dotted(call.func)):
                continue
            dropped = isinstance(node, ast.Expr | ast.Return | ast.FormattedValue)
            if isinstance(node, ast.Assign | ast.AnnAssign):
                dropped = not any(_hands_on(other, _target(node)) for other in nodes)
            if dropped:
                yield call.lineno, dotted(call.func)


def _is_awaited(name: str) -> bool:
    return name in AWAITED or name.rpartition(".")[2] in STARTS


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else ""


def _hands_on(node: ast.AST, name: str) -> bool:
    """Whether a coroutine in a variable is awaited here, or given to somebody who may."""
    if not name:
        return True  # an attribute or an element: it may be awaited anywhere
    given: list[ast.expr] = []
    if isinstance(node, ast.Await | ast.Return) and node.value:
        given = [node.value]
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        given = node.elts
    elif isinstance(node, ast.Call) and dotted(node.func) != "print":
        given = [*node.args, *(argument.value for argument in node.keywords)]
    return any(isinstance(one, ast.Name) and one.id == name for one in given)


def blocking_call(facts: Facts) -> Iterator[Trouble]:
    """An async activity blocks the one thread that everything async shares."""
    for source in facts.sources:
        for line, activity, name in blocking_calls(source.tree):
            yield _at(
                source,
                line,
                "blocking_call",
                f"calls `{name}` in the async activity {activity}, and the whole worker stands "
                "still meanwhile.",
                "an awaitable in its place, such as `await asyncio.sleep(…)`; or a plain `def`, "
                "and an `activity_executor` for the worker. Then restart the worker.",
            )


def blocking_calls(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Yield line, activity and name of calls that block in async activities."""
    for function in ast.walk(tree):
        if isinstance(function, ast.AsyncFunctionDef) and decorated(function, "activity.defn"):
            for node in inside(function):
                name = dotted(node.func) if isinstance(node, ast.Call) else ""
                if name in BLOCKING or name.startswith(BLOCKING_MODULES):
                    yield getattr(node, "lineno", 0), function.name, name


def no_executor(facts: Facts) -> Iterator[Trouble]:
    """A worker is given plain activities and no threads to run them in."""
    for folder in sorted({source.folder for source in facts.sources}):
        files = [source for source in facts.sources if source.folder == folder]
        plain = {name for source in files for name in plain_activities(source.tree)}
        for source in files:
            for line, names in workers_without_executor(source.tree):
                if sync := [name for name in names if name in plain]:
                    yield _at(
                        source,
                        line,
                        "no_executor",
                        "makes a worker without an `activity_executor`, which a plain `def` needs: "
                        f"{', '.join(sync)}. Such a worker does not start.",
                        "`activity_executor=ThreadPoolExecutor(max_workers=5)` there; or `async "
                        "def` for the activity, if nothing in it blocks.",
                    )


def plain_activities(tree: ast.AST) -> Iterator[str]:
    """Yield the activities that are no coroutines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and decorated(node, "activity.defn"):
            yield node.name


def workers_without_executor(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Yield where workers are made without an executor, and the names of their activities."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] != "Worker":
            continue
        activities = keyword(node, "activities")
        spread = any(argument.arg is None for argument in node.keywords)  # **options
        if spread or keyword(node, "activity_executor") or not isinstance(activities, ast.List):
            continue
        yield node.lineno, [dotted(one).rpartition(".")[2] for one in activities.elts]


def id_in_use(facts: Facts) -> Iterator[Trouble]:
    """A starter uses one ID for all, and that one is running."""
    for source in facts.sources:
        for line, workflow_id in fixed_ids(source.tree):
            if workflow_id in facts.ids:
                yield _at(
                    source,
                    line,
                    "id_in_use",
                    f"starts a workflow with the ID {workflow_id}, and one of that ID is running: "
                    "the server refuses a second one.",
                    'an ID of its own for each, `id=f"order-{uuid4().hex[:6]}"`. Or end the one '
                    f"that runs: `temporal workflow terminate -w {workflow_id}`",
                )


def fixed_ids(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield where workflows are started under an ID that is always the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in STARTS:
            given = keyword(node, "id")
            if text(given):
                yield getattr(given, "lineno", node.lineno), text(given)


def _at(source: Source, line: int, kind: str, what: str, cure: str) -> Trouble:
    return Trouble(kind, f"{source.folder}/{source.name}, line {line},", what, cure)
