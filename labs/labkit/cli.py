"""The `lab` command."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from labkit.files import create_files
from labkit.labs import Lab, UnknownLabError, all_labs, find_lab
from labkit.leaving import leave
from labkit.running import RunDir
from labkit.seat import seat


class LabError(Exception):
    """Something an attendee can put right; the message says how."""


def main() -> None:
    """Run the command that the arguments name."""
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except (LabError, UnknownLabError) as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="The course's labs, in a terminal.")
    parser.set_defaults(run=lambda _: parser.print_help())
    commands = parser.add_subparsers(metavar="COMMAND")

    commands.add_parser("list", help="show the labs there are").set_defaults(run=_list)

    start = commands.add_parser("start", help="create a lab's files that are not there yet")
    start.set_defaults(run=_start)

    worker = commands.add_parser("worker", help="run a lab's worker here, until Ctrl-C")
    worker.set_defaults(run=lambda arguments: _become(arguments, "worker.py"))

    run = commands.add_parser("run", help="start a lab's workflow and wait for its result")
    run.set_defaults(run=lambda arguments: _become(arguments, "starter.py"))

    check = commands.add_parser("check", help="see which of a lab's goals your server can prove")
    check.set_defaults(run=_check)
    check.add_argument("--json", action="store_true", help="for programs: one result a line")

    for with_lab in (start, worker, run, check):
        with_lab.add_argument("lab", metavar="LAB", help="which one, for example D1L1")
    for with_more in (worker, run):
        with_more.add_argument(
            "more", nargs=argparse.REMAINDER, help="what follows goes to the lab's own program"
        )

    commands.add_parser(
        "kill", help="kill the running lab workers with SIGKILL, as a crash would"
    ).set_defaults(run=_kill)
    return parser


def _list(_: argparse.Namespace) -> None:
    day = ""
    for lab in all_labs(_labs_dir()):
        if lab.part.day != day:
            day = lab.part.day
            print(day)
        place = _shown(_place(lab)) if _place(lab).exists() else f"create it: lab start {lab.id}"
        print(f"  {_bold(lab.id)}  {lab.title}")
        print(f"        {lab.part.begins}, {lab.minutes} minutes, {place}")


def _start(arguments: argparse.Namespace) -> None:
    lab = find_lab(_labs_dir(), arguments.lab)
    created = create_files(lab, _course(), seat())
    for path in created:
        print(f"created  {_shown(path)}")
    kept = len(lab.files) - len(created)
    if kept:
        print(f"{kept} of its {len(lab.files)} files were there already and stay as they are.")
    print(f"Begin with {_bold(_shown(_place(lab) / 'guide.md'))}")


def _become(arguments: argparse.Namespace, program: str) -> NoReturn:
    """Turn this process into one of the lab's programs: the same as `python worker.py` there."""
    lab = find_lab(_labs_dir(), arguments.lab)
    path = _place(lab) / program
    if not path.exists():
        raise LabError(f"{_shown(path)} is not there. Create it: lab start {lab.id}")
    os.chdir(path.parent)
    os.execv(sys.executable, [sys.executable, program, *arguments.more])  # noqa: S606


def _check(arguments: argparse.Namespace) -> NoReturn:
    # The SDK takes half a second to import; the other commands do without it.
    from labkit.checking.command import as_json, as_text, findings_of  # noqa: PLC0415

    lab = find_lab(_labs_dir(), arguments.lab)
    findings = findings_of(lab, seat())
    if arguments.json:
        print(as_json(findings, lab, seat()))
    else:
        print(as_text(findings, lab, seat(), _bold))
    leave()


def _kill(_: argparse.Namespace) -> None:
    run_dir = RunDir.from_environment()
    workers = run_dir.workers()
    if not workers:
        raise LabError("No lab worker is running. Start one: lab worker D1L1")
    for worker in workers:
        run_dir.kill(worker)
        print(f"Killed the {_bold(worker.lab)} worker, pid {worker.pid}, with SIGKILL.")


def _labs_dir() -> Path:
    return Path(os.environ["LABKIT_LABS"])


def _course() -> Path:
    return Path.home() / "course"


def _place(lab: Lab) -> Path:
    return _course() / lab.folder.name


def _shown(path: Path) -> str:
    return f"~/{path.relative_to(Path.home())}"


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text
