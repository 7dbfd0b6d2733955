"""Ways to take a control away from a live room's front door, or from the program behind it.

A portal is changed while it starts, an ingress by its Caddyfile, and the commands by their source:
that is put back in any case, as everything else is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from stat import S_IMODE

from classroom.engine.files import archive_of
from tests.integration.conftest import ROOT, Room
from tests.security.mutations import Mutation, service
from tests.security.rooms import Service, changed_service

_SERVE = "from portal.__main__ import main\nmain()\n"


def portal(change: str) -> Mutation:
    """Run a portal that changes itself in this way before it serves."""
    command = ["python", "-c", f"{change}\n{_SERVE}"]
    return service("ingress", "portal", lambda definition: definition.update(entrypoint=command))


def caddyfile(script: str) -> Mutation:
    """Run the ingress with a Caddyfile on which sed has been."""
    command = (
        f"sed '{script}' /opt/classroom/Caddyfile >/tmp/Caddyfile; export DOMAIN_RE=localhost; "
        "exec caddy run --config /tmp/Caddyfile --adapter caddyfile"
    )
    return service(
        "ingress", "ingress", lambda definition: definition.update(entrypoint=["sh", "-c", command])
    )


def source(file: str, old: str, new: str) -> Mutation:
    """Say something else in one place of this checkout."""

    @contextmanager
    def changed(_: Room) -> Iterator[None]:
        path = ROOT / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} says {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new))
        try:
            yield
        finally:
            path.write_text(text)

    return changed


def provisioned_from(file: str, old: str, new: str) -> Mutation:
    """Have the next provision say something else in one place; another one mends the room."""
    change = source(file, old, new)

    @contextmanager
    def changed(room: Room) -> Iterator[None]:
        try:
            with change(room):
                yield
        finally:
            room.run("provision")
            room.unwatch()

    return changed


def signing_key(room: Room) -> str:
    return (room.state / "secrets" / "ingress" / "signing-key").read_text()


def telling(place: str) -> Mutation:
    """Give the portal its signing key in its environment, labels or command line too."""

    def removal(room: Room) -> AbstractContextManager[None]:
        key = signing_key(room)

        def change(definition: Service) -> None:
            if place == "command line":
                definition["entrypoint"] = ["python", "-m", "portal", key]
            else:
                definition[place]["KEY"] = key

        return changed_service(room, "ingress", "portal", change)

    return removal


@contextmanager
def key_in_the_image(room: Room) -> Iterator[None]:
    """Run the portal from an image with the signing key in it."""
    client, leaky = room.client, "cwt-leaky:latest"
    own = client.inspect_container(f"{room.name}-ingress-portal")["Config"]["Image"]
    container = client.create_container(own, name="cwt-leaky")["Id"]
    try:
        key = signing_key(room).encode()
        client.put_archive(container, "/", archive_of({"key": (key, 0o600)}))
        client.commit(container, repository="cwt-leaky", tag="latest")
    finally:
        client.remove_container(container, force=True)
    try:
        with changed_service(room, "ingress", "portal", lambda d: d.update(image=leaky)):
            yield
    finally:
        client.remove_image(leaky)


def readable(path_of: Callable[[Room], Path]) -> Mutation:
    """Let everybody read a file."""

    @contextmanager
    def changed(room: Room) -> Iterator[None]:
        path = path_of(room)
        before = S_IMODE(path.stat().st_mode)
        path.chmod(0o644)
        try:
            yield
        finally:
            path.chmod(before)

    return changed


def secret_file(room: Room) -> Path:
    return room.state / "secrets" / "ingress" / "signing-key"


def database(room: Room) -> Path:
    volume = room.client.inspect_volume(f"{room.name}-ingress-portal-data")
    return Path(volume["Mountpoint"], "portal.sqlite")
