"""Signals that nobody hears, and handlers that choke on one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from labkit.doctor.facts import Execution, Facts
from labkit.doctor.sources import Source, decorated, dotted, keyword, text
from labkit.doctor.tasks import is_handlers, stuck
from labkit.doctor.troubles import Trouble, of


@dataclass(frozen=True)
class Handlers:
    """What a workflow can hear.

    Attributes:
        folder: the lab that it is of.
        workflow: its type.
        signals: the names of its signals.
        any_signal: whether one of its handlers takes those of all names.
    """

    folder: str
    workflow: str
    signals: frozenset[str]
    any_signal: bool


def handlers(source: Source) -> Iterator[Handlers]:
    """Yield what the workflows of a file can hear, by themselves or by a base class beside them."""
    classes = {node.name: node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
    for node in classes.values():
        definition = decorated(node, "workflow.defn")
        if definition is None:
            continue
        whole = list(_with_bases(node, classes))
        methods = [method for one in whole for method in one.body]
        found = [(decorated(method, "workflow.signal"), method) for method in methods]
        signals = [(mark, method) for mark, method in found if mark is not None]
        names = (text(keyword(mark, "name")) or getattr(m, "name", "") for mark, m in signals)
        calls = [n for one in whole for n in ast.walk(one) if isinstance(n, ast.Call)]
        later = (text(call.args[0]) for call in calls if _sets_handler(call) and call.args)
        yield Handlers(
            source.folder,
            text(keyword(definition, "name")) or node.name,
            frozenset({*names, *later}),
            any(keyword(mark, "dynamic") is not None for mark, _ in signals)
            or any(dotted(call.func) == "workflow.set_dynamic_signal_handler" for call in calls),
        )


def _with_bases(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """Yield a class and those that it inherits from, as far as they are in its file."""
    todo, seen = [node], set()
    while todo:
        one = todo.pop()
        if one.name not in seen:
            seen.add(one.name)  # a class that names itself as its base is a slip of the pen
            yield one
            todo += [classes[name] for name in map(dotted, one.bases) if name in classes]


def _sets_handler(call: ast.Call) -> bool:
    return dotted(call.func) == "workflow.set_signal_handler"


def _for(execution: Execution, known: list[Handlers]) -> Handlers | None:
    """Return what a workflow can hear: its lab has the id that its queue's name begins with."""
    lab = execution.queue.partition("_")[0]
    same = [h for h in known if h.workflow == execution.kind]
    return next((h for h in same if h.folder.startswith(f"{lab}_")), None)


def unknown_signal(facts: Facts) -> Iterator[Trouble]:
    """A signal has a name that the workflow's code does not."""
    known = [found for source in facts.sources for found in handlers(source)]
    for execution in facts.executions:
        heard = _for(execution, known)
        if heard is None or heard.any_signal:
            continue
        for signal in sorted(set(execution.signals) - heard.signals):
            near = get_close_matches(signal, heard.signals, n=1)
            if near and near[0] in execution.signals:
                continue  # sent again, under the right name
            if near:
                meant = f"It has one that is called {near[0]}."
                cure = f"sending it again with `--name {near[0]}`."
            elif heard.signals:
                meant = f"It has handlers for {', '.join(sorted(heard.signals))}."
                cure = "one of these names, or a handler with that name and a new worker."
            else:
                meant = "It has no handler for any signal."
                cure = "a method under `@workflow.signal`, and a new worker: the signal is kept."
            yield of(
                execution,
                "unknown_signal",
                f"was sent the signal {signal}, and {execution.kind} has no handler for it. "
                f"{meant} The server takes any name.",
                cure,
            )


def wedged_handler(facts: Facts) -> Iterator[Trouble]:
    """A signal's handler fails, and the signal stays in the history."""
    for execution, failure, where in stuck(facts, is_handlers):
        names = list(execution.signals)
        named = [name for name in names if f".{name}()" in failure.message]
        signal = next(iter(named or reversed(names)), "")
        yield of(
            execution,
            "wedged_handler",
            f"is wedged{where}: its history has a signal {signal}".rstrip()
            + f", and the handler fails each time it is given it. {failure}",
            "making the handler able to take it, for example by a default for its argument, and "
            "a new worker. Or give this one up: `temporal workflow terminate -w {id}`",
        )
