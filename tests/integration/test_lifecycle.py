"""One classroom's life, in order: provisioned, grown, changed, broken, mended, torn down.

The tests of this file share one room and build on each other, as a course does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.conftest import ROOT, Room, RoomFactory

COMPONENTS = {"temporal", "prometheus", "workspace"}
WITH_GRAFANA = pytest.mark.skipif(not os.environ.get("GRAFANA"), reason="there is no Grafana")


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room("cwt-life", "10.231.0.0/16", seats=2)
    room.run("provision")
    yield room
    room.run("teardown", "--confirm", "--no-collect", expect=None)


def get(room: Room, port: str, host: str, path: str) -> httpx.Response:
    address = f"http://127.0.0.1:{room.ports[port]}{path}"
    return httpx.get(address, headers={"Host": host, **room.opens("seat-02")}, timeout=10)


def ansible_playbook(room: Room, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the seats' playbook as somebody who knows Ansible and not our command."""
    provisioning = ROOT / "provisioning"
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            *("--inventory", str(provisioning / "classroom.inventory.yml")),
            str(provisioning / "playbooks" / "seats.yml"),
            *arguments,
        ],
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(provisioning / "ansible.cfg"),
            "CLASSROOM_FILE": str(room.file),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}


def test_provision_proved_every_seat(room: Room) -> None:
    health = room.json("health")
    assert health["good"] is True
    assert set(health["seats"]) == {"seat-01", "seat-02"}
    for components in health["seats"].values():
        assert components.keys() >= COMPONENTS | {"worker"}
        assert {c["state"] for c in components.values()} == {"ok"}


def test_status_knows_container_version_and_source(room: Room) -> None:
    stack = room.json("status")["stacks"]["seat-02"]
    assert stack["url"] == f"http://s02.localhost:{room.ports['http']}"
    for name in COMPONENTS:
        component = stack["components"][name]
        assert component["state"] == "running"
        assert component["version"]
        assert component["source"]
        assert component["hash"]


def test_junit_has_a_case_per_seat_and_component(room: Room) -> None:
    target = room.folder / "health.xml"
    room.run("health", "--junit", str(target))
    text = target.read_text()
    assert text.count("<testcase") >= 2 * 4
    assert 'failures="0"' in text


def test_verify_finds_nothing_wrong(room: Room) -> None:
    assert " passed" in room.run("verify")


@pytest.mark.parametrize(
    ("port", "path", "mark"),
    [
        ("http", "/temporal/", "<html"),
        ("http", "/workspace/lab", "JupyterLab"),
        ("http", "/prometheus/-/ready", "Ready"),
        ("http", "/metrics/server", "service_requests"),
        ("http", "/metrics/worker", "temporal_"),
        ("http", "/api/v1/namespaces/default", "2592000s"),
        ("grpc", "/metrics", "service_requests"),
        ("ui", "/temporal/", "<html"),
        ("metrics", "/metrics", "temporal_"),
    ],
)
def test_every_address_of_a_seat_answers(room: Room, port: str, path: str, mark: str) -> None:
    answer = get(room, port, "s02.localhost", path)
    assert answer.status_code == 200, answer.text
    assert mark in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "s99x.localhost",
        "s2.localhost",
        "s02.localhost.evil.example",
        "evil-s02.localhost",
        "127.0.0.1",
    ],
)
@pytest.mark.parametrize("port", ["http", "grpc", "ui", "metrics"])
def test_a_host_that_is_no_seat_is_not_found(room: Room, port: str, host: str) -> None:
    assert get(room, port, host, "/metrics").status_code == 404


def test_a_second_run_changes_nothing(room: Room) -> None:
    before = room.ids()
    assert "nothing to do" in room.run("provision")
    assert room.ids() == before


def test_plan_and_ansibles_check_mode_print_the_same_and_change_nothing(room: Room) -> None:
    before = room.ids()
    room.write(components={"prometheus": {"memory": "200m"}})
    line = "~ replace container cwt-life-seat-02-prometheus: its configuration changed"
    assert line in room.run("plan")
    checked = ansible_playbook(room, "--check", "--diff", "--limit", "seat-02")
    assert checked.returncode == 0, checked.stdout
    assert line in checked.stdout
    assert "seat-01" not in checked.stdout
    assert room.ids() == before
    room.write(components={})


def test_ansibles_limit_without_a_match_is_an_error(room: Room) -> None:
    assert ansible_playbook(room, "--limit", "seat-77").returncode != 0


def test_one_more_seat_touches_no_other(room: Room) -> None:
    before = room.ids()
    room.run("provision", "--seats", "3")
    difference = changed(before, room.ids())
    assert difference
    assert all("seat-03" in name for name in difference)


def test_one_component_changed_is_replaced_alone_and_work_stays(room: Room) -> None:
    room.leave_work("seat-01", "half an idea")
    before = room.ids()
    room.write(components={"workspace": {"memory": "900m"}})
    room.run("provision", "--seats", "3")
    assert changed(before, room.ids()) == {f"cwt-life-seat-0{n}-workspace" for n in (1, 2, 3)}
    assert room.work("seat-01") == "half an idea"


def test_mending_one_seat_removes_none_though_the_class_file_says_fewer(room: Room) -> None:
    room.unwatch()
    room.client.stop("cwt-life-seat-03-prometheus", timeout=2)
    before = room.ids()
    assert "remove" not in room.run("plan", "--only", "seat-03")
    room.run("provision", "--only", "seat-03")
    assert room.ids() == before
    assert room.json("health")["good"] is True


def test_fewer_seats_are_refused_without_consent(room: Room) -> None:
    before = room.ids()
    printed = room.run("provision", "--seats", "2", expect=2)
    assert "seat-03" in printed or "CONFIRM=yes" in printed
    assert room.ids() == before


def test_a_surplus_seat_is_archived_then_removed(room: Room) -> None:
    room.leave_work("seat-03", "goodbye")
    before = room.ids()
    room.run("provision", "--seats", "2", "--confirm")
    assert all("seat-03" in name for name in changed(before, room.ids()))
    assert not [name for name in room.ids() if "seat-03" in name]
    (archive,) = (ROOT / "collected").glob("cwt-life-seat-03-*.tar.gz")
    with tarfile.open(archive) as tar:
        (notes,) = [m for m in tar.getmembers() if m.name.endswith("course/notes.txt")]
        content = tar.extractfile(notes)
        assert content is not None
        assert content.read() == b"goodbye\n"


@pytest.mark.parametrize(
    ("how", "component"),
    [("kill", "temporal"), ("pause", "prometheus"), ("remove", "temporal"), ("stop", "workspace")],
)
def test_health_names_what_is_broken_and_provision_mends_it(
    room: Room, how: str, component: str
) -> None:
    name = f"cwt-life-seat-02-{component}"
    room.unwatch()
    before = room.ids()
    if how == "kill":
        # An engine restarts what dies by itself, but not what its user killed.
        room.client.kill(name)
    elif how == "pause":
        room.client.pause(name)
    elif how == "remove":
        room.client.remove_container(name, force=True)
    else:
        room.client.stop(name, timeout=2)
    health = room.json("health", expect=1)
    broken = {
        (seat, part)
        for seat, components in health["seats"].items()
        for part, result in components.items()
        if result["state"] in ("failed", "unknown")
    }
    assert ("seat-02", component) in broken
    assert not {seat for seat, _ in broken} - {"seat-02"}
    assert health["seats"]["seat-02"][component]["fix"]
    room.run("provision")
    assert changed(before, room.ids()) <= ({name} if how == "remove" else set())
    assert room.json("health")["good"] is True


def test_one_seat_alone_is_touched_on_request(room: Room) -> None:
    room.unwatch()
    room.client.stop("cwt-life-seat-01-prometheus", timeout=2)
    room.client.stop("cwt-life-seat-02-prometheus", timeout=2)
    printed = room.run("provision", "--only", "seat-02")
    assert "seat-01" not in printed
    states = {c["Names"][0]: c["State"] for c in room.client.containers(all=True)}
    assert states["/cwt-life-seat-01-prometheus"] == "exited"
    assert states["/cwt-life-seat-02-prometheus"] == "running"
    room.run("provision")


def test_an_unknown_seat_is_a_usage_error(room: Room) -> None:
    assert "there is no seat-09" in room.run("provision", "--only", "seat-09", expect=2)


def test_a_foreign_container_is_refused_and_the_other_seats_go_on(room: Room) -> None:
    name = "cwt-life-seat-03-prometheus"
    image = room.client.inspect_container("cwt-life-seat-01-prometheus")["Config"]["Image"]
    foreign = room.client.create_container(image, name=name)["Id"]
    try:
        printed = room.run("provision", "--seats", "4", expect=1)
        assert "exists and is not ours" in printed
        health = room.json("status")["stacks"]
        assert set(health["seat-04"]["components"]) >= COMPONENTS
        assert room.client.inspect_container(name)["Id"] == foreign
    finally:
        room.client.remove_container(foreign, force=True)
    room.run("provision", "--seats", "2", "--confirm")


@pytest.mark.parametrize(
    "change",
    [
        {"subnet": "10.232.0.0/16"},
        {"ports": "other"},
        {"components": {c: {"memory": "600m", "pids": 300} for c in ("temporal", "workspace")}},
        {"components": {"ingress": {"memory": "300m"}}},
        {"domain": "course.example"},
        pytest.param({"grafana": "off"}, marks=WITH_GRAFANA),
        pytest.param({"grafana": "required"}, marks=WITH_GRAFANA),
    ],
    ids=["subnet", "ports", "limits", "ingress", "domain", "grafana-off", "grafana-again"],
)
def test_no_key_of_the_class_file_costs_an_attendee_anything(
    room: Room, change: dict[str, object]
) -> None:
    work = f"kept through a change of {' and '.join(change)}"
    room.leave_work("seat-02", work)
    volumes = {k: v for k, v in room.ids().items() if k.startswith("volume")}
    if change == {"ports": "other"}:
        change = {"ports": {**room.ports, "metrics": room.ports["metrics"] + 1}}
    room.write(**change)
    room.run("provision")
    assert room.work("seat-02") == work
    assert {k: v for k, v in room.ids().items() if k.startswith("volume")} == volumes
    assert room.json("health")["good"] is True


def test_a_corrupt_rendered_file_is_written_again(room: Room) -> None:
    rendered = room.state / "rendered" / "seat-02.yml"
    rendered.write_bytes(b"\x00\xff{{{")
    assert room.json("health")["good"] is True
    room.client.remove_container("cwt-life-seat-02-prometheus", force=True)
    room.run("provision")
    assert room.json("health")["good"] is True


def test_teardown_leaves_nothing_and_nobody_else_is_hurt(room: Room) -> None:
    image = room.client.inspect_container("cwt-life-seat-01-prometheus")["Config"]["Image"]
    neighbour = room.client.create_container(image, name="cwt-neighbour")["Id"]
    try:
        room.leave_work("seat-01", "last words")
        refused = room.run("teardown", expect=2)
        assert "CONFIRM=yes" in refused
        assert room.ids()
        printed = room.run("teardown", "--confirm")
        assert "left\n    nothing" in printed
        assert room.ids() == {}
        assert not room.state.exists()
        assert len(list((ROOT / "collected").glob("cwt-life-seat-01-*.tar.gz"))) == 1
        assert room.client.inspect_container(neighbour)["Id"] == neighbour
    finally:
        room.client.remove_container(neighbour, force=True)
    assert "nothing exists, nothing to do" in room.run("teardown")


def test_health_of_nothing_is_an_error(room: Room) -> None:
    assert "has no seats" in room.run("health", expect=2)
