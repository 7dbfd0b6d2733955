"""The `lab` command."""

from __future__ import annotations

import argparse
import re
import sys
from difflib import get_close_matches
from typing import NoReturn

from labkit import commands
from labkit.errors import LabError

DESCRIPTION = "The course's labs, in a terminal. LAB is a lab's id, such as D1L1."
EPILOG = """\
A lab goes like this: read its guide, do its TODOs, and
  lab worker D1L1   in one terminal,
  lab run D1L1      in another, then
  lab check D1L1    to see what your server's histories prove.
When something is odd: lab doctor. More about a command: lab COMMAND --help
"""


class Parser(argparse.ArgumentParser):
    """Says what was meant, where argparse lists all there is."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong and what to type instead."""
        if "required: LAB" in message:
            message = f"which lab? For example: {self.prog} D1L1"
        if unknown := re.search(r"COMMAND: invalid choice: '(.*?)' \(choose from (.*)\)", message):
            near = get_close_matches(unknown[1], re.findall(r"\w+", unknown[2]), n=1, cutoff=0.5)
            meant = f"did you mean `lab {near[0]}`?" if near else "`lab` lists those there are."
            message = f"there is no command {unknown[1]}; {meant}"
        self.exit(2, f"{self.prog}: {message}\n")


def main() -> None:
    """Run the command that the arguments name."""
    parser = build_parser()
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except LabError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"That did not work: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser, commands in the order in which a lab goes."""
    parser = Parser(
        prog="lab",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=lambda _: parser.print_help())
    found = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)

    def add(name: str, run: object, sentence: str, *, lab: bool = True) -> argparse.ArgumentParser:
        about = sentence[0].upper() + sentence[1:] + "."
        command = found.add_parser(name, help=sentence, description=about)
        command.set_defaults(run=run)
        if lab:
            command.add_argument("lab", metavar="LAB", help="which one, for example D1L1")
        return command

    add("list", commands.list_labs, "show the labs there are", lab=False)
    add("start", commands.start, "create a lab's files; what you have changed stays as it is")
    worker = add("worker", commands.worker, "run a lab's worker here, until Ctrl-C")
    run = add("run", commands.run, "start a lab's workflow and wait for its result")
    stop = "stop the running lab workers, as Ctrl-C would"
    add("stop", commands.stop, stop, lab=False)
    kill = "kill the running lab workers with SIGKILL, as a crash would"
    add("kill", commands.kill, kill, lab=False)
    check = add("check", commands.check, "see which of a lab's goals your server can prove")
    add("end", commands.end, "end what still runs of a lab, once all its goals are reached")
    hint = add("hint", commands.hint, "get a hint for what is still to do, or for one TODO")
    add("solution", commands.solution, "write the solution beside your files, and compare them")
    add("reset", commands.reset_lab, "begin a lab anew; what you had is kept in a folder")

    doctor = "find out what is wrong on your seat, and what to do about it"
    add("doctor", commands.doctor, doctor, lab=False)

    for command in (worker, run):
        command.add_argument(
            "more",
            metavar="…",
            nargs=argparse.REMAINDER,
            help="what follows goes to the lab's own program",
        )
    check.add_argument("--json", action="store_true", help="for programs: one result a line")
    hint.add_argument("todo", metavar="N", nargs="?", type=int, help="the number of a TODO")
    return parser
