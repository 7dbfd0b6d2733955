"""The attendee's programs, read and parsed and never run."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LARGEST = 200_000
"""Bytes of the largest file that is read: somebody may have put a data set beside their code."""

NEVER = datetime.min.replace(tzinfo=UTC)
NOTHING = ast.Module([], [])


@dataclass(frozen=True)
class Source:
    """One of the attendee's Python files.

    Attributes:
        folder: the name of its lab's folder.
        name: its own name.
        digest: of its content, as `labkit.own_code` takes it.
        changed: when it was saved last.
        tree: its syntax; empty if it has none.
        error: why it has none.
    """

    folder: str
    name: str
    digest: str = ""
    changed: datetime = NEVER
    tree: ast.Module = NOTHING
    error: SyntaxError | None = None


def read_sources(course: Path) -> list[Source]:
    """Return the attendee's programs; what can't be read is left out."""
    return [source for path in sorted(course.glob("*/*.py")) for source in _read(path)]


def _read(path: Path) -> Iterator[Source]:
    try:
        facts = path.stat()
        if facts.st_size > LARGEST:
            return
        content = path.read_bytes()
    except OSError:
        return
    yield parsed(
        path.parent.name, path.name, content, datetime.fromtimestamp(facts.st_mtime, tz=UTC)
    )


def parsed(folder: str, name: str, content: bytes, changed: datetime) -> Source:
    """Return a file's syntax, or why it has none."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        tree = ast.parse(content, name)
    except SyntaxError as error:
        return Source(folder, name, digest, changed, error=error)
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested without an end
        return Source(
            folder, name, digest, changed, error=SyntaxError(str(error) or "too deeply nested")
        )
    return Source(folder, name, digest, changed, tree)


def dotted(node: ast.expr) -> str:
    """Return a name as it is written, `workflow.sleep`; what precedes a call is left out."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def decorated(node: ast.AST, decorator: str) -> ast.expr | None:
    """Return a function's or class's decorator of this name, None if it has none."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    for found in node.decorator_list:
        name = dotted(found.func) if isinstance(found, ast.Call) else dotted(found)
        if name == decorator:
            return found
    return None


def keyword(call: ast.expr, name: str) -> ast.expr | None:
    """Return an argument that a call is given by name."""
    if not isinstance(call, ast.Call):
        return None
    return next((given.value for given in call.keywords if given.arg == name), None)


def text(node: ast.expr | None) -> str:
    """Return the text that an expression is, empty if it is none or is made at run time."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def inside(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what a function does itself, functions that it defines left out."""
    todo = [function]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield child
                todo.append(child)
