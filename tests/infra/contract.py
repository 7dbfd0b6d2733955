"""What every container of a classroom promises, as literals: the expected values of the tests."""

from __future__ import annotations

import re
from dataclasses import dataclass

UID = 10001
"""User and group of every process of a classroom."""

METRICS_PORTS = range(8080, 8091)
"""Where an attendee's programs serve their metrics: the first worker on 8080. There may be none."""

OWNER = f"{UID}:{UID}"
"""The same, as `stat` prints it."""

_HTTP = r"""exec 3<>/dev/tcp/127.0.0.1/{port} || exit
printf 'GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
timeout 20 cat <&3"""

_PROGRAM = """for process in /proc/[0-9]*; do
  if [ "$(readlink "$process/exe")" = {path} ]; then exec "$process/exe" {argument}; fi
done
echo "no process runs {path}" && false"""


@dataclass(frozen=True)
class Contract:
    """One component's promises.

    Attributes:
        data: where its data volume is mounted; empty for a component without one.
        ports: what it listens on, reachable from its network.
        may_listen: what it may listen on besides.
        inner_services: ports of the kernel's choice that the program opens for itself.
        ask_version: shell words that make the running program say its version.
        version: finds the version in the answer.
    """

    ports: frozenset[int]
    ask_version: str
    version: re.Pattern[str]
    data: str = ""
    may_listen: range = range(0)
    inner_services: int = 0


CONTRACTS = {
    "temporal": Contract(
        ports=frozenset({7233, 7243, 8233, 9233}),
        # The development server's history, matching and worker services: `--ip` moves them to
        # all addresses together with the frontend, and no flag gives them a port.
        inner_services=3,
        data="/data",
        ask_version=_PROGRAM.format(path="/opt/temporal/temporal", argument="--version"),
        version=re.compile(r"temporal version ([\d.]+)"),
    ),
    "prometheus": Contract(
        ports=frozenset({9090}),
        data="/data",
        ask_version=_HTTP.format(port=9090, path="/prometheus/api/v1/status/buildinfo"),
        version=re.compile(r'"version":\s*"([\d.]+)'),
    ),
    "grafana": Contract(
        ports=frozenset({3000}),
        data="/data",
        ask_version=_HTTP.format(port=3000, path="/grafana/api/health"),
        version=re.compile(r'"version":\s*"([\d.]+)'),
    ),
    "workspace": Contract(
        ports=frozenset({8888}),
        may_listen=METRICS_PORTS,
        data="/home/seat",
        ask_version=_HTTP.format(port=8888, path="/workspace/lab"),
        version=re.compile(r'"appVersion":\s*"([\d.]+)'),
    ),
    "portal": Contract(
        ports=frozenset({8000}),
        data="/data",
        ask_version="python -c 'import starlette; print(starlette.__version__)'",
        version=re.compile(r"^([\d.]+)$", re.MULTILINE),
    ),
    "ingress": Contract(
        ports=frozenset({8000, 8002, 7233, 8233, 8080}),
        ask_version=_PROGRAM.format(path="/opt/caddy/caddy", argument="version"),
        version=re.compile(r"v([\d.]+) "),
    ),
}
