"""The firewall's role on throwaway machines: its rules through everything that happens to them."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import pytest
import yaml

from classroom.engine.planning import ROOT
from classroom.engine.readiness import PROVISIONING
from classroom.plan import names
from tests.integration.test_machine import (
    CHANGES,
    PLAY,
    PYTHON,
    Machine,
    Step,
    machine,
    pytestmark,
)

__all__ = ["machine", "pytestmark"]

ROLE = PROVISIONING / "roles" / "firewall"
GO, OTHER = "go,10.235.0.0/16,internet", "other,10.236.0.0/16,none"
UNGUARD = f"ansible-playbook -i localhost, {PROVISIONING}/playbooks/unguard.yml"
SAVE = "iptables-save -t filter | grep -v ^#"
STOP = "kill $(cat /var/run/docker.pid); while [ -e /var/run/docker.pid ]; do sleep 0.1; done"
START = (
    "(dockerd >/run/dockerd.log 2>&1 9>&- &) ; "
    "for i in $(seq 300); do docker version >/dev/null 2>&1 && break; sleep 0.1; done"
)
EMPTY = "iptables -F; iptables -X; rm -rf /run/classroom"


def play(guard: str) -> str:
    return f"{PLAY} -e machine_seats=3 -e machine_guard={guard}"


def compare(guard: str) -> str:
    return f"{PYTHON} -m classroom.engine.readiness --seats 3 --guard {guard}"


def reasons(step: Step) -> list[str]:
    found: list[str] = json.loads(step.text)["firewall"]["reasons"]
    return found


def at_start(classroom: str) -> str:
    """Return the commands of the unit, in its order."""
    variables = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    variables |= yaml.safe_load((ROLE / "vars" / "main.yml").read_text())
    text = (ROLE / "templates" / "firewall.service.j2").read_text()
    for _ in range(3):  # variables that are made of variables
        template = jinja2.Template(text)
        text = template.render(variables | {"firewall_classroom": classroom})
    lines = [line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecStart")]
    return "; ".join(line.removeprefix("-") for line in lines)


@pytest.fixture(scope="module")
def seen(machine: Machine) -> dict[str, Step]:
    return machine(
        {
            "foreign": "iptables -N DOCKER-USER; iptables -A DOCKER-USER -s 192.0.2.9 -j DROP",
            "first": play(GO),
            "first_rules": SAVE,
            "first_compared": compare(GO),
            # Other classrooms of this machine have files there too.
            "first_copy": "cd /etc/classroom/firewall; for file in go.*; do "
            "cmp --silent $file /run/classroom/firewall/$file || echo $file; done",
            "again": play(GO),
            "stop": STOP,
            "start": START,
            "after_the_engine": SAVE,
            "flushed": "iptables -F cls-go-out",
            "flushed_compared": compare(GO),
            "mended": play(GO),
            "mended_rules": SAVE,
            "beside": play(OTHER),
            "beside_go": compare(GO),
            "beside_other": compare(OTHER),
            "beside_rules": SAVE,
            "stop_again": f"{STOP}; {EMPTY}",
            "boot": f"{at_start('go')}; {at_start('other')}",
            "start_again": START,
            "boot_rules": SAVE,
            "boot_go": compare(GO),
            "boot_other": compare(OTHER),
            "stricter": play("go,10.235.0.0/16,none"),
            "stricter_compared": compare("go,10.235.0.0/16,none"),
            "link": "ip link add cwt0 type bridge; ip addr add 10.235.3.1/24 dev cwt0; "
            "ip link set cwt0 up",
            "moving": play("go,10.245.0.0/16,internet"),
            "moving_rules": SAVE,
            "moving_compared": compare("go,10.245.0.0/16,internet"),
            "moved": "ip link del cwt0",
            "moved_compared": compare("go,10.245.0.0/16,internet"),
            "settled": play("go,10.245.0.0/16,internet"),
            "settled_rules": SAVE,
            "changes": f'{PYTHON} -c "{CHANGES}"',
            "removed": f"{UNGUARD} -e machine_unguard=other",
            "removed_rules": SAVE,
            "removed_files": "find /etc/classroom /run/classroom -name 'other*'",
            "removed_again": f"{UNGUARD} -e machine_unguard=other",
            "undo": f'{PYTHON} -c "{CHANGES}" | grep firewall | cut -d"|" -f2 | sh',
            "undone_rules": SAVE,
            "undone_changes": f'{PYTHON} -c "{CHANGES}"',
        }
    )


def test_rules_come_before_an_engine_brings_seats_back(seen: dict[str, Step]) -> None:
    tasks = seen["first"].changed
    assert seen["first"].code == 0, seen["first"].text
    assert tasks.index("firewall: Load the rules") < tasks.index(
        "engine: Start the engine detached"
    )
    assert reasons(seen["first_compared"]) == []
    assert seen["first_copy"].text == "go.undo\n"


def test_what_others_put_into_dockers_chain_stays(seen: dict[str, Step]) -> None:
    theirs = "-A DOCKER-USER -s 192.0.2.9/32 -j DROP"
    for moment in ("first_rules", "beside_rules"):
        lines = seen[moment].text.splitlines()
        assert lines.index("-A DOCKER-USER -j cls-go-fwd") < lines.index(theirs), moment


def test_a_second_run_changes_nothing(seen: dict[str, Step]) -> None:
    assert seen["again"].code == 0
    assert seen["again"].changed == []


def test_rules_survive_a_restart_of_the_engine(seen: dict[str, Step]) -> None:
    assert seen["after_the_engine"].text == seen["first_rules"].text


def test_rules_that_somebody_removed_are_missed_and_come_back(seen: dict[str, Step]) -> None:
    assert "the rules of go's seats differ" in reasons(seen["flushed_compared"])[0]
    assert seen["mended_rules"].text == seen["first_rules"].text


def test_classrooms_beside_each_other(seen: dict[str, Step]) -> None:
    assert reasons(seen["beside_go"]) == []
    assert reasons(seen["beside_other"]) == []


def test_rules_come_back_with_the_machine(seen: dict[str, Step]) -> None:
    assert seen["boot"].code == 0, seen["boot"].text
    assert reasons(seen["boot_go"]) == []
    assert reasons(seen["boot_other"]) == []
    docker = [line for line in seen["boot_rules"].text.splitlines() if "-A FORWARD" in line]
    assert docker[0] == "-A FORWARD -j DOCKER-USER"


def test_a_stricter_class_file_is_put_in_force(seen: dict[str, Step]) -> None:
    assert "firewall: Load the rules" in seen["stricter"].changed
    assert reasons(seen["stricter_compared"]) == []


def test_a_room_that_moves_is_guarded_in_both_places_until_it_has_moved(
    seen: dict[str, Step],
) -> None:
    for subnet in ("10.235.0.0/16", "10.245.0.0/16"):
        assert f"-A cls-go-inp -s {subnet} -g cls-go-own" in seen["moving_rules"].text
    assert reasons(seen["moving_compared"]) == []
    assert reasons(seen["moved_compared"]) != []
    assert "10.235." not in seen["settled_rules"].text


def test_a_classroom_is_removed_and_the_other_stays(seen: dict[str, Step]) -> None:
    assert seen["removed"].code == 0, seen["removed"].text
    assert "cls-other" not in seen["removed_rules"].text
    assert "-A INPUT -j cls-go-inp" in seen["removed_rules"].text
    assert seen["removed_files"].text == ""
    assert seen["removed_again"].changed == []


def test_the_receipt_has_the_way_back_and_it_works(seen: dict[str, Step]) -> None:
    assert "firewall rules for the seats of go|" in seen["changes"].text
    assert "seats of other" not in seen["changes"].text
    assert "cls-" not in seen["undone_rules"].text
    assert "firewall" not in seen["undone_changes"].text


def test_an_engine_on_legacy_iptables_gets_its_rules_there(machine: Machine) -> None:
    steps = machine(
        {
            "legacy": "update-alternatives --set iptables /usr/sbin/iptables-legacy",
            "engine": f"{PLAY} -e machine_seats=3",
            "back": "update-alternatives --set iptables /usr/sbin/iptables-nft",
            "play": play(GO),
            "legacy_rules": "iptables-legacy-save -t filter",
            "nft_rules": "iptables-nft-save -t filter",
            "compared": compare(GO),
        }
    )
    assert steps["play"].code == 0, steps["play"].text
    assert "-A INPUT -j cls-go-inp" in steps["legacy_rules"].text
    assert "cls-" not in steps["nft_rules"].text
    assert reasons(steps["compared"]) == []


def test_what_the_kernel_refuses_is_said(machine: Machine) -> None:
    steps = machine(
        {
            "break": "mount --bind /bin/false /usr/sbin/xtables-nft-multi",
            "play": play(GO),
        }
    )
    assert steps["play"].code == 2
    assert "could not be put in force" in steps["play"].text


def test_a_subnet_that_collides_is_refused_before_any_rule_is_in_force(machine: Machine) -> None:
    prepare = f"{ROOT}/classroom machine --file /run/classroom.yml"
    own = f"--label {names.LABEL_CLASSROOM}=go --subnet 10.235.3.0/24 --gateway 10.235.3.1"
    steps = machine(
        {
            "file": "printf 'name: go\\nseats: 1\\nsubnet: 10.235.0.0/16\\n' >/run/classroom.yml",
            "lan": "ip link add lan0 type bridge; ip addr add 10.235.3.1/24 dev lan0; "
            "ip link set lan0 up",
            "without_an_engine": prepare,
            "engine": f"{PLAY} -e machine_seats=3",
            "with_an_engine": prepare,
            "rules": SAVE,
            "kept": "ls /etc/classroom/firewall/go.rules",
            "moved": "ip link del lan0",
            "network": f"docker network create {own} go-seat-01",
            "beside_its_own": prepare,
            "own_rules": SAVE,
        }
    )
    for step in ("without_an_engine", "with_an_engine"):
        assert steps[step].code == 2, steps[step].text
        assert "subnet: 10.235.0.0/16 collides with a route to 10.235.3.0/24 by lan0" in (
            " ".join(steps[step].text.split())
        )
    assert "cls-go" not in steps["rules"].text
    assert steps["kept"].code != 0
    assert steps["network"].code == 0, steps["network"].text
    assert steps["beside_its_own"].code == 0, steps["beside_its_own"].text
    assert "cls-go" in steps["own_rules"].text


def test_the_role_has_its_options_in_its_specification() -> None:
    options = yaml.safe_load((Path(ROLE) / "meta" / "argument_specs.yml").read_text())
    defaults = yaml.safe_load((Path(ROLE) / "defaults" / "main.yml").read_text())
    assert defaults.keys() <= options["argument_specs"]["main"]["options"].keys()
