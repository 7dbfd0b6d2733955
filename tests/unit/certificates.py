"""Certificates that trustme does not make: with odd dates, and keys with a password."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID


def issued_for(*names: str, key: str, begin: int = 2020, end: int = 2099) -> str:
    """A certificate in PEM, signed with its own key, valid between two 22nds of November."""
    private = load_pem_private_key(key.encode(), None)
    assert isinstance(private, EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(begin, 11, 22, tzinfo=UTC))
        .not_valid_after(datetime(end, 11, 22, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
        )
        .sign(private, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def encrypted(key: str) -> str:
    """The same private key, with a password on it."""
    return (
        load_pem_private_key(key.encode(), None)
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        .decode()
    )
