"""A YAML document read key by key: each key asked for once, everything else reported."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

import yaml

from classroom.spec.problems import Place, Problems, Refused, excerpt
from classroom.spec.values import Kind
from classroom.spec.yamltext import Unreadable, compose

T = TypeVar("T")
D = TypeVar("D")

Sources = Mapping[str, str]
"""Where each key was written: ``ports.http`` -> ``classroom.yml:12``, ``classroom.yml (default)``
if it was not, or ``N=`` and ``GRAFANA=`` if the command line decided. Every key is in it."""

_CORE = "tag:yaml.org,2002:"
_MERGE = _CORE + "merge"  # <<
_KNOWN_TAGS = frozenset(
    _CORE + kind
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)


class Document:
    """The text of a class file. `root` is its outermost section; `finish` ends the reading."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.text = text
        self.file = file
        self.problems = problems
        self.sources: dict[str, str] = {}
        self._sections: list[Section] = []
        self.root = self._open()

    def _open(self) -> Section:
        try:
            node = compose(self.text)
        except Unreadable as error:
            self.problems.add(Place(self.file, error.line, error.column), error.why)
            node = None
        return self.section(node, "", Place(self.file))

    def section(self, node: yaml.Node | None, path: str, place: Place) -> Section:
        """A section to read; `finish` looks at what nobody asked it for."""
        section = Section(self, node, path, place)
        self._sections.append(section)
        return section

    def finish(self) -> None:
        """Report what was not asked for, now that every key that exists has been."""
        for section in self._sections:
            section.report_strangers(known=self.sources)

    def place(self, node: yaml.Node) -> Place:
        """Where a node begins."""
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def written(self, node: yaml.Node) -> str:
        """The node as it was written."""
        return excerpt(self.text[node.start_mark.index : node.end_mark.index])


class Section:
    """A mapping of the document, or the absence of one: then every key has its default."""

    def __init__(self, document: Document, node: yaml.Node | None, path: str, place: Place) -> None:
        self.path = path
        self._document = document
        self._place = place
        self._asked: dict[str, str] = {}
        self._misread: yaml.Node | None = None
        self._entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        if isinstance(node, yaml.MappingNode) and node.tag in _KNOWN_TAGS:
            self._enter(node)
        elif node is not None and not is_null(node):
            self._misread = node

    def take(self, key: str, kind: Kind[T], default: D) -> T | D:
        """The value of a key, or its default: if absent, or refused (then with a problem noted).

        A key whose default is None may also be written as ``null``.
        """
        self._ask(key)
        if key not in self._entries:
            return default
        _, node = self._entries[key]
        if is_null(node) and default is None:
            return default
        try:
            return kind.parse(_scalar(node))
        except Refused as refused:
            what = f"{self._document.written(node)} {refused.why}".lstrip()
            self.refuse(key, f"{what}; {refused.instead or kind.allowed}")
            return default

    def section(self, key: str) -> Section:
        """A section within this one; absent and empty are the same."""
        path = self._ask(key)
        key_node, node = self._entries.get(key, (None, None))
        place = self._document.place(key_node) if key_node else self._place
        return self._document.section(node, path, place)

    def is_section(self, key: str) -> bool:
        """Whether a mapping is written under the key."""
        return key in self._entries and isinstance(self._entries[key][1], yaml.MappingNode)

    def has(self, key: str) -> bool:
        """Whether the key is written, with whatever value."""
        return key in self._entries

    def has_value(self, key: str) -> bool:
        """Whether the key is written, with more than ``null``."""
        return self.has(key) and not is_null(self._entries[key][1])

    def written(self, key: str) -> str:
        """The value of a key that is there, as it was written."""
        return self._document.written(self._entries[key][1])

    def where(self, key: str) -> str:
        """Where a key of this section is written, said within its own file."""
        if not self.has(key):
            return "by default"
        return f"on line {self._document.place(self._entries[key][0]).line}"

    def refuse(self, key: str, what: str) -> None:
        """Note a problem with a key of this section, where it is written."""
        place = self._document.place(self._entries[key][0]) if self.has(key) else self._place
        self._document.problems.add(place, what, key=self._path(key))

    def report_strangers(self, known: Sources) -> None:
        """Report keys that nobody asked for, and a value where a section belongs."""
        names = ", ".join(self._asked)
        if self._misread is not None:
            place = self._place if self.path else self._document.place(self._misread)
            what = f"{self._document.written(self._misread)} {_shape(self._misread)}"
            what += f"; write its keys on lines of their own: {names}"
            self._document.problems.add(place, what, key=self.path)
        for key in self._entries.keys() - self._asked.keys():
            near = self._nearest(key, known)
            self.refuse(key, f"no such key; {f'did you mean {near}?' if near else f'use {names}'}")

    def _enter(self, node: yaml.MappingNode) -> None:
        for key_node, value in node.value:
            place = self._document.place(key_node)
            written = self._document.written(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                what = f"{written} is not a key; a key is a word followed by a colon"
                self._document.problems.add(place, what, key=self.path)
            elif key_node.tag == _MERGE:
                what = "merge keys are not supported; write the keys out, or alias a whole section"
                self._document.problems.add(place, what, key=self._path(written))
            elif key_node.value in self._entries:
                first = self._document.place(self._entries[key_node.value][0])
                what = f"written twice, first on line {first.line}; keep one of them"
                self._document.problems.add(place, what, key=self._path(written))
            else:
                self._entries[key_node.value] = (key_node, value)

    def _ask(self, key: str) -> str:
        path = self._asked[key] = self._path(key)
        written = self._entries.get(key)
        self._document.sources[path] = (
            f"{self._document.file}:{self._document.place(written[0]).line}"
            if written
            else f"{self._document.file} (default)"
        )
        return path

    def _path(self, key: str) -> str:
        return f"{self.path}.{excerpt(key)}" if self.path else excerpt(key)

    def _nearest(self, key: str, known: Sources) -> str:
        """The key that was most likely meant: of this section, else one of the same name."""
        near = get_close_matches(key.lower(), self._asked, n=1)
        elsewhere = (path for path in known if path.rpartition(".")[2] == key.lower())
        return near[0] if near else next(elsewhere, "")


def is_null(node: yaml.Node) -> bool:
    """Whether the node is YAML's null: nothing at all, ``~`` or ``null``."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _CORE + "null"


def _scalar(node: yaml.Node) -> str:
    """The text of a plain or quoted value, whatever type YAML 1.1 would make of it."""
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _KNOWN_TAGS:
        raise Refused(_shape(node))
    if is_null(node):
        raise Refused("has no value" if not node.value else "is no value")
    return str(node.value)


def _shape(node: yaml.Node) -> str:
    if node.tag not in _KNOWN_TAGS:
        return f"has the tag {excerpt(node.tag.removeprefix(_CORE))}, which means nothing here"
    if isinstance(node, yaml.SequenceNode):
        return "is a list"
    return "is a group of keys" if isinstance(node, yaml.MappingNode) else "is a single value"
