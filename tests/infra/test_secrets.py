"""Secrets are where they belong and nowhere else. Nothing here prints one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from testinfra.host import Host  # type: ignore[import-untyped]  # it ships no types

from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component, Inspection


def in_the_engine(container: Inspection) -> Iterator[tuple[str, bytes]]:
    config = container["Config"]
    for assignment in config["Env"] or ():
        name = assignment.partition("=")[0]
        yield f"environment variable {name}", assignment.encode()
    for name, value in config["Labels"].items():
        yield f"label {name}", f"{name}={value}".encode()
    for word in (container["Path"], *container["Args"]):
        yield "command line", word.encode()


def in_processes(inside: Inside) -> Iterator[tuple[str, bytes]]:
    for process in inside.processes:
        yield f"command line of {process}", process.argv
        for assignment in (process.environ or b"").split(b"\0"):
            name = assignment.partition(b"=")[0].decode(errors="replace")
            yield f"environment variable {name} of {process}", assignment


def test_no_secret_in_sight(
    component: Component, container: Inspection, inside: Inside, classroom: Classroom
) -> None:
    no_findings(
        component,
        (
            f"the environment of {process} can't be read"
            for process in inside.processes
            if process.environ is None
        ),
    )
    no_findings(
        component,
        (
            f"the {name} of {stack} is in the {place}"
            for place, text in (*in_the_engine(container), *in_processes(inside))
            for (stack, name), secret in classroom.hidden.items()
            if secret in text
        ),
    )


def test_state_folder(classroom: Classroom, machine: Host) -> None:
    path = classroom.state.path
    expect_modes("this machine", machine, dict.fromkeys((path, path / "secrets"), "700"))


def test_secret_files(stack: str, classroom: Classroom, machine: Host) -> None:
    folder = classroom.state.path / "secrets" / stack
    files = [folder / name for owner, name in classroom.secrets if owner == stack]
    if files:
        expect_modes(stack, machine, {folder: "700", **dict.fromkeys(files, "600")})


def expect_modes(place: str, machine: Host, modes: Mapping[Path, str]) -> None:
    __tracebackhide__ = True
    seen = {str(path): f"{machine.file(str(path)).mode:o}" for path in modes}
    expect(place, seen=seen, wanted={str(path): mode for path, mode in modes.items()})


def test_secrets_are_there(stack: str, classroom: Classroom) -> None:
    planned = {f.secret for s in classroom.stacks[stack].services for f in s.files if f.secret}
    kept = {
        name for (owner, name), secret in classroom.secrets.items() if owner == stack and secret
    }
    no_findings(stack, (f"its {name} is not on this machine" for name in sorted(planned - kept)))


def test_secrets_differ(classroom: Classroom) -> None:
    shared = {value for value, count in Counter(classroom.secrets.values()).items() if count > 1}
    no_findings(
        f"classroom {classroom.class_file.name}",
        (
            f"the {name} of {stack} is another seat's too"
            for (stack, name), value in classroom.secrets.items()
            if value in shared
        ),
    )
