"""What a teardown could leave behind outside Docker: links and firewall rules of its networks."""

from __future__ import annotations

import subprocess
from pathlib import Path

from classroom.plan import firewall, names
from classroom.plan.observed import Observed


def bridges(observed: Observed, classroom: str) -> tuple[str, ...]:
    """Return the link names of the classroom's networks; Docker names them by network ID."""
    return tuple(
        f"br-{network.id[:12]}"
        for network in observed.networks.values()
        if network.labels.get(names.LABEL_CLASSROOM) == classroom
    )


def residue(links: tuple[str, ...], classroom: str) -> tuple[str, ...]:
    """Return which of ``links``, or firewall rules of theirs or the classroom's, still exist."""
    left = [f"link {link}" for link in links if Path("/sys/class/net", link).exists()]
    rules = _firewall_rules()
    marks = (*links, *firewall.chains(classroom))
    left += [f"firewall rule {rule}" for rule in rules if any(mark in rule for mark in marks)]
    return tuple(left)


def _firewall_rules() -> list[str]:
    """Return iptables' rules, or nothing for a user who may not read them."""
    try:
        saved = subprocess.run(
            ["iptables-save"],  # noqa: S607 - found as root's PATH has it
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return []
    return [line for line in saved.stdout.splitlines() if line.startswith("-A")]
