"""Secrets are their owner's alone, and stand nowhere in sight (13)."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from classroom.spec import keys
from tests.integration.conftest import ROOT, Room
from tests.security.door import (
    PASSWORD,
    Guest,
    guest,
    helper_token,
    instructor,
    new_codes,
    order,
)
from tests.security.rooms import containers
from tests.security.test_containers import USER, nothing_found

FOLDER, FILE = 0o700, 0o600

OF_EVERY_IMAGE = "ID=debian"
"""Stands in each of them: whoever does not find it has not looked."""


@pytest.fixture
def secrets(room: Room) -> dict[str, str]:
    """Every kind of secret of the room, by what it is called; all have just been used."""
    codes = new_codes(room)
    holder: Guest = guest(room, "seat-01", codes["seat-01"])
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    session = instructor(room)
    assert order(room, session, "/seats/seat-01/open").is_success
    return {
        "the signing key": signing,
        "the metrics key": keys.metrics_key(signing),
        "the operator key": keys.operator_key(signing),
        "seat-01's probe key": keys.probe_key(signing, "seat-01"),
        "seat-01's API key": holder.api_key,
        "seat-01's code": holder.code,
        "seat-01's session": holder.cookie.partition("=")[2],
        "the console's session": session.partition("=")[2],
        "the console's password": PASSWORD,
        "a helper's token": helper_token(room, "seat-02"),
    }


def seen_in(places: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[str]:
    """Say which secrets stand where."""
    for place, text in places.items():
        yield from (f"{what} stands in {place}" for what, value in secrets.items() if value in text)


# Files.


def test_a_secrets_file_is_its_owners_alone(room: Room) -> None:
    folders = [room.state, ROOT / "cards" / room.name]
    files = [path for folder in folders for path in folder.rglob("*")]
    private = {"signing-key", "cards.csv"}
    assert private <= {path.name for path in files}, "nothing was looked at"
    nothing_found(
        f"{path} is {S_IMODE(path.stat().st_mode):04o}"
        for path in (*folders, *files)
        if S_IMODE(path.stat().st_mode) != (FOLDER if path.is_dir() else FILE)
    )


def test_what_the_portal_keeps_is_its_own(room: Room) -> None:
    portal = room.client.inspect_container(f"{room.name}-ingress-portal")
    folders = [Path(mount["Source"]) for mount in portal["Mounts"] if mount["Type"] == "volume"]
    files = [path for folder in folders for path in folder.rglob("*")]
    assert {"signing-key", "portal.sqlite", "audit.jsonl"} <= {path.name for path in files}
    wrong = []
    for path in (*folders, *files):
        facts = path.stat()
        if S_IMODE(facts.st_mode) != (FOLDER if path.is_dir() else FILE):
            wrong.append(f"the portal's {path.name} is {S_IMODE(facts.st_mode):04o}")
        if facts.st_uid != int(USER):
            wrong.append(f"the portal's {path.name} belongs to {facts.st_uid}")
    nothing_found(wrong)


# In sight.


def test_no_secret_is_in_sight_of_the_engine(room: Room, secrets: dict[str, str]) -> None:
    places = dict(told_by_the_engine(room))
    assert any(room.name in text for text in places.values())
    nothing_found(seen_in(places, secrets))


def told_by_the_engine(room: Room) -> Iterator[tuple[str, str]]:
    client, wanted = room.client, {"label": f"classroom.name={room.name}"}
    for name, container in containers(room).items():
        config: dict[str, Any] = container["Config"]
        yield f"the environment of {name}", json.dumps(config.pop("Env"))
        yield f"the labels of {name}", json.dumps(config.pop("Labels"))
        yield f"the description of {name}", json.dumps(container)
        yield f"the log of {name}", client.logs(name).decode(errors="replace")
        image = container["Image"]
        about = [
            client.inspect_image(image),  # type: ignore[no-untyped-call] # gap in the stubs
            client.history(image),  # type: ignore[no-untyped-call] # the same
        ]
        yield f"the history of {name}'s image", json.dumps(about)
    for network in client.networks(filters=wanted):
        yield f"network {network['Name']}", json.dumps(network)
    for volume in client.volumes(filters=wanted)["Volumes"]:
        yield f"volume {volume['Name']}", json.dumps(volume)


def test_no_secret_is_in_sight_of_other_users(room: Room, secrets: dict[str, str]) -> None:
    """Everybody may read command lines; environments are looked at besides."""
    places: dict[str, str] = {}
    with room.start("health", "--json", str(room.folder / "health.json")) as command:
        while command.poll() is None:
            for place, text in told_by_processes():
                # All that it ever told: one that has ended tells nothing any more.
                if text not in places.setdefault(place, ""):
                    places[place] += text
            time.sleep(0.05)
    assert command.returncode == 0
    assert any("classroom.cli" in text for text in places.values()), "the command was not seen"
    own_files = {"cards", "secrets"}
    for path in room.state.rglob("*"):
        if path.is_file() and not own_files & set(path.parts):
            places[str(path)] = path.read_text(errors="replace")
    places["the report"] = (room.folder / "health.json").read_text()
    places["the audit log"] = room.exec("ingress", "portal", "cat", "/data/audit.jsonl")
    nothing_found(seen_in(places, secrets))


def told_by_processes() -> Iterator[tuple[str, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        for what, kind in (("cmdline", "command line"), ("environ", "environment")):
            try:
                text = (process / what).read_bytes().decode(errors="replace")
                name = (process / "comm").read_text().strip()
            except OSError:
                continue  # ended meanwhile
            yield f"the {kind} of process {process.name} ({name})", text.replace("\0", " ")


def test_no_secret_is_in_an_image(room: Room, secrets: dict[str, str], tmp_path: Path) -> None:
    """What a container has beside its volumes is its image's, for its root is read-only."""
    patterns = tmp_path / "patterns"
    patterns.touch(FILE)
    patterns.write_text("\n".join([*secrets.values(), OF_EVERY_IMAGE]))
    images: dict[str, set[str]] = {}
    for name, container in containers(room).items():
        if container["Image"] not in images:
            images[container["Image"]] = found = set(searched(container, patterns))
            assert any(line.endswith(f":{OF_EVERY_IMAGE}") for line in found), name
    lines = sorted({line for found in images.values() for line in found})
    nothing_found(
        f"{what} stands in {line.removesuffix(f':{value}')} of an image"
        for line in lines
        for what, value in secrets.items()
        if line.endswith(f":{value}")
    )


def searched(container: dict[str, Any], patterns: Path) -> list[str]:
    """Return ``file:what was found`` for every file of a container's root."""
    root = f"/proc/{container['State']['Pid']}/root/"
    find = ["find", root, "-xdev", "-type", "f", "-print0"]
    grep = ["xargs", "-0", "grep", "--only-matching", "--with-filename", "-aFf", str(patterns)]
    with subprocess.Popen(find, stdout=subprocess.PIPE) as files:
        done = subprocess.run(grep, stdin=files.stdout, capture_output=True, text=True, check=False)
    return [line.removeprefix(root) for line in done.stdout.splitlines()]
