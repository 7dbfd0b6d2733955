#!/usr/bin/env python3
"""Chromium that can't see the machine's interfaces come and go; its arguments are passed on.

Chromium on Linux listens on a netlink socket (rtnetlink(7)), and drops every request in its queue
with ERR_NETWORK_CHANGED as soon as any interface gets or loses an address. Docker does that to
bridges while other tests run. Where it gets no such socket, it takes the machine to be online.
"""

import ctypes
import os
import platform
import shutil
import struct
import sys

# The number of the system call socket(2).
SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]

# From <linux/prctl.h>, <linux/filter.h> and <linux/seccomp.h>; see seccomp(2).
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16
ALLOW, FAIL_WITH = 0x7FFF0000, 0x00050000
AF_NETLINK, EAFNOSUPPORT = 16, 97

PROGRAM = (
    (LOAD, 0, 0, NUMBER),
    (JUMP_IF_EQUAL, 0, 3, SOCKET),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (JUMP_IF_EQUAL, 0, 1, AF_NETLINK),
    (RETURN, 0, 0, FAIL_WITH | EAFNOSUPPORT),
    (RETURN, 0, 0, ALLOW),
)


class Filter(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def forbid_netlink() -> None:
    """Have netlink sockets refused to this process and all that it becomes or starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in PROGRAM)
    program = Filter(len(PROGRAM), packed)
    for call in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), f"prctl{call[:2]}")


if __name__ == "__main__":
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("no Chromium on this machine")
    forbid_netlink()
    os.execv(chromium, [chromium, *sys.argv[1:]])  # noqa: S606 - what Playwright would start
