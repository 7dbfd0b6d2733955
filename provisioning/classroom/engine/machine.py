"""The facts of this machine that preflight compares with the class file. Linux only."""

from __future__ import annotations

import errno
import json
import os
import pwd
import socket
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from pathlib import Path

from classroom.engine import proc
from classroom.engine.resolvers import resolvers
from classroom.errors import ClassroomError
from classroom.spec import ClassFile, MachineFacts, Route

_PROC = Path("/proc")
_LISTENING = "0A"  # TCP_LISTEN, include/net/tcp_states.h
_MIB = 1024 * 1024


def gather(
    class_file: ClassFile,
    *,
    ours: Collection[IPv4Network],
    own_ports: frozenset[int],
    data_root: Path,
    seats_running: int,
    images_present: bool,
) -> MachineFacts:
    """Look at this machine, now.

    Args:
        class_file: whose ports are looked at.
        ours: networks of this classroom that exist already.
        own_ports: ports that its ingress holds already.
        data_root: where the engine keeps its data (``DockerRootDir`` of ``docker info``).
        seats_running: seats of this classroom that run already.
        images_present: whether all its images are on the engine.

    Raises:
        ClassroomError: the routes can't be read.
    """
    wanted = frozenset(astuple(class_file.ports)) - own_ports
    listen = IPv4Address(class_file.listen)
    return MachineFacts(
        routes=tuple(parse_routes(ip_routes(), ours)),
        ports=_ports_in_use(listen, wanted),
        memory_available_mib=proc.memory_available() // _MIB,
        disk_free_mib=_disk_free_mib(data_root),
        cpus=os.cpu_count() or 1,
        seats_running=seats_running,
        images_present=images_present,
        name_servers=resolvers(),
        has_listen_address=_is_here(listen),
        seat_addresses=addresses_of(f"s01.{class_file.domain}") if class_file.lan_address else (),
    )


def addresses_of(name: str) -> tuple[str, ...]:
    """Where a name leads, by this machine's own resolver; empty if nowhere within its patience."""
    command = ["getent", "ahostsv4", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(sorted({line.split()[0] for line in done.stdout.splitlines()}))


def parse_routes(listing: str, ours: Collection[IPv4Network]) -> Iterator[Route]:
    """Routes of every table as ``ip -json`` prints them, without defaults and refusals.

    Every table, since VPN clients such as Tailscale keep theirs out of the main one.
    """
    for entry in json.loads(listing):
        if entry["dst"] != "default" and entry.get("type", "unicast") == "unicast":
            network = IPv4Network(entry["dst"])
            yield Route(network, entry.get("dev", "several devices"), is_ours=network in ours)


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket; ``uid`` owns it, and ``inode`` finds its process."""

    address: IPv4Address | IPv6Address
    port: int
    uid: int
    inode: int

    def keeps_from(self, address: IPv4Address) -> bool:
        """Whether nobody else can listen on the address and this port.

        A wildcard IPv6 listener may or may not take IPv4 as well, and only trying tells.
        """
        if isinstance(self.address, IPv6Address) and self.address.is_unspecified:
            return not _can_listen(address, self.port)
        return self.address.is_unspecified or self.address == address


def parse_listeners(table: str) -> Iterator[Listener]:
    """Listening sockets of ``/proc/net/tcp`` or ``tcp6`` (proc_net_tcp.rst of the kernel)."""
    for line in table.splitlines()[1:]:
        columns = line.split()
        address, port = columns[1].split(":")
        if columns[3] == _LISTENING:
            yield Listener(_address(address), int(port, 16), int(columns[7]), int(columns[9]))


def _address(text: str) -> IPv4Address | IPv6Address:
    """An address printed as 32-bit words in the byte order of a little-endian machine."""
    words = [bytes.fromhex(text[i : i + 8])[::-1] for i in range(0, len(text), 8)]
    address = ip_address(b"".join(words))
    return getattr(address, "ipv4_mapped", None) or address


def ip_routes() -> str:
    """Return every IPv4 route as ``ip -json`` prints it, for `parse_routes`.

    Raises:
        ClassroomError: ``ip`` is missing or fails.
    """
    command = ["ip", "-json", "-4", "route", "show", "table", "all"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise ClassroomError(
            f"the routes of this machine can't be read: {error}",
            where=" ".join(command),
            remedy="install iproute2 (apt-get install iproute2), then run this again",
        ) from error
    return done.stdout


def _ports_in_use(listen: IPv4Address, wanted: frozenset[int]) -> dict[int, str]:
    taken = {
        listener.port: listener
        for table in (_PROC / "net/tcp6", _PROC / "net/tcp")
        if table.exists()  # no tcp6 where IPv6 is switched off
        for listener in parse_listeners(table.read_text(encoding="ascii"))
        if listener.port in wanted and listener.keeps_from(listen)
    }
    owners = _owners({listener.inode for listener in taken.values()}) if taken else {}
    return {port: _described(listener, owners) for port, listener in taken.items()}


def _is_here(address: IPv4Address) -> bool:
    """Whether the machine has the address: then a socket can be bound to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
        return True


def _can_listen(address: IPv4Address, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
        except OSError as error:
            # Not permitted (a port below 1024, and not root) says nothing: take it as in use.
            return error.errno not in (errno.EADDRINUSE, errno.EACCES)
        return True


def _described(listener: Listener, owners: Mapping[int, str]) -> str:
    stranger = f"a process of user {_user(listener.uid)} (sudo ss -ltnp shows which)"
    return owners.get(listener.inode, stranger)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _owners(inodes: Collection[int]) -> dict[int, str]:
    """The processes that hold sockets, as far as this user may look."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, str] = {}
    for process in _PROC.glob("[0-9]*"):
        try:
            links = [_target(link) for link in (process / "fd").iterdir()]
            held = [wanted[link] for link in links if link in wanted]
            found |= dict.fromkeys(held, _process_name(process) if held else "")
        except OSError:
            continue  # another user's, or gone meanwhile
    return found


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""  # closed since it was listed


def _process_name(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    name = f"{Path(words[0]).name} (pid {process.name})"
    if "-container-ip" in words:  # docker-proxy, which holds a port for a container
        name += f" for the container at {words[words.index('-container-ip') + 1]}"
    return name


def _disk_free_mib(folder: Path) -> int:
    """Free for an ordinary user where the folder is or, before a first start, will be."""
    while not folder.exists():
        folder = folder.parent
    usage = os.statvfs(folder)
    return usage.f_bavail * usage.f_frsize // _MIB
