"""End what is open to a seat, at once: websockets and gRPC streams outlive every refusal.

The front door's connections to a seat are sockets in the ingress's network namespace, with the
seat's subnet at their far end. The kernel closes them when asked to (``ss -K``, that is
SOCK_DESTROY of sock_diag(7), CONFIG_INET_DIAG_DESTROY), which takes NET_ADMIN in that namespace:
a container that lives for a second, of the image that the ingress itself runs, the only one that
is ever given a capability. Disconnecting the network cuts nothing.
"""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

import docker
from docker.errors import APIError, NotFound

from classroom.engine.client import explained
from classroom.engine.state import StateFolder, write_private
from classroom.errors import EngineError, KernelError
from classroom.plan import names

WITHIN_SECONDS = 20
"""It takes one; a machine that starts 70 seats meanwhile is slow."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")

_MEMORY = 64 * 1024 * 1024

# Again until nothing is left, for a proxy may repeat a cut read on a second connection. Where the
# kernel can't do it, `ss` says nothing, and what was open before is open still.
_CUT = """
subnet=$1
open() {
    ss --tcp --numeric --no-header state established dst "$subnet" |
        while read -r _ _ here there _; do echo "$here $there"; done | sort
}
before=$(open)
total=0
for round in 1 2 3 4; do
    ended=$(ss --tcp --numeric --no-header --kill dst "$1" | wc -l)
    total=$((total + ended))
    [ "$round" -gt 1 ] && [ "$ended" = 0 ] && break
    sleep 0.3
done
echo "$total $(comm -12 <(echo "$before") <(open) | grep -c .)"
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

    An ingress that is gone or has ended took its connections along.

    Raises:
        EngineError: the seat has no network, or it could not be done.
        KernelError: this machine can't do it.
    """
    with explained("cut what is open", seat):
        try:
            pools = client.inspect_network(names.prefix(classroom, seat))["IPAM"]["Config"]
        except NotFound as error:
            raise EngineError("there is no network to cut it off from", where=seat) from error
        try:
            ingress = client.inspect_container(names.prefix(classroom, names.INGRESS))
        except NotFound:
            return 0
    if not ingress["State"]["Running"]:
        return 0
    image, inside = ingress["Config"]["Image"], f"container:{ingress['Id']}"
    script = [_CUT, names.CUTTER, pools[0]["Subnet"]]
    ended, stayed = _run(client, classroom, seat, image, inside, script)
    if stayed:
        raise KernelError(
            "this machine's kernel can't end open connections (CONFIG_INET_DIAG_DESTROY)",
            where=seat,
            remedy="restart the seat's workspace in the console: its terminals end, its files stay",
        )
    return ended


def kernel_cuts(client: docker.APIClient, classroom: str, image: str) -> bool:
    """Try it on a connection of its own, in a namespace of its own; ``image`` is the ingress's.

    Raises:
        EngineError: it could not be tried.
    """
    (left,) = _run(client, classroom, names.INGRESS, image, "none", [_PROVE])
    return left == 0


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
    classroom: str,
    stack: str,
    image: str,
    network: str,
    script: list[str],
) -> list[int]:
    """Run a script in a container that may do this one thing; return the numbers it ends with."""
    # Watch and an instructor's command may cut the same seat at the same moment.
    name = names.container_name(classroom, stack, f"{names.CUTTER}-{token_hex(3)}")
    with explained("cut what is open", name):
        container = client.create_container(
            image,
            name=name,
            labels=names.identity(classroom, stack, names.CUTTER),
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
    if code or not all(word.isdecimal() for word in last.split()):
        raise EngineError(f"the command that cuts ended with exit code {code}: {last}", where=name)
    return [int(word) for word in last.split()]


def _remove(client: docker.APIClient, container: str) -> None:
    try:
        client.remove_container(container, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if "already in progress" not in str(error):
            raise
