"""Does a Grafana run, a seat's or the class's, and does its data source answer?"""

from __future__ import annotations

from http import HTTPStatus

from classroom.probe.reply import (
    LOOK,
    Answer,
    Json,
    Reply,
    Unproven,
    inside,
    json_of,
    objects_in,
    text_in,
)
from classroom.probe.result import State

QUERY = "data source"

CLASS_WHY = (
    "make provision SEATS=ingress starts it again; make logs SEAT=ingress COMPONENT=grafana "
    "says why"
)

REQUEST: Json = {
    "queries": [
        {
            "refId": "A",
            "datasource": {"type": "prometheus", "uid": "prometheus"},
            "expr": "up",
            "instant": True,
            "format": "table",
        }
    ],
    "from": "now-5m",
    "to": "now",
}
"""One instant query; the data source's UID is fixed in its provisioning file."""


def version(reply: Reply, fix: str = LOOK) -> str:
    """Return the version of the running program, once its database works.

    Raises:
        Unproven: if it does not, or no version is named.
    """
    found = json_of(reply, "health", fix)
    database = text_in(found, "database")
    if database != "ok":
        raise Unproven("health", f"its database is {database or 'not mentioned'}", fix)
    named = text_in(found, "version")
    if not named:
        raise Unproven("health", "Grafana names no version", fix)
    return named


def answers(reply: Reply, fix: str = LOOK) -> int:
    """Return how many values the data source's answer to ``up`` holds, at least one.

    Raises:
        Unproven: if it holds none, or an error.
    """
    result = inside(json_of(reply, QUERY, fix), "results", "A")
    error = text_in(result, "error")
    if error:
        raise Unproven(QUERY, f"the query up failed: {error}", fix)
    frames = objects_in(result, "frames")
    count = sum(_values(frame) for frame in frames)
    if not count:
        raise Unproven(QUERY, "the query up returned no value", fix)
    return count


def source(reply: Reply) -> None:
    """Given Prometheus's own answer, clear Grafana of a query that failed because of it.

    Raises:
        Unproven: UNKNOWN if Prometheus does not answer, which its own result already says.
    """
    if not isinstance(reply, Answer) or reply.status != HTTPStatus.OK:
        seen = "Prometheus does not answer, so nobody can say"
        raise Unproven(QUERY, seen, "see prometheus of {seat}", State.UNKNOWN)


def _values(frame: Json) -> int:
    """Numbers in a frame; its values are one list a column, the first the time."""
    columns = inside(frame, "data", "values")
    if not isinstance(columns, list):
        return 0
    return sum(
        isinstance(value, int | float)
        for column in columns[1:]
        if isinstance(column, list)
        for value in column
    )
