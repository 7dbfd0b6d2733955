"""Whether images can be pulled: one question to the registry, answered once for all images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.request import parse_http_list, parse_keqv_list

import httpx
from docker.auth import load_config

from classroom.engine.images.model import Route
from classroom.engine.images.reach import first_answer, outside
from classroom.errors import ImageError
from classroom.spec.model import ImagePolicy

_DOCKER_HUB = "docker.io"
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)


@dataclass(frozen=True)
class Decision:
    """The route for all images, and why, for a person to read."""

    route: Route
    because: str


@cache
def decide_route(policy: ImagePolicy, registry: str, image: str) -> Decision:
    """Decide once for all images and once a run.

    With ``auto`` the registry is asked for the manifest of ``image`` (``library/debian:trixie``,
    without the registry's name), in the way in which a pull would ask: a 401 at ``/v2/`` that
    names a token service is not a refusal but the first step. A HEAD request, which Docker Hub
    does not count as a pull.

    Raises:
        ImageError: the registry answers but would not give the image (401, 403, 404, 429, 5xx).
            A build would hide that from an instructor who expects the official images.
    """
    if policy is not ImagePolicy.AUTO:
        return Decision(Route(policy.value), f"images: {policy} in the class file")
    try:
        with outside() as client:
            _ask(client, registry, image)
    except httpx.TransportError as error:
        return Decision(Route.BUILD, f"the registry {registry} can't be reached ({error})")
    return Decision(Route.PULL, f"the registry {registry} answers")


def _ask(client: httpx.Client, registry: str, image: str) -> None:
    base = _address(registry)
    hello = first_answer(client, "GET", f"{base}/v2/")
    headers = {"Accept": _MANIFESTS}
    if hello.status_code == httpx.codes.UNAUTHORIZED:
        headers |= _authorization(client, registry, hello, image)
    elif hello.status_code != httpx.codes.OK:
        raise _refusal(registry, hello)
    name, _, version = image.rpartition(":")
    repository = "/".join(part for part in (_prefix(registry), name) if part)
    answer = client.head(f"{base}/v2/{repository}/manifests/{version}", headers=headers)
    is_manifest = answer.headers.get("Content-Type", "").startswith("application/vnd.")
    if answer.status_code != httpx.codes.OK or not is_manifest:
        raise _refusal(registry, answer)


def _address(registry: str) -> str:
    host = registry.partition("/")[0]
    if host == _DOCKER_HUB:
        return "https://registry-1.docker.io"
    return f"{'http' if _is_loopback(host) else 'https'}://{host}"


def _prefix(registry: str) -> str:
    return registry.partition("/")[2]


def _is_loopback(host: str) -> bool:
    """Whether Docker itself would talk to this registry without TLS."""
    name = host.rpartition(":")[0] if ":" in host else host
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _authorization(
    client: httpx.Client, registry: str, hello: httpx.Response, image: str
) -> dict[str, str]:
    """Follow a 401's challenge, with the credentials of ``docker login`` if there are any."""
    scheme, _, parameters = hello.headers.get("WWW-Authenticate", "").partition(" ")
    credentials = _login(registry.partition("/")[0])
    if scheme.lower() == "basic" and credentials is not None:
        request = next(credentials.auth_flow(httpx.Request("GET", hello.url)))
        return {"Authorization": request.headers["Authorization"]}
    if scheme.lower() != "bearer":
        raise _refusal(registry, hello)
    challenge = parse_keqv_list(parse_http_list(parameters))
    repository = "/".join(part for part in (_prefix(registry), image.rpartition(":")[0]) if part)
    answer = client.get(
        challenge["realm"],
        params={
            "service": challenge.get("service", ""),
            "scope": f"repository:{repository}:pull",
        },
        auth=credentials,
    )
    if answer.status_code != httpx.codes.OK:
        raise _refusal(registry, answer)
    token = answer.json()
    return {"Authorization": f"Bearer {token.get('token') or token.get('access_token')}"}


def _login(host: str) -> httpx.BasicAuth | None:
    """Return what ``docker login`` left; a credential helper spells its keys with capitals."""
    found = {k.lower(): v for k, v in (load_config().resolve_authconfig(host) or {}).items()}
    if not found.get("username"):
        return None
    return httpx.BasicAuth(found["username"], found["password"])


def _refusal(registry: str, answer: httpx.Response) -> ImageError:
    status = answer.status_code
    build = "or set images: build in classroom.yml"
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        meaning, remedy = "refuses access", f"run docker login {registry}, {build}"
    elif status == httpx.codes.TOO_MANY_REQUESTS:
        meaning = "has a limit on pulls, and this address has reached it"
        remedy = f"run docker login {registry} for a higher limit, wait and run again, {build}"
    elif status == httpx.codes.NOT_FOUND:
        meaning = "does not have this image"
        remedy = f"check versions and registry in classroom.yml, {build}"
    elif status >= httpx.codes.INTERNAL_SERVER_ERROR:
        meaning, remedy = "is in trouble", f"wait and run again, {build}"
    else:
        meaning = (
            "does not answer as a registry does; a login page of the network may be in between"
        )
        remedy = f"open {_address(registry)}/v2/ in a browser, {build}"
    return ImageError(
        f"the registry answers, but {meaning} (HTTP {status})",
        where=str(answer.request.url.copy_with(query=None)),
        remedy=remedy,
    )
