"""`make password`: a new password for the console; and its first one, at the end of provision."""

from __future__ import annotations

import sys

from classroom.cards.password import new_password
from classroom.cli.cards import require
from classroom.engine import client as engine
from classroom.engine.planning import Request, state_folder
from classroom.engine.state import StateFolder
from classroom.front import front
from classroom.operator import Operator
from classroom.plan.desired import url
from classroom.spec import ClassFile


def password(request: Request) -> int:
    """Make a new password and show it, once.

    Raises:
        UsageError: there is no such classroom.
        PortalError: the portal does not answer.
    """
    class_file = request.load().class_file
    state = require(class_file, state_folder(class_file.name))
    print(f"{url(class_file, 'console')}  {_shown(_operator(class_file, state))}")
    return 0


def first_password(class_file: ClassFile, state: StateFolder) -> str:
    """Return what to say of the console's password at the end of a provision.

    It is made and shown when there is none yet, on a terminal alone: anywhere else it would be
    left lying in a log.

    Raises:
        PortalError: the portal does not answer.
    """
    operator = _operator(class_file, state)
    if operator.register().password_set:
        return "it has a password; make password makes another one"
    if not sys.stdout.isatty():
        return "it has no password yet: make password makes one and shows it"
    return _shown(operator)


def _operator(class_file: ClassFile, state: StateFolder) -> Operator:
    return Operator(front(class_file, engine.connect(), state))


def _shown(operator: Operator) -> str:
    secret = new_password(operator).reveal()
    return f"password {secret}  (kept nowhere: note it; make password makes another one)"
