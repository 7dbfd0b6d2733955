"""The password of the instructor's console: made here, kept as a hash, shown once."""

from __future__ import annotations

import secrets

from classroom.operator import Operator
from classroom.spec.codes import ALPHABET
from classroom.spec.hashing import hashed
from classroom.spec.secret import Secret

GROUPS, LENGTH = 4, 4
"""Sixteen letters of 5 bits: 80 bits, for the one password that opens every seat."""


def new_password(operator: Operator) -> Secret:
    """Give the console a new password and return it; who is logged in there is not any more.

    Raises:
        PortalError: the portal did not take it.
    """
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))
    password = "-".join(groups)
    operator.set_password(hashed(password))
    return Secret(password)
