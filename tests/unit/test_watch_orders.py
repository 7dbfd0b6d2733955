"""The closed list: what the portal may ask for, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.errors import RefusedError
from classroom.spec.verbs import Verb
from classroom.watch.orders import Order, allow, order_id, read_order
from classroom.watch.quota import GIB, Usage

SEATS = {
    "seat-01": frozenset({"temporal", "worker", "prometheus", "workspace"}),
    "seat-02": frozenset({"temporal", "worker", "prometheus", "grafana", "workspace"}),
}
ROOMY, WARNED, FULL = (Usage(n * GIB // 10, 2 * GIB) for n in (5, 17, 21))


def order(verb: object, seat: object, component: object = "") -> Order:
    return read_order({"id": "1", "verb": verb, "seat": seat, "component": component})


@pytest.mark.parametrize("verb", ["stop-workers", "cut", "lift-quota"])
def test_a_verb_for_a_seat(verb: str) -> None:
    assert order(verb, "seat-01") == Order(Verb(verb), "seat-01")
    assert order(verb, "seat-01", "temporal") == Order(Verb(verb), "seat-01")


def test_a_restart_names_one_of_the_components_that_the_seat_has() -> None:
    restart = order("restart", "seat-02", "grafana")
    assert restart == Order(Verb.RESTART, "seat-02", "grafana")
    allow(restart, SEATS, {"grafana": ROOMY})
    for wrong in ("", None, "worker", "ingress", "portal", "carrier", "Grafana", "../temporal", 7):
        with pytest.raises(RefusedError, match="no seat has a component"):
            order("restart", "seat-02", wrong)
    with pytest.raises(RefusedError, match="seat-01 has no component grafana"):
        allow(order("restart", "seat-01", "grafana"), SEATS, {})


@pytest.mark.parametrize("seat", ["", "seat-1", "ingress", "seat-01 ", None, ["seat-01"]])
def test_a_name_that_is_no_seats(seat: object) -> None:
    with pytest.raises(RefusedError, match="no such seat"):
        order("cut", seat)


@pytest.mark.parametrize("verb", ["stop-workers", "lift-quota"])
def test_a_seat_that_there_is_not(verb: str) -> None:
    with pytest.raises(RefusedError, match="no such seat: seat-03"):
        allow(order(verb, "seat-03"), SEATS, {})


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["id", "verb", "seat", "component"]), json))
def test_whatever_comes_is_refused_in_one_short_line(data: dict[str, object]) -> None:
    with pytest.raises(RefusedError) as refused:
        read_order(data)
    assert len(refused.value.what) < 100
    assert refused.value.what.isprintable()


@given(json)
def test_an_id_goes_into_an_address_only_when_it_is_safe_there(data: object) -> None:
    found = order_id({"id": data})
    assert found == "" or (found == data and all(c.isalnum() or c in "-_" for c in found))


def test_ids() -> None:
    assert order_id({"id": "3f0a-B_c"}) == "3f0a-B_c"
    for wrong in ({"id": "../x"}, {"id": "a/b"}, {"id": ""}, {"id": "x" * 65}, {"id": 7}, {}, "1"):
        assert order_id(wrong) == ""


@pytest.mark.parametrize("component", ["workspace", "temporal"])
def test_what_is_over_its_quota_is_not_restarted_but_lifted(component: str) -> None:
    restart = Order(Verb.RESTART, "seat-02", component)
    with pytest.raises(RefusedError, match=f"{component} of seat-02 .* lift the quota instead"):
        allow(restart, SEATS, {component: FULL})
    allow(restart, SEATS, {component: WARNED})
    allow(restart, SEATS, {})
    allow(Order(Verb.RESTART, "seat-02", "prometheus"), SEATS, {component: FULL})


def test_a_quota_is_lifted_only_where_it_presses() -> None:
    lift = Order(Verb.LIFT_QUOTA, "seat-02")
    allow(lift, SEATS, {"temporal": FULL, "workspace": ROOMY})
    allow(lift, SEATS, {"temporal": ROOMY, "workspace": WARNED})
    room = {"temporal": ROOMY, "workspace": Usage(1, 2 * GIB)}
    with pytest.raises(RefusedError, match=r"has room: of temporal, its files take 0\.50 of 2 GiB"):
        allow(lift, SEATS, room)
    with pytest.raises(RefusedError, match="not been measured"):
        allow(lift, SEATS, {})
