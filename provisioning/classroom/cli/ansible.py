"""Run a playbook: Ansible does the work, its board shows it, the events it leaves are the truth."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from classroom.engine.lock import DESCRIPTOR_VARIABLE
from classroom.engine.planning import ROOT, Request

PROVISIONING = ROOT / "provisioning"
INTERRUPTED_SECONDS = 8
"""Ansible ends its forks within a second of Ctrl-C, or the board sees that it does not and insists
after five (``classroom.report.workers``)."""


def run_playbook(
    name: str,
    *,
    request: Request,
    inventory: str = str(PROVISIONING / "classroom.inventory.yml"),
    limit: tuple[str, ...] = (),
    lock: int | None = None,
    events: Path | None = None,
) -> int:
    """Run ``playbooks/<name>.yml`` on this terminal and return its exit code.

    Args:
        name: the playbook.
        request: what the inventory plans for.
        inventory: an inventory source.
        limit: hosts to run on; all when empty.
        lock: the lock's descriptor, which every child keeps until it has ended.
        events: where the board and the proof write what happened, JSON lines.
    """
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        *("--inventory", inventory),
        str(PROVISIONING / "playbooks" / f"{name}.yml"),
    ]
    if limit:
        command += ["--limit", ",".join(limit)]
    environment = {
        **os.environ,
        **request.to_environment(),
        "ANSIBLE_CONFIG": str(PROVISIONING / "ansible.cfg"),
    }
    if events is not None:
        events.unlink(missing_ok=True)
        environment["CLASSROOM_EVENTS"] = str(events)
    if lock is not None:
        environment[DESCRIPTOR_VARIABLE] = str(lock)
    return run_ansible(command, environment, () if lock is None else (lock,))


def run_ansible(
    command: Sequence[str], environment: Mapping[str, str], descriptors: tuple[int, ...] = ()
) -> int:
    """Run Ansible on this terminal and return its exit code.

    Raises:
        KeyboardInterrupt: when it is, but not before Ansible and its forks have ended.
    """
    ended, working = os.pipe()
    try:
        playbook = subprocess.Popen(  # noqa: S603 - our own environment's Ansible, our own playbook
            command, env=environment, pass_fds=(*descriptors, working)
        )
    finally:
        os.close(working)
    with os.fdopen(ended) as last_one_gone, playbook:
        try:
            return playbook.wait()
        except KeyboardInterrupt:
            _end(playbook)
            # Ansible signals its forks and does not see them end. Each holds the other end of
            # this pipe, whose end is there to read once the last of them is gone.
            select.select([last_one_gone], [], [], INTERRUPTED_SECONDS)
            raise


def _end(playbook: subprocess.Popen[bytes]) -> None:
    """Wait until an interrupted Ansible has ended its forks; insist if it takes too long.

    Ctrl-C in a terminal reaches it as well as us; a signal sent to us alone does not.
    """
    for insist in (playbook.terminate, playbook.kill):
        try:
            playbook.wait(INTERRUPTED_SECONDS)
        except subprocess.TimeoutExpired:
            insist()
        else:
            return
