"""`make cards`: the cards on paper, and new codes for those that were lost."""

from __future__ import annotations

from functools import partial

from classroom.cards.admission import expected
from classroom.cards.folder import CardsFolder
from classroom.cards.pdf import A_PAGE, to_pdf
from classroom.cards.sheet import Card
from classroom.cards.sync import stale, sync
from classroom.cli.words import counted
from classroom.engine import client as engine
from classroom.engine.lock import exclusive
from classroom.engine.observe import observe
from classroom.engine.planning import ROOT, Request, chosen, state_folder
from classroom.engine.state import StateFolder
from classroom.engine.trust import fingerprint, root_certificate
from classroom.errors import UsageError
from classroom.front import front, keys
from classroom.operator import Operator, Register
from classroom.plan.desired import seat_url
from classroom.report.naming import compact
from classroom.spec import ClassFile, TlsPolicy


def cards(request: Request, *, only: str, rotate: bool) -> int:
    """Write the PDF; return 1 when some of the cards asked for could not be printed.

    Raises:
        UsageError: there is no such classroom, or no such seat.
        PortalError: the portal does not answer.
        PreflightError: a name can't be printed with the fonts that are here.
    """
    class_file = request.load().class_file
    state = state_folder(class_file.name)
    with exclusive(require(class_file, state).path, "cards"):
        return _cards(class_file, state, only=only, rotate=rotate)


def require(class_file: ClassFile, state: StateFolder) -> StateFolder:
    """Return the state folder of a classroom that exists.

    Raises:
        UsageError: it does not, as far as this checkout knows.
    """
    if not observe(engine.connect(), state).stacks(class_file.name):
        raise UsageError(
            f"classroom {class_file.name} does not exist", remedy="run `make provision N=3` first"
        )
    state.ensure()
    return state


def _cards(class_file: ClassFile, state: StateFolder, *, only: str, rotate: bool) -> int:
    client = engine.connect()
    operator = Operator(front(class_file, client, keys(state)))
    register = operator.register()
    seats = sorted(chosen(only, register.seats))
    folder = CardsFolder(ROOT, class_file.name)
    wanted = {seat: expected(class_file, seat) for seat in register.seats}
    url = partial(seat_url, class_file)
    done = sync(operator, folder, register, wanted, url, rotate=seats if rotate else ())
    if done.rotated:
        print(f"New codes for {compact(done.rotated)}: the old cards open nothing any more.")
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
    return _complain({seat: why for seat, why in bad.items() if seat in seats})


def _unusable(register: Register, folder: CardsFolder) -> dict[str, str]:
    """Return the seats whose card would be wrong, each with the reason."""
    codes = folder.codes()
    reason = "the code on its card is not the one that opens it: it was re-issued at the console"
    found = dict.fromkeys(stale(register, codes), reason)
    return found | {s: "its code is not on this machine" for s in register.seats if s not in codes}


def _complain(bad: dict[str, str]) -> int:
    for reason in dict.fromkeys(bad.values()):
        seats = [seat for seat, why in bad.items() if why == reason]
        print(
            f"NOT printed: {compact(seats)}: {reason}\n"
            f"  -> make cards ROTATE=yes SEATS={','.join(seats)} makes new ones"
        )
    return 1 if bad else 0
