"""The end of everything that makes images, at once: after Ctrl-C, and when one of them fails."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

from docker import APIClient
from requests import Response

from classroom.errors import ImageError


class Ending:
    """Whether the makers are to end, and what they wait for meanwhile.

    A step of a build may print nothing for minutes, and so long nobody would look whether to go
    on. Its answer is cut off, then: the engine ends a build whose reader goes away.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._answers: list[Response] = []

    def follow(self, client: APIClient) -> None:
        """Let an end also cut off what the engine answers this client."""
        client.hooks["response"].append(self._keep)

    def ask(self) -> None:
        """Have everybody end; returns at once."""
        self._asked.set()
        for answer in self._answers:
            _cut(answer)

    def check(self, name: str) -> None:
        """Go on, unless everybody is to end.

        Raises:
            ImageError: image ``name`` is given up.
        """
        if self._asked.is_set():
            raise ImageError("given up because another image failed", where=f"image {name}")

    def _keep(self, answer: Response, *_: object, **__: object) -> None:
        self._answers.append(answer)
        if self._asked.is_set():
            _cut(answer)


def _cut(answer: Response) -> None:
    """Wake whoever waits for the rest of an answer; closing alone would leave him waiting."""
    # An answer that was read to its end has no connection any more.
    with (
        suppress(AttributeError, OSError),
        socket.socket(fileno=os.dup(answer.raw.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)
