"""Where programs of this workspace serve their metrics, and which of them do now."""

from __future__ import annotations

import errno
import os
import socket

WORKERS = range(8080, 8090)
"""For workers: each takes the first that is free. Prometheus always asks the first of them."""
OTHERS = range(8090, 8091)
"""For a program of the attendee's that is no worker."""
BESIDE = 18080
"""Where those begin of a lab that is played beside the attendee's work: nobody asks them."""
KNOCK_S = 0.5
"""On loopback nobody needs as long; who does has more callers than it can take, so it is there."""


def for_workers() -> range:
    """Return the ports that a worker of this process's may take; LABKIT_FIRST_PORT moves them."""
    first = int(os.environ.get("LABKIT_FIRST_PORT", WORKERS.start))
    return range(first, first + len(WORKERS))


def is_held(port: int) -> bool:
    """Whether a process of this container listens on the port.

    By knocking: the kernel's table of sockets (/proc/net/tcp) is looked up in what all containers
    of the machine share, which takes milliseconds where many run.
    """
    with socket.socket() as knock:
        knock.settimeout(KNOCK_S)
        return knock.connect_ex(("127.0.0.1", port)) != errno.ECONNREFUSED


def targets(host: str) -> list[dict[str, object]]:
    """Return whom Prometheus finds here besides the first worker, as its `http_sd_configs` want it.

    A further worker counts as one; what else there is keeps the name of the job that found it.
    Format: https://prometheus.io/docs/prometheus/latest/http_sd/.

    Args:
        host: the name by which Prometheus knows this workspace.
    """

    def held(ports: range) -> list[str]:
        return [f"{host}:{port}" for port in ports if is_held(port)]

    groups: list[dict[str, object]] = [
        {"targets": held(WORKERS[1:]), "labels": {"job": "worker"}},
        {"targets": held(OTHERS)},
    ]
    return [group for group in groups if group["targets"]]
