"""One classroom's life, in order: provisioned, grown, changed, broken, mended, torn down.

The tests of this file share one room and build on each other, as a course does.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from classroom.engine.lock import exclusive
from tests.integration.conftest import ROOT, Room, RoomFactory, free_ports
from tests.integration.terminal import Terminal

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
            **room.variables,
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
    home = stack["url"]
    assert home == f"http://s02.localhost:{room.ports['http']}"
    assert stack["urls"].keys() >= COMPONENTS | {"home"}
    for address in stack["urls"].values():
        path = address.removeprefix(home)
        answer = get(room, "http", f"s02.localhost:{room.ports['http']}", path)
        assert answer.status_code < 400, f"{address}: {answer.text}"
    for name in COMPONENTS:
        component = stack["components"][name]
        assert component["state"] == "running"
        assert component["version"]
        assert component["source"]
        assert component["hash"]


def test_logs_are_those_of_the_seat_or_of_one_component(room: Room) -> None:
    printed = room.run("logs", "--seat", "seat-02")
    for name in COMPONENTS:
        assert f"== seat-02 {name} (Up " in printed
    assert "Temporal Server:      0.0.0.0:7233" in printed
    alone = room.run("logs", "--seat", "ingress", "--component", "portal")
    assert alone.count("== ") == alone.count("== ingress portal (Up ") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["logs", "--seat", "seat-09"], "SEAT=: no seat seat-09\n  -> there are ingress, seat-01"),
        (["logs"], "SEAT=: no seat (none given)\n  -> there are ingress, seat-01, seat-02"),
        (
            ["logs", "--seat", "seat-01", "--component", "tempral"],
            "COMPONENT=: seat-01 has no tempral\n  -> it has ",
        ),
        (["shell", "--seat", "seat-09"], "no seat seat-09\n  -> there are ingress, seat-01"),
        (["shell", "--seat", "ingress"], "ingress has no workspace\n  -> it has ingress, portal"),
    ],
    ids=["logs of no seat", "logs", "logs of no component", "shell in no seat", "shell in ingress"],
)
def test_a_seat_that_is_not_there_is_answered_with_those_that_are(
    room: Room, options: list[str], words: str
) -> None:
    assert words in room.run(*options, expect=2)


def test_a_shell_is_the_attendees_and_how_it_was_left_is_no_failure(room: Room) -> None:
    terminal = Terminal(room, "shell", "--seat", "seat-01")
    terminal.answer("$ ", "echo I am $(id -un) at $SEAT; pwd; exit 3")
    assert terminal.end() == 0
    shown = terminal.screen.decode().replace("\r\n", "\n")
    assert "I am seat at seat-01\n/home/seat" in shown


@pytest.mark.parametrize(
    ("script", "code"), [("echo $SEAT", 0), ("echo $SEAT; exit 3", 1)], ids=["good", "bad"]
)
def test_a_shell_without_a_terminal_runs_a_script(room: Room, script: str, code: int) -> None:
    done = subprocess.run(
        [str(ROOT / "classroom"), "shell", "--seat", "seat-02", "--file", str(room.file)],
        input=script,
        env=room.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, "seat-02\n"), done.stderr


def test_no_shell_in_a_workspace_that_does_not_run_but_what_to_do(room: Room) -> None:
    room.unwatch()
    room.client.stop("cwt-life-seat-02-workspace", timeout=2)
    printed = room.run("shell", "--seat", "seat-02", expect=2)
    assert "seat-02 workspace: it does not run (Exited" in printed
    assert f"-> make provision SEATS=seat-02 CLASS={room.file} starts it" in printed
    room.run("provision", "--only", "seat-02")


def test_junit_has_a_case_per_seat_and_component(room: Room) -> None:
    target = room.folder / "health.xml"
    room.run("health", "--junit", str(target))
    text = target.read_text()
    assert text.count("<testcase") >= 2 * 4
    assert 'failures="0"' in text


def test_verify_finds_nothing_wrong(room: Room) -> None:
    assert " passed" in room.run("verify")


IMPOSTOR = "seat-02-prometheus"

WRONG_WITH_IT = {
    *("user", "capabilities", "no_new_privileges", "no_privileges"),
    *("root_is_read_only", "tmp", "mounts", "data", "configuration"),
    *("ports", "published_ports"),
    *("limits", "limits_in_force", "log_size", "restart_policy", "no_healthcheck"),
    *("labels", "version"),
}
"""Of each subject of the suite, the tests that somebody's own container in a seat must fail."""


def test_verify_names_all_that_is_wrong_with_a_container_and_its_advice_mends_it(
    room: Room,
) -> None:
    name = f"{room.name}-{IMPOSTOR}"
    room.unwatch()
    ours = room.client.inspect_container(name)["Config"]
    room.client.remove_container(name, force=True)
    host = room.client.create_host_config(
        network_mode=f"{room.name}-seat-02",
        port_bindings={9090: ("127.0.0.1", free_ports(1)[0])},
    )
    room.client.create_container(
        ours["Image"],
        name=name,
        entrypoint=["sleep", "infinity"],
        user="root",
        labels={**ours["Labels"], "classroom.version": "", "classroom.hash": "none"},
        ports=[9090],
        healthcheck={"test": ["CMD", "true"]},
        host_config=host,
    )
    room.client.start(name)
    printed = room.run("verify", expect=1)
    failed = re.findall(r"(?m)^_+ test_(\w+)\[(.+)\] _+$", printed)
    assert {place for _, place in failed} == {IMPOSTOR}
    assert {test for test, _ in failed} >= WRONG_WITH_IT
    assert "\nseat-02 prometheus: user is root, wanted 10001:10001\n" in printed
    assert f"`docker rm -f` its container, then `make provision N=2 CLASS={room.file}`" in printed
    room.client.remove_container(name, force=True)
    room.run("provision", "--seats", "2")
    room.run("verify")


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


@pytest.mark.parametrize("path", ["/workspace/lab", "/temporal/"])
def test_what_a_page_begins_with_comes_from_the_ingress(room: Room, path: str) -> None:
    page = get(room, "http", "s02.localhost", path).text
    scripts = re.findall(r'(?:src|href)="(/(?:workspace/static/lab|temporal/_app)/[^"]+)"', page)
    assert scripts
    for script in scripts:
        answer = get(room, "http", "s02.localhost", script)
        assert (answer.status_code, "Via" in answer.headers) == (200, False), script


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
    # One seat was proven, and the last word on the room of three is no more.
    assert room.json("status")["health"]["summary"] == "unknown"
    assert room.json("health")["good"] is True


def test_a_playbook_run_by_hand_mends_its_seat_and_removes_none(room: Room) -> None:
    room.unwatch()
    room.client.stop("cwt-life-seat-03-prometheus", timeout=2)
    before = room.ids()
    played = ansible_playbook(room, "--limit", "seat-03")
    assert played.returncode == 0, played.stdout
    assert room.ids() == before
    assert room.json("health")["good"] is True


def test_a_playbook_run_by_hand_takes_its_turn(room: Room) -> None:
    with exclusive(room.state, "provision"):
        played = ansible_playbook(room, "--limit", "seat-03")
        checked = ansible_playbook(room, "--limit", "seat-03", "--check")
    assert played.returncode != 0
    assert "another run holds this classroom: provision" in played.stderr
    assert checked.returncode == 0, checked.stdout


def at_a_terminal(room: Room, answer: str, *command: str) -> tuple[int, str]:
    """Run a command, answer its question, and return its exit code and all that was shown."""
    terminal = Terminal(room, *command)
    terminal.answer(f"Type {room.name} to go on: ", answer)
    code = terminal.end()
    return code, terminal.screen.decode().replace("\r\n", "\n")


LOSS = "This removes 1 seat:\n  seat-03: "


def test_fewer_seats_are_listed_and_refused_where_nobody_can_be_asked(room: Room) -> None:
    before = room.ids()
    printed = room.run("provision", "--seats", "2", expect=2)
    assert LOSS in printed
    assert "collected first" in printed
    assert "CONFIRM=yes" in printed
    assert room.ids() == before


def test_fewer_seats_are_refused_by_any_other_answer(room: Room) -> None:
    before = room.ids()
    for answer in ("yes", ""):
        code, shown = at_a_terminal(room, answer, "provision", "--seats", "2")
        assert code == 2
        assert LOSS in shown
        assert f"the answer was not {room.name}, so nothing was changed" in shown
        assert room.ids() == before


def test_a_surplus_seat_is_archived_then_removed_when_its_room_is_named(room: Room) -> None:
    room.leave_work("seat-03", "goodbye")
    before = room.ids()
    code, shown = at_a_terminal(room, room.name, "provision", "--seats", "2")
    assert code == 0, shown
    assert LOSS in shown
    assert all("seat-03" in name for name in changed(before, room.ids()))
    assert not [name for name in room.ids() if "seat-03" in name]
    (archive,) = (ROOT / "collected").glob("cwt-life-seat-03-*.tar.gz")
    assert archive.stat().st_mode & 0o777 == 0o600
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
    assert f" CLASS={room.file}" in health["seats"]["seat-02"][component]["fix"]
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
        before = room.ids()
        assert "CONFIRM=yes" in room.run("teardown", expect=2)
        code, shown = at_a_terminal(room, "temporal", "teardown")
        assert code == 2
        assert "removes 2 seats (seat-01 to seat-02)" in shown
        assert room.ids() == before
        code, printed = at_a_terminal(room, room.name, "teardown")
        assert code == 0
        assert "left\n    nothing" in printed
        assert room.ids() == {}
        assert not room.state.exists()
        assert len(list((ROOT / "collected").glob("cwt-life-seat-01-*.tar.gz"))) == 1
        assert room.client.inspect_container(neighbour)["Id"] == neighbour
    finally:
        room.client.remove_container(neighbour, force=True)
    assert "nothing exists, nothing to do" in room.run("teardown")


def test_health_of_nothing_is_an_error(room: Room) -> None:
    document = room.folder / "health.json"
    document.write_text('{"good": true}')
    assert "has no seats" in room.run("health", "--json", str(document), expect=2)
    assert json.loads(document.read_text())["good"] is False
