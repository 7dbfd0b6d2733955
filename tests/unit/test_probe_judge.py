"""Verdicts on whatever a component may answer: the right facts pass, nothing else ever does."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classroom.probe.judge import grafana, ingress, prometheus, temporal, worker, workspace
from classroom.probe.reply import SEEN_CHARS, Answer, Json, Reply, Silence, Unproven, clip
from classroom.probe.result import State

NOW = datetime(2025, 7, 16, 9, 0, 0, tzinfo=UTC)
RUN = "01a20454-f0a8-7771-9bf5-07c9e46867d1"

Judge = Callable[[Reply], object]


def answer(content: object, status: int = 200, *, of_ingress: bool = False) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status, body, of_ingress)


def ago(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def scrape(job: str, **changes: object) -> Json:
    return {
        "scrapePool": job,
        "health": "up",
        "lastError": "",
        "scrapeInterval": "15s",
        "lastScrape": ago(7),
    } | changes


def scraped(*targets: Json) -> Answer:
    return answer({"status": "success", "data": {"activeTargets": list(targets)}})


SERVER, WORKER, ITSELF = scrape("temporal-server"), scrape("worker"), scrape("prometheus")
FRAMES = {"results": {"A": {"frames": [{"data": {"values": [[1, 1], [1, 0]]}}]}}}
POLLER = {"identity": "welcome-1f0c", "lastAccessTime": ago(59)}
HISTORY = {"history": {"events": [{"eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"}]}}
LAB = b'<script id="jupyter-config-data" type="application/json">{"appVersion": "4.6.6"}</script>'


def namespace(retention: str = "2592000s") -> Answer:
    return answer({"config": {"workflowExecutionRetentionTtl": retention}})


def described(run: str = RUN, status: str = "RUNNING") -> Answer:
    status = f"WORKFLOW_EXECUTION_STATUS_{status}"
    return answer({"workflowExecutionInfo": {"execution": {"runId": run}, "status": status}})


JUDGES: dict[str, tuple[Judge, Reply]] = {
    "retention": (lambda r: temporal.retention(r, "default"), namespace()),
    "started": (temporal.started, answer({"runId": RUN})),
    "read back": (lambda r: temporal.read_back(r, RUN), described()),
    "closed": (temporal.closed, answer({})),
    "server version": (temporal.version, answer({"serverVersion": "1.32.0"})),
    "UI": (temporal.page, answer(b'<link href="/temporal/_app/x.js">')),
    "worker state": (worker.state, answer({"state": "welcome"})),
    "worker metrics": (worker.metrics, answer(b"# TYPE x counter\ntemporal_long_request 5\n")),
    "polls": (lambda r: worker.polls(r, NOW), answer({"pollers": [POLLER]})),
    "attendee's worker": (worker.attendees, answer(b'temporal_num_pollers{x="1"} 5\n')),
    "completed": (lambda r: worker.completed(answer({"started": True}), r), answer(HISTORY)),
    "Welcome run": (worker.run_of, answer({"runId": RUN})),
    "ready": (prometheus.ready, answer(b"Prometheus Server is Ready.\n")),
    "Prometheus version": (prometheus.version, answer({"data": {"version": "3.5.3"}})),
    "targets": (lambda r: prometheus.targets(r, NOW), scraped(SERVER, WORKER, ITSELF)),
    "Grafana": (grafana.version, answer({"database": "ok", "version": "12.2.0"})),
    "query": (grafana.answers, answer(FRAMES)),
    "source": (grafana.source, answer(b"ready")),
    "JupyterLab": (workspace.version, answer(LAB)),
    "Jupyter server": (workspace.server, answer({"version": "2.21.1"})),
    "ingress": (lambda r: ingress.alive(r, "127.0.0.1:80"), answer(b"ok")),
}

# Many judges, little code in each.
few = settings(max_examples=40)

NO_BODY_NEEDED = ("ready", "source")
"""Judgements that a bare 200 satisfies: the path itself says what it means."""

every_judge = pytest.mark.parametrize("name", JUDGES)


@every_judge
def test_what_a_healthy_component_answers_passes(name: str) -> None:
    judge, good = JUDGES[name]
    judge(good)


def refused(judge: Judge, reply: Reply) -> Unproven:
    with pytest.raises(Unproven) as caught:
        judge(reply)
    assert caught.value.check
    assert caught.value.seen
    assert caught.value.fix
    assert caught.value.state in (State.FAILED, State.UNKNOWN)
    return caught.value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
junk = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.just(b"<!doctype html><title>Sign in</title>"),
    st.just(b"[" * 100_000),
    st.just(b'{"version": 1' + b"0" * 5000 + b"}"),
    json_values.map(lambda value: json.dumps(value).encode()),
)


@every_judge
@few
@given(body=junk)
def test_junk_is_a_verdict_and_never_an_exception_or_a_pass(name: str, body: bytes) -> None:
    judge, _ = JUDGES[name]
    if name in NO_BODY_NEEDED or (name == "closed" and body.lstrip().startswith(b"{")):
        return
    refused(judge, answer(body))


@every_judge
@few
@given(data=st.data())
def test_a_good_answer_with_any_one_value_spoilt_is_never_an_exception(
    name: str, data: st.DataObject
) -> None:
    judge, good = JUDGES[name]
    assert isinstance(good, Answer)
    try:
        content = json.loads(good.body)
    except ValueError:
        return
    spoilt = answer(data.draw(spoil(content)))
    with suppress(Unproven):
        judge(spoilt)


def spoil(content: object) -> st.SearchStrategy[object]:
    """The same JSON with one value, at any depth, replaced."""
    choices: list[st.SearchStrategy[object]] = [json_values]
    if isinstance(content, dict):
        for key, value in content.items():
            choices.append(spoil(value).map(partial(changed, content, key)))
    if isinstance(content, list):
        for index, value in enumerate(content):
            choices.append(spoil(value).map(partial(changed, content, index)))
    return st.one_of(choices)


def changed(content: Any, key: object, value: object) -> object:  # noqa: ANN401 - any JSON
    copy = content.copy()
    copy[key] = value
    return copy


@every_judge
@few
@given(
    status=st.integers(100, 599).filter(lambda status: status != 200),
    body=st.binary(max_size=300),
    of_ingress=st.booleans(),
)
def test_another_status_never_passes_whatever_it_says(
    name: str, status: int, body: bytes, of_ingress: bool
) -> None:
    judge, good = JUDGES[name]
    assert isinstance(good, Answer)
    for content in (body, good.body):
        why = refused(judge, Answer(status, content, of_ingress))
        assert len(why.seen) < SEEN_CHARS + 80
        assert why.seen.isprintable()


@every_judge
def test_no_answer_is_told_as_it_happened(name: str) -> None:
    judge, _ = JUDGES[name]
    why = refused(judge, Silence("no answer within 4 s"))
    if name == "completed":  # this answer is waited for, and a worker is to give it
        assert why.seen == "started, but no worker completed it in time"
    elif why.state is State.FAILED:
        assert "no answer within 4 s" in why.seen
    else:  # another component's failure, which has a result of its own
        assert why.fix.startswith("see ")


@every_judge
def test_a_lost_ingress_is_never_blamed_on_a_component(name: str) -> None:
    judge, _ = JUDGES[name]
    why = refused(judge, Silence("cannot connect to the ingress at 127.0.0.1:80", lost=True))
    assert (why.state is State.UNKNOWN) == (name != "ingress")


def test_a_workspace_that_hangs_is_restarted_by_a_person_for_provision_never_does() -> None:
    for judge in (workspace.server, workspace.version):
        fix = refused(judge, Silence("no answer within 5 s")).fix
        assert "restart it in the console" in fix
        assert "{seat}-workspace" in fix
        assert "make provision" not in fix


@pytest.mark.parametrize(
    "body", [b"", b"<h1>Directory listing</h1>", b"up 1\n", b"temporal_request 5\n"]
)
def test_whatever_else_holds_the_workers_port_is_no_worker(body: bytes) -> None:
    why = refused(worker.attendees, answer(body))
    assert "no metric of a worker that polls" in why.seen
    assert "make shell SEAT={seat}" in why.fix


def test_the_ingress_names_who_did_not_answer() -> None:
    body = b"seat-07: grafana did not answer. It may be starting: try again in a few seconds.\n"
    why = refused(grafana.version, answer(body, 502, of_ingress=True))
    assert why.seen == "seat-07: grafana did not answer"
    assert "make provision SEATS={seat}" in why.fix


def test_a_components_own_502_or_404_is_not_taken_for_the_ingresss() -> None:
    assert refused(grafana.version, answer(b"bad. gateway", 502)).seen == "HTTP 502: bad. gateway"
    assert refused(grafana.version, answer(b"", 404)).seen == "HTTP 404, no text"
    assert "knows no such" in refused(grafana.version, answer(b"", 404, of_ingress=True)).seen


@given(st.text())
def test_words_from_outside_become_one_printable_short_line(text: str) -> None:
    line = clip(text)
    assert line.isprintable()
    assert len(line) <= SEEN_CHARS


@pytest.mark.parametrize(
    ("ttl", "seen"),
    [
        ("86400s", "retention is 24 h, not 720 h"),
        ("2588400s", "retention is 719 h, not 720 h"),
        ("0s", "retention is 0 h, not 720 h"),
        ("", "retention is '', not 720 h"),
        ("-1s", "retention is '-1s', not 720 h"),
    ],
)
def test_any_other_retention_is_named(ttl: str, seen: str) -> None:
    why = refused(lambda r: temporal.retention(r, "probe"), namespace(ttl))
    assert (why.check, why.seen) == ("retention of probe", seen)
    assert why.fix.endswith("temporal operator namespace update --retention 720h -n probe")


def test_a_longer_retention_than_agreed_is_the_attendees_good_right() -> None:
    temporal.retention(namespace("3600000s"), "default")


@pytest.mark.parametrize(
    "reply",
    [described(run="another"), described(status="TERMINATED"), described(status="")],
)
def test_a_workflow_that_is_not_the_open_one_just_started_is_refused(reply: Reply) -> None:
    refused(lambda r: temporal.read_back(r, RUN), reply)


@pytest.mark.parametrize("found", ["NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN", ""])
def test_grpc_health_is_serving_or_refused(found: str) -> None:
    temporal.serving("SERVING")
    with pytest.raises(Unproven):
        temporal.serving(found)


@pytest.mark.parametrize(
    "poller",
    [
        POLLER | {"lastAccessTime": ago(91)},
        POLLER | {"lastAccessTime": "2025-07-16T09:00:00"},
        POLLER | {"identity": "d1l1-0815"},
    ],
)
def test_a_dead_or_foreign_poller_is_not_a_welcome_worker(poller: Json) -> None:
    why = refused(lambda r: worker.polls(r, NOW), answer({"pollers": [poller]}))
    assert str(poller["identity"]) in why.seen


@pytest.mark.parametrize(
    ("history", "mine", "seen"),
    [
        ({"events": [{"eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_FAILED"}]}, True, "FAILED"),
        ({}, True, "no worker completed it in time"),
        ({}, False, "was open already"),
    ],
)
def test_a_welcome_that_did_not_complete_says_how(history: Json, mine: bool, seen: str) -> None:
    def judge(reply: Reply) -> None:
        worker.completed(answer({"started": mine}), reply)

    assert seen in refused(judge, answer({"history": history})).seen


@pytest.mark.parametrize(
    ("targets", "seen"),
    [
        ([], "no target for temporal-server and worker"),
        ([SERVER], "no target for worker"),
        ([SERVER, scrape("worker", lastScrape=ago(46))], "worker was last scraped 46 s ago"),
        ([SERVER, scrape("worker", scrapeInterval="")], "worker was last scraped 7 s ago"),
        (
            [SERVER, scrape("worker", lastScrape="0001-01-01T00:00:00Z", health="unknown")],
            "worker has not been scraped yet",
        ),
    ],
)
def test_a_missing_or_stale_target_is_refused(targets: list[Json], seen: str) -> None:
    assert refused(lambda r: prometheus.targets(r, NOW), scraped(*targets)).seen == seen


DOWN = scrape("worker", health="down", lastError="connect: connection refused")


def test_a_target_that_is_down_itself_is_not_prometheuss_failure() -> None:
    found = prometheus.targets(scraped(SERVER, DOWN, ITSELF), NOW)
    assert (
        prometheus.blame(found, frozenset(), fresh=False)
        == "2 of 3 targets up (worker is down itself)"
    )
    assert prometheus.until_scraped(found, frozenset()) == 0


def test_right_after_provision_a_server_that_starts_has_to_be_seen_first() -> None:
    found = prometheus.targets(scraped(SERVER | {"health": "down"}, DOWN), NOW)
    with pytest.raises(Unproven) as caught:
        prometheus.blame(found, frozenset(), fresh=True)
    assert (caught.value.seen, caught.value.fix, caught.value.state) == (
        "temporal-server is down itself",
        "see temporal of {seat}",
        State.UNKNOWN,
    )
    # A worker may be at rest; and later the server's own result names it.
    assert prometheus.blame(prometheus.targets(scraped(SERVER, DOWN), NOW), frozenset(), fresh=True)
    assert prometheus.blame(found, frozenset(), fresh=False)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, "3 of 3 targets up"),
        ({"health": "down", "lastError": "connection refused"}, "2 of 2 targets up"),
        ({"health": "unknown", "lastScrape": "0001-01-01T00:00:00Z"}, "2 of 2 targets up"),
    ],
)
def test_what_an_attendee_starts_and_ends_at_will_counts_while_it_is_up(
    changes: dict[str, object], seen: str
) -> None:
    found = prometheus.targets(scraped(SERVER, WORKER, scrape("workspace", **changes)), NOW)
    assert prometheus.blame(found, frozenset(), fresh=False) == seen


@pytest.mark.parametrize(
    "changes",
    [{}, {"health": "down"}, {"health": "unknown", "lastScrape": "0001-01-01T00:00:00Z"}],
)
def test_no_seat_waits_for_what_has_its_proof_elsewhere(changes: dict[str, object]) -> None:
    found = prometheus.targets(scraped(SERVER, WORKER, scrape("temporal-api", **changes)), NOW)
    assert prometheus.blame(found, frozenset(), fresh=False) == "2 of 2 targets up"


def test_a_target_that_answers_the_probe_and_not_prometheus_is_its_failure() -> None:
    found = prometheus.targets(scraped(SERVER, DOWN, ITSELF), NOW)
    with pytest.raises(Unproven) as caught:
        prometheus.blame(found, frozenset({"worker"}), fresh=False)
    assert caught.value.seen == "worker is down: connect: connection refused"
    # Its log has nothing to say of a target that was changed.
    assert "make verify SEATS={seat}" in caught.value.fix
    assert prometheus.until_scraped(found, frozenset({"worker"})) == pytest.approx(8.5)


def test_a_target_that_only_prometheus_can_reach_has_no_excuse() -> None:
    found = prometheus.targets(scraped(SERVER, WORKER, ITSELF | {"health": "down"}), NOW)
    with pytest.raises(Unproven):
        prometheus.blame(found, frozenset(), fresh=False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("", 0), ("soon", 0), ("9", 0)],
)
def test_prometheus_durations(text: str, seconds: float) -> None:
    assert prometheus.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "result",
    [
        {"error": "connection refused", "frames": FRAMES["results"]["A"]["frames"]},
        {"frames": []},
        {"frames": [{"data": {"values": []}}]},
        {"frames": [{"data": {"values": [[1720000000000], []]}}]},
        {"frames": [{"data": {"values": [[1720000000000], [None]]}}]},
    ],
)
def test_a_query_without_a_value_is_refused(result: Json) -> None:
    refused(grafana.answers, answer({"results": {"A": result}}))


def test_whatever_else_sits_on_the_ingresss_port_is_told_apart() -> None:
    def alive(reply: Reply) -> None:
        ingress.alive(reply, "127.0.0.1:80")

    why = refused(alive, answer(b"<html>It works!</html>"))
    assert why.seen == "127.0.0.1:80 is answered by something else: HTTP 200 <html>It works!</html>"
    assert "ss -ltnp" in why.fix
