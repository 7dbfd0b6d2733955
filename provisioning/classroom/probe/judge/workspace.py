"""Does a seat's workspace serve what an attendee opens first?"""

from __future__ import annotations

import json
import re

from classroom.probe.reply import LOOK, REVIVE, Reply, Unproven, body_of, json_of, text_in

PAGE = "JupyterLab page"

_CONFIG = re.compile(
    r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', re.S
)
"""JupyterLab's page carries its configuration so; its program cannot start without it."""


def version(reply: Reply) -> str:
    """Return JupyterLab's version, from its page.

    Raises:
        Unproven: if another page is served, or none.
    """
    found = _CONFIG.search(body_of(reply, PAGE, REVIVE))
    try:
        config = json.loads(found.group(1)) if found else None
    except (ValueError, RecursionError):
        config = None
    named = text_in(config, "appVersion")
    if not named:
        raise Unproven(PAGE, "/workspace/lab serves a page that is not JupyterLab", REVIVE)
    return named


def server(reply: Reply) -> str:
    """Return the version of the Jupyter server behind the page.

    Raises:
        Unproven: if its API does not answer.
    """
    found = text_in(json_of(reply, "workspace API"), "version")
    if not found:
        raise Unproven("workspace API", "the Jupyter server names no version", LOOK)
    return found
