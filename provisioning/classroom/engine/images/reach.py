"""The first question to a server that may not be there."""

from __future__ import annotations

import ssl
from concurrent.futures import Future
from threading import Thread

import httpx

REACHABLE_WITHIN = 5.0
"""Seconds until a server that says nothing counts as not there."""

_PATIENCE = 30.0
"""Seconds that a server which has answered once may take for one later step."""


def outside() -> httpx.Client:
    """Return a client for servers on the internet, which trusts what this machine trusts."""
    return httpx.Client(
        timeout=httpx.Timeout(_PATIENCE, connect=REACHABLE_WITHIN),
        verify=ssl.create_default_context(),
        follow_redirects=True,
    )


def first_answer(client: httpx.Client, method: str, url: str) -> httpx.Response:
    """Ask, and wait for ``REACHABLE_WITHIN`` seconds all in.

    httpx sets no limit to the time that a name takes to resolve, and a network that swallows
    packets takes most of its time there; hence the thread.

    Raises:
        httpx.TransportError: no answer.
    """
    answer: Future[httpx.Response] = Future()

    def ask() -> None:
        try:
            answer.set_result(client.request(method, url))
        except Exception as error:
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    try:
        return answer.result(REACHABLE_WITHIN)
    except TimeoutError as error:
        message = f"no answer within {REACHABLE_WITHIN:g} s"
        raise httpx.ConnectTimeout(message) from error
