"""What is allowed and an instructor still wants to know before a class sits in front of it."""

from __future__ import annotations

from collections.abc import Iterator

from classroom.spec.model import ClassFile, TlsPolicy, is_local


def remarks(class_file: ClassFile) -> tuple[str, ...]:
    """Return a sentence for each, none of which stops a provision."""
    return tuple(_remarks(class_file))


def _remarks(class_file: ClassFile) -> Iterator[str]:
    if is_local(class_file.domain):
        if class_file.seats > 1:
            yield (
                f"{class_file.seats} seats under {class_file.domain}, which only browsers on this "
                "machine can open: write domain: auto, or a name of yours, for others to come in"
            )
    elif class_file.tls is TlsPolicy.OFF:
        yield (
            f"tls is off: whoever listens on the way to {class_file.domain} can read codes and "
            "keys; write tls: internal, or files if you have a certificate"
        )
