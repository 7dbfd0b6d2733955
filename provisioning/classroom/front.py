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


def front(class_file: ClassFile, client: docker.APIClient, opens: Keys) -> Frontdoor:
    """Return the classroom's ingress, and what to trust and present there.

    Raises:
        EngineError: the engine did not answer.
    """
    return front_door(class_file, trusted(client, class_file), opens)
