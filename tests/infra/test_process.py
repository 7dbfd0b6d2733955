"""Whoever runs in a container has no more rights than an attendee should."""

from __future__ import annotations

from collections.abc import Mapping

from tests.infra.contract import OWNER, UID
from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Component, Inspection

CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
SECCOMP_FILTER = "2"  # proc(5)


def of_every_process(component: Component, inside: Inside, wanted: Mapping[str, object]) -> None:
    __tracebackhide__ = True
    no_findings(component, () if inside.processes else ["no process was seen"])
    no_findings(
        component,
        (
            f"{process}: {name} is {process.status.get(name)}, wanted {value}"
            for process in inside.processes
            for name, value in wanted.items()
            if process.status.get(name) != value
        ),
    )


def test_user(component: Component, container: Inspection, inside: Inside) -> None:
    expect(component, seen={"user": container["Config"]["User"]}, wanted={"user": OWNER})
    # Real, effective, saved and file system's.
    everywhere = "\t".join([str(UID)] * 4)
    of_every_process(component, inside, {"Uid": everywhere, "Gid": everywhere, "Groups": str(UID)})


def test_capabilities(component: Component, inside: Inside) -> None:
    of_every_process(component, inside, dict.fromkeys(CAPABILITIES, "0" * 16))


def test_no_new_privileges(component: Component, inside: Inside) -> None:
    of_every_process(component, inside, {"NoNewPrivs": "1"})


def test_seccomp(component: Component, inside: Inside) -> None:
    of_every_process(component, inside, {"Seccomp": SECCOMP_FILTER})
