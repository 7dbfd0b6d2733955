"""The one decision between pulling and building, against a real server on this machine."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from classroom.engine.images import reach
from classroom.engine.images.model import Route
from classroom.engine.images.registry import decide_route
from classroom.errors import ImageError
from classroom.spec.model import ImagePolicy

IMAGE = "temporalio/temporal:1.9.1"
MANIFEST = "/v2/temporalio/temporal/manifests/1.9.1"


@dataclass
class Registry:
    """What it answers: status of /v2/, of the token service, of the manifest."""

    hello: int = 200
    token: int = 200
    manifest: int = 200
    challenge: str = 'Bearer realm="{base}/token",service="test"'
    content_type: str = "application/vnd.oci.image.index.v1+json"
    seen: list[tuple[str, str, str]] = field(default_factory=list)


@contextmanager
def serving(registry: Registry) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def answer(self) -> None:
            authorization = self.headers.get("Authorization", "")
            registry.seen.append((self.command, self.path, authorization))
            body = b""
            if self.path.startswith("/token"):
                self.send_response(registry.token)
                body = json.dumps({"token": "T0"}).encode()
            elif self.path == "/v2/":
                self.send_response(registry.hello)
                base = f"http://{self.headers['Host']}"
                if registry.hello == 401 and registry.challenge:
                    self.send_header("WWW-Authenticate", registry.challenge.format(base=base))
            else:
                self.send_response(registry.manifest)
                self.send_header("Content-Type", registry.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the machine's own docker login out of it."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "answers",
    [
        Registry(),
        Registry(hello=401),
        Registry(content_type="application/vnd.docker.distribution.manifest.list.v2+json"),
    ],
    ids=["open", "token challenge", "docker manifest"],
)
def test_a_registry_that_would_give_the_image_means_pull(answers: Registry) -> None:
    with serving(answers) as host:
        decision = decide_route(ImagePolicy.AUTO, host, IMAGE)
    assert decision.route is Route.PULL
    assert answers.seen[-1][:2] == ("HEAD", MANIFEST)
    assert answers.seen[-1][2] == ("Bearer T0" if answers.hello == 401 else "")


def test_the_token_is_asked_for_this_repository_in_a_registry_with_a_path() -> None:
    answers = Registry(hello=401)
    with serving(answers) as host:
        decide_route(ImagePolicy.AUTO, f"{host}/mirror/hub", IMAGE)
    _, (_, token, _), (_, manifest, _) = answers.seen
    assert "scope=repository%3Amirror%2Fhub%2Ftemporalio%2Ftemporal%3Apull" in token
    assert manifest == MANIFEST.replace("/v2/", "/v2/mirror/hub/")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (Registry(manifest=401), "refuses access (HTTP 401)"),
        (Registry(hello=401, manifest=401), "refuses access (HTTP 401)"),
        (Registry(hello=401, challenge=""), "refuses access (HTTP 401)"),
        (Registry(hello=401, challenge='Basic realm="x"'), "refuses access (HTTP 401)"),
        (Registry(hello=401, token=403), "refuses access (HTTP 403)"),
        (Registry(hello=403), "refuses access (HTTP 403)"),
        (Registry(manifest=404), "does not have this image (HTTP 404)"),
        (Registry(manifest=429), "has a limit on pulls"),
        (Registry(hello=429), "has a limit on pulls"),
        (Registry(hello=401, token=429), "has a limit on pulls"),
        (Registry(hello=503), "is in trouble (HTTP 503)"),
        (Registry(manifest=500), "is in trouble (HTTP 500)"),
        (Registry(content_type="text/html"), "does not answer as a registry does"),
    ],
)
def test_a_registry_that_answers_but_refuses_stops_the_run(answers: Registry, said: str) -> None:
    with serving(answers) as host, pytest.raises(ImageError) as error:
        decide_route(ImagePolicy.AUTO, host, IMAGE)
    assert said in error.value.what
    assert host in error.value.where
    assert "images: build" in error.value.remedy


def test_a_closed_port_means_build() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        decision = decide_route(ImagePolicy.AUTO, host, IMAGE)
    assert decision.route is Route.BUILD
    assert host in decision.because


def test_silence_means_build_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "REACHABLE_WITHIN", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        assert decide_route(ImagePolicy.AUTO, host, IMAGE).route is Route.BUILD


@pytest.mark.parametrize("challenge", ['Basic realm="x"', Registry.challenge])
def test_a_docker_login_is_used(no_login: Path, challenge: str) -> None:
    answers = Registry(hello=401, challenge=challenge)
    basic = base64.b64encode(b"me:secret").decode()
    with serving(answers) as host:
        (no_login / "config.json").write_text(json.dumps({"auths": {host: {"auth": basic}}}))
        assert decide_route(ImagePolicy.AUTO, host, IMAGE).route is Route.PULL
    assert answers.seen[1][2] == f"Basic {basic}"


@pytest.mark.parametrize("policy", [ImagePolicy.PULL, ImagePolicy.BUILD])
def test_a_policy_that_says_it_asks_nobody(policy: ImagePolicy) -> None:
    answers = Registry()
    with serving(answers) as host:
        assert decide_route(policy, host, IMAGE).route == policy.value
    assert answers.seen == []
