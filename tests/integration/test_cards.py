"""Who may enter, from the host's side: codes, cards, keys and the password, on a real classroom.

The tests of this file share one room and build on each other, as a course does.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest
import zxingcpp

from classroom.spec import keys
from tests.integration.conftest import ROOT, Room, RoomFactory


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room("cwt-cards", "10.236.0.0/16", seats=2)
    room.run("provision")
    yield room
    room.run("teardown", "--confirm", "--no-collect", expect=None)


def folder(room: Room) -> Path:
    return ROOT / "cards" / room.name


def codes(room: Room) -> dict[str, str]:
    with (folder(room) / "cards.csv").open() as table:
        return {row["seat"]: row["code"] for row in csv.DictReader(table)}


def claim(room: Room, seat: str, code: str) -> httpx.Response:
    """Type a code on a seat's page, as an attendee's browser does."""
    at = f"http://127.0.0.1:{room.ports['http']}/claim"
    host = f"s{seat[5:]}.localhost:{room.ports['http']}"
    form = {"code": code, "name": "Ada"}
    return httpx.post(at, headers={"Host": host, "Origin": f"http://{host}"}, data=form, timeout=10)


def opens(room: Room, seat: str, code: str) -> bool:
    """Whether a code lets its attendee through to a component of the seat."""
    cookies = claim(room, seat, code).cookies
    at = f"http://127.0.0.1:{room.ports['http']}/workspace/api"
    host = f"s{seat[5:]}.localhost:{room.ports['http']}"
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return httpx.get(at, headers={"Host": host, "Cookie": jar}, timeout=10).status_code == 200


def portal(room: Room) -> str:
    return f"{room.name}-ingress-portal"


def test_provision_leaves_a_card_for_each_seat_that_opens_it_and_no_other(room: Room) -> None:
    found = codes(room)
    assert found.keys() == {"seat-01", "seat-02"}
    for path, mode in ((folder(room), 0o700), (folder(room) / "cards.csv", 0o600)):
        assert path.stat().st_mode & 0o777 == mode
    assert all(opens(room, seat, code) for seat, code in found.items())
    assert not opens(room, "seat-01", found["seat-02"])
    assert not opens(room, "seat-01", "01-AAAA-AAAA")


def test_the_last_words_say_where_to_go_and_show_no_password_in_a_log(room: Room) -> None:
    said = room.run("provision")
    for words in ("http://console.localhost", str(folder(room).name), "make cards", "localhost"):
        assert words in said
    assert "make password" in said


def test_cards_are_printed_with_pictures_that_open_their_seats(room: Room) -> None:
    room.run("cards")
    made = folder(room) / "cards.pdf"
    assert made.stat().st_mode & 0o777 == 0o600
    (page,) = pypdfium2.PdfDocument(made)
    found = {code.text for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())}
    at = f"localhost:{room.ports['http']}"
    assert found == {f"http://s{s[5:]}.{at}/claim#{code}" for s, code in codes(room).items()}


def test_health_knows_the_portal_and_each_seats_key(room: Room) -> None:
    health = room.json("health")
    assert health["good"] is True
    assert health["portal"]["state"] == "ok"


def test_a_wrong_key_is_told_from_a_dead_component(room: Room) -> None:
    key = room.state / "secrets" / "ingress" / "signing-key"
    right = key.read_text()
    key.write_text(keys.new_signing_key())
    try:
        health = room.json("health", expect=1)
        refused = room.run("cards", expect=1)
    finally:
        key.write_text(right)
    assert (health["ingress"]["state"], health["portal"]["state"]) == ("ok", "failed")
    assert health["portal"]["check"] == "credential"
    assert "refuses this machine's key" in refused
    states = {c["state"] for parts in health["seats"].values() for c in parts.values()}
    assert states == {"unknown"}


def test_a_dead_portal_is_the_one_failure_and_provision_mends_it(room: Room) -> None:
    room.unwatch()
    room.client.stop(portal(room), timeout=2)
    health = room.json("health", expect=1)
    assert health["summary"]["line"].endswith("failing: portal")
    assert health["portal"]["check"] == "portal answers"
    assert "does not answer" in room.run("cards", expect=1)
    found = codes(room)
    room.run("provision")
    assert room.json("health")["good"] is True
    assert all(opens(room, seat, code) for seat, code in found.items())


def forgets_every_seat(room: Room) -> None:
    """Have the portal lose its list, and nothing else."""
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    answer = httpx.put(
        f"http://127.0.0.1:{room.ports['http']}/operator/seats",
        headers={
            "Host": "portal.localhost",
            "Authorization": f"Bearer {keys.operator_key(signing)}",
        },
        json={"seats": {}},
    )
    assert answer.status_code == 200


def loses_its_data(room: Room) -> None:
    """Have the portal's container and volume go."""
    room.client.remove_container(portal(room), force=True)
    room.client.remove_volume(f"{portal(room)}-data")


@pytest.mark.parametrize("loses", [forgets_every_seat, loses_its_data])
def test_a_portal_that_lost_its_seats_is_red_until_it_is_told_of_them_again(
    room: Room, loses: Callable[[Room], None]
) -> None:
    room.unwatch()
    found = codes(room)
    loses(room)
    health = room.json("health", expect=1)
    assert health["portal"]["state"] == "failed"
    assert health["summary"]["line"].endswith("failing: portal")
    assert "make provision SEATS=ingress" in health["portal"]["fix"]
    said = room.run("provision", "--only", "ingress")
    assert "The portal had lost seat-01, seat-02" in said
    assert room.json("health")["good"] is True
    assert codes(room) == found
    assert all(opens(room, seat, code) for seat, code in found.items())
    assert "had lost" not in room.run("provision")


def test_a_lost_card_gets_another_code_and_nobody_else_notices(room: Room) -> None:
    before = codes(room)
    cookies = claim(room, "seat-02", before["seat-02"]).cookies
    assert cookies
    said = room.run("cards", "--rotate", "--only", "seat-02")
    after = codes(room)
    assert "seat-02" in said
    assert after["seat-01"] == before["seat-01"]
    assert opens(room, "seat-01", after["seat-01"])
    assert not opens(room, "seat-02", before["seat-02"])
    assert opens(room, "seat-02", after["seat-02"])
    host = f"s02.localhost:{room.ports['http']}"
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    at = f"http://127.0.0.1:{room.ports['http']}/workspace/api"
    assert httpx.get(at, headers={"Host": host, "Cookie": jar}).status_code == 401


def test_one_more_seat_gets_a_code_and_one_less_loses_it(room: Room) -> None:
    before = codes(room)
    room.run("provision", "--seats", "3")
    grown = codes(room)
    assert {seat: grown[seat] for seat in before} == before
    assert opens(room, "seat-03", grown["seat-03"])
    room.run("provision", "--seats", "2", "--confirm")
    assert codes(room) == before
    assert not opens(room, "seat-03", grown["seat-03"])


def names_on_cards(room: Room) -> list[str]:
    with (folder(room) / "cards.csv").open() as table:
        return [row["attendee"] for row in csv.DictReader(table)]


def test_a_seat_changes_hands_with_consent_alone(room: Room) -> None:
    people = room.folder / "attendees.csv"
    people.write_text("name,email\nAda,\nada,\n")
    room.write(seats={"csv": str(people)})
    before = codes(room)
    for seat, code in before.items():
        assert opens(room, seat, code)
    room.run("provision")  # who has claimed them, by name

    people.write_text("name,email\nZoe,\nada,\n")
    change = "  seat-01: Zoe instead of Ada, who is in\n"
    assert change in room.run("plan")
    assert change in room.run("cards", expect=2)
    refused = room.run("provision", expect=2)
    assert change in refused
    assert "CONFIRM=yes" in refused
    # Nobody could be asked about what a portal knew that was down.
    room.unwatch()
    room.client.stop(portal(room), timeout=2)
    assert "Zoe instead of Ada" in room.run("provision", expect=1)
    assert names_on_cards(room) == ["Ada", "ada"]

    room.run("provision", "--confirm")
    assert names_on_cards(room) == ["Zoe", "ada"]
    assert codes(room) == before
    assert "instead of" not in room.run("plan")
    room.write(seats=2)
    room.run("provision")  # a name that goes takes nothing from anybody


def test_a_password_is_made_and_shown_once(room: Room) -> None:
    first, second = (room.run("password").split("password ")[1].split()[0] for _ in range(2))
    assert first != second
    assert "it has a password" in room.run("provision")


def test_an_unknown_seat_is_a_usage_error(room: Room) -> None:
    assert "there is no seat-09" in room.run("cards", "--only", "seat-09", expect=2)


def test_no_code_or_key_is_where_somebody_else_could_read_it(room: Room) -> None:
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    secret = [signing, keys.operator_key(signing), *codes(room).values()]
    secret += [keys.probe_key(signing, seat) for seat in codes(room)]
    wanted = {"label": f"classroom.name={room.name}"}
    seen = [
        path.read_text() for path in room.state.rglob("*") if path.is_file() and path.suffix != ""
    ]
    for container in room.client.containers(all=True, filters=wanted):
        seen.append(json.dumps(room.client.inspect_container(container["Id"])))
        seen.append(room.client.logs(container["Id"]).decode(errors="replace"))
    with room.start("health") as process:
        while process.poll() is None:
            for folder_ in Path("/proc").glob("[0-9]*"):
                try:
                    seen += [(folder_ / what).read_text() for what in ("cmdline", "environ")]
                except (OSError, UnicodeDecodeError):
                    continue
    assert process.returncode == 0
    everything = "\n".join(seen)
    assert room.name in everything
    assert not [value[:3] for value in secret if value in everything]


def test_teardown_takes_the_cards_along_and_says_so(room: Room) -> None:
    assert folder(room).exists()
    said = room.run("teardown", "--confirm", "--no-collect")
    assert "left\n    nothing" in said
    assert str(folder(room)) in said
    assert not folder(room).exists()
    assert "does not exist" in room.run("cards", expect=2)


def test_codes_are_in_no_file_that_git_would_take() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "cards/temporal/cards.csv"],
        cwd=ROOT,
        env=os.environ,
        check=False,
        capture_output=True,
    )
    assert ignored.returncode == 0
