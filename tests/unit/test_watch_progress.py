"""How far the seats are: asked through the front door, told to the portal, no more than is news."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import outside as recordings

from classroom.probe.reply import Answer, Reply, Silence
from classroom.probe.wire import Wire
from classroom.watch.outside import MOST_BYTES, PAGE, Outside
from classroom.watch.progress import (
    LASTING_SECONDS,
    MOST_RESULTS,
    MOST_STUCK,
    TEXT,
    AtWork,
    Lasting,
    Result,
    Stuck,
    Told,
    document,
    results,
)
from labkit.checking.declared import course
from labkit.checking.following import Following
from labkit.checking.reading import LARGEST, LONGEST
from labkit.checking.source import Listed, SilentError
from labkit.doctor.troubles import Trouble

COURSE = course(recordings.LABS)
NOW = datetime(2025, 7, 16, 10, 30, tzinfo=UTC)


@dataclass
class Line(Wire):
    """A wire to one seat, whose server answers from recordings by the paths of its HTTP API."""

    seat: recordings.Seat = field(default_factory=recordings.Seat)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    instead: Reply | None = None

    async def get(self, host: str, path: str, *, limit: float = 5) -> Reply:
        assert host == "s07.localhost"
        self.asked.append(path)
        if self.instead is not None:
            return self.instead
        url = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        return Answer(200, json.dumps(self._answer(url.path, query)).encode())

    def _answer(self, path: str, query: dict[str, str]) -> object:
        if path == "/prometheus/api/v1/query":
            return {"data": {"result": self.metrics}}
        rest = path.removeprefix("/api/v1/namespaces/default/")
        found = self.seat.executions
        begin = int(query.get("nextPageToken", "0"))
        if rest == "workflows":
            end = begin + int(query["pageSize"])
            more = {"nextPageToken": str(end)} if end < len(found) else {}
            return {"executions": [one.info for one in found[begin:end]], **more}
        if rest.startswith("task-queues/"):
            pollers = [{"identity": "ada@laptop", "lastAccessTime": "2025-07-16T10:29:59.5Z"}]
            return {
                "pollers": pollers if query["taskQueueType"] == "TASK_QUEUE_TYPE_WORKFLOW" else []
            }
        name = unquote(rest.split("/")[1])
        one = next(o for o in found if o.run_id == query["execution.runId"])
        assert name == one.info["execution"]["workflowId"]
        if not rest.endswith("/history"):
            return one.described
        assert "noPayloadShorthand" in query
        events = one.history[: one.length][begin : begin + 4]
        more = {"nextPageToken": str(begin + 4)} if begin + 4 < one.length else {}
        return {"history": {"events": events}, **more}


def line(*executions: recordings.Recorded, **more: Any) -> tuple[Line, Outside]:  # noqa: ANN401
    found = Line(recordings.Seat(list(executions)), **more)
    return found, Outside(found, "s07.localhost")


@pytest.mark.parametrize("name", ["survived", "in-its-pause", "fired-alone"])
def test_a_seat_reads_the_same_through_the_front_door(name: str) -> None:
    one = recordings.recorded("D1L1", name)
    _, outside = line(one)
    through = asyncio.run(Following(COURSE).look(outside))
    direct = asyncio.run(Following(COURSE).look(recordings.Seat([one])))
    assert (through.lab, through.findings) == (direct.lab, direct.findings)


def test_a_quiet_seat_is_asked_for_its_list_alone() -> None:
    found, outside = line(recordings.recorded("D1L1", "survived"))
    follows = Following(COURSE)
    asyncio.run(follows.look(outside))
    found.asked.clear()
    asyncio.run(follows.look(outside))
    assert len(found.asked) == 1


def test_a_list_comes_in_pages_and_ends_where_it_was_told_to() -> None:
    many = [recordings.recorded("D1L1", "survived")] * (PAGE + 50)
    found, outside = line(*many)
    assert len(asyncio.run(outside.listed("", 1000))) == PAGE + 50
    assert len(found.asked) == 2
    assert len(asyncio.run(outside.listed("", PAGE + 10))) == PAGE + 10


def test_a_history_without_an_end_is_not_read_to_it() -> None:
    one = recordings.recorded("D1L1", "survived")
    long = recordings.Recorded(one.history * 1000, one.description, len(one.history) * 1000)
    found, outside = line(long)
    (listed,) = asyncio.run(outside.listed("", 1))
    with pytest.raises(SilentError, match="larger than that of any lab"):
        asyncio.run(outside.history(listed))
    assert len(found.asked) <= LONGEST / 4 + 3


def test_a_history_of_few_and_huge_events_is_not_kept() -> None:
    one = recordings.recorded("D1L1", "survived")
    started = {**one.history[0], "x": "x" * LARGEST}
    _, outside = line(recordings.Recorded([started, *one.history[1:]], one.description, one.length))
    seen = asyncio.run(Following(COURSE).look(outside))
    assert seen.findings["D1L1"][0].because.startswith("order-")
    assert "could not be read" in seen.findings["D1L1"][0].because


def test_what_an_attendee_calls_a_workflow_stays_one_part_of_the_path() -> None:
    found, outside = line(instead=Silence("no"))
    name = "../../probe/workflows/x?execution.runId=1#"
    listed = Listed(name, "run", "Order", "d1l1_orders", "Running", NOW)
    with pytest.raises(SilentError):
        asyncio.run(outside.described(listed))
    path = urlsplit(found.asked[0]).path
    assert unquote(path.removeprefix("/api/v1/namespaces/default/workflows/")) == name
    assert path.count("/") == 6


@pytest.mark.parametrize(
    "instead",
    [
        Silence("no answer within 5 s"),
        Answer(502, b"temporal did not answer", of_ingress=True),
        Answer(200, b"<html>"),
        Answer(200, b"[" * 100_000),
        Answer(200, b'{"executions": [{"execution": {}}]}'),
    ],
)
def test_whatever_else_a_seat_answers_is_a_silence(instead: Reply) -> None:
    _, outside = line(instead=instead)
    with pytest.raises(SilentError):
        asyncio.run(outside.listed("", 10))


def test_a_seat_that_answers_without_an_end_is_not_read_to_it() -> None:
    page = b'{"nextPageToken": "more", "executions": [], "x": "' + b"x" * 1_000_000 + b'"}'
    found, outside = line(instead=Answer(200, page))
    with pytest.raises(SilentError, match="more than is read at once"):
        asyncio.run(outside.listed("", 1000))
    assert len(found.asked) * len(page) <= MOST_BYTES + len(page)


def test_workers_are_told_by_what_they_poll() -> None:
    polls = [("d1l1_orders", "workflow_task"), ("d1l1_orders", "sticky_workflow_task")]
    polls.append(("d1l2_email", "activity_task"))
    metrics = [
        {"metric": {"__name__": "x", "task_queue": q, "poller_type": k}, "value": [0, "1"]}
        for q, k in polls
    ]
    _, outside = line(metrics=metrics)
    found = asyncio.run(outside.workers())
    assert [(w.queue, w.workflows, w.activities) for w in found] == [
        ("d1l1_orders", True, False),
        ("d1l2_email", False, True),
    ]


def test_pollers_are_known_by_what_they_poll_for() -> None:
    _, outside = line()
    (poller,) = asyncio.run(outside.pollers("d1l1_orders"))
    assert (poller.identity, poller.kind, poller.seen.year) == ("ada@laptop", "workflows", 2025)


def test_the_host_needs_no_sdk_for_it() -> None:
    code = (
        "import sys; sys.modules['temporalio'] = None\n"
        "import classroom.watch.follow as f; f.course(f.LABS)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def trouble(run: str = "run", kind: str = "sandbox") -> Trouble:
    return Trouble(kind, "order-1", "is stuck.", "mending it. {id}", run)


@given(st.lists(st.sets(st.sampled_from("abc")), min_size=1), st.integers(1, 50))
def test_a_trouble_counts_when_it_has_lasted_without_a_break(
    looks: list[set[str]], pause: int
) -> None:
    lasting = Lasting()
    there: dict[str, int] = {}
    for number, runs in enumerate(looks):
        now = number * pause
        there = {run: there.get(run, now) for run in runs}
        stuck = lasting.of([trouble(run) for run in sorted(runs)], now)
        expected = {run: since for run, since in there.items() if now - since >= LASTING_SECONDS}
        assert {one.trouble.run_id: one.since for one in stuck} == expected
        assert [one.since for one in stuck] == sorted(expected.values(), reverse=True)


def test_a_loop_that_stands_still_is_told_in_short() -> None:
    lasting = Lasting()
    crowd = [trouble(str(number)) for number in range(1000)]
    lasting.of(crowd, 0)
    assert len(lasting.of(crowd, LASTING_SECONDS)) == MOST_STUCK


def result(goal: str, state: str) -> Result:
    return {"seat": "seat-07", "lab": "D1L1", "goal": goal, "state": state, "at": "now"}


_RESULTS = st.lists(
    st.builds(result, st.sampled_from("abcd"), st.sampled_from(["done", "not_yet"])),
    unique_by=lambda one: one["goal"],
)


@given(st.lists(st.tuples(_RESULTS, st.booleans())))
def test_the_portal_knows_all_that_it_took_and_is_told_nothing_twice(
    rounds: Iterable[tuple[list[Result], bool]],
) -> None:
    told, portal = Told(), dict[str, str]()
    for found, answers in rounds:
        news = told.news(found)
        assert all(portal.get(one["goal"]) != one["state"] for one in news)
        if answers:
            told.taken(news)
            portal |= {one["goal"]: one["state"] for one in news}
            assert all(portal[one["goal"]] == one["state"] for one in found)


def test_another_time_is_no_news_and_a_message_has_a_size() -> None:
    told = Told()
    told.taken([result("a", "done")])
    assert told.news([{**result("a", "done"), "at": "later"}]) == []
    assert len(told.news(result(str(n), "done") for n in range(2000))) == MOST_RESULTS


def test_what_the_portal_is_told() -> None:
    look = asyncio.run(
        Following(COURSE).look(recordings.Seat([recordings.recorded("D1L1", "survived")]))
    )
    found = results("seat-07", look, NOW)
    (pause,) = [one for one in found if (one["lab"], one["goal"]) == ("D1L1", "pause")]
    assert set(pause) == {"seat", "lab", "goal", "state", "because", "evidence", "at"}
    assert (pause["state"], pause["at"]) == ("done", "2025-07-16T10:30:00+00:00")
    stuck = Stuck(Trouble("sandbox", "order-1", "is\n" + "x" * 1000, "try {id}", "run"), 1.5)
    told = json.loads(document(COURSE, {"seat-07": AtWork("D1L1", [stuck])}, [pause]))
    assert told["results"] == [pause]
    first = told["course"][0]
    assert (first["id"], first["goals"][0]["id"]) == ("D1L1", "pause")
    assert all(lab["goals"] for lab in told["course"]), "a worked example has nothing to reach"
    (told_stuck,) = told["seats"]["seat-07"]["stuck"]
    assert told_stuck["try"] == "try order-1"
    assert told_stuck["because"].startswith("order-1 is x")
    assert len(told_stuck["because"]) == TEXT
