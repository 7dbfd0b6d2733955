"""A payload codec, played: what the server has is unreadable, and what its owner sees is not."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from base64 import b64decode
from collections.abc import Iterator

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from playwright.sync_api import Error, Page, sync_playwright
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, address, until

LAB = "T9"
KEYS = "/home/seat/.shop-keys"
FOLDER = "/home/seat/course/t9_payload_codec"
# In brackets, so that the shell that this is a part of is not meant.
END_CODEC_SERVER = "pkill -f '[c]odec_server.py'"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(autouse=True)
def codec(stage: Stage) -> Iterator[None]:
    """Have the example installed, without a key of an earlier test's, and end its codec server."""
    stage.install()
    stage.sh(f"rm -rf {KEYS}")
    yield
    stage.sh(END_CODEC_SERVER, expect=None)


def make_key(stage: Stage) -> str:
    return stage.sh(f"cd {FOLDER} && python keys.py")


def start_codec_server(stage: Stage, **environment: str) -> str:
    settings = " ".join(f"{name}={value}" for name, value in environment.items())
    log = stage.begin(f"env -C {FOLDER} {settings} python codec_server.py")
    return stage.wait_for(log, "Codec ")


def order_of(said: str) -> str:
    (order,) = re.findall(r"^Started +(\S+)", said, re.MULTILINE)
    return str(order)


def payloads(events: list[HistoryEvent]) -> list[Payload]:
    """Return the payloads that an order's events have, in whatever place."""
    found: list[Payload] = []
    for event in events:
        for _, value in event.ListFields():
            for name in ("input", "result"):
                inner = getattr(value, name, None)
                found += getattr(inner, "payloads", [])
            failure = getattr(value, "failure", None)
            if failure is not None and failure.HasField("encoded_attributes"):
                found.append(failure.encoded_attributes)
    return found


def on_the_servers_disk(stage: Stage, words: str) -> bool:
    """Return whether the server's database, or what it is about to write to it, has these words."""
    code, _ = stage.workspace.server.exec_run(["sh", "-c", 'grep -qF "$1" /data/*', "sh", words])
    return bool(code == 0)


def test_the_server_has_nothing_to_read(stage: Stage) -> None:
    made = make_key(stage)
    assert stage.missing_in_guide(made) == []
    worker = stage.worker()
    # A number that no other test has left on the server's disk.
    card = f"4111 {secrets.token_hex(6)}"
    said = stage.run(f"--card '{card}'")
    assert f"ada@example.com paid with the card {card}" in said
    refused = stage.run("--card ''", expect=1)
    shown = said.replace(card, "4111 1111") + refused + stage.log(worker)
    assert stage.missing_in_guide(shown) == []

    order = order_of(said)
    for events in stage.events(order, order_of(refused)):
        plain = b"".join(event.SerializeToString() for event in events)
        assert b"ada@example.com" not in plain
        assert card.encode() not in plain
        found = payloads(events)
        assert len(found) >= 3
        assert {p.metadata["encoding"] for p in found} == {b"binary/encrypted"}
        assert {p.metadata["key"] for p in found} == {b"0001"}
        assert len({p.data[:12] for p in found}) == len(found), "no nonce is used twice"
    assert "Encoded failure" in stage.sh(f"temporal workflow show -w {order_of(refused)} -o json")

    # The server does keep what is not encrypted where this looks for it.
    stage.sh(
        "temporal workflow start --type X --task-queue x -w plain --input '\"eve@example.com\"'"
    )
    assert on_the_servers_disk(stage, "eve@example.com")
    assert on_the_servers_disk(stage, order)
    assert not on_the_servers_disk(stage, card)


def test_the_key_is_in_a_file_for_its_owner_alone(stage: Stage) -> None:
    make_key(stage)
    assert stage.sh(f"stat -c '%a %s %U' {KEYS} {KEYS}/0001.key").split("\n")[1] == "600 32 seat"
    assert stage.sh(f"stat -c %a {KEYS}").strip() == "700"
    listed = re.sub(r"[A-Z]\w\w +\d+ \d\d:\d\d", "Nov 23 10:41", stage.sh(f"ls -l {KEYS}"))
    assert stage.missing_in_guide(listed) == []
    stage.sh(f"chmod 644 {KEYS}/0001.key")
    assert "Others may read" in stage.run(expect=1)
    stage.sh(f"rm {KEYS}/0001.key")
    assert "There is no key yet. Make one: python keys.py" in stage.run(expect=1)


def test_an_older_key_opens_what_it_has_locked(stage: Stage) -> None:
    make_key(stage)
    stage.worker()
    old = order_of(stage.run())
    assert stage.missing_in_guide(make_key(stage)) == []
    new = order_of(stage.run())
    keys = [{p.metadata["key"] for p in payloads(events)} for events in stage.events(old, new)]
    assert keys == [{b"0001"}, {b"0002"}]
    start_codec_server(stage)
    for order in (old, new):
        assert "ada@example.com" in stage.sh(decoded(order))
    stage.sh(f"rm {KEYS}/0001.key")
    assert "ada@example.com" not in stage.sh(decoded(old), expect=None)
    assert "ada@example.com" in stage.sh(decoded(new))


def decoded(order: str) -> str:
    return f"temporal workflow show -w {order} --detailed --codec-endpoint http://localhost:8091"


def test_the_guides_commands_count_what_it_says(stage: Stage) -> None:
    make_key(stage)
    stage.worker()
    order = order_of(stage.run())
    said = start_codec_server(stage)
    assert stage.missing_in_guide(said) == []
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    counted = re.findall(r"^\$ (temporal .* \| grep -c .*)\n(\d)$", guide, re.MULTILINE)
    assert len(counted) == 2
    for command, count in counted:
        shown = stage.sh(re.sub(r"order-[0-9a-f]{6}", order, command), expect=None)
        assert shown.strip() == count, command


def test_the_codec_server_translates_by_way_of_the_seats_one_address(stage: Stage) -> None:
    make_key(stage)
    stage.worker()
    (events,) = stage.events(order_of(stage.run()))
    asked = {"payloads": [MessageToDict(payload) for payload in payloads(events)]}
    door = f"http://{address(stage.workspace.container)}:8888/workspace/codec/decode"
    here = {"Host": SEAT.url.removeprefix("http://"), "X-Namespace": stage.namespace}

    closed = httpx.post(door, json=asked, headers=here)
    assert closed.status_code == 502
    assert "Start it in its folder: python codec_server.py" in closed.text

    start_codec_server(stage)
    answer = httpx.post(door, json=asked, headers=here)
    answer.raise_for_status()
    plain = [b64decode(payload["data"]) for payload in answer.json()["payloads"]]
    assert len(plain) == len(asked["payloads"])
    assert json.loads(plain[0])["email"] == "ada@example.com"
    encoded = httpx.post(door.replace("decode", "encode"), json=answer.json(), headers=here)
    again = httpx.post(door, json=encoded.raise_for_status().json(), headers=here)
    assert again.json() == answer.json()

    # Any page may ask a browser to ask; only this seat's may read the answer.
    question = {**here, "Origin": "http://s08.localhost:8000"}
    allowed = httpx.options(door, headers=question).raise_for_status()
    assert allowed.headers["Access-Control-Allow-Origin"] == SEAT.url
    assert "x-namespace" in allowed.headers["Access-Control-Allow-Headers"]

    for payload in asked["payloads"]:
        payload["metadata"]["key"] = "Li4vLi4vc2VjcmV0"  # ../../secret
    refused = httpx.post(door, json=asked, headers=here)
    assert refused.status_code == 400
    assert "There is no key '../../secret' here." in refused.text


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as play:
        # As root Chromium runs without its sandbox only; the pages are our own.
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


def test_the_ui_shows_it_in_the_browser_that_asks_the_codec_server(
    stage: Stage, page: Page
) -> None:
    make_key(stage)
    stage.worker()
    order = order_of(stage.run())
    # Without the ingress the UI and the workspace are of two origins: CORS has to allow it.
    ui = f"http://{address(stage.workspace.server)}:8233"
    start_codec_server(stage, SEAT_URL=ui)
    path = f"{ui}/temporal/namespaces/{stage.namespace}/workflows/{order}"
    until(lambda: shows(page, path, "Result"), "the order's page", page.content)
    assert "ada@example.com" not in page.content()

    page.get_by_role("button", name="Configure Codec Server").first.click()
    page.get_by_text("Use my browser setting").click()
    door = f"http://{address(stage.workspace.container)}:8888/workspace/codec"
    page.get_by_role("textbox", name="Codec Server browser endpoint").fill(door)
    page.get_by_role("button", name="Apply").click()
    until(lambda: shows(page, path, "ada@example.com"), "what is decrypted", page.content)

    stage.sh(END_CODEC_SERVER, expect=None)
    until(lambda: shows(page, path, "Result"), "the order's page", page.content)
    assert "ada@example.com" not in page.content()


def shows(page: Page, path: str, words: str) -> bool:
    """Load a page, and return whether it comes to show some words.

    A browser gives up a page when a network comes or goes on its machine, as it does while others
    start containers; so this may be asked again.
    """
    try:
        page.goto(path)
        page.get_by_text(words).first.wait_for(timeout=15_000)
    except Error:
        return False
    return True
