"""One look at the engine: three list calls, and the secrets on disk."""

from __future__ import annotations

from typing import Any

import docker

from classroom.engine.client import explained
from classroom.engine.state import StateFolder
from classroom.plan import names
from classroom.plan.observed import Container, Network, Observed, Volume


def observe(client: docker.APIClient, state: StateFolder) -> Observed:
    """Return what exists, ours and foreign.

    Raises:
        EngineError: the engine did not answer. An observation that fails is an error, never
            "nothing exists".
    """
    with explained("look at what exists"):
        containers = [_container(c) for c in client.containers(all=True)]
        networks = [_network(n) for n in client.networks()]
        volumes = [
            Volume(v["Name"], v.get("Labels") or {}) for v in client.volumes()["Volumes"] or ()
        ]
    return Observed(
        containers={c.name: c for c in containers},
        networks={n.name: n for n in networks},
        volumes={v.name: v for v in volumes},
        secrets=state.secrets(),
    )


def containers(client: docker.APIClient, classroom: str) -> Observed:
    """Return just the classroom's containers: one list call, cheap enough for every few seconds.

    Raises:
        EngineError: the engine did not answer.
    """
    wanted = {"label": f"{names.LABEL_CLASSROOM}={classroom}"}
    with explained("look at the containers"):
        found = [_container(c) for c in client.containers(all=True, filters=wanted)]
    return Observed(containers={c.name: c for c in found})


def _container(data: dict[str, Any]) -> Container:
    return Container(
        id=data["Id"],
        name=data["Names"][0].removeprefix("/"),
        image=data["Image"],
        state=data["State"],
        status=data["Status"],
        labels=data["Labels"] or {},
        networks=frozenset(data["NetworkSettings"]["Networks"]),
    )


def _network(data: dict[str, Any]) -> Network:
    pools = (data.get("IPAM") or {}).get("Config") or ()
    return Network(
        id=data["Id"],
        name=data["Name"],
        subnet=next((p["Subnet"] for p in pools if "Subnet" in p), ""),
        labels=data.get("Labels") or {},
    )
