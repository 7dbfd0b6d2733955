"""The least that each component can live on. Below it the limit itself would be the fault."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Floor:
    """The least memory (MiB) and number of processes of a component, and why."""

    memory_mib: int
    why: str
    pids: int


FLOORS = {
    "temporal": Floor(96, "idle it holds 42 MB, and every workflow of the course adds to it", 32),
    "prometheus": Floor(128, "while it scrapes a seat it holds up to 100 MB", 32),
    "grafana": Floor(128, "it holds 67 to 91 MB before anybody opens a dashboard", 32),
    "workspace": Floor(256, "JupyterLab holds 94 MB in use and every worker up to 81 MB", 64),
    "ingress": Floor(96, "with 80 seats it holds 52 MB before anybody connects", 32),
    "portal": Floor(128, "idle it holds 31 MB, and checking two codes takes 40 more", 32),
}
"""Memory is resident memory as measured. Threads count as processes: an idle Temporal server has 10
of them, JupyterLab and the welcome worker 7; the rest is room for kernels, terminals, workers."""
