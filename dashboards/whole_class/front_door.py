"""The way in: what the ingress asks the portal, how fast it is answered, and who claims seats."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import promql
from dashboards.panels import Query, bars, lines, numbers, tiles
from dashboards.promql import CLASSROOM, gained, gained_by, total_by
from dashboards.whole_class import asking, look

_ANSWERS = "classroom_portal_answers_total"
_SECONDS = "classroom_portal_answer_seconds"
_ACCESS = 'site="access"'
_SLOW_S = 0.25
"""From here on the alert DoorIsSlow speaks of the slowest of a hundred."""

_HOW_TO_READ = """\
- The ingress asks the portal before **each request** to a component. So the **portal's own \
figures** count those requests, and who is turned away.
- They do not say what a component answered, nor how long that took: nobody counts it.
- Counters begin at 0 when the portal starts.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return look.class_board(
        "portal-and-ingress",
        "Portal and ingress",
        "Requests, errors, and how long they wait at the door; claims and refusals.",
        (
            _requests(),
            look.how_to_read("What is counted here, and what nobody counts.", _HOW_TO_READ),
            _claims(),
            _state(),
            _latency_now(),
            _by_site(),
            _by_status(),
            _latency(),
            _latency_by_site(),
            _people(),
            _load(),
            _refusals(),
            _events(),
        ),
    )


def _answers(*labels: str) -> str:
    return f"{_ANSWERS}{{{','.join(labels)}}}"


def _requests() -> Stat:
    return numbers(
        "Requests within a minute",
        "Requests to components within the last minute, as the portal answered the ingress: let "
        "in, sent to log in or claim, refused. *Pages* are requests to the portal itself. *Errors* "
        "are answers that it owed. A component that did not answer is not among them: that is for "
        "the Class wall.",
        [
            Query("Let in", gained(_answers(_ACCESS, 'status=~"2.."'), CLASSROOM), {0: "green"}),
            Query("Sent to log in", gained(_answers(_ACCESS, 'status=~"3.."'), CLASSROOM)),
            Query("Refused", gained(_answers(_ACCESS, 'status=~"4.."'), CLASSROOM), {30: "orange"}),
            Query(
                "Pages", gained(_answers('site!~"access|operator|metrics"'), CLASSROOM), {0: "blue"}
            ),
            Query("Errors", gained(_answers('status=~"5.."'), CLASSROOM), {1: "red"}),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[look.CONSOLE],
        digits=6,
    )


def _claims() -> Stat:
    wrong = 'classroom_portal_refusals_total{reason=~"wrong (code|password)"}'
    return numbers(
        "Claims and people",
        "*Claimed* are seats with somebody signed in, *helpers* sessions of helpers. *Claims* and "
        "*guesses*, wrong codes or passwords, count since the portal started. *Orders wait* that "
        "the host has not answered.",
        [
            Query("Claimed", asking.how_many("classroom_seat_attendees > 0"), {0: "green"}),
            Query("People", "sum(classroom_seat_attendees)"),
            Query("Helpers", "sum(classroom_seat_helpers)"),
            Query("Claims", asking.of_room('classroom_portal_events_total{event="claimed"}')),
            Query("Guesses", asking.of_room(wrong), {30: "orange"}),
            Query("Orders wait", "sum(classroom_orders_waiting)", {1: "orange"}),
        ],
        GridPos(x=0, y=4, w=16, h=4),
        links=[look.CONSOLE],
    )


def _state() -> Stat:
    return tiles(
        "What the class has once",
        "The state of ingress, portal, and the class's own Prometheus and Grafana, as watch saw "
        "it last.",
        Query("{{component}}", asking.own_health()),
        GridPos(x=0, y=8, w=12, h=4),
        links=[look.CONSOLE],
        mappings=look.TILES,
    )


def _latency_now() -> Stat:
    return numbers(
        "Waiting to be let in",
        "How long the portal took to answer the ingress, within five minutes; 0 if it was not "
        "asked. Every request to a component waits for it.",
        [
            Query("half of them", promql.quantile(0.5, _SECONDS, _ACCESS, CLASSROOM)),
            Query(
                "99 %",
                promql.quantile(0.99, _SECONDS, _ACCESS, CLASSROOM),
                {_SLOW_S: "red"},
            ),
        ],
        GridPos(x=12, y=8, w=12, h=4),
        links=[look.ALERTS],
        unit="s",
    )


def _by_site() -> TimeSeries:
    return lines(
        "Requests within a minute, by site",
        "*access* is what the ingress asks before each request to a component; *front*, *seat* and "
        "*console* are the portal's own pages; *operator* is this machine's own talk with it, "
        "*metrics* the class Prometheus.",
        [Query("{{site}}", gained_by("site", _ANSWERS, CLASSROOM))],
        GridPos(x=0, y=12, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
    )


def _by_status() -> TimeSeries:
    return lines(
        "Answers to the ingress within a minute, by status",
        "200 lets a request in, 303 leads to the claim page or the log-in, 401 and 403 refuse, 404 "
        "is a seat that there is not.",
        [Query("{{status}}", gained_by("status", _answers(_ACCESS), CLASSROOM))],
        GridPos(x=12, y=12, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
    )


def _latency() -> TimeSeries:
    return lines(
        "Waiting to be let in, over time",
        "Within the five minutes before each moment. A quantile is as exact as its buckets.",
        [
            Query("half", promql.quantile(0.5, _SECONDS, _ACCESS, CLASSROOM), {0: "green"}),
            Query("95 %", promql.quantile(0.95, _SECONDS, _ACCESS, CLASSROOM), {0: "blue"}),
            Query("99 %", promql.quantile(0.99, _SECONDS, _ACCESS, CLASSROOM), {0: "orange"}),
        ],
        GridPos(x=0, y=20, w=12, h=8),
        links=[look.ALERTS],
        unit="s",
        limits={_SLOW_S: "red"},
        at_least=0.01,
    )


def _latency_by_site() -> TimeSeries:
    return lines(
        "How long the portal takes, by site",
        "The mean of five minutes until an answer begins; 0 if there was none. A log-in or a claim "
        "takes a tenth of a second on purpose.",
        [Query("{{site}}", promql.mean_by("site", _SECONDS, "", CLASSROOM))],
        GridPos(x=12, y=20, w=12, h=8),
        links=[look.CONSOLE],
        unit="s",
        at_least=0.01,
    )


def _people() -> TimeSeries:
    return lines(
        "Seats claimed, and people",
        "How the room filled: seats with somebody signed in, and how many people that is.",
        [
            Query("seats", "sum(classroom_seats)", {0: "text"}),
            Query("claimed", asking.how_many("classroom_seat_attendees > 0"), {0: "green"}),
            Query("people", "sum(classroom_seat_attendees)", {0: "blue"}),
        ],
        GridPos(x=0, y=28, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
        steps=True,
    )


def _load() -> TimeSeries:
    return lines(
        "Processor of what the class has once",
        "How many cores ingress, portal, and the class's own Prometheus and Grafana take.",
        [Query("{{component}}", asking.cpu_by_component(asking.OWN))],
        GridPos(x=12, y=28, w=12, h=8),
        links=[look.CONSOLE],
        unit="none",
        at_least=0.1,
    )


def _refusals() -> BarGauge:
    return bars(
        "Turned away, by reason",
        "Requests since the portal started that it turned away; the audit log has the addresses.",
        [Query("{{reason}}", total_by("reason", "classroom_portal_refusals_total", CLASSROOM))],
        GridPos(x=0, y=36, w=12, h=10),
        links=[look.CONSOLE],
        names_above=True,
    )


def _events() -> BarGauge:
    return bars(
        "Lines of the audit log, by event",
        "What happened since the portal started: claims, releases, new codes, log-ins, orders.",
        [Query("{{event}}", total_by("event", "classroom_portal_events_total", CLASSROOM))],
        GridPos(x=12, y=36, w=12, h=10),
        links=[look.CONSOLE],
        names_above=True,
    )
