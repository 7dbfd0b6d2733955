"""Who may pass to a seat: the rules one by one, and what holds whatever is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.spec import keys
from portal.access import (
    FEDERATION,
    SAFE,
    As,
    Asked,
    Known,
    Pass,
    Refusal,
    decide,
    decide_for_class,
)
from portal.store.sessions import Kind, Session

SIGNING = "s" * 43
OWN = "http://s07.example.org"
ADA = Session("seat-07", Kind.ATTENDEE, "Ada", 0.0)
API = keys.api_key(SIGNING, "seat-07", 3)
PROBE = keys.probe_key(SIGNING, "seat-07")
METRICS = keys.metrics_key(SIGNING)

ASKED = Asked("seat-07", OWN, "GET")
"""Somebody without anything."""

KNOWN = Known(api_key=API, probe_key=PROBE, metrics_key=METRICS)
"""A seat of this classroom, and a visitor without a session."""

WITHIN = replace(KNOWN, session=ADA)
WITH_COOKIE = replace(ASKED, cookies=("token",))


def bearer(key: str) -> Asked:
    return replace(ASKED, authorization=f"Bearer {key}")


def status(asked: Asked, known: Known) -> int:
    verdict = decide(asked, known)
    return 200 if isinstance(verdict, Pass) else verdict.status


def test_a_session_passes_as_what_it_is() -> None:
    assert decide(WITH_COOKIE, WITHIN) == Pass(As.ATTENDEE, "Ada")
    helper = replace(ADA, kind=Kind.HELPER, name="Instructor")
    assert decide(WITH_COOKIE, replace(WITHIN, session=helper)) == Pass(As.HELPER, "Instructor")


def test_keys_pass_as_what_they_are() -> None:
    assert decide(bearer(API), KNOWN) == Pass(As.KEY)
    assert decide(bearer(PROBE), KNOWN) == Pass(As.PROBE)
    assert decide(replace(ASKED, authorization=f"bearer  {API} "), KNOWN) == Pass(As.KEY)


def test_a_browser_without_a_session_is_sent_to_the_claim_page() -> None:
    assert status(replace(ASKED, html=True), KNOWN) == 303


@pytest.mark.parametrize(
    "asked",
    [
        ASKED,
        replace(ASKED, html=True, method="POST", origin=OWN),
        replace(ASKED, html=True, websocket=True, origin=OWN),
        replace(ASKED, html=True, method="HEAD"),
        replace(ASKED, authorization="Basic YWRtaW46YWRtaW4="),
    ],
)
def test_everything_else_without_a_session_is_told_so(asked: Asked) -> None:
    assert status(asked, KNOWN) == 401


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", 401),
        ("nonsense", 401),
        (keys.api_key(SIGNING, "seat-07", 2), 401),  # revoked
        (keys.api_key("t" * 43, "seat-07", 3), 401),  # another classroom's
        (keys.probe_key("t" * 43, "seat-07"), 401),
        (API.replace("tk-", "pk-"), 401),
        (PROBE.replace("pk-", "tk-"), 401),
        (keys.api_key(SIGNING, "seat-08", 3), 403),
        (keys.probe_key(SIGNING, "seat-08"), 403),
        (API.replace("tk-07", "tk-08"), 403),
        (keys.operator_key(SIGNING), 403),
    ],
)
def test_a_key_that_is_not_the_seats_does_not_pass(key: str, expected: int) -> None:
    assert status(bearer(key), KNOWN) == expected
    # Nor does it with a session beside it: who presents a key is judged by it.
    assert status(replace(bearer(key), cookies=("token",)), WITHIN) == expected


FEDERATED = replace(bearer(METRICS), path=FEDERATION)


def test_the_class_prometheus_reads_what_is_for_it() -> None:
    assert decide(FEDERATED, KNOWN) == Pass(As.METRICS)
    assert decide(replace(FEDERATED, seat="seat-08"), KNOWN) == Pass(As.METRICS)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": ""},
        {"path": "/workspace/api/worker"},
        {"path": "/prometheus/api/v1/query"},
        {"path": f"{FEDERATION}/"},
        {"path": f"/x/..{FEDERATION}"},
        {"path": f"http://s07.example.org{FEDERATION}"},
        {"method": "POST"},
        {"method": "HEAD"},
        {"websocket": True},
    ],
)
def test_its_key_opens_nothing_else(changes: dict[str, object]) -> None:
    asked = replace(FEDERATED, **changes)  # type: ignore[arg-type] # types vary by case
    assert status(asked, KNOWN) == 403
    assert status(replace(asked, cookies=("token",)), WITHIN) == 403


def test_another_classrooms_metrics_key_opens_nothing() -> None:
    other = replace(FEDERATED, authorization=f"Bearer {keys.metrics_key('t' * 43)}")
    assert status(other, KNOWN) == 401
    assert status(replace(ASKED, path=FEDERATION), KNOWN) == 401


def test_another_seats_session_does_not_pass() -> None:
    other = replace(WITHIN, session=replace(ADA, seat="seat-08"))
    assert status(replace(WITH_COOKIE, html=True), other) == 403


def test_two_session_cookies_are_refused_even_if_one_is_good() -> None:
    assert status(replace(ASKED, cookies=("token", "token")), WITHIN) == 400
    assert status(replace(bearer(API), cookies=("a", "b")), KNOWN) == 400


@pytest.mark.parametrize(
    "origin",
    ["http://s08.example.org", "null", "", "https://s07.example.org", f"{OWN}:80", f"{OWN}."],
)
@pytest.mark.parametrize("changes", [{"method": "POST"}, {"method": "BREW"}, {"websocket": True}])
def test_writes_and_websockets_of_a_foreign_origin_are_refused(
    origin: str, changes: dict[str, object]
) -> None:
    asked = replace(WITH_COOKIE, **changes)  # type: ignore[arg-type] # types vary by case
    assert status(replace(asked, origin=origin), WITHIN) == 403
    assert status(replace(asked, origin=OWN), WITHIN) == 200
    assert status(asked, WITHIN) == 200  # programs send none
    assert status(replace(asked, origin=origin, authorization=f"Bearer {API}"), KNOWN) == 403


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_siblings_page_may_link_here_and_nothing_more(site: str) -> None:
    linked = replace(WITH_COOKIE, fetch_site=site, document=True)
    assert status(linked, WITHIN) == 200
    assert status(replace(linked, document=False), WITHIN) == 403
    assert status(replace(linked, method="POST", origin=OWN), WITHIN) == 403
    assert status(replace(WITH_COOKIE, fetch_site="same-origin"), WITHIN) == 200
    assert status(replace(WITH_COOKIE, fetch_site="none"), WITHIN) == 200


def test_a_seat_that_the_classroom_does_not_have_is_nobodys_but_the_probes() -> None:
    none = replace(KNOWN, api_key=None)
    assert status(replace(ASKED, html=True), none) == 404
    assert status(WITH_COOKIE, replace(none, session=ADA)) == 404
    assert status(bearer(API), none) == 401
    assert status(bearer(PROBE), none) == 200


OPERATOR = keys.operator_key(SIGNING)
CONSOLE = replace(ASKED, seat="", own_origin="http://console.example.org")
SIGNED_IN = replace(CONSOLE, cookies=("token",))


def status_of_class(asked: Asked, *, signed_in: bool = False) -> int:
    verdict = decide_for_class(asked, signed_in=signed_in, operator_key=OPERATOR)
    return 200 if isinstance(verdict, Pass) else verdict.status


def test_what_the_class_has_once_is_for_the_instructor_and_the_probes() -> None:
    assert status_of_class(SIGNED_IN, signed_in=True) == 200
    assert status_of_class(replace(CONSOLE, authorization=f"Bearer {OPERATOR}")) == 200
    assert status_of_class(CONSOLE) == 401
    assert status_of_class(replace(CONSOLE, html=True)) == 303
    assert status_of_class(replace(CONSOLE, html=True, method="POST")) == 401


@pytest.mark.parametrize("key", [API, PROBE, METRICS, "", keys.operator_key("t" * 43)])
def test_no_other_key_opens_it_even_beside_a_session(key: str) -> None:
    asked = replace(SIGNED_IN, authorization=f"Bearer {key}")
    assert status_of_class(asked, signed_in=True) == 401


def test_there_a_foreign_page_does_as_little_as_in_a_seat() -> None:
    seat = "http://s07.example.org"
    assert status_of_class(replace(SIGNED_IN, method="POST", origin=seat), signed_in=True) == 403
    assert status_of_class(replace(SIGNED_IN, websocket=True, origin=seat), signed_in=True) == 403
    page = replace(SIGNED_IN, fetch_site="same-site")
    assert status_of_class(page, signed_in=True) == 403
    assert status_of_class(replace(page, document=True), signed_in=True) == 200
    assert status_of_class(replace(SIGNED_IN, cookies=("a", "b")), signed_in=True) == 400


TEXTS = st.one_of(st.none(), st.text(max_size=20), st.just(OWN))
ANYTHING = st.builds(
    Asked,
    seat=st.just("seat-07"),
    own_origin=st.just(OWN),
    method=st.sampled_from([*SAFE, "POST", "PUT", "DELETE", "PATCH", "CONNECT", ""]),
    origin=TEXTS,
    websocket=st.booleans(),
    fetch_site=st.sampled_from(["", "none", "same-origin", "same-site", "cross-site"]),
    document=st.booleans(),
    html=st.booleans(),
    cookies=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    authorization=st.one_of(
        st.just(""), st.text(max_size=60), st.sampled_from([f"Bearer {API}", f"Bearer {PROBE}"])
    ),
)
SESSIONS = st.one_of(
    st.none(),
    st.builds(
        Session,
        seat=st.sampled_from(["seat-07", "seat-08"]),
        kind=st.sampled_from(Kind),
        name=st.text(max_size=5),
        at=st.just(0.0),
    ),
)


@given(ANYTHING, SESSIONS)
def test_nobody_passes_without_a_credential_of_this_very_seat(
    asked: Asked, session: Session | None
) -> None:
    verdict = decide(asked, replace(KNOWN, session=session))
    by_key = asked.bearer in (API, PROBE)
    by_session = asked.bearer is None and session is not None and session.seat == "seat-07"
    if isinstance(verdict, Pass):
        assert by_key or by_session
        assert len(asked.cookies) <= 1
        assert not asked.writes or asked.origin in (None, OWN)
    else:
        assert isinstance(verdict, Refusal)
        assert verdict.status in (303, 400, 401, 403)
        assert verdict.words or verdict.status == 303
