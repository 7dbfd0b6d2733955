"""The step of an image's build that asks the server's program for the names of its metrics."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from dashboards import kept

KNOWN = kept.ROOT / "images" / "prometheus" / "known"
PROGRAM = (
    b"\x7fELF\x00\xffworkflow_failedtask_latencyapproximate_backlog_count\x00\nrun_failed_tasks\x00"
)


def built(tmp_path: Path, asked: str, program: bytes = PROGRAM) -> tuple[int, str]:
    """Return exit code and words of the step, for a server that is this program."""
    (tmp_path / "asked").write_text(asked)
    (tmp_path / "temporal").write_bytes(program)
    command = [KNOWN, tmp_path / "temporal", tmp_path / "asked"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "workflow_failed",
        "task_latency_bucket",
        "task_latency_sum",
        "task_latency_count",
        "approximate_backlog_count",
    ],
)
def test_what_the_server_has_can_be_asked_for(tmp_path: Path, name: str) -> None:
    assert built(tmp_path, f"{name}\tthe course\n") == (0, "")


@pytest.mark.parametrize("name", ["workflow_timeout", "task_latency_max", "backlog_age_bucket"])
def test_what_it_lacks_fails_the_build_with_everybody_who_asks_for_it(
    tmp_path: Path, name: str
) -> None:
    panel, rule = "the panel 'Failed of those that ended' of Workflows", "WorkflowsFail in a.yml"
    asked = f"workflow_failed\tthe course\n{name}\t{panel}\n{name}\t{rule}\n"
    code, said = built(tmp_path, asked)
    assert code == 1
    assert said.splitlines() == [
        f"This Temporal server has no metric {name}, which is asked for by {who}."
        for who in (panel, rule)
    ]


def test_a_name_within_a_longer_one_that_is_asked_for_is_not_there(tmp_path: Path) -> None:
    asked = "run_failed\tthe first\nrun_failed_tasks\tthe second\n"
    code, said = built(tmp_path, asked)
    assert (code, "run_failed," in said, "the second" in said) == (1, True, False)


def test_each_name_is_looked_for_and_each_who_asks_is_named(tmp_path: Path) -> None:
    asked = kept.ASKED.read_text()
    code, said = built(tmp_path, asked, b"no server")
    assert code == 1
    assert len(said.splitlines()) == len(asked.splitlines())
    names = "\n".join({line.partition("\t")[0] for line in asked.splitlines()})
    assert built(tmp_path, asked, names.encode()) == (0, "")


def test_the_image_takes_the_step() -> None:
    dockerfile = (KNOWN.parent / "Dockerfile").read_text()
    step = "RUN /opt/classroom/known /opt/temporal/temporal /opt/classroom/server-metrics.tsv\n"
    assert dockerfile.index("FROM ${TEMPORAL}") < dockerfile.index(step)
