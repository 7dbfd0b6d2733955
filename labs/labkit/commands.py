"""What the `lab` command does with a lab's files and programs, in an attendee's workspace."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from labkit import stopping
from labkit.course import course_dir, labs_dir, place_of, shown
from labkit.errors import LabError
from labkit.files import SOLUTION, hand_out, solution_files, starter_files
from labkit.hints import Hint, hint_for, hints_of, standing
from labkit.labs import Lab, all_labs, find_lab
from labkit.leaving import leave
from labkit.pages import all_pages
from labkit.resetting import reset
from labkit.running import RunDir, RunningWorker
from labkit.seat import seat
from labkit.solution import differences
from labkit.terminal import bold


def list_labs(_: argparse.Namespace) -> None:
    """Show the labs there are, when they are due, and where their files lie; then the pages."""
    day = ""
    for lab in all_labs(labs_dir()):
        if lab.part.day != day:
            day = lab.part.day
            print(day)
        place = place_of(lab)
        where = shown(place) if place.exists() else f"create it: lab start {lab.id}"
        print(f"  {bold(lab.id)}  {lab.title}")
        what = "a worked example" if lab.example else f"{lab.minutes} minutes"
        print(f"        {lab.part.begins}, {what}, {where}")
    print("To read, when you like")
    for page in all_pages(labs_dir()):
        print(f"  {bold(page.id)}  {page.title}")
        print(f"        {shown(course_dir() / page.place)}")


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
    from labkit.checking.command import as_json, as_text, checked  # noqa: PLC0415

    lab = _lab_with_todos(arguments)
    found = checked(lab, seat())
    if arguments.json:
        print(as_json(found.findings, lab, seat()))
    else:
        print(as_text(found, lab, seat(), bold))
    leave()


def end(arguments: argparse.Namespace) -> NoReturn:
    """End what still runs of a lab that is done."""
    from labkit.checking.command import ended, named  # noqa: PLC0415 (it imports the SDK)

    lab = _lab_with_todos(arguments)
    came_to = ended(lab, seat())
    many, still = came_to.ended.many, came_to.left.many
    print(f"Ended: {named(came_to.ended)}." if many else f"Nothing of {lab.id} is running.")
    if many:
        print("Their histories are where they were, and so is what they prove.")
    if still:
        print(f"Something goes on starting them, and {still:,} are running. End that first, then:")
        print(f"lab end {lab.id}")
    leave()


def hint(arguments: argparse.Namespace) -> None:
    """Show what to think of at each open TODO, or the way through one of them."""
    lab = _lab_with_todos(arguments)
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
    lab = _lab_with_todos(arguments)
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


def stop(_: argparse.Namespace) -> None:
    """Stop the attendee's workers as Ctrl-C would, from whichever terminal."""
    run_dir = _running()[0]
    said = stopping.stop(run_dir)
    print(f"{said[0].upper()}{said[1:]}.")


def kill(_: argparse.Namespace) -> None:
    """Kill the attendee's workers as a crash would."""
    run_dir, workers = _running()
    for running in workers:
        run_dir.kill(running)
        print(f"Killed the {bold(running.lab)} worker, pid {running.pid}, with SIGKILL.")


def _running() -> tuple[RunDir, Sequence[RunningWorker]]:
    run_dir = RunDir.from_environment()
    workers = run_dir.workers()
    if not workers:
        raise LabError("No lab worker is running. Start one: lab worker D1L1")
    return run_dir, workers


def _lab(arguments: argparse.Namespace) -> Lab:
    return find_lab(labs_dir(), arguments.lab)


def _lab_with_todos(arguments: argparse.Namespace) -> Lab:
    lab = _lab(arguments)
    if lab.example:
        raise LabError(
            f"{lab.id} is a worked example: it is finished as it stands, without TODOs and goals. "
            f"What there is to see is in {shown(place_of(lab) / 'guide.md')}"
        )
    return lab


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
