"""The files that a class file names: found, and shown to be what they should be."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from classroom.spec.problems import Refused, printable
from classroom.spec.values import Kind

MAX_CLASS_FILE = 64 * 1024
MAX_CSV = 256 * 1024
MAX_PEM = 4 * 1024 * 1024
"""Bytes. Debian's bundle of all public authorities is 0.2 MiB."""

_GZIP = b"\x1f\x8b"
PEM_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)


def read(path: Path, most: int) -> bytes:
    """The whole of an ordinary file.

    Raises:
        Refused: it is missing, no ordinary file, larger than ``most`` bytes, or unreadable.
    """
    size = _size(path)
    if size > most:
        raise Refused(f"has {size:,} bytes, and {most:,} are more than it ever needs")
    if size == 0:
        return b""  # unread: files of the kernel claim this size, and reading some of them waits
    return _head(path, most)


def decode(content: bytes) -> str:
    """UTF-8, with or without a byte order mark.

    Raises:
        Refused: it is another encoding; says on which line that shows.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise Refused(
            f"is not UTF-8: byte 0x{byte:02x} on line {line}", "save it as UTF-8"
        ) from None


def tarball(folder: Path) -> Kind[Path]:
    """Paths of gzipped tarballs; only the first bytes are looked at."""

    def parse(text: str) -> Path:
        path = resolve(folder, text)
        if _size(path) < len(_GZIP) or _head(path, len(_GZIP)) != _GZIP:
            raise Refused("is not a gzipped tarball")
        return path

    return Kind("use the official tarball, grafana-X.Y.Z.linux-amd64.tar.gz", parse)


def certificates(folder: Path) -> Kind[Path]:
    """Paths of PEM bundles with at least one certificate, all of them sound, and no key."""

    def parse(text: str) -> Path:
        path = resolve(folder, text)
        content = read(path, MAX_PEM).decode("ascii", errors="replace")
        if "PRIVATE KEY-----" in content:
            raise Refused("holds a private key, and every image would carry it")
        found = PEM_CERTIFICATE.findall(content)
        if not found:
            raise Refused("holds no certificate")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata="\n".join(found))
        except ssl.SSLError as error:
            raise Refused(f"holds a broken certificate ({error.reason or error})") from None
        return path

    return Kind('use a PEM file with "-----BEGIN CERTIFICATE-----" in it', parse)


def resolve(folder: Path, text: str) -> Path:
    """The absolute path that a text means, seen from a folder; ``~`` is the user's home."""
    try:
        return (folder / Path(text).expanduser()).absolute()
    except RuntimeError:
        raise Refused("begins with the home of a user whom this machine does not know") from None


def _size(path: Path) -> int:
    try:
        if not path.exists():
            raise Refused("does not exist", f"looked for {printable(str(path))}")
        if not path.is_file():
            raise Refused("is a folder" if path.is_dir() else "is not an ordinary file")
        return path.stat().st_size
    except OSError as error:
        raise Refused(f"cannot be reached: {_reason(error)}") from None
    except ValueError as error:
        # A path with a NUL or half a surrogate pair, which YAML escapes can write.
        raise Refused("is not a path") from error


def _head(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise Refused(f"cannot be read: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
