"""A second portal beside the room's: the same program, behind TLS, with a memory of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from classroom.spec import keys
from classroom.spec.codes import new_code
from classroom.spec.hashing import hashed
from tests.integration.conftest import Room
from tests.security.door import DOMAIN, PASSWORD, bearer, until
from tests.security.rooms import address

PORT = 8443
NAME = "cwt-beside"


@dataclass(frozen=True)
class Beside:
    """A portal that answers; ``code`` opens its seat-01, and PASSWORD its console."""

    url: str
    code: str
    suffix: str = f":{PORT}"


@contextmanager
def beside(room: Room) -> Iterator[Beside]:
    """Run it until the block ends, exactly as the room's portal is run, but for its addresses."""
    own = f"{room.name}-ingress-portal"
    config = room.client.inspect_container(own)["Config"]
    environment = dict(line.split("=", 1) for line in config["Env"])
    container = room.client.create_container(
        config["Image"],
        command=config["Cmd"],
        entrypoint=config["Entrypoint"],
        name=NAME,
        environment={
            **environment,
            "PUBLIC_URL": f"https://{DOMAIN}:{PORT}",
            "TLS": "internal",
        },
        host_config=room.client.create_host_config(
            network_mode=f"{room.name}-ingress",
            init=True,
            cap_drop=["ALL"],
            binds={f"{own}-config": {"bind": "/etc/classroom", "mode": "ro"}},
            tmpfs={"/data": "uid=10001,gid=10001,mode=0700,size=16m"},
        ),
    )["Id"]
    try:
        room.client.start(container)
        at = f"http://{address(room, container, 'ingress')}:8000"
        until("the portal beside", lambda: _alive(at))
        yield Beside(at, _enrol(room, at))
    finally:
        room.client.remove_container(container, force=True, v=True)


def _alive(at: str) -> bool:
    try:
        headers = {"Host": f"portal.{DOMAIN}:{PORT}"}
        return httpx.get(f"{at}/healthz", headers=headers).is_success
    except httpx.TransportError:
        return False


def _enrol(room: Room, at: str) -> str:
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    headers = {"Host": f"portal.{DOMAIN}:{PORT}", **bearer(keys.operator_key(signing))}
    code = str(new_code(1))
    seats = {"seats": {"seat-01": {"attendee": "", "code_hash": hashed(code)}}}
    for path, body in (("seats", seats), ("password", {"hash": hashed(PASSWORD)})):
        answer = httpx.put(f"{at}/operator/{path}", headers=headers, json=body, timeout=20)
        assert answer.is_success, answer.text
    return code
