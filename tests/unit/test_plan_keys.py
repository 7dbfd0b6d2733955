"""No key of the class file, changed in a running classroom, may cost an attendee's files."""

from __future__ import annotations

from dataclasses import fields, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_plan import IMAGES, ROOT, built, wanted

from classroom.plan.desired import desired
from classroom.plan.operations import Kind, Plan, Verb
from classroom.plan.reconcile import reconcile
from classroom.spec.model import Attendee, ClassFile, Limits, Ports, TlsPolicy, default_limits

OTHER_IMAGES = {name: f"classroom/{name}:2" for name in IMAGES}
WITHOUT_GRAFANA = {name: tag for name, tag in IMAGES.items() if "grafana" not in name}
GIVEN_CERTIFICATE = {
    "tls": TlsPolicy.FILES,
    "tls_certificate": "-----BEGIN CERTIFICATE-----",
    "tls_key": Path("/srv/tls/site.key"),
}

CHANGED: dict[str, dict[str, Any]] = {
    "attendees": {"attendees": (Attendee("Ada"),)},
    "domain": {"domain": "course.example"},
    "tls": {"tls": TlsPolicy.INTERNAL},
    "tls_certificate": GIVEN_CERTIFICATE,
    "tls_key": GIVEN_CERTIFICATE,
    "listen": {"listen": "127.0.0.2"},
    "ports": {"ports": Ports(http=8000, grpc=7000, ui=8001, metrics=8002)},
    "subnet": {"subnet": IPv4Network("10.99.0.0/16")},
    "limits": {"limits": {name: Limits(2048, 2.0, 600) for name in default_limits()}},
}
"""A change for each key that is rendered."""

IMAGES_CHANGED = {
    "images": OTHER_IMAGES,
    "registry": OTHER_IMAGES,
    "extra_ca": OTHER_IMAGES,
    "versions": OTHER_IMAGES,
    "grafana_tarball": {**IMAGES, "grafana": "classroom/grafana:2"},
    "grafana": WITHOUT_GRAFANA,
}
"""What the keys that decide images change."""

NOT_RENDERED = {"lan_address", "egress", "quota"}
"""What the preflight, the firewall and watch go by."""

ANOTHER_CLASSROOM = {"name", "seats"}
"""Another name is another classroom, and fewer seats are what `N=` asks about."""


def changed(key: str) -> Plan:
    if key in IMAGES_CHANGED:
        return reconcile(desired(ClassFile(seats=2), IMAGES_CHANGED[key], ROOT), built(wanted()))
    class_file = replace(ClassFile(seats=2), **CHANGED[key])
    return reconcile(desired(class_file, IMAGES, ROOT), built(wanted()))


def test_each_key_is_looked_at() -> None:
    keys = {field.name for field in fields(ClassFile)}
    assert CHANGED.keys() | IMAGES_CHANGED.keys() == keys - ANOTHER_CLASSROOM - NOT_RENDERED


@pytest.mark.parametrize("key", [*CHANGED, *IMAGES_CHANGED])
def test_a_changed_key_touches_no_volume_and_removes_no_seat(key: str) -> None:
    plan = changed(key)
    assert plan.removed == ()
    volumes = [o for o in plan.changes if o.kind in (Kind.VOLUME, Kind.WORK)]
    # With TLS the ingress gets a volume of its own; the seats have all that they need.
    assert [(o.verb, o.name) for o in volumes] == {
        "tls": [(Verb.CREATE, "temporal-ingress-data")],
        "tls_certificate": [(Verb.CREATE, "temporal-ingress-config")],
        "tls_key": [(Verb.CREATE, "temporal-ingress-config")],
    }.get(key, [])
    removed = [o.name for o in plan.changes if o.verb is Verb.REMOVE]
    grafanas = [f"temporal-{stack}-grafana" for stack in ("ingress", "seat-01", "seat-02")]
    assert removed == (grafanas if key == "grafana" else [])


@pytest.mark.parametrize("key", sorted({*CHANGED, *IMAGES_CHANGED} - {"attendees"}))
def test_a_changed_key_is_acted_upon(key: str) -> None:
    assert changed(key).changes
