"""Starting where the engine holds on to a place: no engine can be made to do so at will."""

from __future__ import annotations

from unittest.mock import call, create_autospec

import docker
import pytest
from docker.errors import APIError

from classroom.engine.starting import restart, start

TAKEN = "endpoint with name room-seat-02-temporal already exists in network room-seat-02"
CONTAINER = "room-seat-02-temporal"
MAKES_PLACE = [
    call.rename(CONTAINER, f"{CONTAINER}-aside"),
    call.disconnect_container_from_network(CONTAINER, "room-seat-02", force=True),
    call.rename(f"{CONTAINER}-aside", CONTAINER),
]


def refused(why: str) -> APIError:
    return APIError("500 Server Error", explanation=why)


def test_a_place_that_the_engine_holds_on_to_is_given_back() -> None:
    client = create_autospec(docker.APIClient, instance=True)
    client.start.side_effect = [refused(TAKEN), None]
    start(client, CONTAINER)
    assert client.mock_calls == [call.start(CONTAINER), *MAKES_PLACE, call.start(CONTAINER)]


def test_a_restart_goes_on_as_a_start() -> None:
    client = create_autospec(docker.APIClient, instance=True)
    client.restart.side_effect = refused(f"Cannot restart container {CONTAINER}: {TAKEN}")
    restart(client, CONTAINER, timeout=5)
    assert client.mock_calls == [
        call.restart(CONTAINER, timeout=5),
        *MAKES_PLACE,
        call.start(CONTAINER),
    ]


def test_a_container_that_is_not_forgotten_has_its_name_again() -> None:
    client = create_autospec(docker.APIClient, instance=True)
    client.start.side_effect = refused(TAKEN)
    client.disconnect_container_from_network.side_effect = refused("no such endpoint")
    with pytest.raises(APIError, match="no such endpoint"):
        start(client, CONTAINER)
    assert client.mock_calls[-1] == MAKES_PLACE[-1]


def test_any_other_refusal_stays_what_it_is() -> None:
    client = create_autospec(docker.APIClient, instance=True)
    client.start.side_effect = refused("no space left on device")
    with pytest.raises(APIError, match="no space left"):
        start(client, CONTAINER)
    assert client.mock_calls == [call.start(CONTAINER)]
