"""Who listens in the workspace, and what Prometheus is told of it."""

from __future__ import annotations

import socket

import pytest

from labkit import ports


def test_a_port_is_held_as_long_as_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        # The second caller finds a queue that is full of callers whom nobody takes.
        assert ports.is_held(port)
        assert ports.is_held(port)
    assert not ports.is_held(port)


def test_a_second_worker_is_a_target_and_so_is_another_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first:
        with (
            socket.create_server(("127.0.0.1", 0)) as second,
            socket.create_server(("127.0.0.1", 0)) as program,
        ):
            workers, other = [port_of(first), port_of(second)], port_of(program)
            monkeypatch.setattr(ports, "WORKERS", workers)
            monkeypatch.setattr(ports, "OTHERS", [other])
            assert ports.targets("workspace") == [
                {"targets": [f"workspace:{workers[1]}"], "labels": {"job": "worker"}},
                {"targets": [f"workspace:{other}"]},
            ]
        assert ports.targets("workspace") == [], "the first worker is asked without being found"


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])
