"""The way in for this machine's own commands: the ingress, and the keys that open what is behind.

Keys are derived here, in the process that uses them; no plan, argument or environment has one.
"""

from __future__ import annotations

import docker

from classroom.engine.state import StateFolder
from classroom.engine.trust import trusted
from classroom.plan import names
from classroom.probe.planned import Keys, front_door
from classroom.probe.target import Frontdoor
from classroom.spec import ClassFile
from classroom.spec.secret import Secret

SIGNING_KEY = "signing-key"
"""Name of the secret of the ingress's stack; the portal reads it from a file of that name."""


def keys(state: StateFolder) -> Keys:
    """Return the classroom's keys; without a signing key they open nothing.

    Raises:
        EngineError: the signing key is there and can't be read.
    """
    signing = state.known_secret(names.INGRESS, SIGNING_KEY)
    return Keys(Secret(signing) if signing else None)


def front(class_file: ClassFile, client: docker.APIClient, state: StateFolder) -> Frontdoor:
    """Return the classroom's ingress, what to trust and present there, and what is behind it.

    Raises:
        EngineError: the engine did not answer, or the signing key is there and can't be read.
    """
    trust = trusted(client, class_file)
    return front_door(class_file, trust, keys(state), viewer=has_viewer(state))


def has_viewer(state: StateFolder) -> bool:
    """Return whether a class Grafana was asked for; where that record is lost, what seats have."""
    return "grafana" in (
        state.services(names.INGRESS) or frozenset[str]().union(*state.planned().values())
    )
