"""The operator's API of the portal, as this machine's commands use it: through the ingress.

The ingress is dialled at its bound address with the portal's host name in the Host header, as the
probes do, so that no DNS is needed. Nothing but the portal's own answer is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from classroom.errors import PortalError
from classroom.probe.reply import REKEY, clip
from classroom.probe.target import Frontdoor
from classroom.probe.wire import trusting

TIMEOUT_SECONDS = 15.0
"""For an answer; a list of 254 seats takes a small part of a second."""

INGRESS_REMEDY = "`make provision SEATS=ingress` starts it again"
PORTAL_REMEDY = (
    "it may be starting: try again in a few seconds; "
    "`make logs SEAT=ingress COMPONENT=portal` says more"
)


@dataclass(frozen=True)
class Enrolled:
    """A seat as the portal has it: who it is meant for, and the hash of its code.

    Told to the portal without a hash, a seat keeps the code that it has, also one that the console
    has given it a moment ago. ``moved`` is the portal's to say: the console put the attendee there.
    So is ``claimed``: the names of those who are signed in.
    """

    attendee: str
    code_hash: str = field(default="", repr=False)
    moved: bool = False
    claimed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Register:
    """What the portal knows: its seats, and whether the console has a password."""

    seats: Mapping[str, Enrolled]
    password_set: bool


@dataclass(frozen=True)
class Line:
    """The way to the operator's API and the meaning of its answers, whoever does the sending.

    Commands send one request and wait for it (:class:`Operator`); watch keeps a connection and
    does other things meanwhile.
    """

    front: Frontdoor

    def dialled(self) -> dict[str, Any]:
        """Return the arguments of an httpx client, of either kind.

        Without a key nothing is said of one: the portal's refusal tells what is wrong, where an
        empty bearer would be no request at all.
        """
        front, key = self.front, self.front.operator
        opens = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
        return {
            "base_url": f"{front.scheme}://{front.at(front.ports.http)}",
            "headers": {"Host": front.portal, **opens},
            "trust_env": False,
            "verify": trusting(front.trust),
        }

    def asked(self, content: str | None, seconds: float) -> dict[str, Any]:
        """Return the arguments of one request of that client's.

        Args:
            content: JSON to send, if any.
            seconds: until which there has to be an answer.
        """
        return {
            "content": content,
            "headers": {} if content is None else {"Content-Type": "application/json"},
            "timeout": seconds,
            "extensions": {"sni_hostname": self.front.portal},
        }

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what goes wrong on the way into a PortalError."""
        at = self.front.at(self.front.ports.http)
        try:
            yield
        except httpx.ConnectError as error:
            raise PortalError(
                f"cannot connect to the ingress: {error}", where=at, remedy=INGRESS_REMEDY
            ) from error
        except httpx.TimeoutException as error:
            raise PortalError(
                "the portal did not answer in time", where=at, remedy=PORTAL_REMEDY
            ) from error
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise PortalError(
                f"the connection to the portal broke: {why}", where=at, remedy=PORTAL_REMEDY
            ) from error

    def read(self, answer: httpx.Response) -> dict[str, Any]:
        """Return the JSON object that answers; empty for no content.

        Raises:
            PortalError: it is no success, or no JSON object.
        """
        if answer.status_code == HTTPStatus.NO_CONTENT:
            return {}
        if not answer.is_success:
            raise self._refused(answer)
        try:
            found = json.loads(answer.content)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self.unexpected("a JSON object", answer.text)
        return found

    def unexpected(self, wanted: str, found: object) -> PortalError:
        """Return the error for an answer that is something else than was asked for."""
        return PortalError(
            f"the portal answered with something else than {wanted}: {clip(str(found), 60)}",
            where=self.front.portal,
            remedy="`make provision` brings it up to date",
        )

    def _refused(self, answer: httpx.Response) -> PortalError:
        said = clip(answer.text)
        # Caddy adds Via to what it passes on, and not to what it answers itself.
        of_ingress = "via" not in answer.headers
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            what = f"the portal refuses this machine's key ({answer.status_code})"
            remedy = REKEY
        elif answer.status_code == HTTPStatus.NOT_FOUND and of_ingress:
            what = "the ingress knows no such address: another domain, or an older ingress"
            remedy = "`make provision` brings it up to date"
        elif answer.status_code == HTTPStatus.BAD_GATEWAY:
            what, remedy = "the portal does not answer the ingress", PORTAL_REMEDY
        else:
            what = f"the portal answered with HTTP {answer.status_code}: {said or 'no text'}"
            remedy = "`make logs SEAT=ingress COMPONENT=portal` says more"
        return PortalError(what, where=self.front.portal, remedy=remedy)


class Operator:
    """The operator's API. Every call raises PortalError when it does not get what it asked for."""

    def __init__(self, front: Frontdoor) -> None:
        self._line = Line(front)

    def register(self) -> Register:
        """Return what the portal knows."""
        found = self.call("GET", "/operator/seats")
        try:
            seats = {
                str(name): Enrolled(
                    str(seat["attendee"] or ""),
                    str(seat["code_hash"]),
                    seat.get("moved") is True,
                    tuple(str(person["name"]) for person in seat["claimed"]),
                )
                for name, seat in found["seats"].items()
            }
            return Register(seats, found["password_set"] is True)
        except (KeyError, TypeError, AttributeError) as error:
            raise self._line.unexpected("a list of seats", found) from error

    def enrol(self, seats: Mapping[str, Enrolled]) -> None:
        """Tell the portal its whole list of seats. Who is not on it goes, sessions included."""
        body = {
            name: {"attendee": seat.attendee}
            | ({"code_hash": seat.code_hash} if seat.code_hash else {})
            for name, seat in seats.items()
        }
        self.call("PUT", "/operator/seats", {"seats": body})

    def set_password(self, password_hash: str) -> None:
        """Give the console another password; who is logged in there is not any more."""
        self.call("PUT", "/operator/password", {"hash": password_hash})

    def vouch(self, fingerprint: str) -> None:
        """Have the portal show the fingerprint of the classroom's own authority."""
        self.call("PUT", "/operator/authority", {"fingerprint": fingerprint})

    def call(
        self,
        verb: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        seconds: float = TIMEOUT_SECONDS,
    ) -> dict[str, Any]:
        """Send one request and return the JSON object that answers it; empty for no content.

        Args:
            verb: the HTTP method.
            path: from ``/operator/`` on.
            body: sent as JSON.
            seconds: until which there has to be an answer.

        Raises:
            PortalError: nothing answered, or not with a success, or not with a JSON object.
        """
        content = None if body is None else json.dumps(body)
        with self._line.explained(), httpx.Client(**self._line.dialled()) as client:
            answer = client.request(verb, path, **self._line.asked(content, seconds))
        return self._line.read(answer)
