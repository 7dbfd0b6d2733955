"""Does a seat's workspace serve what an attendee opens first?"""

from __future__ import annotations

import json
import re

from classroom.probe.reply import (
    LOOK,
    REVIVE,
    Reply,
    Silence,
    Unproven,
    body_of,
    json_of,
    text_in,
)

PAGE = "JupyterLab page"
API = "workspace API"

RESTART = (
    "restart it in the console, or docker restart the container whose name ends in "
    "{seat}-workspace: its terminals end, its files stay"
)
"""Provision starts a workspace that does not run, and never restarts one that hangs."""

_CONFIG = re.compile(
    r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', re.S
)
"""JupyterLab's page carries its configuration so; its program cannot start without it."""


def version(reply: Reply) -> str:
    """Return JupyterLab's version, from its page.

    Raises:
        Unproven: if another page is served, or none.
    """
    _awake(reply, PAGE)
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
    _awake(reply, API)
    found = text_in(json_of(reply, API), "version")
    if not found:
        raise Unproven(API, "the Jupyter server names no version", LOOK)
    return found


def _awake(reply: Reply, check: str) -> None:
    if isinstance(reply, Silence) and not reply.lost:
        raise Unproven(check, reply.why, RESTART)
