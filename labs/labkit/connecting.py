"""A client for commands, which would rather say soon that nobody answers than wait."""

from __future__ import annotations

import asyncio

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

CONNECT_S = 5.0


class NoAnswerError(Exception):
    """The server can't be reached, or takes connections and says nothing."""


async def connect() -> Client:
    """Return a client of this seat's server.

    Raises:
        NoAnswerError: it does not answer within five seconds; left alone, the SDK waits for 30.
    """
    try:
        async with asyncio.timeout(CONNECT_S):
            return await Client.connect(**ClientConfig.load_client_connect_config())
    except (RuntimeError, TimeoutError) as error:
        raise NoAnswerError from error
