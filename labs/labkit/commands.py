"""What the `lab` command does with a lab's files and programs, in an attendee's workspace."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from typing import NoReturn

from labkit.course import course_dir, labs_dir, place_of, shown
from labkit.errors import LabError
from labkit.files import SOLUTION, hand_out, solution_files, starter_files
from labkit.hints import Hint, hint_for, hints_of, standing
from labkit.labs import Lab, all_labs, find_lab
from labkit.leaving import leave
from labkit.resetting import reset
from labkit.running import RunDir
from labkit.seat import seat
from labkit.solution import differences
from labkit.terminal import bold


def list_labs(_: argparse.Namespace) -> None:
    """Show the labs there are, when they are due, and where their files lie."""
    day = ""
    for lab in all_labs(labs_dir()):
        if lab.part.day != day:
            day = lab.part.day
            print(day)
        place = place_of(lab)
        where = shown(place) if place.exists() else f"create it: lab start {lab.id}"
        print(f"  {bold(lab.id)}  {lab.title}")
        print(f"        {lab.part.begins}, {lab.minutes} minutes, {where}")


def start(arguments: argparse.Namespace) -> None:
    """Lay a lab's files out."""
    lab = _lab(arguments)
    done = hand_out(starter_files(lab, seat()), course_dir())
    for path in done.created:
        print(f"created  {shown(path)}")
    for path in done.renewed:
        print(f"renewed  {shown(path)}, which you had not changed")
    if there := len(done.same) + len(done.kept):
        print(f"{there} of its {len(lab.files)} files were there already and stay as they are.")
    print(f"Begin with {bold(shown(place_of(lab) / 'guide.md'))}")


def worker(arguments: argparse.Namespace) -> NoReturn:
    """Become a lab's worker."""
    _become(arguments, "worker.py")


def run(arguments: argparse.Namespace) -> NoReturn:
    """Become a lab's starter."""
    _become(arguments, "starter.py")


def check(arguments: argparse.Namespace) -> NoReturn:
    """Show which of a lab's goals the server's histories prove."""
    # The SDK takes half a second to import; the other commands do without it.
    from labkit.checking.command import as_json, as_text, findings_of  # noqa: PLC0415

    lab = _lab(arguments)
    findings = findings_of(lab, seat())
    if arguments.json:
        print(as_json(findings, lab, seat()))
    else:
        print(as_text(findings, lab, seat(), bold))
    leave()


def hint(arguments: argparse.Namespace) -> None:
    """Show what to think of at each open TODO, or the way through one of them."""
    lab = _lab(arguments)
    hints = hints_of(lab)
    if arguments.todo is not None:
        chosen = hint_for(hints, arguments.todo, lab.id)
        _print_nudge(chosen)
        print(f"\n{_indented(chosen.way)}\n\nStill stuck? lab solution {lab.id}")
        return
    if not place_of(lab).exists():
        raise LabError(f"{shown(place_of(lab))} is not there. Create it: lab start {lab.id}")
    still = standing(hints, place_of(lab))
    for one in still:
        _print_nudge(one)
        print()
    if still:
        print(f"More of a hint, for one of them: lab hint {lab.id} {still[0].todo}")
    else:
        numbers = f", for example lab hint {lab.id} {hints[0].todo}" if hints else ""
        print(f"No TODO is left in your files of {lab.id}. Is it done? lab check {lab.id}")
        print(f"The hints are still there{numbers}." if hints else "It has no hints.")


def solution(arguments: argparse.Namespace) -> None:
    """Write the solution beside the attendee's files, and show what differs."""
    lab = _lab(arguments)
    lines = list(differences(lab, course_dir(), seat()))
    done = hand_out(solution_files(lab, seat()), course_dir())
    for line in lines or [f"Your programs of {lab.id} are the solution, line by line."]:
        print(line)
    place = shown(place_of(lab) / SOLUTION)
    print(f"\nThe solution is in {bold(place)}, your own files are as they were.")
    for path in done.kept:
        print(f"You have changed {path.name} there, so it stays as it is.")
    print(f"To run it: python {place}/worker.py")


def reset_lab(arguments: argparse.Namespace) -> None:
    """Make a lab's files what they were at first, and keep the attendee's."""
    lab = _lab(arguments)
    done = reset(lab, course_dir(), seat(), datetime.now())
    for name in done.created:
        print(f"created  {name}")
    for name in done.replaced:
        print(f"reset    {name}")
    if done.kept:
        print(f"What you had is in {bold(shown(done.kept))}")
        print("An editor that has one of them open may ask which it shall show: choose Revert.")
    elif not done.created:
        print(f"Nothing of {lab.id} had been changed.")


def doctor(_: argparse.Namespace) -> NoReturn:
    """Look for what is wrong, and say what to do."""
    from labkit.doctor.command import examine  # noqa: PLC0415 (it imports the SDK)

    for line in examine(seat(), course_dir(), RunDir.from_environment()):
        print(line)
    leave()


def kill(_: argparse.Namespace) -> None:
    """Kill the attendee's workers as a crash would."""
    run_dir = RunDir.from_environment()
    workers = run_dir.workers()
    if not workers:
        raise LabError("No lab worker is running. Start one: lab worker D1L1")
    for running in workers:
        run_dir.kill(running)
        print(f"Killed the {bold(running.lab)} worker, pid {running.pid}, with SIGKILL.")


def _lab(arguments: argparse.Namespace) -> Lab:
    return find_lab(labs_dir(), arguments.lab)


def _become(arguments: argparse.Namespace, program: str) -> NoReturn:
    """Turn this process into one of the lab's programs: the same as `python worker.py` there."""
    lab = _lab(arguments)
    path = place_of(lab) / program
    if not path.exists():
        raise LabError(f"{shown(path)} is not there. Create it: lab start {lab.id}")
    os.chdir(path.parent)
    command = [sys.executable, "-m", "labkit.launch", program, *arguments.more]
    os.execv(sys.executable, command)  # noqa: S606


def _print_nudge(one: Hint) -> None:
    print(f"{bold(f'TODO {one.todo}')} in {one.file}\n{_indented(one.nudge)}")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
