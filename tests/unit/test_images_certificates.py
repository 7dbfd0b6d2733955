"""Which certificates go into the base image."""

from __future__ import annotations

from pathlib import Path

import pytest

from classroom.engine.images.certificates import extra_certificates
from classroom.errors import ImageError


def pem(body: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def test_without_a_bundle_it_is_what_the_host_trusts_beyond_its_package(tmp_path: Path) -> None:
    package = tmp_path / "package" / "mozilla"
    package.mkdir(parents=True)
    (package / "usual.crt").write_text(pem("AAAA"))
    host = tmp_path / "host.crt"
    host.write_text(f"# usual\n{pem('AAAA')}{pem('ZZZZ')}# proxy\n{pem('BBBB')}")
    found = extra_certificates(None, host_bundle=host, host_package=tmp_path / "package")
    assert found == (pem("BBBB"), pem("ZZZZ"))
    assert extra_certificates(None, host_bundle=tmp_path / "none", host_package=package) == ()


def test_a_given_bundle_is_taken_whole_but_for_text_and_keys(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    key = "-----BEGIN PRIVATE KEY-----\nKKKK\n-----END PRIVATE KEY-----\n"
    bundle.write_text(f"Our proxy\n{pem('BBBB')}{key}{pem('BBBB')}{pem('AAAA')}")
    assert extra_certificates(bundle) == (pem("AAAA"), pem("BBBB"))


@pytest.mark.parametrize("content", [b"no certificate", b"\xff\xfe", None])
def test_a_bundle_without_certificates_is_an_error_that_names_it(
    tmp_path: Path, content: bytes | None
) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(ImageError, match="CA bundle") as error:
        extra_certificates(bundle)
    assert error.value.where == str(bundle)
