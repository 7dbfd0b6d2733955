"""What a browser asks for when somebody opens a page, and what each request waits for.

A browser asks for a script once it has read the page that names it, and for data once the script
runs. What had been answered when it asked is therefore kept with each request; whoever makes the
visit again asks in the same order, as fast as the answers come.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from enum import Enum


class Kind(Enum):
    """What an answer is like: a page, a file, or something that stays open."""

    PAGE = "page"
    FILE = "file"
    STREAM = "stream"
    SOCKET = "websocket"


@dataclass(frozen=True)
class Ask:
    """One request of a page.

    Attributes:
        kind: what the answer is like.
        path: with its query.
        method: of HTTP.
        body: what was sent with it, JSON but for a page's form; empty if nothing.
        status: of the answer that it got.
        greeted: a websocket on which the server speaks first, as a terminal's does.
    """

    kind: Kind
    path: str
    method: str = "GET"
    body: str = ""
    status: int = 200
    greeted: bool = False


@dataclass(frozen=True)
class Step:
    """A request, and the numbers of those whose answers it waits for."""

    ask: Ask
    after: tuple[int, ...]


Visit = tuple[Step, ...]


@dataclass
class Notes:
    """Takes notes of a page's requests, in the order in which things happen."""

    _asked: list[tuple[Hashable, Ask, frozenset[int]]] = field(default_factory=list)
    _answered: set[int] = field(default_factory=set)

    def asked(self, key: Hashable, ask: Ask) -> None:
        """Note a request; ``key`` says which it was when its answer comes."""
        self._asked.append((key, ask, frozenset(self._answered)))

    def status(self, key: Hashable, status: int) -> None:
        """Note how an answer begins."""
        self._change(key, lambda ask: replace(ask, status=status))

    def greeted(self, key: Hashable) -> None:
        """Note that a websocket's server spoke, before the page did."""
        self._change(key, lambda ask: replace(ask, greeted=True))

    def answered(self, key: Hashable) -> None:
        """Note that an answer is there; one to a request from before these notes is no matter."""
        self._answered |= {n for n, (asked, _, _) in enumerate(self._asked) if asked == key}

    @property
    def waits(self) -> bool:
        """Whether a page or a file is still on its way."""
        return any(
            number not in self._answered and ask.kind in (Kind.PAGE, Kind.FILE)
            for number, (_, ask, _) in enumerate(self._asked)
        )

    def visit(self) -> Visit:
        """Return everything noted; a request waits for no answer that another one waits for."""
        befores = [before for _, _, before in self._asked]
        return tuple(
            Step(ask, tuple(sorted(before.difference(*(befores[number] for number in before)))))
            for _, ask, before in self._asked
        )

    def _change(self, key: Hashable, change: Callable[[Ask], Ask]) -> None:
        self._asked = [
            (asked, change(ask) if asked == key else ask, before)
            for asked, ask, before in self._asked
        ]
