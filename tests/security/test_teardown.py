"""What a classroom leaves behind: nothing that opens anything, and nothing unsaid (15)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import docker
import pytest

from classroom.engine.firewall import IN_FORCE, KEPT, UNITS
from classroom.spec import keys
from tests.integration.conftest import ROOT, Room
from tests.security.asking import Question
from tests.security.door import (
    CONSOLE,
    DOMAIN,
    answers,
    awake,
    bearer,
    guest,
    host,
    instructor,
    new_codes,
    outside,
)
from tests.security.rooms import containers, new_room
from tests.security.rules import live
from tests.security.test_containers import nothing_found

NAME, SUBNET = "cwt-gone", "10.226.0.0/16"
FOLDERS = (ROOT / ".classroom", ROOT / "cards", ROOT / "collected", KEPT, IN_FORCE, UNITS)
KINDS = {"container", "network", "volume", "link", "rule", "file", "process"}


@dataclass(frozen=True)
class Gone:
    """A classroom that was torn down.

    Attributes:
        receipt: what teardown printed.
        made: everything of it that there was.
        left: what of that is still there, and what else has its marks.
        opened: requests that were let in while it was there, by what they had to show.
    """

    room: Room
    receipt: str
    made: set[str]
    left: set[str]
    opened: dict[str, Question]


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gone]:
    room = new_room(NAME, tmp_path_factory.mktemp(NAME), subnet=SUBNET, number=1)
    try:
        before = set(everything(room.client))
        room.run("provision")
        # Watch would cut off whoever has the old codes, by a container that comes and goes.
        room.unwatch()
        opened = credentials(room)
        room.run("provision")
        made = {one for one in set(everything(room.client)) - before if has(one, marks(room))}
        known = marks(room)
        receipt = room.run("teardown", "--confirm", expect=None)
        after = set(everything(room.client)) - before
        left = {one for one in after if one in made or has(one, known)}
        yield Gone(room, receipt, made, left, opened)
    finally:
        room.remove()


def everything(client: docker.APIClient) -> Iterator[str]:
    """Everything on this machine that a provision could make something of."""
    yield from (f"container {c['Names'][0]} {c['Id']}" for c in client.containers(all=True))
    yield from (f"network {n['Name']} {n['Id']}" for n in client.networks())
    yield from (f"volume {v['Name']}" for v in client.volumes()["Volumes"] or ())
    yield from (f"link {link.name}" for link in Path("/sys/class/net").iterdir())
    yield from (f"rule {rule}" for rule in rules())
    yield from (f"file {path}" for folder in FOLDERS for path in folder.rglob("*"))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # ended meanwhile
        yield f"process {process.name} {words}"


def rules() -> Iterable[str]:
    """All chains and rules of all tables, without their counters."""
    saved = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    lines = chain(saved.splitlines(), live().text.splitlines())
    return {line.partition(" [")[0] for line in lines if line.startswith(("-A", ":"))}


def marks(room: Room) -> set[str]:
    """What the things of a room are told by: names, addresses, and IDs that the engine gave."""
    bridges = {
        f"br-{network['Id'][:12]}"
        for network in room.client.networks(filters={"label": f"classroom.name={room.name}"})
    }
    ends = {
        end.name for bridge in bridges for end in Path("/sys/class/net", bridge, "brif").glob("*")
    }
    volumes = {m["Name"] for c in containers(room).values() for m in c["Mounts"] if "Name" in m}
    return {room.name, str(room.folder), SUBNET.removesuffix("0.0/16")} | bridges | ends | volumes


def has(one: str, wanted: set[str]) -> bool:
    return any(mark in one for mark in wanted)


def credentials(room: Room) -> dict[str, Question]:
    """Everything that opens something, each with a request that it opens."""
    holder = guest(room, "seat-01", new_codes(room)["seat-01"])
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    operator = bearer(keys.operator_key(signing))
    found = {
        "session": Question(host("seat-01"), "/temporal/", headers=holder.with_cookie),
        "API key": Question(host("seat-01"), "/temporal/", headers=holder.with_key),
        "probe key": Question(host("seat-01"), "/temporal/", headers=room.opens("seat-01")),
        "operator key": Question(f"portal.{DOMAIN}", "/operator/seats", headers=operator),
        "console's session": Question(CONSOLE, "/session", headers={"Cookie": instructor(room)}),
    }
    assert {answer for _, answer in answers(outside(room), found.values())} == {"200"}
    return found


def test_nothing_is_left_but_what_the_receipt_says(gone: Gone) -> None:
    assert {one.partition(" ")[0] for one in gone.made} == KINDS, gone.made
    kept = gone.receipt.partition("kept on purpose")[2].partition("\n  left")[0]
    nothing_found(
        f"{one} is left" for one in sorted(gone.left) if one.partition(" ")[2] not in kept
    )
    assert "\n  left\n    nothing" in gone.receipt


def test_the_receipt_counts_what_is_gone_and_names_what_is_kept(gone: Gone) -> None:
    removed, _, rest = gone.receipt.partition("\n  removed")[2].partition("\n  kept on purpose")
    for kind in ("container", "network", "volume"):
        count = sum(one.startswith(f"{kind} ") for one in gone.made)
        assert f"    {count} {kind}" in removed, gone.receipt
    for words in ("all codes, keys, sessions", "firewall rules", "the cards in"):
        assert words in removed, gone.receipt
    (archive,) = (ROOT / "collected").glob(f"{NAME}-seat-01-*")
    kept = rest.partition("\n  left")[0].splitlines()[1:]
    (audit,) = (ROOT / "collected").glob(f"{NAME}-audit-*")
    assert f"    {audit}  (rm)" in kept
    assert audit.stat().st_mode & 0o777 == 0o600
    assert '"event": "claimed"' in audit.read_text()
    assert any(re.fullmatch(rf"    {archive} \(\d+ files\)  \(rm\)", line) for line in kept), kept
    assert all(re.search(r"  \(.+\)$", line) for line in kept), "each with what undoes it"


def test_what_opened_it_opens_nothing_of_the_next_one(gone: Gone) -> None:
    """A classroom of the same name, at the same addresses: its front door will do."""
    closed = answers(outside(gone.room), gone.opened.values())
    assert all(answer.startswith("no answer") for _, answer in closed), closed
    gone.room.run("provision", "--only", "ingress", expect=None)
    awake(gone.room)
    found = answers(outside(gone.room), gone.opened.values())
    nothing_found(
        f"the {what} of the classroom that was torn down is answered {answer}"
        for what, (_, answer) in zip(gone.opened, found, strict=True)
        if answer not in ("401", "404")
    )
