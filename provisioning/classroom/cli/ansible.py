"""Run a playbook: Ansible does the work, its board shows it, the events it leaves are the truth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from classroom.engine.lock import DESCRIPTOR_VARIABLE
from classroom.engine.planning import ROOT, Request

PROVISIONING = ROOT / "provisioning"
MACHINE_INVENTORY = "localhost,"


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
    descriptors = () if lock is None else (lock,)
    return subprocess.run(  # noqa: S603 - our own environment's Ansible, our own playbook
        command, env=environment, pass_fds=descriptors, check=False
    ).returncode
