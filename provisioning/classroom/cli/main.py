"""The commands and their options; each command lives in a module of its own."""

from __future__ import annotations

import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from classroom.engine.commands import for_class
from classroom.engine.planning import Request
from classroom.errors import ClassroomError

INTERRUPTED = 130

app = typer.Typer(
    help="Isolated Temporal lab stacks for a course: provision, prove, tear down.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

File = Annotated[Path, typer.Option("--file", help="The class file.")]
Seats = Annotated[str, typer.Option("--seats", help="Number of seats, over the class file's.")]
Only = Annotated[str, typer.Option("--only", help="Just these seats, comma separated.")]
Grafana = Annotated[str, typer.Option("--grafana", help="Path of Grafana's official tarball.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Agree to what would be asked.")]
Json = Annotated[str, typer.Option("--json", help="Write JSON to this file; - is the screen.")]


class Command(TyperCommand):
    """A command whose errors say what to do about the class file that it was about."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the type that typer has is private
        """Run the command.

        Raises:
            ClassroomError: what it raises, with commands that can be copied.
        """
        try:
            return super().invoke(ctx)
        except ClassroomError as error:
            error.remedy = for_class(error.remedy, ctx.params["file"])
            raise


command = partial(app.command, cls=Command)


@command()
def machine(file: File = Request.file) -> None:
    """Prepare this machine alone: engine, kernel limits, tools. Provision does it by itself."""
    from classroom.cli.machine import load_for_here, prepare_machine  # noqa: PLC0415 - help stays fast
    from classroom.report.board import PREPARED  # noqa: PLC0415 - help stays fast

    prepare_machine(load_for_here(Request(file=file)))
    print(PREPARED)


@command()
def provision(
    seats: Seats = "",
    only: Only = "",
    grafana: Grafana = "",
    force: Annotated[bool, typer.Option("--force", help="Provision more than fits.")] = False,
    confirm: Confirm = False,
    file: File = Request.file,
) -> None:
    """Build the seats and prove each of them."""
    from classroom.cli.provision import provision as run  # noqa: PLC0415 - help stays fast

    request = Request(file=file, seats=seats, grafana=grafana)
    raise typer.Exit(run(request, only=only, force=force, confirmed=confirm))


@command()
def plan(
    seats: Seats = "", only: Only = "", grafana: Grafana = "", file: File = Request.file
) -> None:
    """Print what provision would change and why; change nothing."""
    from classroom.cli.provision import show_plan  # noqa: PLC0415 - help stays fast

    show_plan(Request(file=file, seats=seats, grafana=grafana), only=only)


@command()
def health(
    json: Json = "",
    junit: Annotated[str, typer.Option("--junit", help="Write JUnit XML to this file.")] = "",
    file: File = Request.file,
) -> None:
    """Probe every component of every seat."""
    from classroom.cli.health import health as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file), json=json, junit=junit))


@command()
def watch(file: File = Request.file) -> None:
    """Look after the classroom until stopped. Provision starts this in the background."""
    from classroom.cli.watch import watch as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file)))


@command()
def verify(
    deep: Annotated[
        bool, typer.Option("--deep", help="Have the seats play the labs, too.")
    ] = False,
    only: Only = "",
    labs: Annotated[str, typer.Option("--labs", help="Play just these labs.")] = "",
    file: File = Request.file,
) -> None:
    """Check users, files, ports, limits and versions in the live classroom; with --deep, the labs.

    Playing the labs leaves alone what attendees have, and may be done while they work.
    """
    from classroom.cli.verify import verify as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file), deep=deep, only=only, labs=labs))


@command()
def status(json: Json = "", file: File = Request.file) -> None:
    """Show what exists, and the last health result with its age."""
    from classroom.cli.status import status as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file), json=json))


@command()
def logs(
    seat: Annotated[str, typer.Option("--seat", help="The seat, or ingress.")] = "",
    component: Annotated[str, typer.Option("--component", help="Just this component.")] = "",
    file: File = Request.file,
) -> None:
    """Print the last lines that a seat's components logged."""
    from classroom.cli.seat import logs as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file), seat, component))


@command()
def shell(
    seat: Annotated[str, typer.Option("--seat", help="The seat.")] = "",
    file: File = Request.file,
) -> None:
    """Open a shell in a seat's workspace."""
    from classroom.cli.seat import shell as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file), seat))


@command()
def cards(
    only: Only = "",
    rotate: Annotated[bool, typer.Option("--rotate", help="Make new codes first.")] = False,
    file: File = Request.file,
) -> None:
    """Write the cards to hand out, as a PDF; with --rotate, with new codes."""
    from classroom.cli.cards import cards as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file), only=only, rotate=rotate))


@command()
def password(file: File = Request.file) -> None:
    """Make a new password for the console and show it, once."""
    from classroom.cli.password import password as run  # noqa: PLC0415 - help stays fast

    raise typer.Exit(run(Request(file=file)))


@command()
def teardown(
    collect: Annotated[bool, typer.Option(help="Archive each seat's work first.")] = True,
    images: Annotated[bool, typer.Option("--images", help="Remove the images too.")] = False,
    confirm: Confirm = False,
    file: File = Request.file,
) -> None:
    """Archive the work, remove the classroom and nothing else, print the receipt."""
    from classroom.cli.teardown import teardown as run  # noqa: PLC0415 - help stays fast

    request = Request(file=file, teardown=True, collect=collect)
    raise typer.Exit(run(request, images=images, confirmed=confirm))


def main() -> None:
    """Run the command; every failure ends as a message that says what to do."""
    # Whoever ends us by a plain `kill`, or a time limit, gets what Ctrl-C gets.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(prog_name="classroom")
    except ClassroomError as error:
        print(f"classroom: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # of a file that nobody expected trouble with
        from classroom.engine.client import remedy  # noqa: PLC0415 - help stays fast

        print(f"classroom: {error}\n  -> {remedy(str(error))}", file=sys.stderr)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer's word for Ctrl-C
            print(
                "\nclassroom: interrupted; what is finished stays as it is, and the same command "
                "goes on from there",
                file=sys.stderr,
            )
        raise
