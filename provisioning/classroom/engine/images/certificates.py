"""The certificates that images trust on top of Debian's own list."""

from __future__ import annotations

import re
from pathlib import Path

from classroom.errors import ImageError

HOST_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
HOST_PACKAGE = Path("/usr/share/ca-certificates")

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


def extra_certificates(
    bundle: Path | None, *, host_bundle: Path = HOST_BUNDLE, host_package: Path = HOST_PACKAGE
) -> tuple[str, ...]:
    """Return PEM certificates, one string each, sorted.

    With no ``bundle`` it is what this machine trusts beyond the list that its ca-certificates
    package ships: a company's TLS proxy, usually nothing. So an update of that package changes
    no image.

    Raises:
        ImageError: the given bundle can't be read or has no certificate in it.
    """
    if bundle is None:
        if not host_bundle.is_file():
            return ()
        shipped = (_certificates(path) for path in host_package.rglob("*.crt"))
        return tuple(sorted(_certificates(host_bundle).difference(*shipped)))
    try:
        found = _certificates(bundle)
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(
            f"the CA bundle can't be read: {error}",
            where=str(bundle),
            remedy="set extra_ca in classroom.yml to a readable PEM file, or leave it out",
        ) from error
    if not found:
        raise ImageError(
            "the CA bundle holds no certificate",
            where=str(bundle),
            remedy="extra_ca takes PEM: blocks that begin with -----BEGIN CERTIFICATE-----",
        )
    return tuple(sorted(found))


def _certificates(path: Path) -> set[str]:
    return {match[0] + "\n" for match in _CERTIFICATE.finditer(path.read_text("utf-8"))}
