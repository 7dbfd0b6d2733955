"""The portal as devices, Caddy and the host meet it: real HTTP, real SQLite."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from classroom.spec import codes, hashing, keys
from classroom.spec.verbs import Verb
from portal import actions, guesses
from portal import audit as portal_audit
from portal.context import SIGN_OUTS_PER_SEAT
from portal.observed import STALE_SECONDS
from portal.seat.claim import WRONG_CODES_PER_SEAT
from portal.store.sessions import HELPER_SECONDS, LIFETIME_SECONDS, MOST_DEVICES
from portal.store.verbs import LEASE_SECONDS, ORDER_SECONDS
from portal.web.events import MOST_OPEN
from tests.integration.portal_server import CODES, HASHES, Running, access, label, portal

WRONG = "07-0000-0000"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with portal(tmp_path) as found:
        found.provision()
        yield found


def audit(running: Running) -> list[dict[str, object]]:
    lines = (running.settings.data / "audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def events(running: Running) -> list[object]:
    return [line["event"] for line in audit(running)]


# --- claiming ---------------------------------------------------------------------------------


def test_the_front_page_sends_a_code_to_its_seat_in_the_fragment(running: Running) -> None:
    with running.device() as phone:
        assert "The code on your card" in phone.get("/").text
        answer = phone.post("/", data={"code": "7 k7qf 2m9x"})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"http://{running.host('s07')}/claim#07-K7QF-2M9X"
        refused = phone.post("/", data={"code": "my seat"})
        assert refused.status_code == 400
        assert "does not look like a code" in refused.text
        assert 'value="my seat"' in refused.text


def test_a_card_opens_its_seat_and_a_second_device_joins(running: Running) -> None:
    with running.claim(name="Ada") as laptop, running.claim(name=" ada ") as phone:
        for device in (laptop, phone):
            assert access(device).status_code == 200
            home = device.get("/")
            assert home.status_code == 200
            assert "Seat 07" in home.text
        cookie = laptop.cookies.jar
        assert [c.name for c in cookie] == ["seat"]
    with running.operator() as operator:
        seat = operator.get("/operator/seats").json()["seats"]["seat-07"]
    assert [(who["name"], who["devices"]) for who in seat["claimed"]] == [("Ada", 2)]
    assert seat["last_activity"] is not None


def test_a_browser_that_claims_again_is_the_same_device(running: Running) -> None:
    with running.claim(name="Ada") as device:
        first = device.cookies["seat"]
        again = device.post("/claim", data={"code": CODES["seat-07"], "name": "Ada"})
        assert again.status_code == 303
        assert access(device).status_code == 200
        assert access(device, Cookie=f"seat={first}").status_code == 303
    with running.operator() as operator:
        (who,) = operator.get("/operator/seats").json()["seats"]["seat-07"]["claimed"]
    assert who["devices"] == 1


def test_a_seat_that_is_not_there_says_so_and_counts_no_guess(running: Running) -> None:
    with running.device("s55") as device:
        for _ in range(WRONG_CODES_PER_SEAT + 1):
            answer = device.post("/claim", data={"code": "55-K7QF-2M9X", "name": "Ada"})
            assert answer.status_code == 404
        assert "no seat 55" in device.get("/claim").text


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("http", r"seat=[\w-]{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax"),
        ("https", r"__Host-seat=[\w-]{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax; Secure"),
    ],
)
def test_the_cookie_is_for_this_host_alone(tmp_path: Path, scheme: str, expected: str) -> None:
    with portal(tmp_path, scheme=scheme) as running, running.device("s07") as device:
        running.provision()
        answer = device.post("/claim", data={"code": CODES["seat-07"], "name": "Ada"})
        assert re.fullmatch(expected, answer.headers["set-cookie"])


def test_a_wrong_code_is_refused_kindly_and_named_in_the_audit_log(running: Running) -> None:
    with running.device("s07") as device:
        answer = device.post("/claim", data={"code": WRONG, "name": "Ada"})
        assert answer.status_code == 403
        assert "does not open seat 07" in answer.text
        assert "set-cookie" not in answer.headers
        assert access(device).status_code == 303
    assert audit(running)[-1]["reason"] == "wrong code"


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"code": "x", "name": "Ada"}, 400, "does not look like a code"),
        ({"code": CODES["seat-07"], "name": " \u200b "}, 400, "say your name"),
        ({}, 400, "does not look like a code"),
        ({"helper": "x"}, 403, "used already"),
    ],
)
def test_a_form_that_cannot_be_says_why(
    running: Running, fields: dict[str, str], status: int, said: str
) -> None:
    with running.device("s07") as device:
        answer = device.post("/claim", data=fields)
        assert (answer.status_code, said in answer.text) == (status, True)


def test_a_code_of_another_seat_leads_to_that_seat(running: Running) -> None:
    with running.device("s07") as device:
        answer = device.post("/claim", data={"code": CODES["seat-08"], "name": "Ada"})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"http://{running.host('s08')}/claim#08-K7QF-2M9X"


def test_wrong_codes_make_a_seat_slow_and_keep_nobody_out_who_has_the_right_one(
    running: Running,
) -> None:
    wrong = {"code": WRONG, "name": "E"}
    with running.device("s07") as prankster:
        for _ in range(WRONG_CODES_PER_SEAT):
            assert prankster.post("/claim", data=wrong).status_code == 403
        limited = prankster.post("/claim", data=wrong)
        assert limited.status_code == 429
        assert 0 < int(limited.headers["retry-after"]) <= 60
        assert "does not open seat 07" in limited.text
        assert "rate limited" in [line.get("reason") for line in audit(running)]
        # Same address, same seat; and any other seat is as quick as ever.
        with running.claim("seat-07"), running.claim("seat-08"):
            pass
        running.skip(61)
        assert prankster.post("/claim", data=wrong).status_code == 403


def test_a_code_that_had_no_turn_is_asked_for_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "MOST_WAITING", 0)
    with running.device("s07") as device:
        for _ in range(WRONG_CODES_PER_SEAT):
            device.post("/claim", data={"code": WRONG, "name": "E"})
        unheard = device.post("/claim", data={"code": CODES["seat-07"], "name": "Ada"})
    assert unheard.status_code == 429
    assert "Your seat is safe" in " ".join(unheard.text.split())
    assert CODES["seat-07"] in unheard.text


def test_a_seat_has_so_many_devices_and_the_oldest_ends_first(running: Running) -> None:
    claims = [running.claim(name="Ada") for _ in range(MOST_DEVICES + 1)]
    with ExitStack() as stack:
        first, second, *_, last = [stack.enter_context(claim) for claim in claims]
        sibling = stack.enter_context(running.claim("seat-08"))
        answers = [access(device).status_code for device in (first, second, last, sibling)]
    assert answers == [303, 200, 200, 200]


def test_sessions_that_ran_out_are_forgotten(running: Running) -> None:
    def kept() -> int:
        return len(running.do(running.context.store.database.rows, "SELECT * FROM sessions"))

    with running.claim(), running.claim("seat-08"):
        assert kept() == 2
    running.skip(LIFETIME_SECONDS)
    with running.claim():
        assert kept() == 1


FINGERPRINT = ":".join(["AB"] * 32)


def test_the_root_of_an_own_authority_is_offered_where_people_begin(tmp_path: Path) -> None:
    with portal(tmp_path, scheme="https", own_authority=True) as running:
        with running.operator() as operator:
            told = operator.put("/operator/authority", json={"fingerprint": FINGERPRINT})
            assert told.status_code == 200
        root = f'href="https://{running.host()}/root.crt"'
        with running.device() as browser:
            refused = browser.post("/", data={"code": "x"}).text
            pages = [browser.get("/").text, refused, browser.get("/check").text]
        assert [(root in page, FINGERPRINT in page) for page in pages] == [(True, True)] * 3
        assert all("with the one on your card" in page for page in pages)


def test_without_one_nothing_is_said_of_it(running: Running) -> None:
    with running.device() as browser:
        assert not [path for path in ("/", "/check") if "root.crt" in browser.get(path).text]


# --- passing ----------------------------------------------------------------------------------


def test_nobody_passes_without_a_credential(running: Running) -> None:
    with running.device("s07") as browser, running.device("s07", Accept="*/*") as program:
        sent = access(browser)
        assert sent.status_code == 303
        assert sent.headers["location"] == f"http://{running.host('s07')}/claim"
        refused = access(program)
        assert (refused.status_code, refused.headers["content-type"]) == (
            401,
            "text/plain; charset=utf-8",
        )
        assert "Authorization: Bearer" in refused.text


def test_the_api_key_of_the_home_opens_this_seat_alone(running: Running) -> None:
    with running.claim() as device:
        (key,) = set(re.findall(r"tk-07-[\w-]{43}", device.get("/").text))
    for seat, expected in (("seat-07", 200), ("seat-08", 403)):
        with running.device(label(seat), Accept="*/*", Authorization=f"Bearer {key}") as program:
            assert access(program, "POST").status_code == expected


def test_a_cookie_of_seat_7_opens_no_other_seat(running: Running) -> None:
    with running.claim() as device:
        assert access(device, Host=running.host("s08")).status_code == 403
        assert device.get("/", headers={"Host": running.host("s08")}).status_code == 403


def test_two_session_cookies_are_refused_and_removed(running: Running) -> None:
    with running.claim() as device:
        mine = device.cookies["seat"]
        for cookie in (f"seat={mine}; seat=evil", f"seat={mine}; a=b; seat={mine}"):
            answer = access(device, Cookie=cookie)
            assert answer.status_code == 400
            assert len(answer.headers.get_list("set-cookie")) == 2


def test_a_foreign_origin_is_refused_on_writes_and_websockets(running: Running) -> None:
    own, foreign = f"http://{running.host('s07')}", f"http://{running.host('s08')}"
    with running.claim() as device:
        websocket = {"Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}
        for method, more in (("POST", {}), ("DELETE", {}), ("GET", websocket)):
            assert access(device, method, Origin=foreign, **more).status_code == 403
            assert access(device, method, Origin="null", **more).status_code == 403
            assert access(device, method, Origin=own, **more).status_code == 200
        assert access(device, "GET", Origin=foreign).status_code == 200
        right = {"code": CODES["seat-07"], "name": "Ada"}
        for path in ("/claim", "/home/leave"):
            answer = device.post(path, data=right, headers={"Origin": foreign})
            assert answer.status_code == 403
        assert access(device).status_code == 200


def raw(running: Running, request: str) -> str:
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        connection.settimeout(10)
        return connection.recv(4096).decode()


def test_an_access_request_that_still_carries_upgrade_lets_nobody_in(running: Running) -> None:
    """The ingress removes it; should it ever not, the answer has to be no."""
    with running.claim() as device:
        cookie = device.cookies["seat"]
    upgrade = (
        "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
    )
    for who in ("", f"Cookie: seat={cookie}\n"):
        answer = raw(
            running,
            f"GET /internal/access HTTP/1.1\nHost: {running.host('s07')}\n{who}{upgrade}\n",
        )
        assert re.match(r"HTTP/1.1 4\d\d ", answer), answer


def test_the_probe_key_opens_a_seat_even_before_the_portal_knows_it(running: Running) -> None:
    key = keys.probe_key(running.settings.signing_key, "seat-09")
    with running.device("s09", Accept="*/*", Authorization=f"Bearer {key}") as probe:
        assert access(probe, "POST").status_code == 200
        assert access(probe, Host=running.host("s07")).status_code == 403


def test_sessions_end_with_their_time(running: Running) -> None:
    with running.claim() as device:
        running.skip(LIFETIME_SECONDS - 60)
        assert access(device).status_code == 200
        running.skip(120)
        assert access(device).status_code == 303


# --- revoking ---------------------------------------------------------------------------------


def test_a_rotated_code_ends_everything_that_the_old_one_opened(running: Running) -> None:
    with running.claim() as device, running.claim("seat-08") as sibling:
        (key,) = set(re.findall(r"tk-07-[\w-]{43}", device.get("/").text))
        changed = running.provision({**HASHES, "seat-07": hashing.hashed("07-NEWN-EWNE")})
        assert changed == {"added": [], "rotated": ["seat-07"], "removed": []}
        assert access(device).status_code == 303
        assert access(device, Authorization=f"Bearer {key}").status_code == 401
        old = device.post("/claim", data={"code": CODES["seat-07"], "name": "Ada"})
        assert old.status_code == 403
        new = device.post("/claim", data={"code": "07newnewne", "name": "Ada"})
        assert new.status_code == 303
        assert access(sibling).status_code == 200
    with running.operator() as operator:
        (verb,) = operator.get("/operator/queue").json()["verbs"]
    assert (verb["verb"], verb["seat"]) == ("cut", "seat-07")


def test_the_same_list_again_changes_nothing(running: Running) -> None:
    with running.claim() as device:
        assert running.provision() == {"added": [], "rotated": [], "removed": []}
        assert access(device).status_code == 200


def test_a_seat_without_a_hash_keeps_the_code_of_the_console(running: Running) -> None:
    code = running.wait(actions.reissue(running.context, "seat-07"))
    seats = {"seat-07": {"attendee": "Grace"}, "seat-08": {"attendee": ""}}
    with running.operator() as operator:
        answer = operator.put("/operator/seats", json={"seats": seats})
        assert answer.json() == {"added": [], "rotated": [], "removed": []}
        assert operator.get("/operator/seats").json()["seats"]["seat-07"]["attendee"] == "Grace"
        unknown = {"seats": {**seats, "seat-09": {"attendee": ""}}}
        answer = operator.put("/operator/seats", json=unknown)
        assert (answer.status_code, "seat-09" in answer.text) == (409, True)
        assert set(operator.get("/operator/seats").json()["seats"]) == set(seats)
    with running.device("s07") as device:
        answer = device.post("/claim", data={"code": str(code), "name": "Grace"})
        assert answer.status_code == 303


def test_a_released_seat_is_free_and_its_card_is_still_good(running: Running) -> None:
    with running.claim() as device:
        (key,) = set(re.findall(r"tk-07-[\w-]{43}", device.get("/").text))
        running.do(actions.release, running.context, "seat-07")
        assert access(device).status_code == 303
        assert access(device, Authorization=f"Bearer {key}").status_code == 401
        assert device.get("/claim").status_code == 200
        with running.claim(name="Grace"):
            pass
    assert "released" in events(running)


def test_a_seat_that_goes_and_comes_again_accepts_no_key_of_its_first_life(
    running: Running,
) -> None:
    with running.claim() as device:
        (key,) = set(re.findall(r"tk-07-[\w-]{43}", device.get("/").text))
        assert running.provision({"seat-08": HASHES["seat-08"]})["removed"] == ["seat-07"]
        assert access(device).status_code == 404
        running.skip(2)
        assert running.provision()["added"] == ["seat-07"]
        assert access(device).status_code == 303
        assert access(device, Authorization=f"Bearer {key}").status_code == 401


def test_a_portal_that_restarts_forgets_no_claim(tmp_path: Path) -> None:
    with portal(tmp_path) as first:
        first.provision()
        with first.claim() as device:
            cookie = device.cookies["seat"]
            assert access(device).status_code == 200
    with portal(tmp_path) as second, second.device("s07", Cookie=f"seat={cookie}") as device:
        assert access(device).status_code == 200
        with second.operator() as operator:
            seats = operator.get("/operator/seats").json()["seats"]
        assert seats["seat-07"]["last_activity"] is not None


# --- helpers ----------------------------------------------------------------------------------


def test_a_helper_enters_once_is_shown_and_leaves(running: Running) -> None:
    address = running.do(actions.enter, running.context, "seat-07")
    page, token = address.split("#helper=")
    assert page == f"http://{running.host('s07')}/claim"
    with running.claim() as attendee, running.device("s07") as helper:
        assert helper.post("/claim", data={"helper": token}).status_code == 303
        assert access(helper, "POST").status_code == 200
        assert 'id="helpers" role="status" class="notice warn">' in attendee.get("/").text
        with running.device("s07") as again:
            assert again.post("/claim", data={"helper": token}).status_code == 403
        assert helper.post("/home/leave").status_code == 303
        assert access(helper).status_code == 303
        assert 'class="notice warn" hidden' in attendee.get("/").text
    assert events(running).count("helper entered") == 1


def test_a_helpers_session_does_not_outlast_the_visit(running: Running) -> None:
    token = running.do(actions.enter, running.context, "seat-07").split("=")[1]
    with running.device("s07") as helper:
        assert helper.post("/claim", data={"helper": token}).status_code == 303
        running.skip(HELPER_SECONDS + 1)
        assert access(helper).status_code == 303


def owed(running: Running) -> list[tuple[str, str]]:
    """Return what the host is asked to do, as watch takes it."""
    with running.operator() as watch:
        verbs = watch.get("/operator/queue").json()["verbs"]
    return [(verb["verb"], verb["seat"]) for verb in verbs]


def test_a_helper_who_leaves_leaves_nothing_open(running: Running) -> None:
    token = running.do(actions.enter, running.context, "seat-07").split("=")[1]
    with running.device("s07") as helper:
        assert helper.post("/claim", data={"helper": token}).status_code == 303
        assert owed(running) == []
        assert "What you have open here ends." in helper.get("/").text
        assert helper.post("/home/leave").status_code == 303
    assert owed(running) == [("cut", "seat-07")]
    assert events(running)[-1] == "left"


def test_nor_does_one_who_forgot_to_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.app.SAVE_SECONDS", 0.1)
    with portal(tmp_path) as running:
        running.provision()
        token = running.do(actions.enter, running.context, "seat-07").split("=")[1]
        with running.device("s07") as helper, running.claim("seat-08"):
            assert helper.post("/claim", data={"helper": token}).status_code == 303
            running.skip(HELPER_SECONDS - 10)
            time.sleep(0.3)
            assert owed(running) == []
            running.skip(10)
            with running.operator() as watch:
                (verb,) = watch.get("/operator/queue?wait=10").json()["verbs"]
        assert (verb["verb"], verb["seat"]) == ("cut", "seat-07")
        time.sleep(0.3)
        assert events(running).count("helper's time ran out") == 1


def test_a_device_that_signs_out_leaves_nothing_open_either(running: Running) -> None:
    with running.claim() as device:
        # Whose session it is counts, wherever it is shown.
        assert device.post("/home/leave", headers={"Host": running.host("s08")}).status_code == 303
        assert owed(running) == [("cut", "seat-07")]
        assert access(device).status_code == 303
    with running.device("s07") as stranger:
        assert stranger.post("/home/leave").status_code == 303
        stranger.cookies.set("seat", "x" * 43)
        assert stranger.post("/home/leave").status_code == 303
    assert owed(running) == []


def test_signing_out_again_and_again_does_not_keep_the_host_busy(running: Running) -> None:
    cuts = []
    for _ in range(SIGN_OUTS_PER_SEAT + 2):
        with running.claim() as device:
            device.post("/home/leave")
            assert access(device).status_code == 303
        cuts += owed(running)
    assert cuts == [("cut", "seat-07")] * SIGN_OUTS_PER_SEAT
    # A helper is nobody's prankster, and must not depend on one.
    token = running.do(actions.enter, running.context, "seat-07").split("=")[1]
    with running.device("s07") as helper:
        helper.post("/claim", data={"helper": token})
        helper.post("/home/leave")
    assert owed(running) == [("cut", "seat-07")]


# --- the live home ----------------------------------------------------------------------------


def health(state: str = "ok") -> dict[str, object]:
    return {"state": state, "check": "", "seen": "seen", "fix": "", "version": "1", "seconds": 0.1}


def observe(running: Running, **components: str) -> httpx.Response:
    seats = {"seat-07": {name: health(state) for name, state in components.items()}}
    report = {"schema": 1, "ingress": health(), "seats": seats, "quota": {}}
    with running.operator() as operator:
        return operator.post("/operator/observations", json=report)


def messages(response: httpx.Response) -> Iterator[dict[str, object]]:
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))
        elif line == "event: end":
            return


def test_the_head_of_a_stream_keeps_nobody_waiting(running: Running) -> None:
    with running.claim() as device:
        device.timeout = httpx.Timeout(5)
        asked = device.head("/home/events")
        assert asked.status_code == 200
        assert asked.headers["content-type"].startswith("text/event-stream")
        # Over the same connection, as the ingress does it for anybody.
        assert device.get("/").status_code == 200


def test_a_seat_that_opens_streams_in_a_loop_gets_no_more_of_them(running: Running) -> None:
    told: list[Iterator[dict[str, object]]] = []
    with running.claim() as device, running.claim("seat-08") as sibling, ExitStack() as stack:

        def opened(who: httpx.Client) -> int:
            stream = stack.enter_context(who.stream("GET", "/home/events"))
            if stream.status_code == 200:
                told.append(messages(stream))
                next(told[-1])
            return stream.status_code

        device.timeout = sibling.timeout = httpx.Timeout(10)
        assert {opened(device) for _ in range(MOST_OPEN)} == {200}
        assert opened(device) == 429
        assert device.get("/").status_code == 200
        assert opened(sibling) == 200
        stack.close()

        # The portal hears of each end with the next sign of life.
        until = time.monotonic() + 15
        while opened(device) == 429:
            assert time.monotonic() < until, "the places are not free again"
            time.sleep(0.5)


def test_an_open_home_sees_what_watch_saw_an_announcement_and_its_own_end(
    running: Running,
) -> None:
    with running.claim() as device, device.stream("GET", "/home/events") as stream:
        told = messages(stream)

        def state(component: str) -> object:
            components = next(told)["components"]
            assert isinstance(components, dict)
            return components[component]["state"]

        assert state("temporal") == "unknown"
        assert observe(running, temporal="ok").status_code == 200
        assert state("temporal") == "ok"
        assert observe(running, temporal="failed").status_code == 200
        assert state("temporal") == "failed"
        running.do(actions.announce, running.context, "Lunch until 13:00")
        announced = next(told)["announcement"]
        assert isinstance(announced, dict)
        assert announced["text"] == "Lunch until 13:00"
        began = time.monotonic()
        running.do(actions.release, running.context, "seat-07")
        assert list(told) == []
        assert time.monotonic() - began < 5


def test_a_classroom_without_grafana_says_so_and_says_nothing_that_it_does_not_know(
    running: Running,
) -> None:
    grafana = {"X-Forwarded-Uri": "/grafana/d/start-here"}
    with running.claim() as device:
        assert access(device, **grafana).status_code == 200
        observe(running, temporal="ok", grafana="failed")
        assert access(device, **grafana).status_code == 200
        observe(running, temporal="ok")
        refused = access(device, **grafana)
        assert refused.status_code == 404
        assert "This classroom goes without Grafana." in refused.text
        assert access(device).status_code == 200
        # One that was just added is proven before watch has looked again.
        key = keys.probe_key(running.settings.signing_key, "seat-07")
        with running.device("s07", Accept="*/*", Authorization=f"Bearer {key}") as probe:
            assert access(probe, **grafana).status_code == 200
        running.skip(STALE_SECONDS + 1)
        assert access(device, **grafana).status_code == 200


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("/workspace/lab", "workspace"),
        ("/workspace/api/kernels", "workspace"),
        ("/metrics/worker", "workspace"),
        ("/temporal/namespaces", "temporal"),
        ("/temporal.api.workflowservice.v1.WorkflowService/ListNamespaces", "temporal"),
        ("/api/v1/namespaces", "temporal"),
    ],
)
def test_what_was_stopped_for_its_quota_says_so(
    running: Running, path: str, component: str
) -> None:
    asked = {"X-Forwarded-Uri": path}
    others = {"X-Forwarded-Uri": {"workspace": "/temporal/", "temporal": "/workspace/"}[component]}

    def observed(*, stopped: bool) -> None:
        quota = {"used": 21 * 2**30 // 10, "limit": 2 * 2**30, "stopped": stopped}
        with running.operator() as operator:
            seen = {"seats": {"seat-07": {}}, "quota": {"seat-07": {component: quota}}}
            assert operator.post("/operator/observations", json=seen).status_code == 200

    with running.claim() as device, running.claim("seat-08") as sibling:
        observed(stopped=False)
        assert access(device, **asked).status_code == 200
        observed(stopped=True)
        refused = access(device, **asked)
        assert refused.status_code == 503
        assert "<h1>Your disk is full</h1>" in refused.text
        assert "was stopped, because its disk is full (2.1 of 2.0 GiB)" in refused.text
        assert access(device, **others).status_code == 200
        assert access(sibling, **asked).status_code == 200
        key = keys.probe_key(running.settings.signing_key, "seat-07")
        with running.device("s07", Accept="*/*", Authorization=f"Bearer {key}") as probe:
            assert access(probe, **asked).status_code == 200
        running.skip(STALE_SECONDS + 1)
        assert access(device, **asked).status_code == 200


def test_nobody_listens_to_a_home_that_is_not_theirs(running: Running) -> None:
    with running.device("s07", Accept="text/event-stream") as stranger:
        assert stranger.get("/home/events").status_code == 401
    with running.claim("seat-08") as sibling:
        answer = sibling.get("/home/events", headers={"Host": running.host("s07")})
        assert answer.status_code == 403


# --- the operator -----------------------------------------------------------------------------


def test_only_the_operator_key_opens_the_operators_api(running: Running) -> None:
    signing = running.settings.signing_key
    wrong = ["x", keys.api_key(signing, "seat-07", 1), keys.probe_key(signing, "seat-07")]
    wrong += [keys.operator_key("z" * 43)]
    paths = ["/operator/seats", "/operator/queue"]
    with running.device("portal", Accept="*/*") as anybody:
        for path in paths:
            assert anybody.get(path).status_code == 401
            for key in wrong:
                headers = {"Authorization": f"Bearer {key}"}
                assert anybody.get(path, headers=headers).status_code == 401
        assert anybody.get("/healthz").text == "ok\n"
    operator = {"Authorization": f"Bearer {keys.operator_key(signing)}", "Accept": "*/*"}
    with running.device("s07", **operator) as on_a_seat:
        assert access(on_a_seat).status_code == 403
        assert on_a_seat.get("/operator/seats").status_code == 404


def test_a_verb_is_waited_for_handed_out_and_answered(running: Running) -> None:
    with running.operator() as watch:
        assert watch.get("/operator/queue?wait=0").json() == {"verbs": []}
        later = threading.Timer(
            0.5, running.do, (actions.ask, running.context, Verb.RESTART, "seat-07", "grafana")
        )
        later.start()
        began = time.monotonic()
        (verb,) = watch.get("/operator/queue?wait=20").json()["verbs"]
        assert 0.3 < time.monotonic() - began < 10
        assert (verb["verb"], verb["seat"], verb["component"]) == ("restart", "seat-07", "grafana")
        assert watch.get("/operator/queue").json() == {"verbs": []}

        running.skip(LEASE_SECONDS + 1)
        assert watch.get("/operator/queue").json() == {"verbs": [verb]}
        done = f"/operator/queue/{verb['id']}"
        assert watch.post(done, json={"ok": True, "detail": "in 3 s"}).status_code == 200
        assert watch.post(done, json={"ok": True, "detail": ""}).status_code == 404
        running.skip(LEASE_SECONDS + 1)
        assert watch.get("/operator/queue").json() == {"verbs": []}
    assert events(running)[-2:] == ["asked", "done"]


def test_an_order_that_nobody_took_lapses_and_a_cut_is_owed_for_good(running: Running) -> None:
    late = running.do(actions.ask, running.context, Verb.RESTART, "seat-07", "grafana")
    running.do(actions.release, running.context, "seat-08")
    running.skip(ORDER_SECONDS + 1)
    with running.operator() as watch:
        (verb,) = watch.get("/operator/queue").json()["verbs"]
        assert (verb["verb"], verb["seat"]) == ("cut", "seat-08")
        again = running.do(actions.ask, running.context, Verb.RESTART, "seat-07", "grafana")
        assert again.id != late.id, "pressed again, it waits for nobody who would take it"
        (verb,) = watch.get("/operator/queue").json()["verbs"]
        assert verb["id"] == again.id
        running.skip(24 * 3600)
        (verb,) = watch.get("/operator/queue").json()["verbs"]
        assert verb["verb"] == "cut"
    recent = running.context.store.verbs.recent
    shown = running.do(recent, running.context.clock() - 600)
    assert [order.verb for order in shown] == [Verb.CUT], "what is owed is shown"


def test_an_answer_that_comes_late_is_what_came_of_it(running: Running) -> None:
    order = running.do(actions.ask, running.context, Verb.RESTART, "seat-07", "grafana")
    with running.operator() as watch:
        assert len(watch.get("/operator/queue").json()["verbs"]) == 1
        running.skip(ORDER_SECONDS + 1)
        assert watch.get("/operator/queue").json()["verbs"] == []
        done = {"ok": True, "detail": "in 130 s"}
        assert watch.post(f"/operator/queue/{order.id}", json=done).status_code == 200


def test_a_verb_is_not_handed_to_somebody_who_has_left(running: Running) -> None:
    impatient = running.operator()
    impatient.timeout = httpx.Timeout(0.5)
    with pytest.raises(httpx.ReadTimeout):
        impatient.get("/operator/queue?wait=20")
    impatient.close()
    time.sleep(0.2)
    running.do(actions.ask, running.context, Verb.CUT, "seat-07")
    with running.operator() as watch:
        (verb,) = watch.get("/operator/queue?wait=5").json()["verbs"]
    assert verb["verb"] == "cut"


def test_a_reissued_code_opens_and_the_old_one_does_not(running: Running) -> None:
    code = running.wait(actions.reissue(running.context, "seat-07"))
    assert codes.parse(str(code)) == code
    with running.device("s07") as device:
        old = device.post("/claim", data={"code": CODES["seat-07"], "name": "Ada"})
        assert old.status_code == 403
        assert device.post("/claim", data={"code": str(code), "name": "Ada"}).status_code == 303


def test_a_new_password_ends_the_consoles_sessions(running: Running) -> None:
    sessions = running.context.store.console_sessions
    token = running.do(sessions.open, time.time())
    with running.operator() as operator:
        assert operator.get("/operator/seats").json()["password_set"] is False
        new = {"hash": hashing.hashed("a password")}
        assert operator.put("/operator/password", json=new).status_code == 200
        assert operator.get("/operator/seats").json()["password_set"] is True
    assert not running.do(sessions.valid, token, time.time())


BAD_BODIES: list[tuple[str, str, bytes]] = [
    ("PUT", "/operator/seats", b""),
    ("PUT", "/operator/seats", b"\xff"),
    ("PUT", "/operator/seats", b"[]"),
    ("PUT", "/operator/seats", b"{}"),
    ("PUT", "/operator/seats", b'{"seats": {"seat-7": {"attendee": "", "code_hash": ""}}}'),
    ("PUT", "/operator/seats", b'{"seats": {"seat-07": {"attendee": "", "code_hash": "plain"}}}'),
    ("PUT", "/operator/seats", b'{"seats": {"seat-07": []}}'),
    ("PUT", "/operator/seats", b"[" * 100_000),
    ("PUT", "/operator/password", b'{"hash": 1}'),
    ("POST", "/operator/observations", b'{"seats": {"seat-07": {"temporal": {"state": "fine"}}}}'),
    ("POST", "/operator/observations", b'{"seats": {}, "quota": {"seat-07": {"temporal": 1}}}'),
    (
        "POST",
        "/operator/observations",
        b'{"seats": {}, "quota": {"seat-07": {"x": {"used": 1}}}}',
    ),
    ("POST", "/operator/observations", b'{"seats": {"\\ud800": {}}}'),
    ("POST", "/operator/observations", b'{"seats": {}, "portal": {"state": "fine"}}'),
    ("PUT", "/operator/authority", b'{"fingerprint": "<b>"}'),
    ("POST", "/operator/queue/x", b'{"ok": "yes"}'),
    ("GET", "/operator/queue?wait=forever", b""),
    ("GET", "/operator/queue?wait=nan", b""),
    ("GET", "/operator/queue?wait=31", b""),
]


@pytest.mark.parametrize(("method", "path", "body"), BAD_BODIES)
def test_what_the_operator_cannot_mean_is_400_in_a_line(
    running: Running, method: str, path: str, body: bytes
) -> None:
    with running.operator() as operator:
        answer = operator.request(method, path, content=body)
        assert answer.status_code == 400
        assert len(answer.text.splitlines()) == 1
        assert set(operator.get("/operator/seats").json()["seats"]) == set(CODES)


def test_too_much_is_413(running: Running) -> None:
    with running.operator() as operator, running.device("s07") as device:
        assert operator.put("/operator/seats", content=b" " * 2_000_000).status_code == 413
        assert device.post("/claim", content=b"a" * 10_000).status_code == 413


# --- whatever else arrives ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["", "s07.example.org", "s7.class.example.org", "s07.class.example.org.evil.org"]
)
def test_a_host_of_another_name_is_404(running: Running, host: str) -> None:
    answer = raw(running, f"GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n")
    assert answer.startswith("HTTP/1.1 404 ")


@pytest.mark.parametrize("path", ["/nothing", "/static/../app.py", "/static/%2e%2e/app.py", "/%00"])
@pytest.mark.parametrize("where", ["", "s07", "portal"])
def test_a_path_that_leads_nowhere_is_404_without_a_trace(
    running: Running, path: str, where: str
) -> None:
    answer = raw(
        running, f"GET {path} HTTP/1.1\nHost: {running.host(where)}\nConnection: close\n\n"
    )
    assert answer.startswith("HTTP/1.1 404 ")
    assert "Traceback" not in answer


@pytest.mark.parametrize("cookie", ["seat=", "seat=a b", ";;;=;", "seat=" + "a" * 3000])
def test_a_malformed_cookie_is_no_session(running: Running, cookie: str) -> None:
    with running.device("s07", Cookie=cookie) as device:
        assert access(device).status_code == 303


def test_pages_ask_nothing_of_others_and_are_guarded(running: Running) -> None:
    with running.claim() as device, running.device() as front:
        for client, path in ((front, "/"), (device, "/claim"), (device, "/")):
            answer = client.get(path)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            for address in re.findall(
                r'(?:src|action)="([^"]+)"|<link[^>]+href="([^"]+)"', answer.text
            ):
                assert "".join(address).startswith("/")
            for address in re.findall(r'"(/static/[^"]+)"', answer.text):
                file = client.get(address)
                assert file.status_code == 200
                assert "immutable" in file.headers["cache-control"]


def test_no_secret_is_in_the_audit_log_or_the_database(running: Running) -> None:
    secrets = [running.settings.signing_key, *CODES.values()]
    with running.claim() as device:
        page = device.get("/").text
        secrets += [device.cookies["seat"], *re.findall(r"tk-07-[\w-]{43}", page)]
        device.post("/claim", data={"code": WRONG, "name": "Ada"})
        access(device, Authorization="Bearer tk-07-" + "x" * 43)
    kept = b"".join(path.read_bytes() for path in running.settings.data.iterdir())
    assert b"wrong code" in kept
    assert [secret for secret in [*secrets, WRONG, "x" * 43] if secret.encode() in kept] == []


def test_the_audit_log_begins_anew_before_it_fills_the_disk(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_audit, "MOST_BYTES", 500)
    for number in range(30):
        running.do(actions.announce, running.context, f"note {number}")
    older = running.settings.data / "audit.1.jsonl"
    texts = [json.loads(line)["text"] for line in older.read_text().splitlines()]
    texts += [line["text"] for line in audit(running)]
    assert texts == [f"note {number}" for number in range(30 - len(texts), 30)]
    assert 3 < len(texts) < 20
    assert sum(p.stat().st_size for p in (older, running.settings.data / "audit.jsonl")) < 1500


def test_what_was_asked_for_is_in_the_audit_log_with_where_from(running: Running) -> None:
    there = {"X-Forwarded-For": "10.0.0.9"}
    foreign = {**there, "Origin": f"http://{running.host('s08')}"}
    with running.device("s07") as device:
        assert device.post("/claim", data={}, headers=foreign).status_code == 403
    last = audit(running)[-1]
    assert (last["event"], last["reason"]) == ("refused", "foreign origin")
    assert (last["seat"], last["source"]) == ("seat-07", "10.0.0.9")
    with running.operator() as operator:
        seats = {"seats": {"seat-08": {"attendee": ""}}}
        assert operator.put("/operator/seats", json=seats, headers=there).status_code == 200
    last = audit(running)[-1]
    assert (last["event"], last["source"]) == ("removed", "10.0.0.9")
    # Nobody asked for what the portal does by itself.
    running.do(running.context.audit.log, "by itself")
    assert "source" not in audit(running)[-1]


def test_the_audit_log_cannot_be_flooded(running: Running) -> None:
    with running.device("s07", Accept="*/*") as stranger:
        for _ in range(50):
            assert access(stranger).status_code == 401
        assert events(running).count("refused") == 1
        running.skip(61)
        access(stranger)
    assert audit(running)[-1]["times"] == 50


# --- guides -----------------------------------------------------------------------------------

GUIDE = "/home/course/d1l1_hello_workflow/guide.md"


def test_a_guide_is_for_who_is_in_the_seat_and_has_its_addresses(running: Running) -> None:
    with running.device("s07") as stranger:
        away = stranger.get(GUIDE)
        assert (away.status_code, away.headers["location"]) == (
            303,
            f"http://{running.host('s07')}/claim",
        )
    with running.claim() as device:
        home = device.get("/").text
        assert f'href="{GUIDE}"' in home
        answer = device.get(GUIDE)
        assert answer.status_code == 200
        assert f'href="http://{running.host("s07")}/temporal/"' in answer.text
        assert "<h1 id=" in answer.text
        assert "style-src 'self';" in answer.headers["content-security-policy"]
        page = device.get("/home/course/pages/t9_security.md")
        assert 'href="/home/course/t9_payload_codec/guide.md"' in page.text


@pytest.mark.parametrize(
    "place",
    ["", "d1l1_hello_workflow/workflows.py", "d1l1_hello_workflow/../timetable.yml", "x.md"],
)
def test_what_is_no_guide_is_not_served(running: Running, place: str) -> None:
    with running.claim() as device:
        answer = device.get(f"/home/course/{place}")
        assert answer.status_code == 404
