"""The attendee's workspace on a real Temporal server: its workers, its lab, its JupyterLab."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
from docker.models.containers import Container
from docker.models.networks import Network

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.labs import find_lab
from labkit.render import render
from labkit.seat import Seat

ROOT = Path(__file__).resolve().parents[2]
HOST = "s07.localhost:8000"
LAB = "/home/seat/course/d1l1_hello_workflow"
# As compose/seat.yml.j2 runs it.
LOCKED_DOWN: dict[str, Any] = {
    "read_only": True,
    "init": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": "rw,noexec,nosuid,nodev,size=256m"},  # noqa: S108 (the container's own)
    "user": "10001:10001",
    "mem_limit": "512m",
    "memswap_limit": "512m",
    "pids_limit": 256,
}


@dataclass
class Workspace:
    """A running workspace, and what an attendee and a health probe do with it."""

    container: Container

    def sh(self, command: str, *, expect: int | None = 0) -> str:
        """Run a command as in one of JupyterLab's terminals, a login shell."""
        code, said = self.exec("bash", "-lc", command)
        assert expect is None or code == expect, f"exit code {code}: {said}"
        return said

    def exec(self, *command: str) -> tuple[int, str]:
        """Run a program; return its exit code and what it said."""
        code, output = self.container.exec_run(list(command))
        assert isinstance(output, bytes)
        assert code is not None
        return code, output.decode()

    def begin(self, command: str, log: str) -> None:
        """Run a command in the background; its output goes to /tmp/<log>."""
        self.container.exec_run(["bash", "-lc", f"exec {command} >/tmp/{log} 2>&1"], detach=True)

    def log(self, log: str) -> str:
        return self.sh(f"cat /tmp/{log} 2>/dev/null", expect=None)

    def address(self) -> str:
        self.container.reload()
        (network,) = self.container.attrs["NetworkSettings"]["Networks"].values()
        return str(network["IPAddress"])

    def get(self, path: str, **headers: str) -> httpx.Response:
        url = f"http://{self.address()}:8888/workspace/{path}"
        return httpx.get(url, headers={"Host": HOST, **headers}, follow_redirects=True)

    def worker(self) -> dict[str, str]:
        answer: dict[str, str] = self.get("api/worker").raise_for_status().json()
        return answer

    def state(self) -> str:
        return self.worker()["state"]

    def welcome_pid(self) -> str:
        return self.sh("pgrep -f 'python -m labkit.welcome'", expect=None).strip()

    def metrics(self, port: int = 8080) -> str:
        return self.sh(f"curl -s localhost:{port}/metrics", expect=None)

    def start_worker(self, log: str = "worker.log") -> None:
        self.begin("lab worker D1L1", log)
        until(lambda: "Process " in self.log(log), "the worker polls", lambda: self.log(log))

    def install_solution(self) -> None:
        """Write the lab's solution into the attendee's folder."""
        lab = find_lab(ROOT / "labs", "D1L1")
        seat = Seat("seat-07", f"http://{HOST}", "temporal:7233", "default")
        source = (lab.folder / "workflows.py").read_text()
        text = render("workflows.py", source, seat, solution=True)
        self.sh(f"cat > {LAB}/workflows.py <<'EOF'\n{text}EOF")

    def wait(self) -> None:
        """Wait for the page, which may still be starting."""

        def answers() -> bool:
            try:
                return self.get("api/worker").is_success
            except httpx.TransportError:
                return False

        until(answers, "JupyterLab answers", lambda: self.container.logs().decode()[-2000:])


def until(condition: Callable[[], bool], what: str, seen: Callable[[], object]) -> None:
    """Wait until a condition holds; the failure tells what was seen last."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within 60 s: {what}; last seen: {seen()}")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def tags() -> Images:
    return ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)


@pytest.fixture(scope="module")
def network(tags: Images) -> Iterator[Network]:
    """Give a network with a Temporal server on it."""
    client = docker.from_env()
    name = f"cwt-ws-{secrets.token_hex(3)}"
    network = client.networks.create(name)
    server = None
    try:
        server = client.containers.create(
            tags["temporal"].tag, name=f"{name}-temporal", network=name, init=True
        )
        network.disconnect(server)
        network.connect(server, aliases=["temporal"])
        server.start()
        yield network
    finally:
        if server is not None:
            server.remove(force=True, v=True)
        network.remove()


@pytest.fixture
def workspace(tags: Images, network: Network) -> Iterator[Workspace]:
    client = docker.from_env()
    volume = client.volumes.create(f"{network.name}-home")
    container = None
    try:
        container = client.containers.run(
            tags["workspace"].tag,
            name=f"{network.name}-workspace",
            network=network.name,
            detach=True,
            environment={
                "SEAT": "seat-07",
                "SEAT_URL": f"http://{HOST}",
                "TEMPORAL_ADDRESS": "temporal:7233",
                "TEMPORAL_NAMESPACE": "default",
                "BASE_URL": "/workspace/",
            },
            volumes={volume.name: {"bind": "/home/seat"}},
            **LOCKED_DOWN,
        )
        it = Workspace(container)
        it.wait()
        yield it
    except BaseException:
        if container is not None:
            sys.stderr.write(container.logs().decode()[-3000:])
        raise
    finally:
        if container is not None:
            container.remove(force=True)
        volume.remove()


def test_the_welcome_worker_greets_and_measures(workspace: Workspace) -> None:
    greeting = workspace.sh(
        "temporal workflow execute --type Welcome --task-queue welcome"
        " --input '\"seat-07\"' --output json | jq -r .result"
    )
    assert greeting.startswith("Welcome to seat-07.")
    assert workspace.state() == "welcome"
    assert "temporal_long_request" in workspace.metrics()
    # Nothing else runs before somebody comes: above all no language server.
    processes = workspace.sh("ps -eo args --no-headers | grep -vE '^(bash|ps|grep)'")
    assert [line.split()[-1] for line in processes.splitlines()] == [
        "labkit.workspace",  # docker-init -- python -m labkit.workspace
        "labkit.workspace",
        "labkit.welcome",
    ]


def test_an_attendees_worker_takes_over_and_a_killed_one_stays_down(workspace: Workspace) -> None:
    workspace.start_worker()
    assert "The welcome worker steps aside." in workspace.log("worker.log")
    assert workspace.state() == "attendee"
    assert "D1L1" in workspace.worker()["detail"]
    assert 'task_queue="d1l1_orders"' in workspace.metrics()

    workspace.start_worker("second.log")
    assert "localhost:8081/metrics" in workspace.log("second.log")
    assert 'task_queue="d1l1_orders"' in workspace.metrics(8081)

    said = workspace.sh("lab kill")
    assert said.count("with SIGKILL") == 2
    until(lambda: workspace.state() == "stopped", "state stopped", workspace.worker)
    time.sleep(5)  # longer than a welcome worker's first restart would take
    assert workspace.state() == "stopped"
    assert workspace.metrics() == ""
    assert workspace.welcome_pid() == ""

    workspace.container.restart(timeout=5)
    workspace.wait()
    until(lambda: workspace.state() == "welcome", "state welcome", workspace.worker)
    until(lambda: "temporal_" in workspace.metrics(), "metrics on 8080", workspace.worker)


def test_a_welcome_worker_that_the_attendee_kills_stays_down(workspace: Workspace) -> None:
    workspace.sh(f"kill -KILL {workspace.welcome_pid()}")
    until(lambda: workspace.state() == "stopped", "state stopped", workspace.worker)
    time.sleep(3)
    assert workspace.welcome_pid() == ""


def test_a_welcome_worker_that_crashes_comes_back(workspace: Workspace) -> None:
    crashed = workspace.welcome_pid()
    workspace.sh(f"kill -SEGV {crashed}")
    until(lambda: workspace.state() == "crashed", "state crashed", workspace.worker)
    assert "SIGSEGV" in workspace.worker()["detail"]
    until(lambda: workspace.welcome_pid() not in {"", crashed}, "a new one", workspace.worker)
    assert workspace.state() == "crashed"  # until it has proven steady
    until(lambda: workspace.state() == "welcome", "state welcome", workspace.worker)


def test_the_order_survives_a_worker_killed_in_the_pause(workspace: Workspace) -> None:
    workspace.install_solution()
    workspace.start_worker("first.log")
    workspace.begin("lab run D1L1 --seconds 10", "run.log")
    until(lambda: "logger:" in workspace.log("first.log"), "accepted", lambda: "")
    workspace.sh("lab kill")
    workspace.start_worker("second.log")
    assert "print:" not in workspace.log("second.log")  # silence: the timer has not fired
    until(
        lambda: "Result" in workspace.log("run.log"), "a result", lambda: workspace.log("run.log")
    )

    assert "is confirmed to ada@example.com" in workspace.log("run.log")
    second = workspace.log("second.log")
    assert second.count(" accepted") == 1, "print repeats in a replay, workflow.logger does not"
    assert second.count("pause is over") == 2
    order = workspace.log("run.log").split()[1]
    assert f"http://{HOST}/temporal/namespaces/default/workflows/{order}" in workspace.log(
        "run.log"
    )
    identities = workspace.sh(
        f"temporal workflow show -w {order} -o json | jq -r '.events[]"
        " | .workflowTaskCompletedEventAttributes.identity // empty'"
    ).split()
    assert len(set(identities)) == 2
    assert all(identity.startswith("D1L1-") for identity in identities)


def test_the_lab_as_handed_out_runs(workspace: Workspace) -> None:
    workspace.start_worker()
    assert "is confirmed" in workspace.sh("lab run D1L1")


def test_python_worker_py_is_the_same_worker_and_ends_quietly(workspace: Workspace) -> None:
    workspace.begin(f"env -C {LAB} timeout -s INT 4 python worker.py", "worker.log")
    until(lambda: "says goodbye" in workspace.log("worker.log"), "goodbye", lambda: "")
    said = workspace.log("worker.log")
    assert "localhost:8080/metrics" in said
    assert "Traceback" not in said
    until(lambda: workspace.state() == "stopped", "state stopped", workspace.worker)


def test_a_server_that_is_away_is_told_in_one_line(workspace: Workspace) -> None:
    for command in ("lab run D1L1", "lab worker D1L1"):
        said = workspace.sh(f"TEMPORAL_ADDRESS=localhost:1 {command}", expect=1)
        assert said.splitlines()[-1].startswith("Your Temporal server at localhost:1 does not")
        assert "Traceback" not in said


def test_an_attendees_work_survives_a_restart(workspace: Workspace) -> None:
    workspace.sh(f"echo '# mine' >> {LAB}/workflows.py; rm {LAB}/starter.py")
    workspace.container.restart(timeout=5)
    workspace.wait()
    assert workspace.sh(f"tail -1 {LAB}/workflows.py").strip() == "# mine"
    assert "load_client_connect_config" in workspace.sh(f"cat {LAB}/starter.py")  # there again


def test_the_first_page_is_the_attendees_own(workspace: Workspace) -> None:
    page = workspace.get("")
    assert page.is_success
    assert "JupyterLab" in page.text
    assert "@jupyterlab/apputils-extension:announcements" in page.text  # among the disabled
    layout = workspace.get("lab/api/workspaces/default").json()["data"]
    assert "markdownviewer-widget:d1l1_hello_workflow/guide.md" in layout


def test_the_containers_end_is_jupyters_end(workspace: Workspace) -> None:
    workspace.sh("kill -KILL $(pgrep -f -o '^python -m labkit.workspace')", expect=None)
    assert workspace.container.wait(timeout=30)["StatusCode"] != 0


TERMINAL = """
import json, sys, urllib.request, http.cookiejar, websocket
base, host = "http://localhost:8888/workspace/", sys.argv[1]
jar = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
browser.open(base + "lab").read()
xsrf = next(c.value for c in jar if c.name == "_xsrf")
new = urllib.request.Request(base + "api/terminals", b"{}", {"X-XSRFToken": xsrf})
name = json.load(browser.open(new))["name"]
ws = websocket.create_connection(
    f"ws://localhost:8888/workspace/terminals/websocket/{name}",
    host=host, origin=sys.argv[2], cookie=f"_xsrf={xsrf}", timeout=20)
ws.send(json.dumps(["stdin", "type -p lab temporal python; lab list; echo E''ND\\r"]))
said = ""
while "END" not in said:
    kind, *text = json.loads(ws.recv())
    said += text[0] if kind == "stdout" else ""
print(said)
"""


def test_a_terminal_in_the_browser_finds_the_commands(workspace: Workspace) -> None:
    code, said = workspace.exec("python", "-c", TERMINAL, HOST, f"http://{HOST}")
    assert code == 0, said
    assert "/opt/workspace/bin/lab" in said
    assert "/opt/temporal/temporal" in said
    assert "Hello Workflow" in said


def test_a_foreign_origin_gets_no_terminal(workspace: Workspace) -> None:
    code, said = workspace.exec("python", "-c", TERMINAL, HOST, "http://s08.localhost:8000")
    assert code != 0
    assert "403 Forbidden" in said
