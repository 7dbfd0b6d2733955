"""Who reaches whom: one probe program, run wherever the question is asked from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import docker

from tests.infra.engine_backend import STDERR, STDOUT, demultiplexed, start

ECHO_PORT = 4242

# A refused connection was refused by the other side: its packets got there. What a firewall
# refuses comes back as "prohibited" (no route to host), or not at all.
PROBE = """
import concurrent.futures, json, socket, sys
PATIENCE = 2

def tcp(host, port):
    with socket.create_connection((host, port), PATIENCE):
        return "connected"

def datagram(host, port, protocol, sent):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol) as one:
        one.settimeout(PATIENCE)
        one.connect((host, port))
        one.send(sent)
        one.recv(100)
        return "answered"

def ask(question):
    kind, host, port = question
    try:
        if kind == "name":
            return "is " + socket.gethostbyname(host)
        if kind == "tcp":
            return tcp(host, port)
        if kind == "udp":
            return datagram(host, port, 0, b"?")
        return datagram(host, 0, socket.IPPROTO_ICMP, b"\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x01")
    except ConnectionRefusedError:
        return "refused by the other side"
    except OSError as error:
        return "! " + str(error)

questions = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(64) as pool:
    print(json.dumps(list(pool.map(ask, questions))))
"""

ECHO = """
import selectors, socket, sys
ready = selectors.DefaultSelector()
for address in sys.argv[2:]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        one = socket.socket(socket.AF_INET, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address, int(sys.argv[1])))
        if kind == socket.SOCK_STREAM:
            one.listen(128)
        ready.register(one, selectors.EVENT_READ, kind)
print("listening", flush=True)
while True:
    for key, _ in ready.select():
        if key.data == socket.SOCK_STREAM:
            ready.register(key.fileobj.accept()[0], selectors.EVENT_READ, None)
        elif key.data == socket.SOCK_DGRAM:
            key.fileobj.sendto(*key.fileobj.recvfrom(2048))
        else:
            try:
                said = key.fileobj.recv(2048)
                key.fileobj.sendall(said)
            except OSError:
                said = b""
            if not said:
                ready.unregister(key.fileobj)
                key.fileobj.close()
"""


@dataclass(frozen=True)
class Target:
    """Something to reach: ``kind`` is tcp, udp, icmp, or name for the resolver alone."""

    kind: str
    host: str
    port: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.host}{f':{self.port}' if self.port else ''}"


def every_kind(host: str, port: int = ECHO_PORT) -> list[Target]:
    """Return the three protocols to one address."""
    return [Target("tcp", host, port), Target("udp", host, port), Target("icmp", host)]


def answers(
    client: docker.APIClient, container: str, targets: Iterable[Target]
) -> dict[Target, str]:
    """Return what came of each target, asked from inside a container with Python."""
    asked = list(targets)
    questions = json.dumps([[t.kind, t.host, t.port] for t in asked])
    job = client.exec_create(container, ["python", "-c", PROBE, questions])["Id"]
    output = demultiplexed(start(client, job))
    assert client.exec_inspect(job)["ExitCode"] == 0, output[STDERR].decode()
    return dict(zip(asked, json.loads(output[STDOUT]), strict=True))


def answers_here(targets: Iterable[Target]) -> dict[Target, str]:
    """Return the same, asked from this machine itself, where ICMP is not for everybody."""
    asked = [target for target in targets if target.kind != "icmp"]
    questions = json.dumps([[t.kind, t.host, t.port] for t in asked])
    done = subprocess.run(
        [sys.executable, "-c", PROBE, questions], capture_output=True, text=True, check=True
    )
    return dict(zip(asked, json.loads(done.stdout), strict=True))


def reached(found: dict[Target, str]) -> list[Target]:
    return [target for target, answer in found.items() if not answer.startswith("!")]


def echoing(
    addresses: Iterable[str], *, inside: tuple[str, ...] = ()
) -> AbstractContextManager[None]:
    """Answer TCP and UDP on these addresses; ``inside`` is a command prefix, such as ip netns."""
    return listening([*inside, sys.executable, "-c", ECHO, str(ECHO_PORT), *addresses])


@contextmanager
def listening(command: Sequence[str]) -> Iterator[None]:
    """Run a program that says when it listens, for as long as the block lasts."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield
        finally:
            process.kill()
