"""The machine's play on throwaway machines: this one's files under an overlay, own namespaces."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from classroom.engine.readiness import PROVISIONING, needs_machine_play

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="a throwaway machine needs root"),
    pytest.mark.skipif(not shutil.which("dockerd"), reason="no engine is installed to copy"),
]

PYTHON = sys.executable
PLAY = f"ansible-playbook -i localhost, {PROVISIONING}/playbooks/machine.yml"
CHANGES = (
    "from classroom.engine.machine_record import machine_changes;"
    "[print(c.what, c.undo, sep='|') for c in machine_changes('go')]"
)

# Fake limits are plain files over the kernel's, so that nothing reaches the real kernel. The
# neighbour table's limits are not there at all in a network namespace of its own.
BOOT = """
set -eu
machine=$1 out=$2
mount --make-rprivate /
mount -t tmpfs -o size=3g tmpfs "$machine"
mkdir "$machine"/upper "$machine"/work "$machine"/root
mount -t overlay overlay \
    -o "lowerdir=/,upperdir=$machine/upper,workdir=$machine/work" "$machine/root"
cd "$machine/root"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
for folder in run tmp var/lib/docker; do mount -t tmpfs tmpfs $folder; done
mkdir run/out run/fake
mount --bind "$out" run/out
fake() {
    echo "$2" >"run/fake/${1##*/}"
    mount --bind "run/fake/${1##*/}" "proc/sys/$1"
    mount -o "remount,bind,$3" "proc/sys/$1"
}
fake fs/inotify/max_user_instances 128 rw
fake kernel/pid_max 4194304 rw
fake kernel/keys/maxkeys 200 ro
ip link set lo up
rm -rf var/lib/classroom etc/sysctl.d/90-classroom.conf etc/docker/daemon.json
exec chroot . setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource bash run/out/script
"""


@dataclass(frozen=True)
class Step:
    code: int
    text: str

    @property
    def changed(self) -> list[str]:
        """Names of the tasks that the board showed as changed."""
        lines = [line.split("  ") for line in self.text.splitlines()]
        return [words[2].strip() for words in lines if len(words) > 2 and words[1] == "changed"]


Machine = Callable[[Mapping[str, str]], dict[str, Step]]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Run named shell commands on a fresh machine without systemd, of which nothing stays."""

    def run(commands: Mapping[str, str]) -> dict[str, Step]:
        root, out = tmp_path_factory.mktemp("machine"), tmp_path_factory.mktemp("out")
        lines = [
            f"export ANSIBLE_CONFIG={PROVISIONING}/ansible.cfg",
            f"export PATH={Path(PYTHON).parent}:$PATH",
            "unset DOCKER_HOST",
            *(
                f"({command}) >/run/out/{name}.out 2>&1; echo $? >/run/out/{name}.code"
                for name, command in commands.items()
            ),
        ]
        (out / "script").write_text("\n".join(lines))
        (out / "boot").write_text(BOOT)
        subprocess.run(
            [
                *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"),
                *("--mount-proc", "bash", str(out / "boot"), str(root), str(out)),
            ],
            check=True,
            timeout=300,
        )
        return {
            name: Step(int((out / f"{name}.code").read_text()), (out / f"{name}.out").read_text())
            for name in commands
        }

    return run


@pytest.fixture(scope="module")
def prepared(machine: Machine) -> dict[str, Step]:
    return machine(
        {
            "stale": "echo 1 >/var/run/docker.pid",
            "first": f"exec 9>/run/lock; flock 9; exec {PLAY} -e machine_seats=3",
            "ping": "docker version --format '{{.Server.Version}}'",
            "settings": "ls /etc/docker/daemon.json",
            "descriptors": "readlink /proc/$(cat /var/run/docker.pid)/fd/*",
            "limits": "sysctl -n fs.inotify.max_user_instances kernel.pid_max kernel.keys.maxkeys",
            "conf": "cat /etc/sysctl.d/90-classroom.conf",
            "readiness": f"{PYTHON} -m classroom.engine.readiness --seats 3",
            "second": f"{PLAY} -e machine_seats=3",
            "lowered": "echo 4000 >/proc/sys/fs/inotify/max_user_instances",
            "third": f"{PLAY} -e machine_seats=3",
            "changes": f'{PYTHON} -c "{CHANGES}"',
            "many": f"{PLAY} -e machine_seats=70",
            "undo": f'{PYTHON} -c "{CHANGES}" | cut -d"|" -f2 | sh',
            "undone": "sysctl -n fs.inotify.max_user_instances; ls /etc/sysctl.d/90-classroom.conf",
            "dead": "sleep 2; docker version",
        }
    )


def test_an_installed_engine_is_started_without_systemd(prepared: dict[str, Step]) -> None:
    assert prepared["first"].code == 0, prepared["first"].text
    assert "engine: Start the engine detached" in prepared["first"].changed
    assert prepared["ping"].code == 0


def test_the_engine_does_not_keep_the_lock_of_the_run_that_started_it(
    prepared: dict[str, Step],
) -> None:
    assert "/var/lib/docker" in prepared["descriptors"].text
    assert "/run/lock" not in prepared["descriptors"].text


def test_settings_of_an_engine_that_was_there_are_not_touched(prepared: dict[str, Step]) -> None:
    assert prepared["settings"].code != 0


def test_low_limits_are_raised_and_high_ones_stay(prepared: dict[str, Step]) -> None:
    assert prepared["limits"].text.split() == ["8192", "4194304", "200"]
    assert "fs.inotify.max_user_instances = 8192" in prepared["conf"].text
    assert "pid_max" not in prepared["conf"].text


def test_limits_that_cannot_be_raised_are_named(prepared: dict[str, Step]) -> None:
    assert "does not let kernel limits be raised" in prepared["first"].text
    assert "kernel.keys.maxkeys is 200" in prepared["first"].text
    assert "net.ipv4.neigh.default.gc_thresh3 is missing" in prepared["first"].text


def test_a_second_run_finds_nothing_to_do(prepared: dict[str, Step]) -> None:
    assert json.loads(prepared["readiness"].text) == {
        "engine": [],
        "kernel": [],
        "images_tools": [],
        "firewall": None,
        "as_root": "",
    }
    assert prepared["second"].code == 0
    assert prepared["second"].changed == []
    assert prepared["second"].text.count("  ok ") == 1


def test_more_seats_than_a_stock_kernel_carries_need_the_limits(prepared: dict[str, Step]) -> None:
    assert prepared["many"].code == 2
    assert "Up to 20 seats run without" in prepared["many"].text


def test_what_was_changed_comes_with_the_commands_that_undo_it(prepared: dict[str, Step]) -> None:
    assert "kernel: Load the limits" in prepared["third"].changed
    assert "started the Docker engine" in prepared["changes"].text
    assert "fs.inotify.max_user_instances was 128" in prepared["changes"].text
    assert prepared["undone"].text.startswith("128\n")
    assert "cannot access" in prepared["undone"].text
    assert prepared["dead"].code != 0


def test_a_working_init_script_is_used(machine: Machine) -> None:
    steps = machine(
        {
            "allow": "sed -i '2i ulimit() { :; }' /etc/init.d/docker",
            "play": f"exec 9>/run/lock; flock 9; exec {PLAY} -e machine_seats=3",
            "ping": "docker version",
            "descriptors": "readlink /proc/$(cat /var/run/docker.pid)/fd/*",
        }
    )
    assert "engine: Try the engine's init script" in steps["play"].changed
    assert "engine: Start the engine detached" not in steps["play"].text
    assert steps["ping"].code == 0
    assert "/run/lock" not in steps["descriptors"].text


def test_an_engine_that_cannot_start_fails_with_its_log_and_keeps_its_settings(
    machine: Machine,
) -> None:
    broken = '{"no-such-setting": 1}'
    steps = machine(
        {
            "break": f"mkdir -p /etc/docker; echo '{broken}' >/etc/docker/daemon.json",
            "play": f"{PLAY} -e machine_seats=3 -e engine_start_seconds=3",
            "settings": "cat /etc/docker/daemon.json",
        }
    )
    assert steps["play"].code == 2
    assert "The Docker engine does not answer at /var/run/docker.sock" in steps["play"].text
    assert "don't match any configuration option: no-such-setting" in steps["play"].text
    assert "-> Find the cause in the log" in steps["play"].text
    assert json.loads(steps["settings"].text) == json.loads(broken)


def test_on_this_machine_the_play_and_the_quick_check_agree() -> None:
    result = subprocess.run(
        [Path(PYTHON).with_name("ansible-playbook"), *PLAY.split()[1:], "--check"],
        env={**os.environ, "ANSIBLE_CONFIG": str(PROVISIONING / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("  changed  " in result.stdout) == bool(needs_machine_play())
