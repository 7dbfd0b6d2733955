"""Which reasons there are to prepare a machine, and what the record says was changed."""

from __future__ import annotations

import json
import socket
import threading
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from classroom.engine import machine_lacks, readiness
from classroom.engine.firewall import Guard
from classroom.engine.machine_lacks import (
    Engine,
    Limit,
    ask_engine,
    engine_reasons,
    kernel_reasons,
    read_limits,
)
from classroom.engine.machine_record import Change, changes, read_record
from classroom.engine.readiness import root_instructions
from classroom.errors import ClassroomError, EngineError
from classroom.spec.model import EgressPolicy

ADDRESS = "unix:///var/run/docker.sock"


def test_an_engine_that_answers_is_no_reason() -> None:
    assert engine_reasons(Engine.ANSWERS, ADDRESS, user="ada", chosen=False) == ()


def test_no_engine_is_a_reason() -> None:
    assert engine_reasons(Engine.SILENT, ADDRESS, user="ada", chosen=False) == (
        "no Docker engine answers at unix:///var/run/docker.sock",
    )


def test_an_engine_that_refuses_this_user_is_not_for_the_play_to_solve() -> None:
    with pytest.raises(EngineError, match="refuses the user ada") as caught:
        engine_reasons(Engine.DENIED, ADDRESS, user="ada", chosen=False)
    assert "sudo usermod --append --groups docker ada" in caught.value.remedy


def test_a_dead_engine_of_the_users_choice_is_not_for_the_play_to_solve() -> None:
    with pytest.raises(EngineError) as caught:
        engine_reasons(Engine.SILENT, "unix:///run/mine.sock", user="ada", chosen=True)
    assert caught.value.where == "unix:///run/mine.sock"
    assert "DOCKER_HOST" in caught.value.remedy


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nOK", Engine.ANSWERS),
        (b"HTTP/1.0 500 Oh\r\n\r\n", Engine.SILENT),
        (b"", Engine.SILENT),
    ],
)
def test_an_engine_answers_with_200(tmp_path: Path, reply: bytes, expected: Engine) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(1000)
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        assert ask_engine(path) is expected
        thread.join()


def test_an_engine_that_is_not_there_is_silent(tmp_path: Path) -> None:
    assert ask_engine(tmp_path / "engine.sock") is Engine.SILENT


def test_only_limits_that_are_low_are_reasons() -> None:
    limits = [Limit("a.b", 1024, 16384), Limit("c.d", 4096, 4096), Limit("e.f", None, 8)]
    assert kernel_reasons(limits, seats=70, stock_seats=20) == (
        "a.b is 1024, 70 seats need 16384",
        "e.f is missing, 70 seats need 8",
    )


def test_a_limit_known_to_be_fixed_counts_only_when_the_seats_need_it() -> None:
    limits = [Limit("a.b", 1024, 16384, fixed=True)]
    assert kernel_reasons(limits, seats=20, stock_seats=20) == ()
    assert kernel_reasons(limits, seats=21, stock_seats=20) != ()


def test_limits_are_read_by_their_dotted_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "pid_max").write_text("32768\n")
    monkeypatch.setattr(machine_lacks, "PROC_SYS", tmp_path)
    assert read_limits({"kernel.pid_max": 262144, "no.such": 1}, ["no.such"]) == (
        Limit("kernel.pid_max", 32768, 262144, fixed=False),
        Limit("no.such", None, 1, fixed=True),
    )


def test_without_root_the_exact_command_for_just_this_is_given() -> None:
    text = root_instructions(
        ["a.b is 1, 70 seats need 2"],
        user="ada",
        seats=5,
        build_images=True,
        guard=Guard("go", IPv4Network("10.70.0.0/16"), EgressPolicy.NONE),
    )
    command = next(line.strip() for line in text.splitlines() if "machine.yml" in line)
    assert command.startswith("sudo env PYTHONDONTWRITEBYTECODE=1 ANSIBLE_CONFIG=/")
    assert "--inventory localhost, " in command
    assert "--extra-vars machine_seats=5 --extra-vars machine_build_images=true" in command
    assert "--extra-vars machine_guard=go,10.70.0.0/16,none" in command
    assert "a.b is 1, 70 seats need 2" in text


def test_the_record_lists_what_is_still_there(tmp_path: Path) -> None:
    record = {
        "changes": {
            "docker.io": {"what": "installed docker.io", "undo": "purge", "proof": "/there"},
            "mmdebstrap": {"what": "installed mmdebstrap", "undo": "purge", "proof": "/gone"},
        }
    }
    path = tmp_path / "machine.json"
    path.write_text(json.dumps(record))
    found = changes(read_record(path), classroom="b", exists=lambda proof: proof == "/there")
    assert found == [Change("installed docker.io", "purge", shared=True)]


def test_what_was_changed_for_another_classroom_is_not_listed() -> None:
    rules = {"what": "rules", "undo": "rm", "proof": "/there", "classroom": "a"}
    record = {"changes": {"firewall of a": rules}}
    assert changes(record, classroom="a", exists=lambda _: True) == [
        Change("rules", "rm", shared=False)
    ]
    assert changes(record, classroom="b", exists=lambda _: True) == []


def test_no_record_means_no_changes(tmp_path: Path) -> None:
    assert changes(read_record(tmp_path / "none"), classroom="a", exists=lambda _: True) == []


def test_a_record_that_cannot_be_read_is_an_error_not_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_text("{")
    with pytest.raises(ClassroomError, match=str(path)):
        read_record(path)


def test_wanted_values_are_plain_numbers_that_python_and_ansible_read_alike() -> None:
    defaults = readiness._defaults("kernel")
    assert all(type(value) is int for value in defaults["kernel_limits"].values())
    assert defaults["kernel_limits"]["net.ipv4.neigh.default.gc_thresh3"] == 16384
    assert all(
        Path(p).is_absolute()
        for p in readiness._defaults("images_tools")["images_tools_packages"].values()
    )
