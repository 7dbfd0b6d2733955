"""How keys about the way in decide over each other: domain, TLS, what is listened on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import trustme

from classroom.errors import SpecError
from classroom.spec import ClassFile, MachineFacts, TlsPolicy, conflicts, entrance, load, remarks
from classroom.spec.lan import lan_address, name_of
from classroom.spec.problems import Refused

HERE = IPv4Address("192.168.1.5")
MACHINE = MachineFacts((), {}, 24_000, 64_000, 2)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(entrance, "lan_address", lambda: HERE)


def loaded(text: str) -> ClassFile:
    Path("classroom.yml").write_text(text)
    return load(Path("classroom.yml")).class_file


def refused(text: str) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        loaded(text)
    return caught.value.problems


def pair(*names: str) -> None:
    site = trustme.CA().issue_cert(*names)
    Path("site.pem").write_bytes(site.cert_chain_pems[0].bytes())
    Path("site.key").touch(mode=0o600)
    Path("site.key").write_bytes(site.private_key_pem.bytes())


@pytest.mark.parametrize(
    ("text", "listen", "http"),
    [
        ("", "127.0.0.1", 80),
        ("domain: july.localhost", "127.0.0.1", 80),
        ("domain: localhost.example", "0.0.0.0", 80),  # noqa: S104 - that's the default
        ("tls: internal", "127.0.0.1", 443),
        ("domain: auto\ntls: internal", "0.0.0.0", 443),  # noqa: S104 - that's the default
        ("domain: auto\nlisten: 192.168.1.5\nports: {http: 8000}", "192.168.1.5", 8000),
        ("tls: internal\nports: {http: 80}", "127.0.0.1", 80),
    ],
)
def test_what_is_listened_on_follows_the_domain_and_tls(text: str, listen: str, http: int) -> None:
    class_file = loaded(text)
    assert (class_file.listen, class_file.ports.http) == (listen, http)


def test_auto_is_a_name_that_holds_this_machines_address() -> None:
    class_file = loaded("domain: Auto")
    assert class_file.domain == "192-168-1-5.sslip.io"
    assert class_file.lan_address == HERE
    assert loaded("domain: 192-168-1-5.sslip.io").lan_address is None


def test_auto_without_a_network_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> IPv4Address:
        raise Refused("needs a default route, and this machine has none", "write it out")

    monkeypatch.setattr(entrance, "lan_address", nowhere)
    assert refused("seats: 3\ndomain: auto") == (
        "classroom.yml:2:1: domain: auto needs a default route, and this machine has none; "
        "write it out",
    )


def test_this_machines_own_address_is_none_of_loopbacks() -> None:
    with suppress(Refused):  # a machine without a default route
        address = lan_address()
        assert not address.is_loopback
        assert name_of(address) == f"{str(address).replace('.', '-')}.sslip.io"


@pytest.mark.parametrize("led", [(), ("10.0.0.1",), ("10.0.0.1", "192.168.1.5")])
def test_an_auto_name_that_does_not_arrive_here_names_the_line_that_mends_it(
    led: tuple[str, ...],
) -> None:
    class_file = loaded("domain: auto")
    machine = replace(MACHINE, seat_addresses=led)
    assert conflicts(class_file, {"domain": "classroom.yml:1"}, machine) == (
        "classroom.yml:1: domain: auto is 192-168-1-5.sslip.io, but s01.192-168-1-5.sslip.io leads "
        f"to {', '.join(led) or 'nowhere'} and not to 192.168.1.5: the DNS of this network does "
        "not pass on sslip.io's answers; one line for its dnsmasq does: "
        "address=/192-168-1-5.sslip.io/192.168.1.5",
    )
    arrived = replace(MACHINE, seat_addresses=("192.168.1.5",))
    assert conflicts(class_file, {}, arrived) == ()


def test_a_name_of_the_instructors_own_need_not_be_known_here() -> None:
    assert conflicts(loaded("domain: class.example"), {}, MACHINE) == ()


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    machine = replace(MACHINE, has_listen_address=False)
    assert conflicts(loaded("listen: 192.168.1.6"), {"listen": "classroom.yml:1"}, machine) == (
        "classroom.yml:1: listen: 192.168.1.6 is not an address of this machine; "
        "`ip -4 -brief address` shows which are, or use 0.0.0.0",
    )


def test_a_certificate_that_nobody_would_use_is_refused() -> None:
    pair("class.example", "*.class.example")
    assert refused("tls_certificate: site.pem\ntls_key: site.key\ntls: internal") == (
        "classroom.yml:1:1: tls_certificate: site.pem has no use while tls is internal, on line 3; "
        "write tls: files, or leave this out",
        "classroom.yml:2:1: tls_key: site.key has no use while tls is internal, on line 3; "
        "write tls: files, or leave this out",
    )
    assert "while tls is off, by default" in refused("tls_key: site.key")[0]


def test_one_word_has_no_wildcard_that_browsers_take() -> None:
    pair("localhost", "*.localhost")
    (problem,) = refused("tls: files\ntls_certificate: site.pem\ntls_key: site.key")
    assert problem == (
        "classroom.yml:1:1: tls: files, and browsers take no certificate for *.localhost; use "
        "internal, or a domain of two words or more"
    )


def test_a_domain_that_was_refused_is_not_looked_for_in_the_certificate() -> None:
    pair("class.example", "*.class.example")
    problems = refused("tls: files\ntls_certificate: site.pem\ntls_key: site.key\ndomain: 1.2.3.4")
    assert len(problems) == 1
    assert "domain: 1.2.3.4 is an address" in problems[0]


def test_the_wildcard_of_the_level_above_covers_the_domain_itself() -> None:
    pair("*.July.Example", "*.class.july.example")
    files = "tls: files\ntls_certificate: site.pem\ntls_key: site.key\n"
    assert loaded(f"{files}domain: class.july.example").tls is TlsPolicy.FILES


def test_a_private_key_is_known_by_its_path_alone() -> None:
    pair("class.example", "*.class.example")
    files = "tls: files\ntls_certificate: site.pem\ntls_key: site.key\n"
    class_file = loaded(f"{files}domain: class.example")
    key = Path("site.key").read_text()
    assert class_file.tls_key == Path("site.key").absolute()
    assert key.splitlines()[1] not in repr(class_file)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("seats: 2", "2 seats under localhost, which only browsers on this machine can open"),
        ("seats: 1", ""),
        ("domain: class.example", "tls is off: whoever listens on the way to class.example"),
        ("domain: class.example\ntls: internal", ""),
    ],
)
def test_what_an_instructor_wants_to_know_beforehand(text: str, word: str) -> None:
    said = remarks(loaded(text))
    assert len(said) == bool(word)
    assert all(word in one for one in said)
