"""The attendee's workspace on a real Temporal server: its workers, its lab, its JupyterLab."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from docker.models.containers import Container
from docker.models.networks import Network

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.workspace import HOST, ROOT, Workspace, temporal, until, workspace_on

LAB = "/home/seat/course/d1l1_hello_workflow"


@pytest.fixture(scope="module")
def tags() -> Images:
    return ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)


@pytest.fixture(scope="module")
def beside(tags: Images) -> Iterator[tuple[Network, Container]]:
    with temporal(tags) as network_and_server:
        yield network_and_server


@pytest.fixture
def workspace(tags: Images, beside: tuple[Network, Container]) -> Iterator[Workspace]:
    with workspace_on(*beside, tags) as workspace:
        yield workspace


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

    assert workspace.sh("lab stop").strip() == "Stopped D1L1, D1L1."
    until(lambda: workspace.state() == "stopped", "state stopped", workspace.worker)
    assert "SIGTERM" not in workspace.log("worker.log")
    assert "Traceback" not in workspace.log("worker.log")
    workspace.start_worker("third.log")
    workspace.start_worker("fourth.log")

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
    workspace.install("D1L1", solution=True)
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


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_python_worker_py_is_the_same_worker_and_ends_quietly(
    workspace: Workspace, signal: str
) -> None:
    log = f"worker-{signal}.log"
    workspace.begin(f"env -C {LAB} python worker.py", log)
    # Not before it listens for signals, however long its imports take on a busy machine.
    until(lambda: "Process " in workspace.log(log), "polls", lambda: workspace.log(log))
    workspace.sh(f"pkill --signal {signal} -f '^python worker.py'")
    until(lambda: "says goodbye" in workspace.log(log), "goodbye", lambda: workspace.log(log))
    said = workspace.log(log)
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


EDITOR = """
import json, sys, websocket
from itertools import count
ws = websocket.create_connection("ws://localhost:8888/workspace/lsp/ws/ty", host=sys.argv[1],
    origin=f"http://{sys.argv[1]}", timeout=30)
text = "from temporalio import workflow\\n\\nworkflow.exec\\nworkflow.now()\\n"
numbers = count()
def tell(method, **params):
    ws.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))
def ask(method, **params):
    number = next(numbers)
    ws.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
    while True:
        answer = json.loads(ws.recv())
        if answer.get("id") == number and "method" not in answer:
            return answer["result"]
folder = "file:///home/seat/course"
ask("initialize", processId=None, rootUri=folder, capabilities={},
    workspaceFolders=[{"uri": folder, "name": "course"}])
tell("initialized")
file = {"uri": f"{folder}/typed.py"}
tell("textDocument/didOpen",
    textDocument={**file, "languageId": "python", "version": 1, "text": text})
offered = ask("textDocument/completion", textDocument=file, position={"line": 2, "character": 13})
items = offered["items"] if isinstance(offered, dict) else offered
print([item["label"] for item in items])
print(ask("textDocument/hover", textDocument=file, position={"line": 3, "character": 10}))
"""


def test_the_editor_completes_and_knows_types(workspace: Workspace) -> None:
    code, said = workspace.exec("python", "-c", EDITOR, HOST)
    assert code == 0, said
    completions, hint = said.splitlines()
    assert "execute_activity" in completions
    assert "-> datetime" in hint
