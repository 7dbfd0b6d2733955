"""`make cards`: the cards on paper, and new codes for those that were lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from classroom.cards.admission import expected
from classroom.cards.ending import end_what_is_open
from classroom.cards.folder import CardsFolder
from classroom.cards.handover import handed_over, handovers
from classroom.cards.pdf import A_PAGE, to_pdf
from classroom.cards.sheet import Card
from classroom.cards.sync import stale, sync
from classroom.cli.words import counted
from classroom.engine import client as engine
from classroom.engine.commands import for_class
from classroom.engine.lock import exclusive
from classroom.engine.observe import observe
from classroom.engine.planning import ROOT, Request, chosen, state_folder
from classroom.engine.state import StateFolder
from classroom.engine.trust import fingerprint, root_certificate
from classroom.errors import RefusedError, UsageError
from classroom.front import front
from classroom.operator import Operator, Register
from classroom.plan.desired import seat_url
from classroom.report.naming import compact
from classroom.spec import ClassFile, TlsPolicy

ASK_WATCH = "watch ends it as soon as it can: `make status` says whether it runs"


def cards(request: Request, *, only: str, rotate: bool) -> int:
    """Write the PDF; return 1 when some of what was asked for could not be done.

    Raises:
        UsageError: there is no such classroom, or no such seat.
        RefusedError: seats would change hands.
        PortalError: the portal does not answer.
        PreflightError: a name can't be printed with the fonts that are here.
    """
    class_file = request.load().class_file
    state = state_folder(class_file.name)
    with exclusive(require(class_file, state).path, "cards"):
        return _cards(class_file, state, request.file, only=only, rotate=rotate)


def require(class_file: ClassFile, state: StateFolder) -> StateFolder:
    """Return the state folder of a classroom that exists.

    Raises:
        UsageError: it does not, as far as this checkout knows.
    """
    if not observe(engine.connect(), state).stacks(class_file.name):
        raise UsageError(
            f"classroom {class_file.name} does not exist", remedy="run `make provision` first"
        )
    state.ensure()
    return state


def _cards(
    class_file: ClassFile, state: StateFolder, file: Path, *, only: str, rotate: bool
) -> int:
    client = engine.connect()
    operator = Operator(front(class_file, client, state))
    register = operator.register()
    seats = sorted(chosen(only, register.seats))
    folder = CardsFolder(ROOT, class_file.name)
    wanted = {seat: expected(class_file, seat, register) for seat in register.seats}
    if found := handovers(wanted, register.seats):
        raise RefusedError(
            handed_over(found), remedy="`make provision` asks, and with consent does it"
        )
    url = partial(seat_url, class_file)
    done = sync(operator, folder, register, wanted, url, rotate=seats if rotate else ())
    ended = _shut_out(class_file.name, done.rotated, file) if done.rotated else True
    codes = folder.codes()
    bad = {} if rotate else _unusable(register, folder)
    printed = [Card(codes[s], wanted[s], url(s)) for s in seats if s not in bad]
    if printed:
        root = ""
        if class_file.tls is TlsPolicy.INTERNAL:
            root = root_certificate(client, class_file.name)
        folder.write_pdf(to_pdf(printed, fingerprint=fingerprint(root) if root else ""))
        pages = -(-len(printed) // A_PAGE)
        print(f"{counted(len(printed), 'card')} on {counted(pages, 'page')}: {folder.pdf}")
        print(f"The same as a table: {folder.csv}")
    missing = _complain({seat: why for seat, why in bad.items() if seat in seats}, file)
    return 0 if ended and not missing else 1


def _shut_out(classroom: str, seats: Collection[str], file: Path) -> bool:
    """End what old codes hold open, and say what came of it; return whether all of it is over.

    The portal asks watch for the same, but nobody here knows whether it runs, or what it could do.
    """
    print(f"New codes for {compact(seats)}: the old cards open nothing any more.", flush=True)
    ended, failed = end_what_is_open(classroom, seats)
    if ended or not failed:
        print(f"What was open with them is closed: {counted(ended, 'connection')} ended.")
    for what, remedy in dict.fromkeys((error.what, error.remedy) for error in failed.values()):
        those = [seat for seat, error in failed.items() if error.what == what]
        fix = for_class(remedy or ASK_WATCH, file)
        print(f"NOT closed: what is open in {compact(those)}: {what}\n  -> {fix}")
    return not failed


def _unusable(register: Register, folder: CardsFolder) -> dict[str, str]:
    """Return the seats whose card would be wrong, each with the reason."""
    codes = folder.codes()
    reason = "the code on its card is not the one that opens it: it was re-issued at the console"
    found = dict.fromkeys(stale(register, codes), reason)
    return found | {s: "its code is not on this machine" for s in register.seats if s not in codes}


def _complain(bad: Mapping[str, str], file: Path) -> bool:
    """Say which cards were not printed, and why; return whether there are any."""
    for reason in dict.fromkeys(bad.values()):
        seats = [seat for seat, why in bad.items() if why == reason]
        command = for_class(f"make cards ROTATE=yes SEATS={','.join(seats)}", file)
        fix = f"{command} makes new ones, and signs out who is there"
        print(f"NOT printed: {compact(seats)}: {reason}\n  -> {fix}")
    return bool(bad)
