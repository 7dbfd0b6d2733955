"""The machine under the classroom."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from testinfra.host import Host  # type: ignore[import-untyped]  # it ships no types

from classroom.engine.firewall import Guard, reasons
from classroom.engine.machine_record import RECORD, read_record
from classroom.engine.planning import ROOT
from tests.infra.findings import no_findings
from tests.infra.live import Classroom

DEFAULTS: dict[str, Any] = yaml.safe_load(
    (ROOT / "provisioning/roles/kernel/defaults/main.yml").read_text(encoding="utf-8")
)
LIMITS: dict[str, int] = DEFAULTS["kernel_limits"]


@pytest.mark.parametrize("name", LIMITS)
def test_kernel_limit(name: str, machine: Host, classroom: Classroom) -> None:
    # Not by testinfra's sysctl: that needs a command which a machine may lack.
    file = machine.file(f"/proc/sys/{name.replace('.', '/')}")
    seen = int(file.content_string) if file.exists else 0
    if seen >= LIMITS[name]:
        return
    seats, stock = len(classroom.stacks) - 1, DEFAULTS["kernel_seats_on_stock_limits"]
    if name in read_record(RECORD).get("limits_fixed", ()) and seats <= stock:
        pytest.skip(f"{name} is {seen} and can't be raised here; {stock} seats run on that too")
    no_findings("this machine", [f"{name} is {seen}, wanted {LIMITS[name]} at least"])


def test_firewall(classroom: Classroom) -> None:
    """Without root the rules in force can't be read: then their sign has to do."""
    no_findings("firewall", reasons(Guard.of(classroom.class_file)))
