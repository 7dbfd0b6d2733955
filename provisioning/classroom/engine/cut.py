"""End what is open to a seat, at once: websockets and gRPC streams outlive every refusal.

The front door's connections to a seat are sockets in the ingress's network namespace, with the
seat's subnet at their far end. The kernel closes them when asked to (``ss -K``, that is
SOCK_DESTROY of sock_diag(7), CONFIG_INET_DIAG_DESTROY), which takes NET_ADMIN in that namespace:
a container that lives for a second, of the image that the ingress itself runs, the only one that
is ever given a capability. Disconnecting the network cuts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from classroom.engine.client import explained
from classroom.engine.state import StateFolder, write_private
from classroom.errors import EngineError
from classroom.plan import names

WITHIN_SECONDS = 20
"""It takes one; a machine that starts 70 seats meanwhile is slow."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")

_MEMORY = 64 * 1024 * 1024

# Again until nothing is left, for a proxy may repeat a cut read on a second connection.
_CUT = """
total=0
for round in 1 2 3 4; do
    ended=$(ss --tcp --numeric --no-header --kill dst "$1" | wc -l)
    total=$((total + ended))
    [ "$round" -gt 1 ] && [ "$ended" = 0 ] && break
    sleep 0.3
done
echo "$total"
"""

_PROVE = """
caddy respond --listen 127.0.0.1:9000 2>/dev/null &
tries=0
until exec 3<>/dev/tcp/127.0.0.1/9000; do
    tries=$((tries + 1))
    [ "$tries" -gt 100 ] && exit 1
    sleep 0.05
done 2>/dev/null
open() { ss --tcp --numeric --no-header state established dst 127.0.0.1:9000; }
[ "$(open | wc -l)" = 1 ] || exit 1
ss --tcp --numeric --no-header --kill dst 127.0.0.1:9000 >/dev/null
open | wc -l
"""


def cut(client: docker.APIClient, classroom: str, seat: str) -> int:
    """End every connection between the ingress and a seat; return how many there were.

    Raises:
        EngineError: there is no such network or no running ingress, or it could not be done.
    """
    with explained("cut what is open", seat):
        try:
            pools = client.inspect_network(names.prefix(classroom, seat))["IPAM"]["Config"]
            ingress = client.inspect_container(names.prefix(classroom, names.INGRESS))
        except NotFound as error:
            raise EngineError(
                "there is no network, or no ingress, to cut it off from", where=seat
            ) from error
    if not ingress["State"]["Running"]:
        return 0
    said = _run(
        client,
        names.container_name(classroom, seat, names.CUTTER),
        names.identity(classroom, seat, names.CUTTER),
        ingress["Config"]["Image"],
        f"container:{ingress['Id']}",
        [_CUT, names.CUTTER, pools[0]["Subnet"]],
    )
    return int(said)


def kernel_cuts(client: docker.APIClient, classroom: str, image: str) -> bool:
    """Try it on a connection of its own, in a namespace of its own; ``image`` is the ingress's.

    Raises:
        EngineError: it could not be tried.
    """
    name = names.container_name(classroom, names.INGRESS, f"{names.CUTTER}-proof")
    labels = names.identity(classroom, names.INGRESS, names.CUTTER)
    return _run(client, name, labels, image, "none", [_PROVE]) == "0"


def cuts_here(client: docker.APIClient, classroom: str, image: str, state: StateFolder) -> bool:
    """Return whether this machine's kernel does it; tried once a boot.

    Raises:
        EngineError: it could not be tried.
    """
    proven, boot = state.path / "cut-proven", _BOOT.read_text()
    if proven.exists() and proven.read_text() == boot:
        return True
    if not kernel_cuts(client, classroom, image):
        return False
    write_private(proven, boot)
    return True


def _run(
    client: docker.APIClient,
    name: str,
    labels: Mapping[str, str],
    image: str,
    network: str,
    script: list[str],
) -> str:
    """Run a script to its end in a container that may do this one thing; return its last line."""
    with explained("cut what is open", name):
        _remove(client, name)
        container = client.create_container(
            image,
            name=name,
            labels=dict(labels),
            # Without a capability of its own a user other than 0 could not use NET_ADMIN.
            user="0:0",
            entrypoint=["bash", "-c", *script],
            command=[],
            host_config=client.create_host_config(
                network_mode=network,
                cap_drop=["ALL"],
                cap_add=["NET_ADMIN"],
                security_opt=["no-new-privileges:true"],
                read_only=True,
                tmpfs={"/tmp": "size=1m,mode=1777"},  # noqa: S108 - the container's own
                mem_limit=_MEMORY,
                memswap_limit=_MEMORY,
                nano_cpus=1_000_000_000,
                pids_limit=32,
                log_config=docker.types.LogConfig(
                    type="json-file", config={"max-size": "1m", "max-file": "1"}
                ),
            ),
        )["Id"]
        try:
            client.start(container)
            code = client.wait(container, timeout=WITHIN_SECONDS)["StatusCode"]
            said = client.logs(container).decode(errors="replace").strip()
        finally:
            _remove(client, container)
    last = said.splitlines()[-1] if said else "nothing"
    if code or not last.isdecimal():
        raise EngineError(f"the command that cuts ended with exit code {code}: {last}", where=name)
    return last


def _remove(client: docker.APIClient, container: str) -> None:
    try:
        client.remove_container(container, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if "already in progress" not in str(error):
            raise
