"""What the pages say to type, typed: in a workspace, beside a server and a Prometheus of its own.

With ``GRAFANA=<tarball>`` the dashboard is handed to a real Grafana as well.
"""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import yaml
from docker.models.containers import Container

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.beside import answers, asked, beside, prometheus_beside
from tests.pages import Command, Fence, all_fences, commands, fences
from tests.stage import without_what_varies
from tests.workspace import COURSE, ROOT, Workspace, address, until

PLACE = f"{COURSE}/pages"
NOBODY = "127.0.0.1:1"
ENDED = "workflow_schedule_to_close_latency_count"
TARBALL = os.environ.get("GRAFANA", "")

needs_grafana = pytest.mark.skipif(not TARBALL, reason="no tarball: GRAFANA=/path/to/….tar.gz")
each_worker = pytest.mark.parametrize(
    "snippet",
    [fence for fence in fences("python") if "_worker(" in fence.text],
    ids=lambda fence: fence.place,
)
each_command_elsewhere = pytest.mark.parametrize(
    ("fence", "command"),
    [(fence, command) for fence in fences("sh") for command in commands(fence)],
    ids=lambda part: part.place if isinstance(part, Fence) else part.text[:40],
)


@pytest.fixture(scope="module")
def tags() -> Images:
    class_file = ClassFile(
        grafana=GrafanaPolicy.REQUIRED if TARBALL else GrafanaPolicy.OFF,
        grafana_tarball=Path(TARBALL) if TARBALL else None,
    )
    return ensure_images(class_file, root=ROOT, progress=print)


@pytest.fixture(scope="module")
def place(workspace: Workspace) -> Workspace:
    """Give the workspace with the files that the pages tell to save beside them, or speak of."""
    for fence in all_fences():
        if fence.file:
            workspace.write(f"pages/{fence.file}", fence.text)
        if fence.language == "toml":
            workspace.write(f"pages/{Path(fence.page).stem}.toml", fence.text)
    client = trustme.CA().issue_cert("orders-worker.example")
    for name, pem in {
        "client.pem": client.cert_chain_pems[0],
        "client.key": client.private_key_pem,
        "ca.pem": trustme.CA().cert_pem,
    }.items():
        workspace.write(f"pages/{name}", pem.bytes().decode())
    return workspace


@pytest.fixture(scope="module")
def prometheus(workspace: Workspace, tags: Images) -> Iterator[Container]:
    """Give a Prometheus as a seat has it."""
    with prometheus_beside(workspace, tags) as container:
        yield container


@pytest.fixture(scope="module")
def grafana(workspace: Workspace, tags: Images, prometheus: Container) -> Iterator[Container]:
    """Give a Grafana as a seat has it."""
    files = {"/etc/classroom/admin-password": "of-this-test"}
    with beside(workspace, tags, "grafana", files) as container:
        health = f"http://{address(container)}:3000/grafana/api/health"
        until(lambda: answers(health), "it answers", lambda: container.logs()[-2000:])
        yield container


def lines_of(text: str) -> set[str]:
    return {without_what_varies(line) for line in text.splitlines()}


def typed(place: Workspace, command: Command) -> None:
    """Type a command of a page; it must succeed, and print what the page shows."""

    def missing() -> set[str]:
        said = place.sh(f"set -o pipefail; cd {PLACE} && {{ {command.text}; }} 2>&1")
        return lines_of("\n".join(command.prints)) - lines_of(said)

    if command.text.startswith("temporal workflow count"):
        # The list of workflows may be a second late.
        until(lambda: not missing(), command.text, missing)
    else:
        assert missing() == set(), command.text


@pytest.mark.parametrize("page", sorted({fence.page for fence in fences("")}))
@pytest.mark.usefixtures("prometheus")
def test_what_the_page_says_to_type_does_what_it_says(page: str, place: Workspace) -> None:
    typed_in_grafana = "http://grafana:3000"
    for fence in fences(""):
        if fence.page == page and typed_in_grafana not in fence.text:
            for command in commands(fence):
                typed(place, command)


@each_command_elsewhere
def test_a_command_for_a_server_elsewhere_has_only_options_that_exist(
    fence: Fence, command: Command, place: Workspace
) -> None:
    """It gets as far as dialling, where this test has led it: to an address of nobody."""
    words = [word for word in shlex.split(command.text) if "=" not in word]
    if words[0] != "temporal" or "--version" in words:
        place.sh(f"bash -n -c {shlex.quote(command.text)}")
        return
    settings = f"TEMPORAL_API_KEY=tk-x TEMPORAL_CONFIG_FILE={Path(fence.page).stem}.toml"
    said = place.sh(
        f"cd {PLACE}; export {settings}; {command.text} --address {NOBODY} 2>&1", expect=1
    )
    assert f"nothing is listening at {NOBODY}" in said


@each_worker
def test_a_worker_of_a_page_starts_and_works(snippet: Fence, place: Workspace) -> None:
    place.write("pages/snippet.py", snippet.text)
    place.write("pages/shop.py", SHOP)
    place.write("pages/try_worker.py", TRY_WORKER)
    assert place.sh(f"cd {PLACE} && python try_worker.py") == "packed\n"


SHOP = """
from datetime import timedelta

from temporalio import activity, workflow

@activity.defn
def pack() -> str:
    return "packed"

@workflow.defn
class OrderWorkflow:
    @workflow.run
    async def run(self, queue: str) -> str:
        soon = timedelta(seconds=10)
        return await workflow.execute_activity(pack, task_queue=queue, start_to_close_timeout=soon)
"""

# Beside the page's worker there is one for the half that it leaves out.
TRY_WORKER = """
import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import shop
import snippet
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

async def main() -> None:
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    if hasattr(snippet, "packing_worker"):
        packing = snippet.packing_worker(client, [shop.pack])
        orders = Worker(client, task_queue="t14_orders", workflows=[shop.OrderWorkflow])
    else:
        orders = snippet.orders_worker(client, [shop.OrderWorkflow])
        threads = ThreadPoolExecutor(1)
        packing = Worker(
            client, task_queue="t14_packing", activities=[shop.pack], activity_executor=threads
        )
    async with packing, orders:
        print(
            await client.execute_workflow(
                shop.OrderWorkflow.run,
                packing.task_queue,
                id=f"{uuid4()}",
                task_queue=orders.task_queue,
            ),
            flush=True,
        )

asyncio.run(main())
os._exit(0)  # a process that had a worker crashes on its way out now and then
"""


def ended(prometheus: Container) -> float:
    """Return how many of the lab's orders are counted; those of the pages may come later."""
    return sum(asked(prometheus, f'{ENDED}{{taskqueue="d1l3_orders"}}'))


@pytest.fixture(scope="module")
def busy(place: Workspace, prometheus: Container) -> Container:
    """Give a Prometheus that has seen orders come twice: a rate needs two looks."""
    place.install("D1L3", solution=True)
    place.start_worker("d1l3.log", "D1L3")
    for _ in range(2):
        before = ended(prometheus)
        place.sh("lab run D1L3")
        until(
            lambda before=before: ended(prometheus) > before,  # type: ignore[misc] # bound in the loop
            "more orders are counted",
            lambda: ended(prometheus),
        )
    return prometheus


@pytest.mark.parametrize("fence", fences("promql"), ids=lambda fence: fence.place)
def test_an_expression_finds_numbers(fence: Fence, busy: Container) -> None:
    values = asked(busy, fence.text)
    assert [value for value in values if not math.isnan(value)], values


@pytest.fixture(scope="module")
def rules() -> dict[str, str]:
    """Return the expressions of the page's rules, by their names."""
    (text,) = (fence.text for fence in fences("yaml") if fence.file.endswith(".rules.yml"))
    (group,) = yaml.safe_load(text)["groups"]
    return {rule.get("record") or rule["alert"]: rule["expr"] for rule in group["rules"]}


def test_the_promise_of_the_page_is_counted_on_a_seat(
    rules: dict[str, str], busy: Container
) -> None:
    (share,) = asked(busy, rules["orders:ended_in_time:ratio_rate5m"])
    assert 0 < share <= 1
    assert asked(busy, rules["NobodyWorks"]) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('le="10.0"', 'le="10"'),
        ("< 0.99", "< 0.4"),
        ("for: 5m", "for: 1m"),
        ("expr: up", "expr: u"),
    ],
)
def test_the_rules_tests_notice_what_is_wrong(right: str, wrong: str, place: Workspace) -> None:
    (text,) = (fence.text for fence in fences("yaml") if fence.file == "orders.rules.yml")
    assert right in text
    place.sh(f"mkdir -p {PLACE}/wrong && cp {PLACE}/orders.test.yml {PLACE}/wrong/")
    place.write("pages/wrong/orders.rules.yml", text.replace(right, wrong))
    said = place.sh(f"cd {PLACE}/wrong && promtool test rules orders.test.yml 2>&1", expect=1)
    assert "FAILED" in said


@needs_grafana
def test_grafana_takes_the_dashboard_and_draws_it(
    place: Workspace, grafana: Container, busy: Container
) -> None:
    (terminal,) = (fence for fence in fences("") if "http://grafana:3000" in fence.text)
    for command in commands(terminal):
        typed(place, command)
    api = f"http://{address(grafana)}:3000/grafana/api"
    (text,) = (fence.text for fence in fences("json"))
    loaded = httpx.get(f"{api}/dashboards/uid/orders").json()["dashboard"]
    wanted: list[dict[str, Any]] = json.loads(text)["dashboard"]["panels"]
    assert [panel["title"] for panel in loaded["panels"]] == [panel["title"] for panel in wanted]
    for panel in loaded["panels"]:
        queries = [{**target, "datasource": panel["datasource"]} for target in panel["targets"]]
        question = {"queries": queries, "from": "now-5m", "to": "now"}
        answer = httpx.post(f"{api}/ds/query", json=question, timeout=10).json()
        frames = answer["results"]["A"]["frames"]
        assert [frame for frame in frames if frame["data"]["values"]], panel["title"]
