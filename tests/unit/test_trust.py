"""What is trusted at the front door, as far as no engine is needed to know it."""

from __future__ import annotations

import ssl

import docker
import trustme

from classroom.engine.trust import trusted
from classroom.spec import ClassFile, TlsPolicy

UNASKED = docker.APIClient("tcp://192.0.2.1:1", version="1.41")


def test_without_tls_there_is_nothing_to_trust() -> None:
    assert trusted(UNASKED, ClassFile()) is None


def test_a_given_chain_is_trusted_beside_what_this_machine_trusts() -> None:
    chain = trustme.CA().cert_pem.bytes().decode()
    given = trusted(UNASKED, ClassFile(tls=TlsPolicy.FILES, tls_certificate=chain))
    assert given is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=given)
    here = ssl.create_default_context()
    assert len(context.get_ca_certs()) == len(here.get_ca_certs()) + 1
