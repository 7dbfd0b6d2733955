"""Hear what a component is told: print the head of the request to it that has a mark in its path.

It needs nothing of the project's: it is run by root, in the network namespace of the component.
"""

from __future__ import annotations

import socket
import sys

PATIENCE_SECONDS = 30
IP = 0x0800
"""Ethernet's number for it, from <linux/if_ether.h>."""


def main(mark: bytes) -> None:
    """Say when it listens, then what it heard."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IP)) as line:
        line.settimeout(PATIENCE_SECONDS)
        print("listens", flush=True)
        while True:
            head, found, rest = line.recv(65535).partition(mark)
            if found and b"GET /" in head:
                print(rest.partition(b"\r\n\r\n")[0].decode("latin-1"))
                return


if __name__ == "__main__":
    main(sys.argv[1].encode())
