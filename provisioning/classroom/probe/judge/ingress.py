"""Is the front door itself alive?"""

from __future__ import annotations

from http import HTTPStatus

from classroom.probe.reply import Reply, Silence, Unproven, clip

START = "make provision SEATS=ingress starts it again; make logs SEAT=ingress says why it ended"
TAKEN = "find the program with: ss -ltnp; stop it or choose another port in classroom.yml"


def alive(reply: Reply, at: str) -> None:
    """Demand the ingress's own ``ok``.

    Raises:
        Unproven: if nothing answers at the address, or something else does.
    """
    if isinstance(reply, Silence):
        seen = reply.why if reply.lost else f"{at}: {reply.why}"
        raise Unproven("ingress answers", seen, START)
    text = reply.body[:400].decode(errors="replace").strip()
    if reply.status != HTTPStatus.OK or text != "ok":
        seen = f"{at} is answered by something else: HTTP {reply.status} {clip(text, 60)}"
        raise Unproven("ingress answers", seen.strip(), TAKEN)


def listens(reply: Reply, at: str) -> None:
    """Demand any answer at all on one of the other ports.

    Raises:
        Unproven: if there is none.
    """
    if isinstance(reply, Silence):
        seen = reply.why if reply.lost else f"{at}: {reply.why}"
        raise Unproven("ingress ports", seen, START)
