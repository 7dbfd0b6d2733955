"""The course's pages: what of them can be tried without a seat, tried."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from temporalio.api.workflowservice.v1 import GetSystemInfoResponse
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from tests.pages import PAGES, SETUP, Fence, all_fences, fences, links
from tests.workspace import ROOT

from classroom.spec.model import Versions
from labkit.labs import all_labs
from labkit.pages import all_pages
from labkit.timetable import timetable

LABS = ROOT / "labs"
LANGUAGES = {"", "sh", "python", "promql", "toml", "json", "yaml"}
TOPICS = {"T9", "T10", "T12", "T14"}
SERVICE = "temporal.api.workflowservice.v1.WorkflowService"

CONNECTS = [fence for fence in fences("python") if "async def connect" in fence.text]
WITH_CERTIFICATE = [f for f in CONNECTS if "TLSConfig" in f.text or '"production"' in f.text]
WITH_KEY = [fence for fence in CONNECTS if fence not in WITH_CERTIFICATE]

each_page = pytest.mark.parametrize("page", PAGES)


def test_the_pages_are_those_of_the_course() -> None:
    assert {page.id for page in all_pages(LABS)} == TOPICS


@each_page
def test_a_page_has_a_title_and_no_mark_of_its_template(page: str) -> None:
    text = PAGES[page]
    number = re.findall(r"pages/t(\d+)_", page)
    assert text.startswith(f"# Topic {number[0]}: ")
    assert "<!--%" not in text
    assert not re.search(r"\{\{ *seat", text)


def test_all_that_is_in_a_fence_is_of_a_kind_that_is_tried() -> None:
    assert {fence.language for fence in all_fences()} <= LANGUAGES
    texts = [*PAGES.values(), SETUP.read_text()]
    assert sum(text.count("```") for text in texts) == 2 * len(all_fences())
    named = {fence.language for fence in all_fences() if fence.file}
    assert named == {"json", "yaml"}


@pytest.mark.parametrize("path", [*LABS.glob("pages/*.md"), SETUP], ids=lambda p: p.name)
def test_a_link_leads_somewhere(path: Path) -> None:
    for link in links(path):
        if re.match(r"https?:|\{\{", link):
            continue
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        assert target.is_file(), link
        if heading:
            assert heading in anchors(target), link


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_what_is_read_before_the_course_tells_its_hours() -> None:
    """The timetable has them, and the labs have their names."""
    columns = {"Day One": (1, 2), "Day Two": (3, 4)}
    rows = [line.split("|") for line in SETUP.read_text().splitlines() if line.startswith("| ")]
    names = {lab.id: lab.title for lab in all_labs(LABS)}
    told = 0
    for part in timetable(LABS):
        at, what = columns[part.day]
        here = [
            row[what].strip() for row in rows if len(row) > at and row[at].strip() == part.begins
        ]
        if part.title == "Break":
            assert here == [], part
        elif part.lab.startswith("D") and part.lab in names:
            assert [what for what in here if names[part.lab].startswith(what)], part
        told += len(here)
    assert told == len([row for row in rows if re.match(r" \d\d:\d\d", row[1])]) * 2


def test_what_is_read_before_the_course_names_the_versions_that_run() -> None:
    text = SETUP.read_text()
    pins = (ROOT / "images/workspace/requirements.txt").read_text()
    assert re.findall(r"^(temporalio==\S+)", pins, re.MULTILINE) == re.findall(
        r"temporalio==[\d.]+", text
    )
    assert f"https://docs.temporal.io/cli#install), {Versions().temporal} or newer" in text


def test_python_is_what_it_says_it_is(tmp_path: Path) -> None:
    """Each snippet stands for itself, with its imports, and its types are right."""
    files = []
    for number, fence in enumerate(fences("python")):
        path = tmp_path / f"snippet_{number}.py"
        path.write_text(fence.text)
        files.append(str(path))
    # In a process of its own: mypy raises the limit of recursion, which other tests go by.
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary"]
    done = subprocess.run(
        [*mypy, f"--cache-dir={tmp_path}", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Door:
    """A server that greets as Temporal does, and notes who came.

    Attributes:
        authority: who signs the certificates that it has and believes.
        port: where it answers.
        clients: the names on the clients' certificates.
        keys: what the clients sent as their authorization.
    """

    authority: trustme.CA = field(default_factory=trustme.CA)
    port: int = 0
    clients: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def greet(self, _: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        """Answer what a client asks first."""
        self.clients.extend(name.decode() for name in context.peer_identities() or ())
        sent = dict(context.invocation_metadata() or ())
        self.keys.append(str(sent.get("authorization", "")))
        return GetSystemInfoResponse().SerializeToString()


@asynccontextmanager
async def open_door(*, asks_for_certificate: bool) -> AsyncIterator[Door]:
    """Give a server with TLS, and mutual TLS if it asks the clients as well."""
    door = Door()
    server = grpc.aio.server()
    greeting: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(door.greet)
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(SERVICE, {"GetSystemInfo": greeting})]
    )
    mine = door.authority.issue_cert("localhost")
    pair = (mine.private_key_pem.bytes(), mine.cert_chain_pems[0].bytes())
    roots = door.authority.cert_pem.bytes() if asks_for_certificate else None
    credentials = grpc.ssl_server_credentials([pair], roots, asks_for_certificate)
    door.port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    try:
        yield door
    finally:
        await server.stop(None)


def be_at_home(folder: Path, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the files and the environment that the pages speak of."""
    client = door.authority.issue_cert("orders-worker.example")
    (folder / "ca.pem").write_bytes(door.authority.cert_pem.bytes())
    (folder / "client.pem").write_bytes(client.cert_chain_pems[0].bytes())
    (folder / "client.key").write_bytes(client.private_key_pem.bytes())
    (folder / "temporal.toml").write_text(settings("pages/t9_security.md"))
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"localhost:{door.port}")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(folder / "temporal.toml"))
    # An authority that the machine knows, as a public one is known.
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    monkeypatch.chdir(folder)


def settings(page: str) -> str:
    return "\n".join(fence.text for fence in fences("toml") if fence.page == page)


async def connect_as(snippet: Fence) -> Client:
    """Connect as a snippet does."""
    names: dict[str, Any] = {}
    exec(compile(snippet.text, snippet.place, "exec"), names)  # noqa: S102 (the page's own code)
    client: Client = await names["connect"]()
    return client


@pytest.mark.parametrize("snippet", WITH_CERTIFICATE, ids=lambda fence: fence.place)
def test_a_program_shows_its_certificate(
    snippet: Fence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect() -> Door:
        async with open_door(asks_for_certificate=True) as door:
            be_at_home(tmp_path, door, monkeypatch)
            assert (await connect_as(snippet)).namespace == "orders"
            return door

    assert asyncio.run(connect()).clients == ["orders-worker.example"]


@pytest.mark.parametrize("snippet", WITH_KEY, ids=lambda fence: fence.place)
def test_a_program_sends_its_key(
    snippet: Fence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect() -> Door:
        async with open_door(asks_for_certificate=False) as door:
            be_at_home(tmp_path, door, monkeypatch)
            monkeypatch.setenv("TEMPORAL_API_KEY", "tk-of-a-test")
            await connect_as(snippet)
            return door

    assert asyncio.run(connect()).keys == ["Bearer tk-of-a-test"]


def test_a_key_alone_does_not_pass_where_a_certificate_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect() -> None:
        async with open_door(asks_for_certificate=True) as door:
            be_at_home(tmp_path, door, monkeypatch)
            monkeypatch.setenv("TEMPORAL_API_KEY", "tk-of-a-test")
            with pytest.raises(RuntimeError, match="Failed client connect"):
                await connect_as(WITH_KEY[0])
            assert door.keys == []

    asyncio.run(connect())


def test_profiles_lead_where_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    file = tmp_path / "temporal.toml"
    file.write_text(settings("pages/t10_local_and_cloud.md"))
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    assert ClientConfig.load_client_connect_config().get("target_host") == "localhost:7233"
    monkeypatch.setenv("TEMPORAL_PROFILE", "cloud")
    monkeypatch.setenv("TEMPORAL_API_KEY", "tk-of-a-test")
    cloud = ClientConfig.load_client_connect_config()
    assert cloud.get("target_host") == "orders.a1b2c.tmprl.cloud:7233"
    assert cloud.get("namespace") == "orders.a1b2c"
    assert cloud.get("api_key") == "tk-of-a-test"
    assert cloud.get("tls") is not False
