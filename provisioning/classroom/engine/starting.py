"""Start and connect containers, also where the engine finds that their place is taken."""

from __future__ import annotations

import re

import docker
from docker.errors import APIError

_TAKEN = re.compile(r"endpoint with name \S+ already exists in network (\S+)")

_IN_THE_WAY = "conflicts with existing route"

_STOP_SECONDS = 5


def start(client: docker.APIClient, container: str) -> None:
    """Start a container.

    Raises:
        APIError: the engine can't.
    """
    try:
        client.start(container)
    except APIError as error:
        _make_place(client, container, error)
        client.start(container)


def restart(client: docker.APIClient, container: str, *, timeout: int) -> None:
    """Restart a container, or start it if it does not run.

    Args:
        client: the engine.
        container: its name.
        timeout: seconds that it has to end by itself.

    Raises:
        APIError: the engine can't.
    """
    try:
        client.restart(container, timeout=timeout)
    except APIError as error:
        _make_place(client, container, error)
        client.start(container)


def connect(client: docker.APIClient, container: str, network: str) -> None:
    """Connect a container to a network.

    An engine whose disk was full in the middle of that leaves an interface in the container of
    which it knows nothing, and its route is in the way of the next try (seen with 20.10). Only a
    restart rids the container of it.

    Raises:
        APIError: the engine can't.
    """
    try:
        client.connect_container_to_network(container, network)
    except APIError as error:
        if _IN_THE_WAY not in str(error.explanation or error):
            raise
        client.restart(container, timeout=_STOP_SECONDS)
        client.connect_container_to_network(container, network)


def _make_place(client: docker.APIClient, container: str, error: APIError) -> None:
    """Have the engine forget the place on a network that the container had before it ended.

    An engine that was stopped in the middle of a start may keep that place for ever, and refuse to
    start the container again (seen once, with 20.10). It frees a place by its name only where no
    container has that name (`DisconnectContainerFromNetwork` in moby's daemon/network.go), hence
    the other name for a moment; a container that is left with that one is surplus to the next plan.

    Raises:
        APIError: ``error``, if it is about something else; or the engine does not forget.
    """
    taken = _TAKEN.search(str(error.explanation or error))
    if taken is None:
        raise error
    aside = f"{container}-aside"
    client.rename(container, aside)
    try:
        client.disconnect_container_from_network(container, taken[1], force=True)
    finally:
        client.rename(aside, container)
