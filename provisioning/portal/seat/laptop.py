"""How to use a seat's Temporal server from one's own laptop: texts to copy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classroom.spec.seats import host_label
from portal.settings import Settings

NAMESPACE = "default"


@dataclass(frozen=True)
class Laptop:
    """Instructions for one seat.

    Attributes:
        address: host and port of the server.
        through_page: the same through the port that pages come by, which venues seldom block.
        hosts_line: a line for the hosts file, where the name resolves in browsers only; or empty.
        without_name: settings by which the ``temporal`` command does without it; or empty.
        shell: settings for macOS, Linux and WSL, which CLI and SDK both read.
        powershell: the same for Windows.
        python: a program's first lines.
        curl: the server's metrics.
        root: address of the root certificate that programs have to be told of; or empty.
        root_file: what it is called once downloaded; or empty.
    """

    address: str
    through_page: str
    hosts_line: str
    without_name: str
    shell: str
    powershell: str
    python: str
    curl: str
    root: str
    root_file: str


def laptop(settings: Settings, seat: str, api_key: str) -> Laptop:
    """Return the instructions for ``seat-07``."""
    host = f"{host_label(seat)}.{settings.domain}"
    port = settings.ports["grpc"]
    address = f"{host}:{port}"
    local = settings.domain == "localhost"
    variables = {
        "TEMPORAL_ADDRESS": address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_API_KEY": api_key,
        # Said in both cases: with an API key alone, programs assume TLS.
        "TEMPORAL_TLS": "true" if settings.tls else "false",
    }
    root_file = f"classroom-{settings.classroom}.crt" if settings.own_authority else ""
    if root_file:
        variables["TEMPORAL_TLS_SERVER_CA_CERT_PATH"] = root_file
    return Laptop(
        address=address,
        through_page=f"{host}:{settings.port}",
        hosts_line=f"127.0.0.1 {host}" if local else "",
        without_name=_shell(
            {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "TEMPORAL_CLIENT_AUTHORITY": address}
        )
        if local
        else "",
        shell=_shell(variables),
        powershell="\n".join(f'$env:{name} = "{value}"' for name, value in variables.items()),
        python=(
            "from temporalio.client import Client\n"
            "from temporalio.envconfig import ClientConfig\n"
            "\n"
            "client = await Client.connect(**ClientConfig.load_client_connect_config())"
        ),
        curl=(
            f'curl -H "Authorization: Bearer {api_key}" '
            f"{f'--cacert {root_file} ' if root_file else ''}{settings.scheme}://{address}/metrics"
        ),
        root=f"{settings.url()}/root.crt" if root_file else "",
        root_file=root_file,
    )


def _shell(variables: Mapping[str, str]) -> str:
    return "\n".join(f"export {name}={value}" for name, value in variables.items())
