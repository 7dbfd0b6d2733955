"""What a container can write to, and what it can't."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from classroom.plan.desired import ConfigFile
from tests.infra.contract import OWNER
from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component, Inspection

REFUSED = "Read-only file system"
SEATS_PARTS = ("temporal", "prometheus", "grafana", "workspace")
UNITS = {"k": 1, "m": 1024, "g": 1024 * 1024}


def not_refused(inside: Inside, question: str) -> list[str]:
    answer = inside.answers[question]
    if answer.code == 0:
        return [f"a {question} worked"]
    # "Permission denied" would mean that the right user could.
    return [] if REFUSED in answer.text else [f"a {question} ended with: {answer.text}"]


def not_done(inside: Inside, question: str) -> list[str]:
    answer = inside.answers[question]
    return [f"a {question} ended with: {answer.text}"] if answer.code else []


def test_root_is_read_only(component: Component, container: Inspection, inside: Inside) -> None:
    expect(
        component,
        seen={"read-only root": container["HostConfig"]["ReadonlyRootfs"]},
        wanted={"read-only root": True},
    )
    no_findings(component, not_refused(inside, "write to /"))


def test_tmp(component: Component, inside: Inside) -> None:
    (planned,) = component.mounts("tmpfs")
    size = planned["tmpfs"]["size"]
    kilobytes = int(size[:-1]) * UNITS[size[-1]]
    where = planned["target"]
    mount = inside.mount(where)
    wanted = {f"size={kilobytes}k", "rw", "noexec", "nosuid", "nodev"}
    expect(component, seen={where: mount.kind}, wanted={where: "tmpfs"})
    lacking = sorted(wanted - mount.options)
    no_findings(component, (f"{where} is mounted without {word}" for word in lacking))
    no_findings(component, not_done(inside, "write to /tmp"))


def test_mounts(component: Component, container: Inspection) -> None:
    """No Docker socket, no folder of the machine: the planned volumes and tmpfs, nothing else."""
    seen = {m["Destination"]: (m["Type"], m.get("Name", ""), m["RW"]) for m in container["Mounts"]}
    volumes = zip(component.mounts("volume"), component.service.volumes, strict=True)
    wanted = {m["target"]: ("volume", name, not m.get("read_only")) for m, name in volumes}
    wanted |= {m["target"]: ("tmpfs", "", True) for m in component.mounts("tmpfs")}
    no_findings(
        component,
        (
            f"{where}: seen {seen.get(where)}, wanted {wanted.get(where)}"
            for where in sorted({*seen, *wanted})
            if seen.get(where) != wanted.get(where)
        ),
    )


@pytest.mark.only(*SEATS_PARTS, "portal")
def test_data(component: Component, inside: Inside) -> None:
    folder = component.contract.data
    no_findings(component, () if folder in inside.mounts else [f"{folder} is not a mount"])
    expect(
        component,
        seen={f"owner of {folder}": inside.answers["owner of data"].text},
        wanted={f"owner of {folder}": OWNER},
    )
    no_findings(component, not_done(inside, "write to data"))


def test_volumes_are_its_own(component: Component, classroom: Classroom) -> None:
    own = set(component.service.volumes)
    no_findings(
        component,
        (
            f"its volume {mount['Name']} is mounted in {other['Names'][0].lstrip('/')} too"
            for other in classroom.containers
            for mount in other["Mounts"]
            if mount.get("Name") in own and other["Names"][0] != f"/{component.service.container}"
        ),
    )


def planned_content(component: Component, file: ConfigFile, classroom: Classroom) -> bytes:
    if file.source:
        return Path(file.source).read_bytes()
    if file.derived_from:
        return classroom.hidden[component.stack.name, file.path]
    if file.content is None:
        return classroom.secrets.get((component.stack.name, file.secret), b"")
    return file.content.encode()


@pytest.mark.only("prometheus", "grafana", "portal", "ingress")
def test_configuration(component: Component, classroom: Classroom, inside: Inside) -> None:
    if not component.files:
        pytest.skip("it has no configuration")
    options = inside.mount(component.config_folder).options
    no_findings(
        component,
        () if "ro" in options else [f"{component.config_folder} is not mounted read-only"],
    )
    for path, file in zip(component.files, component.service.files, strict=True):
        content = planned_content(component, file, classroom)
        owner_and_mode, _, digest = inside.answers[f"file {path}"].text.partition("\n")
        # By digest, so that no failure can print a password.
        same = digest.split()[:1] == [hashlib.sha256(content).hexdigest()]
        expect(
            component,
            seen={f"{path}": owner_and_mode, f"{path} has the planned content": same},
            wanted={f"{path}": f"{OWNER}:{file.mode:o}", f"{path} has the planned content": True},
        )
        no_findings(component, not_refused(inside, f"write to {path}"))
