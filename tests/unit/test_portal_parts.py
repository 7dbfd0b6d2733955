"""The small parts of the portal: host names, limits, tickets, what a home shows and says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from classroom.probe.result import State
from portal import observed
from portal.hosts import Place, Site, is_seat, place
from portal.limits import WINDOW_SECONDS, Limit
from portal.observed import Health, Observation, Quota
from portal.seat.claim import NAME_LENGTH, presentable
from portal.seat.laptop import laptop
from portal.seat.state import home_state
from portal.seat.tools import tools
from portal.settings import Settings, from_environment
from portal.store.sessions import Kind, Session
from portal.tickets import LIFETIME_SECONDS, Tickets
from portal.web.visitor import cookie_values

LABS = Path(__file__).resolve().parents[2] / "labs"
OK = Health("ok", "", "a proof", "", "1.0")


def settings(
    domain: str = "example.org", scheme: str = "http", port: int = 80, *, own: bool = False
) -> Settings:
    ports = {"grpc": 7233, "ui": 8233, "metrics": 8080}
    return Settings("july", domain, scheme, port, own, ports, "s" * 43, Path("/data"), LABS)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.org", Place(Site.FRONT)),
        ("example.org:8000", Place(Site.FRONT)),
        ("console.example.org", Place(Site.CONSOLE)),
        ("portal.example.org:80", Place(Site.OPERATOR)),
        ("metrics.example.org", Place(Site.METRICS)),
        ("s07.example.org", Place(Site.SEAT, "seat-07")),
        ("s254.example.org:7233", Place(Site.SEAT, "seat-254")),
    ],
)
def test_a_host_names_its_place(host: str, expected: Place) -> None:
    assert place(host, "example.org") == expected


@pytest.mark.parametrize(
    "host",
    [
        *("", ":80", "other.org", "example.org.", "example.org:", "example.org:http"),
        *("s7.example.org", "s007.example.org", "s00.example.org", "s255.example.org"),
        *("S07.example.org", "xs07.example.org", "s07.example.org.evil.org", "s07example.org"),
        *("s07.s08.example.org", "s07.examplexorg", "ingress.example.org", ".example.org"),
        *(
            "s07.example.org:80:80",
            "s07.example.org/",
            "s07.example.org\n",
            "s\u0660\u0667.example.org",
        ),
    ],
)
def test_any_other_host_is_none(host: str) -> None:
    assert place(host, "example.org") is None


@pytest.mark.parametrize("name", ["seat-7", "seat-007", "seat-00", "seat-255", "07", "seat-07 "])
def test_a_seat_has_one_spelling(name: str) -> None:
    assert is_seat("seat-07")
    assert not is_seat(name)


def test_a_limit_counts_within_a_minute_and_each_key_alone() -> None:
    limit = Limit(2)
    for at in (0.0, 10.0):
        assert limit.wait("a", at) == 0
        limit.count("a", at)
    assert limit.wait("a", 10.0) == 50
    assert limit.wait("a", 59.5) == 1
    assert limit.wait("b", 10.0) == 0
    assert limit.wait("a", 60.0) == 0


@given(st.lists(st.integers(0, 300), min_size=1).map(sorted), st.integers(1, 5))
def test_a_limit_never_lets_more_through_than_it_says(times: list[int], most: int) -> None:
    limit, let = Limit(most), list[int]()
    for now in times:
        if wait := limit.wait("key", now):
            assert limit.wait("key", now + wait) == 0
        else:
            limit.count("key", now)
            let.append(now)
        assert sum(now - WINDOW_SECONDS < at for at in let) <= most


def test_a_ticket_opens_one_seat_once_within_its_time() -> None:
    tickets = Tickets()
    good, wrong, late = (tickets.issue("seat-07", 0.0) for _ in range(3))
    assert tickets.redeem(good, "seat-07", 1.0)
    assert not tickets.redeem(good, "seat-07", 1.0)
    assert not tickets.redeem(wrong, "seat-08", 1.0)
    assert not tickets.redeem(wrong, "seat-07", 1.0)
    assert not tickets.redeem(late, "seat-07", LIFETIME_SECONDS)
    assert not tickets.redeem("", "seat-07", 1.0)


@given(st.text())
def test_a_name_is_one_line_without_what_cannot_be_seen(name: str) -> None:
    shown = presentable(name)
    assert len(shown) <= NAME_LENGTH
    assert shown == presentable(shown)
    assert re.sub("[\u200c\u200d]", "", shown).isprintable()
    assert presentable("  Ada\u202e\n Lovelace\x00 ") == "Ada Lovelace"


@pytest.mark.parametrize(
    "name",
    [
        "\u2800",
        "\u3164 \uffa0",
        "\u115f\u1160",
        "\u0301\u0302",
        "\u200d",
        "\ufe0f",
        "\u2066\u200b",
        "\u0301" * NAME_LENGTH + "Ada",
    ],
)
def test_a_name_of_which_nothing_is_seen_is_none(name: str) -> None:
    assert presentable(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "\U0001f469\u200d\U0001f4bb",
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        "Zoe\u0308",
        "\u2764\ufe0f\u200d\U0001f525",
    ],
)
def test_a_name_keeps_the_joiners_within_it(name: str) -> None:
    assert presentable(name) == name
    assert presentable(f"\u200d{name}\u200c \u202e\u200d\u200c") == name


def test_all_session_cookies_are_found_wherever_they_stand() -> None:
    headers = Headers(raw=[(b"cookie", b"a=1; seat=x;seat=y"), (b"cookie", b"seat=z; xseat=n")])
    assert cookie_values(headers, "seat") == ("x", "y", "z")
    assert cookie_values(Headers(raw=[(b"cookie", b"seats=1; _seat=2; seat")]), "seat") == ()


def state(
    seats: dict[str, dict[str, Health]],
    *,
    now: float = 100.0,
    quota: Quota | None = None,
    component: str = "workspace",
) -> dict[str, object]:
    observation = Observation(100.0, OK, seats, {"seat-07": {component: quota}} if quota else {})
    sessions = [Session("seat-07", Kind.ATTENDEE, "Ada", 0.0)]
    return home_state(
        "seat-07", observation=observation, sessions=sessions, announcement="", now=now
    )


def said(seats: dict[str, dict[str, Health]], component: str, now: float = 100.0) -> object:
    components = state(seats, now=now)["components"]
    assert isinstance(components, dict)
    return components[component]["state"]


def test_a_home_shows_what_was_seen_and_never_more() -> None:
    assert said({"seat-07": {"temporal": OK}}, "temporal") == "ok"
    assert said({"seat-07": {"temporal": OK}}, "grafana") == "absent"
    assert said({"seat-08": {"temporal": OK}}, "temporal") == "unknown"
    assert said({"seat-07": {"temporal": OK}}, "temporal", now=161.0) == "unknown"
    assert said({"seat-07": {"temporal": OK}}, "grafana", now=161.0) == "absent"


def test_the_words_of_states_are_the_probes_own() -> None:
    assert set(observed.STATES) == set(State)


@pytest.mark.parametrize(
    ("used", "stopped", "level"),
    [(79, False, None), (80, False, "warn"), (100, False, "warn"), (100, True, "bad")],
)
def test_a_home_warns_of_a_full_disk_in_time(used: int, stopped: bool, level: str | None) -> None:
    shown = state({}, quota=Quota(used, 100, stopped))["quota"]
    assert (shown["level"] if isinstance(shown, dict) else None) == level


@pytest.mark.parametrize("component", ["workspace", "temporal", "grafana", "prometheus"])
def test_a_full_disk_says_whose_it_is_and_that_nothing_is_lost(component: str) -> None:
    def text(quota: Quota) -> str:
        shown = state({}, quota=quota, component=component)["quota"]
        assert isinstance(shown, dict)
        return str(shown["text"])

    names = {"workspace": "workspace", "temporal": "Temporal server", "grafana": "Grafana"}
    name = names.get(component, "Prometheus")
    full = Quota(21 * 2**30 // 10, 2 * 2**30, stopped=True)
    assert name in text(full)
    assert "was stopped, because its disk is full (2.1 of 2.0 GiB). Nothing is lost" in text(full)
    assert name in text(replace(full, stopped=False))


def test_instructions_name_the_seat_its_key_and_whether_there_is_tls() -> None:
    plain = laptop(settings(), "seat-07", "tk-07-key")
    assert plain.shell.splitlines() == [
        "export TEMPORAL_ADDRESS=s07.example.org:7233",
        "export TEMPORAL_NAMESPACE=default",
        "export TEMPORAL_API_KEY=tk-07-key",
        "export TEMPORAL_TLS=false",
    ]
    assert plain.hosts_line == plain.without_name == ""
    assert plain.through_page == "s07.example.org:80"
    secure = laptop(settings(scheme="https", port=443), "seat-07", "tk-07-key")
    assert "TEMPORAL_TLS=true" in secure.shell
    assert secure.curl.endswith(" https://s07.example.org:7233/metrics")
    assert secure.root == plain.root == ""


def test_programs_are_told_of_an_authority_of_the_classrooms_own() -> None:
    own = laptop(settings(scheme="https", port=443, own=True), "seat-07", "tk-07-key")
    assert own.root == "https://example.org/root.crt"
    assert "TEMPORAL_TLS_SERVER_CA_CERT_PATH=classroom-july.crt" in own.shell
    assert "--cacert classroom-july.crt https://" in own.curl


def test_on_localhost_the_instructions_say_what_works_without_a_name() -> None:
    local = laptop(settings("localhost"), "seat-07", "tk-07-key")
    assert local.hosts_line == "127.0.0.1 s07.localhost"
    assert local.without_name.splitlines() == [
        "export TEMPORAL_ADDRESS=127.0.0.1:7233",
        "export TEMPORAL_CLIENT_AUTHORITY=s07.localhost:7233",
    ]


def test_a_home_has_all_tools_and_the_courses_own_ports() -> None:
    found = {tool.component: tool for tool in tools(settings(), "seat-07")}
    assert set(found) == {"workspace", "temporal", "grafana", "prometheus", "worker"}
    links = [link.href for tool in found.values() for link in (tool.open, *tool.more)]
    assert "http://s07.example.org:8233/" in links
    assert "http://s07.example.org:8080/metrics" in links
    assert "http://s07.example.org:7233/metrics" in links


ENVIRONMENT = {
    "CLASSROOM": "july",
    "DOMAIN": "example.org",
    "PUBLIC_URL": "https://example.org:8443",
    "TLS": "internal",
    "PORTS": "grpc=7233,ui=8233,metrics=8080",
}


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 43 + "\n")
    found = from_environment({**ENVIRONMENT, "SIGNING_KEY": str(key)})
    assert found.seat_url("seat-07") == "https://s07.example.org:8443"
    assert found.signing_key == "k" * 43
    assert "k" * 43 not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTS", "grpc=7233"),
        ("PUBLIC_URL", "https://other.org"),
        ("PUBLIC_URL", "example.org"),
        ("TLS", "off"),
    ],
)
def test_wrong_settings_are_named(name: str, value: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 43)
    with pytest.raises(ValueError, match=name):
        from_environment({**ENVIRONMENT, "SIGNING_KEY": str(key), name: value})
