"""What is asked inside a container, all of it in one command: an exec costs 0.1 s and more.

A question is a name and a piece of bash; the answers come back in one stream, parted by a random
word, each with its exit code.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from testinfra.host import Host  # type: ignore[import-untyped]  # it ships no types

from classroom.engine.planning import ROOT
from tests.infra.contract import CONTRACTS
from tests.infra.live import Component

COURSE = "/home/seat/course"

SECONDS = 90
"""Time for all questions to one container; an import of the SDK on a busy machine takes a few."""

# Those that ask are left out.
_PROCESSES = """for process in /proc/[0-9]*; do
  if grep --quiet --text "$WORD" "$process/cmdline"; then continue; fi
  printf '%s:%s:%s:%s:' "${process#/proc/}" "$(base64 -w0 "$process/status")" \
    "$(base64 -w0 "$process/cmdline")" "$(base64 -w0 "$process/environ" || echo !)"
  if [ -e "$process/status" ]; then echo there; else echo gone; fi
done 2>/dev/null"""

_CGROUP = """cd /sys/fs/cgroup || exit
grep --no-messages . memory.max memory.swap.max cpu.max pids.max \
  memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes \
  cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max
true"""

EVERYWHERE = {
    "processes": _PROCESSES,
    "cgroup": _CGROUP,
    "mounts": "cat /proc/mounts",
    "sockets": "cat /proc/net/{tcp,udp}; cat /proc/net/{tcp,udp}6 2>/dev/null; true",
    "ephemeral ports": "cat /proc/sys/net/ipv4/ip_local_port_range",
    "write to /": ": >/.verify && rm /.verify",
    "write to /tmp": 'file=$(mktemp /tmp/.verify-XXXXXX) && rm "$file"',
}


@dataclass(frozen=True)
class Answer:
    """What a question came to: its exit code, and its output (standard error included)."""

    code: int
    output: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The output as one text, without white space around it."""
        return self.output.decode(errors="replace").strip()


class UnansweredError(Exception):
    """The container could not be asked; the message says why."""


def questions(component: Component) -> dict[str, str]:
    """Return everything there is to ask in this component's container."""
    contract = CONTRACTS[component.name]
    asked = {**EVERYWHERE, "version": contract.ask_version}
    if contract.data:
        asked["write to data"] = f'file=$(mktemp {contract.data}/.verify-XXXXXX) && rm "$file"'
        asked["owner of data"] = f"stat --format %u:%g {contract.data}"
    for path in component.files:
        asked[f"file {path}"] = f"stat --format %u:%g:%a {path} && sha256sum <{path}"
        # Opened for writing, and nothing is written: where that works, nothing has changed.
        asked[f"write to {path}"] = f": >>{path}"
    if component.name == "ingress":
        asked["forwarding"] = (
            "grep . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf/*/forwarding"
        )
    if component.name == "workspace":
        asked |= _workspace_questions()
    return asked


def lab_files() -> tuple[str, ...]:
    """Return the files that the labs put into an attendee's course folder."""
    of_labs = (
        f"{path.parent.name}/{name}"
        for path in sorted(ROOT.glob("labs/*/lab.yml"))
        for name in yaml.safe_load(path.read_text(encoding="utf-8"))["files"]
    )
    pages = (f"pages/{path.name}" for path in sorted(ROOT.glob("labs/pages/*.md")))
    return tuple(f"{COURSE}/{name}" for name in (*of_labs, *pages))


def _workspace_questions() -> dict[str, str]:
    version = "import sys; print('{}.{}'.format(*sys.version_info))"
    in_a_terminal = {
        "python": f"python -c {shlex.quote(version)}",
        "import of temporalio": "python -c 'import temporalio.client' && printf worked",
        "temporal command": "type -P temporal",
        "promtool command": "type -P promtool",
        "lab command": "type -P lab",
        "TEMPORAL_ADDRESS": 'printf %s "$TEMPORAL_ADDRESS"',
    }
    # JupyterLab's terminals are login shells.
    asked = {name: f"bash -lc {shlex.quote(words)}" for name, words in in_a_terminal.items()}
    folders = {str(Path(path).parent) for path in lab_files()}
    for path in (COURSE, *sorted(folders), *lab_files()):
        asked[f"owner of {path}"] = f"stat --format %u:%g {shlex.quote(path)}"
    return asked


def ask(host: Host, asked: Mapping[str, str]) -> dict[str, Answer]:
    """Ask everything at once and return the answers by name.

    Raises:
        UnansweredError: not all of it was answered.
    """
    word = secrets.token_hex(16)
    script = f"WORD={word}\n" + "".join(
        f"( {words}\n) 2>&1 </dev/null; printf '\\n{word} %s\\n' $?\n" for words in asked.values()
    )
    done = host.run(f"timeout {SECONDS} bash -c %s", script)
    *parts, _ = re.split(rb"\n%s (\d+)\n" % word.encode(), done.stdout_bytes)
    answers = [
        Answer(int(code), output) for output, code in zip(parts[::2], parts[1::2], strict=True)
    ]
    if len(answers) != len(asked):
        # Its output stays unsaid unless no shell began at all: it has environments in it.
        said = done.stderr if done.rc not in (126, 127) else done.stdout + done.stderr
        unanswered = list(asked)[len(answers)]
        raise UnansweredError(
            f"no answer to {unanswered!r}: exit code {done.rc} {said.strip()}".rstrip()
        )
    return dict(zip(asked, answers, strict=True))
