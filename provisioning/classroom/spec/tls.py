"""The certificate and the private key of ``tls: files``: sound, a pair, and for these names."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from classroom.spec.files import PEM_CERTIFICATE, read, resolve
from classroom.spec.problems import Refused
from classroom.spec.values import Kind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate

# cryptography itself is imported where it is used: it takes 0.4 s, and few classrooms have files.

MAX_CHAIN = 64 * 1024
"""Bytes. A certificate has 1 to 2 kB, and a chain rarely more than four of them."""


@dataclass(frozen=True)
class Chain:
    """A certificate with its intermediates.

    Attributes:
        pem: the certificates alone, in their order.
        names: the DNS names of the first one, lower case.
        keys: the public key of each (DER).
    """

    pem: str
    names: frozenset[str]
    keys: tuple[bytes, ...]

    def lacks(self, domain: str) -> tuple[str, ...]:
        """Return which of the names that a classroom needs it is not good for."""
        parent = domain.partition(".")[2]
        whole = domain in self.names or f"*.{parent}" in self.names
        return tuple(
            name
            for name, covered in ((domain, whole), (f"*.{domain}", f"*.{domain}" in self.names))
            if not covered
        )


@dataclass(frozen=True)
class PrivateKey:
    """Where a private key is, and the public one that belongs to it (DER). Never its content."""

    path: Path
    public: bytes

    def fault(self, chain: Chain) -> str:
        """Return why it is not the key of a chain; empty if it is."""
        if self.public not in chain.keys:
            return "belongs to another certificate; use the key that the certificate was made with"
        place = chain.keys.index(self.public) + 1
        if place > 1:
            return f"belongs to certificate {place} of tls_certificate; put that one first"
        return ""


def chain(folder: Path) -> Kind[Chain]:
    """Paths of PEM files with a certificate that is valid today and its intermediates."""

    def parse(text: str) -> Chain:
        content = read(resolve(folder, text), MAX_CHAIN).decode("ascii", errors="replace")
        if "PRIVATE KEY-----" in content:
            # Certificates are public, and are treated so: shown in plans, kept in the open.
            raise Refused("holds a private key as well", "keep that in a file of its own: tls_key")
        found = PEM_CERTIFICATE.findall(content)
        if not found:
            raise Refused("holds no certificate")
        return _chain(found)

    return Kind('use a PEM file: "-----BEGIN CERTIFICATE-----", then its intermediates', parse)


def private_key(folder: Path) -> Kind[PrivateKey]:
    """Paths of PEM files with a private key that nobody but their owner can read."""

    def parse(text: str) -> PrivateKey:
        path = resolve(folder, text)
        content = read(path, MAX_CHAIN)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise Refused(f"can be read by others (mode {mode:04o})", f"chmod 600 {path}")
        return PrivateKey(path, _public(content))

    return Kind('use a PEM file with "-----BEGIN PRIVATE KEY-----" in it', parse)


def _chain(found: list[str]) -> Chain:
    from cryptography.x509 import (  # noqa: PLC0415 - see above
        DNSName,
        ExtensionNotFound,
        SubjectAlternativeName,
        load_pem_x509_certificates,
    )

    pem = "\n".join(found) + "\n"
    try:
        certificates = load_pem_x509_certificates(pem.encode())
        leaf = certificates[0]
        keys = tuple(_der(certificate.public_key()) for certificate in certificates)
        extension = leaf.extensions.get_extension_for_class(SubjectAlternativeName)
        names = extension.value.get_values_for_type(DNSName)
    except ExtensionNotFound:
        raise Refused("names no host (it has no subject alternative names)") from None
    except Exception as error:  # whatever its parser stumbles over
        raise Refused("holds a broken certificate") from error
    _in_force(leaf)
    return Chain(pem, frozenset(name.lower() for name in names), keys)


def _in_force(leaf: Certificate) -> None:
    now = datetime.now(UTC)
    if leaf.not_valid_after_utc < now:
        raise Refused(f"expired on {leaf.not_valid_after_utc:%-d %B %Y}", "renew it")
    if leaf.not_valid_before_utc > now:
        raise Refused(
            f"is not valid before {leaf.not_valid_before_utc:%-d %B %Y %H:%M} UTC",
            "wait, or set this machine's clock",
        )


def _public(content: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        load_pem_private_key,
    )

    try:
        return _der(load_pem_private_key(content, password=None).public_key())
    except TypeError:
        raise Refused(
            "is encrypted, and nobody types its password when the ingress starts",
            "write it decrypted, readable for you alone: openssl pkey -in KEY -out NEW",
        ) from None
    except Exception as error:  # the same
        raise Refused("holds no private key that can be read") from error


def _der(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        Encoding,
        PublicFormat,
    )

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
