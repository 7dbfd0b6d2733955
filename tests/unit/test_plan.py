"""The plan's text for every situation an instructor can meet, and what must hold in all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from classroom.plan import names
from classroom.plan.desired import Desired, desired, seat_url, url
from classroom.plan.observed import Container, Network, Observed, Volume
from classroom.plan.operations import Kind, StackPlan, Verb
from classroom.plan.reconcile import reconcile
from classroom.plan.text import plan_text
from classroom.spec.model import ClassFile, Limits, Ports, TlsPolicy, default_limits

ROOT = Path(__file__).resolve().parents[2]
IMAGES = {c: f"classroom/{c}:1" for c in ("temporal", "prometheus", "grafana", "workspace")}
IMAGES |= {c: f"classroom/{c}:1" for c in ("portal", "ingress", "class-grafana")}


def wanted(seats: int = 2, **changes: object) -> Desired:
    class_file = replace(ClassFile(seats=seats), **changes)  # type: ignore[arg-type]
    return desired(class_file, IMAGES, ROOT)


def built(classroom: Desired) -> Observed:
    """Observe the engine right after ``classroom`` was provisioned without a fault."""
    containers: dict[str, Container] = {}
    networks: dict[str, Network] = {}
    volumes: dict[str, Volume] = {}
    secrets: set[tuple[str, str]] = set()
    legs = frozenset(stack.network for stack in classroom.stacks.values())
    for stack in classroom.stacks.values():
        own = names.identity(classroom.classroom, stack.name)
        networks[stack.network] = Network(f"id-{stack.network}", stack.network, stack.subnet, own)
        volumes |= {v: Volume(v, own) for v in stack.volumes}
        for service in stack.services:
            labels = names.identity(classroom.classroom, stack.name, service.component)
            labels[names.LABEL_HASH] = service.hash
            containers[service.container] = Container(
                id=f"id-{service.container}",
                name=service.container,
                image=service.image,
                state="running",
                status="Up 2 minutes",
                labels=labels,
                networks=legs if stack.name == names.INGRESS else frozenset({stack.network}),
            )
            secrets |= {(stack.name, f.secret) for f in service.files if f.secret}
    return Observed(containers, networks, volumes, frozenset(secrets))


def with_container(observed: Observed, name: str, **changes: object) -> Observed:
    changed = replace(observed.containers[name], **changes)  # type: ignore[arg-type]
    return replace(observed, containers={**observed.containers, name: changed})


def without(observed: Observed, *gone: str) -> Observed:
    return replace(
        observed,
        containers={k: v for k, v in observed.containers.items() if k not in gone},
        networks={k: v for k, v in observed.networks.items() if k not in gone},
        volumes={k: v for k, v in observed.volumes.items() if k not in gone},
    )


TEMPORAL = "temporal-seat-02-temporal"
GRAFANA = "temporal-seat-02-grafana"


def bigger_temporal() -> dict[str, Limits]:
    return {**default_limits(), "temporal": Limits(memory_mib=640, cpus=1.0, pids=128)}


def moved_images() -> Desired:
    return desired(ClassFile(seats=2), {**IMAGES, "temporal": "classroom/temporal:2"}, ROOT)


def with_certificate(chain: str) -> Desired:
    return wanted(tls=TlsPolicy.FILES, tls_certificate=chain, tls_key=Path("/srv/tls/site.key"))


def foreign(observed: Observed) -> Observed:
    return with_container(observed, GRAFANA, labels={"com.example": "somebody's"})


def half_made(classroom: Desired) -> Observed:
    """Observe the engine after a kill between a seat's second and third container."""
    observed = without(
        built(classroom),
        "temporal-seat-02-grafana",
        "temporal-seat-02-workspace",
        "temporal-seat-02-grafana-config",
    )
    observed = with_container(observed, TEMPORAL, state="created", status="Created")
    carrier = Container(
        id="id-carrier",
        name="temporal-seat-02-carrier",
        image=IMAGES["grafana"],
        state="created",
        status="Created",
        labels=names.identity("temporal", "seat-02", names.CARRIER),
        networks=frozenset(),
    )
    ingress = observed.containers["temporal-ingress"]
    observed = with_container(
        observed, ingress.name, networks=ingress.networks - {"temporal-seat-02"}
    )
    return replace(observed, containers={**observed.containers, carrier.name: carrier})


CASES = {
    "from nothing": (wanted(), Observed()),
    "nothing changed": (wanted(), built(wanted())),
    "two more": (wanted(4), built(wanted())),
    "one fewer": (wanted(1), built(wanted())),
    "one component's limits changed": (wanted(limits=bigger_temporal()), built(wanted())),
    "versions moved": (moved_images(), built(wanted())),
    "a container is missing": (wanted(), without(built(wanted()), TEMPORAL)),
    "a container is stopped": (
        wanted(),
        with_container(
            built(wanted()), TEMPORAL, state="exited", status="Exited (137) 1 minute ago"
        ),
    ),
    "a container is paused": (
        wanted(),
        with_container(built(wanted()), TEMPORAL, state="paused"),
    ),
    "a foreign container has the name": (wanted(), foreign(built(wanted()))),
    "half made, then killed": (wanted(), half_made(wanted())),
    "networks must be replaced": (
        wanted(subnet=IPv4Network("10.71.0.0/16")),
        built(wanted()),
    ),
    "the ingress is gone": (wanted(), without(built(wanted()), "temporal-ingress")),
    "the portal is gone": (wanted(), without(built(wanted()), "temporal-ingress-portal")),
    "TLS by the classroom's own authority": (wanted(tls=TlsPolicy.INTERNAL), built(wanted())),
    "TLS by files": (with_certificate("first"), built(wanted(tls=TlsPolicy.INTERNAL))),
    "another certificate": (with_certificate("second"), built(with_certificate("first"))),
    "a secret was lost": (wanted(), replace(built(wanted()), secrets=frozenset())),
    "grafana is no longer wanted": (
        desired(ClassFile(seats=2), {k: v for k, v in IMAGES.items() if "grafana" not in k}, ROOT),
        built(wanted()),
    ),
    "teardown": (Desired("temporal"), built(wanted())),
    "teardown of nothing": (Desired("temporal"), Observed()),
}


@pytest.mark.parametrize("case", CASES)
def test_golden_plan(case: str, snapshot: SnapshotAssertion) -> None:
    classroom, observed = CASES[case]
    assert plan_text(reconcile(classroom, observed)) == snapshot


@pytest.mark.parametrize("case", CASES)
def test_a_plan_survives_the_journey_to_ansible(case: str) -> None:
    for stack in reconcile(*CASES[case]).stacks.values():
        data = json.loads(json.dumps(stack.to_data()))
        assert StackPlan.from_data(data) == stack
        assert len(json.dumps(data)) < 20_000


@pytest.mark.parametrize("case", ["a container is stopped", "a container is missing"])
def test_what_runs_and_stays_is_told_from_what_is_brought_up(case: str) -> None:
    seats = reconcile(*CASES[case]).stacks
    assert seats["seat-01"].kept == ("temporal", "prometheus", "grafana", "workspace")
    assert seats["seat-02"].kept == ("prometheus", "grafana", "workspace")


def test_what_was_built_needs_nothing() -> None:
    for seats in (1, 3, 70):
        assert reconcile(wanted(seats), built(wanted(seats))).changes == ()


@settings(max_examples=40)
@given(have=st.integers(0, 12), want=st.integers(1, 12))
def test_changing_n_touches_only_the_difference(have: int, want: int) -> None:
    observed = built(wanted(have)) if have else Observed()
    plan = reconcile(wanted(want), observed)
    touched = {name for name, stack in plan.stacks.items() if stack.changes}
    difference = {names.seat_name(n) for n in range(min(have, want) + 1, max(have, want) + 1)}
    assert touched - {names.INGRESS} == difference
    assert set(plan.removed) == {s for s in difference if want < have}


@settings(max_examples=40)
@given(gone=st.sets(st.sampled_from(sorted(built(wanted(3)).containers)), max_size=5))
def test_a_volume_of_a_wanted_seat_is_never_removed(gone: set[str]) -> None:
    plan = reconcile(wanted(3, limits=bigger_temporal()), without(built(wanted(3)), *gone))
    assert not [o for o in plan.changes if o.verb is Verb.REMOVE]
    assert not [o for o in plan.changes if o.kind is Kind.VOLUME]


def test_work_is_archived_before_it_is_removed() -> None:
    for stack in reconcile(Desired("temporal"), built(wanted(3))).stacks.values():
        kinds = [(o.verb, o.kind) for o in stack.operations]
        if stack.name != names.INGRESS:
            assert kinds[0] == (Verb.ARCHIVE, Kind.WORK)


def test_another_classroom_is_left_alone() -> None:
    other = built(wanted(name="other"))
    assert reconcile(Desired("temporal"), other).stacks == {}
    assert reconcile(wanted(name="third"), other).removed == ()


@pytest.mark.parametrize(
    ("name", "number"),
    [("seat-07", 7), ("seat-70", 70), ("seat-100", 100), ("seat-254", 254)],
)
def test_a_seat_has_one_spelling(name: str, number: int) -> None:
    assert names.seat_name(number) == name
    assert names.seat_number(name) == number


@pytest.mark.parametrize("name", ["seat-7", "seat-007", "seat-00", "seat-", "ingress", "seat-7x"])
def test_other_spellings_are_no_seat(name: str) -> None:
    assert names.seat_number(name) is None


def test_a_private_key_is_in_no_plan_and_its_path_is() -> None:
    stack = reconcile(with_certificate("a certificate"), Observed()).stacks[names.INGRESS].stack
    assert stack is not None
    (ingress,) = (s for s in stack.services if s.component == names.INGRESS)
    assert [(f.path, f.content, f.mode, f.source) for f in ingress.files] == [
        ("certificate.pem", "a certificate", 0o644, ""),
        ("key.pem", None, 0o600, "/srv/tls/site.key"),
    ]
    assert "site.key" not in stack.compose


@pytest.mark.parametrize("tls", [TlsPolicy.OFF, TlsPolicy.INTERNAL])
def test_a_given_private_key_goes_once_the_class_file_does_not_name_it(tls: TlsPolicy) -> None:
    plan = reconcile(wanted(tls=tls), built(with_certificate("a certificate")))
    operations = plan.stacks[names.INGRESS].operations
    removed = [o.name for o in operations if o.verb is Verb.REMOVE]
    assert removed == ["temporal-ingress-config"]
    # The container that has it mounted is replaced first.
    verbs = {o.name: n for n, o in enumerate(operations) if o.verb is not Verb.KEEP}
    assert verbs["temporal-ingress"] < verbs["temporal-ingress-config"]


def test_the_classrooms_own_authority_stays_for_whoever_trusts_it() -> None:
    plan = reconcile(wanted(), built(wanted(tls=TlsPolicy.INTERNAL)))
    assert not [o for o in plan.changes if o.verb is Verb.REMOVE]


@pytest.mark.parametrize(
    ("tls", "port", "front", "seat"),
    [
        (TlsPolicy.OFF, 80, "http://class.example", "http://s07.class.example"),
        (TlsPolicy.OFF, 443, "http://class.example:443", "http://s07.class.example:443"),
        (TlsPolicy.INTERNAL, 443, "https://class.example", "https://s07.class.example"),
        (TlsPolicy.FILES, 8443, "https://class.example:8443", "https://s07.class.example:8443"),
    ],
)
def test_addresses_as_attendees_type_them(tls: TlsPolicy, port: int, front: str, seat: str) -> None:
    class_file = ClassFile(domain="class.example", tls=tls, ports=Ports(http=port))
    assert (url(class_file), seat_url(class_file, "seat-07")) == (front, seat)


def test_whom_everybody_waits_for_has_more_of_the_processor() -> None:
    classroom = wanted(1)
    shares = {
        (stack.name, name): service.get("cpu_shares", 1024)
        for stack in classroom.stacks.values()
        for name, service in yaml.safe_load(stack.compose)["services"].items()
    }
    more = {key for key, share in shares.items() if share > 8 * 1024}
    assert more == {("ingress", "ingress"), ("ingress", "portal")}


def test_the_class_has_a_grafana_of_its_own_where_seats_have_one() -> None:
    without_any = {name: tag for name, tag in IMAGES.items() if "grafana" not in name}
    for images, there in ((IMAGES, True), (without_any, False)):
        stacks = desired(ClassFile(seats=1), images, ROOT).stacks
        found = {
            service.container: service.image
            for stack in stacks.values()
            for service in stack.services
            if service.component == "grafana"
        }
        expected = {
            "temporal-ingress-grafana": "classroom/class-grafana:1",
            "temporal-seat-01-grafana": "classroom/grafana:1",
        }
        assert found == (expected if there else {})
    own = yaml.safe_load(desired(ClassFile(seats=1), IMAGES, ROOT).stacks["ingress"].compose)
    grafana = own["services"]["grafana"]
    assert (grafana["networks"], grafana.get("ports")) == ({"ingress": {}}, None)
    assert grafana["environment"] == {"GF_SERVER_ROOT_URL": "http://console.localhost/grafana/"}
