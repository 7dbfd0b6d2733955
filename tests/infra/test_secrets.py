"""Secrets are where they belong and nowhere else. Nothing here prints one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

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
            for (stack, name), secret in classroom.secrets.items()
            if secret in text
        ),
    )


def test_secret_files(stack: str, classroom: Classroom, machine: Host) -> None:
    folders = (classroom.state.path, classroom.state.path / "secrets")
    own = classroom.state.path / "secrets" / stack
    files = [own / name for owner, name in classroom.secrets if owner == stack]
    wanted = dict.fromkeys([*folders, *([own] if files else [])], "700")
    wanted |= dict.fromkeys(files, "600")
    seen = {str(path): f"{machine.file(str(path)).mode:o}" for path in wanted}
    expect(stack, seen=seen, wanted={str(path): mode for path, mode in wanted.items()})


def test_secrets_are_there(stack: str, classroom: Classroom) -> None:
    planned = {f.secret for s in classroom.stacks[stack].services for f in s.files if not f.content}
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
