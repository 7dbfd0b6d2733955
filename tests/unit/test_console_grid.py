"""What the console shows: computed from what is known, sent as differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.probe.result import State
from classroom.spec.verbs import Verb
from portal.console import grid as model
from portal.console.difference import difference, whole
from portal.console.grid import LAPSED, Grid, Known, grid, worst
from portal.observed import STALE_SECONDS, Health, Observation, Quota
from portal.store.seats import Seat
from portal.store.sessions import Kind, Session
from portal.store.verbs import LEASE_SECONDS, ORDER_SECONDS, Order

NOW = 1_752_649_500.0
GIB = 2**30
WELL = Health("ok", "", "in 0.214 s", "", "1.32.0")
DOOR = Health("ok", "", "", "", "2.11.7")


def seat(name: str = "seat-07", attendee: str = "", active: float | None = None) -> Seat:
    return Seat(name, attendee, "$argon2id$", 1, active)


def session(name: str, at: float = NOW, kind: Kind = Kind.ATTENDEE) -> Session:
    return Session("seat-07", kind, name, at)


def looked(ago: float = 0, quota: Quota | None = None, **parts: Health) -> Observation:
    quotas = {"seat-07": {"workspace": quota}} if quota else {}
    return Observation(NOW - ago, DOOR, {"seat-07": parts or {"temporal": WELL}}, quotas)


def shown(
    *seats: Seat,
    saw: Observation | None = None,
    sessions: Sequence[Session] = (),
    orders: Sequence[Order] = (),
) -> Grid:
    known = Known("temporal", "", seats, sessions, orders, {}, saw or Observation())
    return grid(known, NOW)


def one(of: Grid) -> Any:  # noqa: ANN401 - JSON
    return of.seats["seat-07"]


def test_states_are_the_words_of_the_health_report() -> None:
    words = (model.OK, model.STOPPED, model.FAILED, model.UNKNOWN)
    assert words == (State.OK, State.STOPPED, State.FAILED, State.UNKNOWN)


def test_a_failing_component_makes_its_seat_fail_and_brings_its_fix() -> None:
    failed = Health("failed", "login", "502", "make logs SEAT=seat-07", "")
    seen = shown(seat(), seat("seat-08"), saw=looked(temporal=WELL, grafana=failed))
    assert one(seen)["state"] == "failed"
    assert one(seen)["parts"] == {
        "temporal": {"state": "ok", "version": "1.32.0"},
        "grafana": {
            "state": "failed",
            "version": "",
            "check": "login",
            "seen": "502",
            "fix": "make logs SEAT=seat-07",
        },
    }
    assert (seen.room["ready"], seen.room["total"]) == (0, 2)


def test_a_worker_that_its_attendee_stopped_is_no_failure() -> None:
    stopped = Health("stopped by attendee", "", "ended the last worker", "", "")
    seen = shown(seat(), saw=looked(temporal=WELL, worker=stopped))
    assert (one(seen)["state"], seen.room["ready"]) == ("stopped by attendee", 1)


@pytest.mark.parametrize(
    "saw",
    [
        None,
        Observation(at=NOW),
        looked(temporal=Health("splendid", "", "", "", "")),
        looked(ago=STALE_SECONDS + 1),
    ],
    ids=["never looked", "not at this seat", "a word nobody knows", "watch fell silent"],
)
def test_what_nobody_knows_is_not_green(saw: Observation | None) -> None:
    seen = shown(seat(), saw=saw)
    assert (one(seen)["state"], seen.room["ready"]) == ("unknown", 0)


def test_the_room_says_that_watch_fell_silent() -> None:
    assert not shown(seat(), saw=looked(ago=STALE_SECONDS)).room["silent"]
    assert shown(seat(), saw=looked(ago=STALE_SECONDS + 1)).room["silent"]


def test_behind_an_ingress_that_fails_nobody_is_ready() -> None:
    door = Health("failed", "8233", "refused", "make health", "")
    room = shown(seat(), saw=replace(looked(), ingress=door)).room
    assert room["ready"] == 0
    assert room["door"] == {
        "name": "ingress",
        "state": "failed",
        "version": "",
        "check": "8233",
        "seen": "refused",
        "fix": "make health",
    }


def test_nor_behind_a_portal_that_lost_its_seats() -> None:
    lost = Health("failed", "its seats", "it knows none of the 70 seats", "make provision", "")
    room = shown(seat(), saw=replace(looked(), portal=lost)).room
    assert (room["ready"], room["door"]["name"], room["door"]["fix"]) == (
        0,
        "portal",
        "make provision",
    )
    assert shown(seat(), saw=replace(looked(), portal=WELL)).room["door"] is None


def test_the_console_leads_to_the_class_grafana_where_there_is_one() -> None:
    assert shown(seat(), saw=looked()).room["dashboards"] is False
    there = replace(looked(), grafana=Health("failed", "health", "502", "make health", ""))
    assert shown(seat(), saw=there).room["dashboards"] is True


def test_only_a_seat_without_attendee_and_claim_is_spare() -> None:
    seats = [seat("seat-01", "Ada"), seat(), seat("seat-08")]
    seen = shown(*seats, sessions=[session("Grace")]).seats
    assert [tile["spare"] for tile in seen.values()] == [False, False, True]


def test_a_second_device_joins_and_a_helper_is_no_claim() -> None:
    sessions = [session("Ada", NOW - 60), session("ada"), session("I", kind=Kind.HELPER)]
    seen = one(shown(seat(), sessions=sessions))
    assert seen["claims"] == [{"name": "Ada", "at": int(NOW) - 60, "devices": 2}]
    assert seen["helpers"] == 1


def test_a_disk_warns_from_eighty_percent_on() -> None:
    just, below = Quota(GIB * 8 // 10 + 1, GIB, stopped=False), Quota(GIB // 2, GIB, stopped=False)
    assert one(shown(seat(), saw=looked(quota=just)))["quota"]["tight"]
    assert one(shown(seat(), saw=looked(quota=below)))["quota"] == {
        "component": "workspace",
        "percent": 50,
        "limit": GIB,
        "tight": False,
        "stopped": False,
    }


def test_the_disk_that_is_told_of_stopped_something_or_is_the_fullest() -> None:
    def told(**disks: Quota) -> object:
        return one(shown(seat(), saw=replace(looked(), quota={"seat-07": disks})))["quota"][
            "component"
        ]

    half, most = Quota(GIB // 2, GIB, stopped=False), Quota(2 * GIB, GIB, stopped=False)
    assert told(workspace=half, temporal=most, grafana=half) == "temporal"
    assert told(workspace=Quota(GIB, GIB, stopped=True), temporal=most) == "workspace"


def test_a_room_in_order_is_no_news() -> None:
    """A second look with other seconds, and activity within the step, change nothing."""
    first = shown(seat(active=NOW), saw=looked(ago=15))
    again = replace(WELL, seen="in 0.198 s")
    assert difference(first, shown(seat(active=NOW + 20), saw=looked(temporal=again))) is None


def test_a_difference_names_what_changed_alone() -> None:
    order = Order("a1", Verb.RESTART, "seat-07", "grafana", NOW, None, None, None, "")
    old = shown(seat("seat-06"), seat(), saw=looked())
    new = shown(seat(), saw=looked(), orders=[replace(order, verb=Verb.CUT), order])
    told = {"id": "a1", "verb": "restart", "component": "grafana", "state": "waiting", "detail": ""}
    assert difference(old, new) == {
        "room": {"total": 1},
        "seats": {"seat-06": None, "seat-07": {"order": told}},
    }


def test_an_order_that_nobody_took_in_time_is_told_as_failed_and_a_cut_never() -> None:
    long_ago = NOW - ORDER_SECONDS - 1
    restart = Order("a1", Verb.RESTART, "seat-07", "grafana", long_ago, None, None, None, "")
    told = {
        "lapsed": restart,
        "young": replace(restart, queued_at=NOW - ORDER_SECONDS),
        "in work": replace(restart, taken_at=NOW - LEASE_SECONDS),
        "left lying": replace(restart, taken_at=NOW - LEASE_SECONDS - 1),
        "done late": replace(restart, done_at=NOW, ok=True),
        "owed": replace(restart, verb=Verb.CUT, component=""),
    }
    states = {
        name: one(shown(seat(), orders=[order]))["order"]["state"] for name, order in told.items()
    }
    assert states == {
        "lapsed": "failed",
        "young": "waiting",
        "in work": "waiting",
        "left lying": "failed",
        "done late": "done",
        "owed": "waiting",
    }
    assert one(shown(seat(), orders=[restart]))["order"]["detail"] == LAPSED


@given(st.lists(st.sampled_from([s.value for s in State])))
def test_the_worst_state_counts(states: list[str]) -> None:
    badness = ["failed", "unknown", "stopped by attendee", "ok"]
    assert worst(states) == (min(states, key=badness.index) if states else "unknown")


_SEATS = st.lists(
    st.builds(
        seat,
        st.sampled_from(["seat-06", "seat-07", "seat-08"]),
        st.sampled_from(["", "Ada"]),
        st.none() | st.just(NOW),
    ),
    unique_by=lambda s: s.name,
)
_LOOKS = st.none() | st.builds(
    lambda ago, state: looked(ago, temporal=Health(state, "c", "s", "f", "")),
    st.sampled_from([0.0, STALE_SECONDS + 1]),
    st.sampled_from([s.value for s in State]),
)


@given(_SEATS, _LOOKS, _SEATS, _LOOKS)
def test_a_page_that_applies_a_difference_has_the_new_grid(
    before: list[Seat], saw: Observation | None, after: list[Seat], sees: Observation | None
) -> None:
    old, new = shown(*before, saw=saw), shown(*after, saw=sees)
    room, seats = dict(old.room), dict(old.seats)
    patch = difference(old, new) or {"room": {}, "seats": {}}
    room.update(patch["room"])
    for name, changed in patch["seats"].items():
        if changed is None:
            del seats[name]
        else:
            seats[name] = {**seats.get(name, {}), **changed}
    assert {"room": room, "seats": seats} == whole(new)
