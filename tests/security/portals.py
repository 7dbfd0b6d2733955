"""Portals that have lost a control: what each changes in itself before it serves."""

_DECIDE = """
from dataclasses import replace
import portal.access as access
own = access.decide
"""

TRUSTS_SEATS = """
import portal.seat.gate as gate
from portal.access import As, Pass
from portal.web.visitor import source
own = gate.Gate.verdict
def verdict(self, request, method):
    in_a_seat = source(request).split(".")[2] != "0"
    return Pass(As.PROBE) if in_a_seat else own(self, request, method)
gate.Gate.verdict = verdict
"""

OPEN_CONSOLE = """
import portal.console.login as login
login.Login.signed_in = lambda self, request: True
"""

OPEN_OPERATOR = """
import portal.operator.api as api
api.Api.guarded = lambda self, endpoint: endpoint
"""

KEYS_WITHOUT_SEAT = """
import classroom.spec.keys as keys
own = keys._derive
keys._derive = lambda signing, purpose: own(signing, purpose.partition(":")[0])
"""

SESSIONS_OF_ANY_SEAT = """
from dataclasses import replace
import portal.access as access
own = access._by_session
def by_session(asked, known):
    session = known.session and replace(known.session, seat=asked.seat)
    return own(asked, replace(known, session=session))
access._by_session = by_session
"""

CODES_UNCOMPARED = """
import classroom.spec.hashing as hashing
hashing.matches = lambda stored, secret: True
"""

TOKENS_OF_ANY_SEAT = """
import portal.tickets as tickets
def redeem(self, token, seat, now):
    return self._tickets.pop(tickets._hash(token), None) is not None
tickets.Tickets.redeem = redeem
"""

ANY_ORIGIN = f"""
{_DECIDE}
access.decide = lambda asked, known: own(replace(asked, origin=None), known)
"""

ANY_ORIGIN_FOR_SOCKETS = f"""
{_DECIDE}
def decide(asked, known):
    return own(replace(asked, origin=None) if asked.websocket else asked, known)
access.decide = decide
"""

ANY_ORIGIN_FOR_FORMS = """
import portal.app as app
app._foreign_write = lambda *_: False
"""


def cookies_with(**attributes: object) -> str:
    """Return a portal whose cookies have other attributes."""
    return f"""
from starlette.responses import Response
own = Response.set_cookie
def set_cookie(self, *args, **given):
    own(self, *args, **{{**given, **{attributes!r}}})
Response.set_cookie = set_cookie
"""


COOKIES_OF_ANY_NAME = """
import portal.web.visitor as visitor
visitor.seat_cookie = lambda settings: "seat"
visitor.console_cookie = lambda settings: "console"
"""

LOGS_FORMS = """
import portal.seat.claim as claim
own = claim.form
async def form(request):
    fields = await own(request)
    print(fields, flush=True)
    return fields
claim.form = form
"""

KEEPS_SESSIONS = """
import portal.store.sessions as sessions
sessions._hash = str
"""

KEEPS_CODES = """
import classroom.spec.hashing as hashing
hashing.hashed = str
"""

CODES_IN_ADDRESSES = """
import sys
import portal.front
front = sys.modules["portal.front.site"]
own = front.RedirectResponse
front.RedirectResponse = lambda to, status: own(to.replace("#", "?code="), status)
"""

COUNTS_NOTHING = """
import portal.limits as limits
limits.Limit.wait = lambda self, key, now: 0
"""

CUTS_NOTHING = """
import portal.actions as actions
def revoke(context, seat):
    context.store.sessions.close_seat(seat)
    context.store.seats.raise_generation(seat)
actions._revoke = revoke
"""

FORGETS_NOBODY = """
import portal.actions as actions
from portal.store.verbs import Verb
def revoke(context, seat):
    context.store.verbs.add(Verb.CUT, seat, context.clock())
actions._revoke = revoke
"""
