"""The class's rules and metrics by promtool's word: on made-up numbers, and by its lint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import docker
import pytest
from docker.models.containers import Container
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.integration.conftest import ROOT
from tests.tar import tar_of
from tests.unit.test_class_metrics import everything

FOLDER = "/home/seat"
RULES = ROOT / "prometheus"

WRONG = {
    "class.rules.yml": [
        ('up{job="classroom"} == 0 or', 'up{job="classroom"} == 7 or'),
        ('or absent(up{job="classroom"})', ""),
        ("> 60\n        for: 30s", "> 6000\n        for: 30s"),
        ("unless on () time()", "unless on () 0 * time()"),
        ('state="failed"} == 1\n        for: 1m', 'state="failed"} == 1\n        for: 0m'),
        ('state="unknown"} == 1\n', 'state="unknown"} == 7\n'),
        ('up{job="seats"} == 0', 'up{job="seats"} == 1'),
        ("classroom_seat_stuck > 0\n        for: 5m", "classroom_seat_stuck > 0\n        for: 1m"),
        ("classroom_seat_stuck > 0", "classroom_seat_stuck > 2"),
        ("or classroom_watch_starts_total * 0) >= 3", "or classroom_watch_starts_total * 0) >= 2"),
        (" or classroom_watch_starts_total * 0)", ")"),
        ("orders_waiting > 0\n        for: 1m", "orders_waiting > 0\n        for: 0m"),
        (">= 0.8", ">= 0.81"),
        (">= 0.8", ">= 0.79"),
        ("classroom_machine_memory_bytes < 0.1", "classroom_machine_memory_bytes < 0.12"),
        ("classroom_machine_memory_bytes < 0.1", "classroom_machine_memory_bytes < 0.05"),
        ("classroom_machine_disk_bytes < 0.1", "classroom_machine_disk_bytes < 0.12"),
        ("classroom_machine_disk_bytes < 0.1", "classroom_machine_disk_bytes < 0.05"),
        ('{mode="busy"} > 0.9', '{mode="busy"} > 0.8'),
        ('{mode="busy"} > 0.9', '{mode="busy"} > 0.95'),
        ('{mode="busy"}', ""),
        ("cores\n            and on () classroom_machine_cores offset 2m", "cores"),
        ("[2m]))\n            and on () classroom_machine_cores offset 2m", "[2m]))"),
        ("offset 5m) or vector(0)) > 0", "offset 5m)) > 0"),
        ("offset 5m) or vector(0)) > 0", "offset 5m) or vector(0)) >= 0"),
        ("> 0.25", "> 0.5"),
        ("0.99, sum", "0.9, sum"),
        ("> 30", "> 31"),
        ("sum by (seat) (rate", "sum by (component) (rate"),
        ("sum by (seat) (classroom_container_m", "max by (seat) (classroom_container_m"),
    ],
    "federated.rules.yml": [
        ('operation="VisibilityTaskStartExecution"', 'operation=~"VisibilityTask.*"'),
        ('(workflow_success or (up{job="temporal-server"} == 1) * 0)', "(workflow_success)"),
        ('(workflow_success or (up{job="temporal-server"} == 1)', "(workflow_success or vector(1)"),
        ("sum(workflow_success or", "max(workflow_success or"),
        ("workflow_timeout or (up", "workflow_failed or (up"),
        ('temporal_num_pollers{job="worker"}', "temporal_num_pollers"),
        ('(up{job="worker"} == 1) * 0', '(up{job="worker"} >= 0) * 0'),
        ('max(up{job="worker"})', 'max(up{job="temporal-server"})'),
        ("sum(failed_workflow_tasks", "2 * sum(failed_workflow_tasks"),
        ('classroom_workflows_stuck{job="temporal-api"}', "classroom_workflows_stuck"),
        ("max(classroom_workflows_running", "2 * max(classroom_workflows_running"),
        ("count(max by (taskqueue) (", "count(("),
        ("and on (taskqueue, task_type)", "or on (taskqueue, task_type)"),
        ('or max(up{job="temporal-api"} == 1) * 0', ""),
        ('or max(up{job="temporal-api"} == 1) * 0', "or vector(0)"),
    ],
}


@pytest.fixture(scope="module")
def box() -> Iterator[Container]:
    """A container that has promtool."""
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print).tags
    client = docker.from_env()
    container = client.containers.run(
        tags["workspace"],
        entrypoint=["sleep", "infinity"],
        environment={"TMPDIR": "/tmp"},  # noqa: S108 - the container's own
        detach=True,
        network_mode="none",
    )
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


Say = Callable[[str], tuple[int, str]]


@pytest.fixture
def sh(box: Container) -> Say:
    def run(command: str) -> tuple[int, str]:
        code, output = box.exec_run(["sh", "-c", f"cd {FOLDER} && {command} 2>&1"])
        assert code is not None
        assert isinstance(output, bytes)
        return code, output.decode()

    return run


def put(box: Container, texts: dict[str, str]) -> None:
    assert box.put_archive(FOLDER, tar_of(texts))


def tried(box: Container, sh: Say, name: str, rules: str) -> tuple[int, str]:
    """Return promtool's exit code and what it says of these rules' tests."""
    test = name.replace(".rules.", ".test.")
    assert sh("mkdir -p tests")[0] == 0
    put(box, {name: rules, f"tests/{test}": (RULES / "tests" / test).read_text()})
    return sh(f"promtool test rules tests/{test}")


@pytest.mark.parametrize("name", WRONG)
def test_rules_are_clean_and_mean_what_they_say(box: Container, sh: Say, name: str) -> None:
    code, said = tried(box, sh, name, (RULES / name).read_text())
    assert code == 0, said
    assert "SUCCESS" in sh(f"promtool check rules --lint=all {name}")[1]


@pytest.mark.parametrize(
    ("name", "right", "wrong"), [(name, *pair) for name, pairs in WRONG.items() for pair in pairs]
)
def test_what_is_wrong_in_a_rule_is_noticed(
    box: Container, sh: Say, name: str, right: str, wrong: str
) -> None:
    text = (RULES / name).read_text()
    assert right in text
    code, said = tried(box, sh, name, text.replace(right, wrong, 1))
    assert code == 1
    assert "FAILED" in said


class Everything(Collector):
    """All metrics of the classroom's own."""

    def collect(self) -> Iterator[Metric]:
        return iter(everything())


def test_the_classrooms_metrics_are_named_as_metrics_should_be(box: Container, sh: Say) -> None:
    registry = CollectorRegistry()
    registry.register(Everything())
    page = generate_latest(registry).decode()
    # What the portal's image leaves out: see its Dockerfile.
    lines = [line for line in page.splitlines(keepends=True) if "_created" not in line]
    bad = "# HELP a_count x\n# TYPE a_count counter\na_count 1\n"
    put(box, {"page": "".join(lines), "bad": bad})
    assert sh("promtool check metrics < page") == (0, "")
    code, said = sh("promtool check metrics < bad")
    assert (code != 0, "_total" in said) == (True, True)
