"""What makes payloads unreadable on their way out of a process, and readable on their way in."""

import os
from collections.abc import Sequence
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

from keys import key, newest

ENCRYPTED = b"binary/encrypted"
NONCE_BYTES = 12


class EncryptionCodec(PayloadCodec):
    """Encrypts each payload with AES-GCM, which also notices if somebody has changed it."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return payloads that tell nothing but the name of their key."""
        return [encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return what was encoded."""
        return [decrypted(payload) for payload in payloads]


def encrypted(payload: Payload) -> Payload:
    """Return a payload with all of another one in it, metadata included."""
    name = newest()
    # Never twice the same with one key, or both messages are lost.
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key(name)).encrypt(nonce, payload.SerializeToString(), name.encode())
    return Payload(metadata={"encoding": ENCRYPTED, "key": name.encode()}, data=nonce + sealed)


def decrypted(payload: Payload) -> Payload:
    """Return the payload that is in an encrypted one; one that is not encrypted stays as it is."""
    if payload.metadata.get("encoding") != ENCRYPTED:
        return payload
    name = payload.metadata.get("key", b"").decode()
    nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
    return Payload.FromString(AESGCM(key(name)).decrypt(nonce, sealed, name.encode()))


def with_encryption(client: Client) -> Client:
    """Return a client, for a starter or a worker, whose payloads are encrypted.

    Errors too: without their own converter, their messages and stack traces stay plain text.
    """
    config = client.config()
    config["data_converter"] = replace(
        DataConverter.default,
        payload_codec=EncryptionCodec(),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
    return Client(**config)
