"""What the ingress's certificate must lead to, by the one way that nobody can listen in on."""

from __future__ import annotations

import io
import ssl
import tarfile
import time
from hashlib import sha256
from pathlib import Path

import docker
from docker.errors import NotFound

from classroom.engine.client import explained
from classroom.plan import names
from classroom.spec import ClassFile, TlsPolicy

ROOT_CERTIFICATE = "/data/caddy/pki/authorities/local/root.crt"
"""Where Caddy keeps its authority's root, in the ingress's container."""

PATIENCE_SECONDS = 10.0
"""Caddy makes its authority in its first second."""

_PAUSE = 0.2


def trusted(client: docker.APIClient, class_file: ClassFile) -> str | None:
    """Return the certificates to trust at the front door, in PEM; None if it speaks no TLS.

    Empty if the ingress has no authority: then nothing is to be trusted, and a probe says so.

    Raises:
        EngineError: the engine does not answer.
    """
    match class_file.tls:
        case TlsPolicy.OFF:
            return None
        case TlsPolicy.FILES:
            return f"{_known_here()}\n{class_file.tls_certificate}"
        case TlsPolicy.INTERNAL:
            return root_certificate(client, class_file.name)


def root_certificate(client: docker.APIClient, classroom: str) -> str:
    """Return the root of the classroom's own authority, in PEM; empty if there is none.

    An ingress that has just been started is given the time to make it.

    Raises:
        EngineError: the engine does not answer.
    """
    container = names.prefix(classroom, names.INGRESS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with explained("read the root certificate", names.INGRESS):
        while time.monotonic() < deadline:
            try:
                chunks, _ = client.get_archive(container, ROOT_CERTIFICATE)
                return _only_file(b"".join(chunks))
            except NotFound as error:
                if "No such container" in str(error):
                    break
                time.sleep(_PAUSE)
    return ""


def fingerprint(certificate: str) -> str:
    """Return the SHA-256 of a certificate in PEM, as browsers show it: ``AB:CD:…``."""
    digest = sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def _only_file(archive: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        content = tar.extractfile(tar.getmembers()[0])
        return content.read().decode("ascii") if content else ""


def _known_here() -> str:
    """What this machine trusts, as its administrator set it up."""
    bundle = ssl.get_default_verify_paths().cafile or ssl.get_default_verify_paths().openssl_cafile
    path = Path(bundle)
    return path.read_text("utf-8") if path.is_file() else ""
