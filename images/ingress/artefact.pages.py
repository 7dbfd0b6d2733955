"""Write the Temporal UI's own files into a folder: they are inside the server's program.

Usage: artefact.pages.py TEMPORAL FOLDER. From the first page on, each file that a file names is
asked for. Kept are those whose names say what is in them, under the paths that seats have.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin

FIRST = "/temporal/"
KEPT = "/temporal/_app/immutable/"
NAMES = re.compile(rb"""["'(]([\w./~-]+\.(?:js|css|woff2?|svg|png))["')]""")
PORT = 8233
PATIENCE_SECONDS = 60.0


@contextmanager
def server(program: str) -> Iterator[None]:
    """Have a server run, which seats start the same way as far as its pages are concerned."""
    command = [program, "server", "start-dev", "--ui-port", str(PORT), "--log-level", "never"]
    command += ["--ui-public-path", FIRST.rstrip("/")]
    with subprocess.Popen(command) as running:  # noqa: S603 - the image's own program
        try:
            yield
        finally:
            running.terminate()


def asked(path: str) -> bytes:
    """Return the file at a path; nothing if what looked like a name was none."""
    line = HTTPConnection("127.0.0.1", PORT)
    line.request("GET", path)
    answer = line.getresponse()
    content = answer.read()
    if answer.status == HTTPStatus.NOT_FOUND:
        return b""
    if answer.status != HTTPStatus.OK:
        sys.exit(f"{path}: the Temporal UI answers {answer.status}")
    return content


def first_page() -> bytes:
    """Return it as soon as it is served."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return asked(FIRST)
        except ConnectionRefusedError:
            if time.monotonic() > ends:
                sys.exit(f"no Temporal UI on port {PORT} within {PATIENCE_SECONDS:g} s")
            time.sleep(0.1)


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that is to be kept."""
    looked_into, seen = [(FIRST, first_page())], {FIRST}
    while looked_into:
        path, content = looked_into.pop()
        for name in NAMES.findall(content):
            found = urljoin(path, name.decode())
            if found in seen or not found.startswith(KEPT):
                continue
            seen.add(found)
            if content_of_it := asked(found):
                yield found, content_of_it
                looked_into.append((found, content_of_it))


def main(program: str, folder: str) -> None:
    """Keep what there is; nothing at all is a failure."""
    with server(program):
        kept = dict(files())
    if not kept:
        sys.exit(f"the Temporal UI names no file under {KEPT}")
    for path, content in kept.items():
        file = Path(folder + path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
