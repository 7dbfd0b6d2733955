"""YAML text to PyYAML's node graph, whose nodes know line and column. Nothing is constructed.

Aliases stay shared nodes, so that a file of nested aliases ("billion laughs") costs nothing.
"""

from __future__ import annotations

import yaml


class Unreadable(Exception):  # noqa: N818 - an answer, caught within this package
    """Text that is not YAML; line and column count from 1, 0 where they are not known."""

    def __init__(self, why: str, line: int = 0, column: int = 0) -> None:
        super().__init__(why, line, column)
        self.why = why
        self.line = line
        self.column = column


def compose(text: str) -> yaml.Node | None:
    """The root node of the one document in the text, None if there is none.

    Raises:
        Unreadable: the text is not YAML, or PyYAML cannot tell what it is.
    """
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _marked(error) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        why = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML"
        raise Unreadable(why, line, column) from None
    except RecursionError:
        raise Unreadable("nested too deeply; a class file has three levels") from None
    except (ValueError, OverflowError) as error:
        # PyYAML lets these through from escapes such as "\UFFFFFFFF", which no character has.
        raise Unreadable(f"not readable as YAML: {error}") from None


def _marked(error: yaml.MarkedYAMLError) -> Unreadable:
    """PyYAML's error in one line; the context says what was being read and where it began."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    problem = error.problem or "not readable as YAML"
    if "'\\t'" in problem:
        return Unreadable("a tab; YAML indents with spaces only", line, column)
    context = error.context or ""
    if context and error.context_mark and error.context_mark.line + 1 != line:
        context += f" (line {error.context_mark.line + 1})"
    what = ", ".join(part for part in (context, problem) if part)
    return Unreadable(f"not readable as YAML: {what}", line, column)
