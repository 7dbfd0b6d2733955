"""Each key of the class file in turn, and that the commented file is true about all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import trustme
from tests.unit.certificates import encrypted, issued_for

from classroom.errors import SpecError
from classroom.spec import ClassFile, EgressPolicy, GrafanaPolicy, ImagePolicy, TlsPolicy, load
from classroom.spec.floors import FLOORS
from classroom.spec.model import COMPONENTS, Ports, default_limits

CLASSROOM_YML = Path(__file__).resolve().parents[2] / "classroom.yml"

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIUQpkjjiGgfw2Gq3UZDiWS2MZCdv0wCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjIxNzU0MTdaFw0yNjExMjMxNzU0MTdaMAwx
CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASIuPyEWXpSdY1/
MLp8HOhowksYLc/8O+sySgheTGV7ACWSQxPJ8sFrtnPgf6nsm+k2nRdeMHiD9WIq
wPj7dfsmo1MwUTAdBgNVHQ4EFgQUHMLzavSFsN+87ffRVrPTa3GqS1owHwYDVR0j
BBgwFoAUHMLzavSFsN+87ffRVrPTa3GqS1owDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiAM6inyxn99hgSMTza5Y6jF6RnUNaHkPJF5nWK12KygkAIh
AL88B9l4D2yOqLhSf6Wqfkjmi962ICD+z4CyTo3aVlCL
-----END CERTIFICATE-----
"""

AUTHORITY = trustme.CA()
SITE = AUTHORITY.issue_cert("class.example", "*.class.example")
KEY = SITE.private_key_pem.bytes().decode()
CHAIN = "".join(pem.bytes().decode() for pem in (*SITE.cert_chain_pems, AUTHORITY.cert_pem))


@dataclass(frozen=True)
class Case:
    """YAML texts for one key: accepted ones with what they mean, and refused ones with why.

    ``beside`` is what has to be written above it to make sense, and ``follows`` what else of the
    class file is then no default any more.
    """

    accepted: dict[str, object]
    refused: dict[str, str]
    beside: str = ""
    follows: Mapping[str, object] = field(default_factory=dict)


EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a classroom with a name listens on
FILES = {
    "domain": "class.example",
    "listen": EVERYWHERE,
    "ports": Ports(http=443),
    "tls": TlsPolicy.FILES,
}


PORT = Case(
    accepted={"1": 1, "65535": 65535, "'8000'": 8000},
    refused={"0": "is not a port", "65536": "use a whole number from 1 to 65535", "http": "not a"},
)
VERSION = Case(
    accepted={'"1.10.0"': "1.10.0", "3.2.1": "3.2.1"},
    refused={"1.9": "quote it", "v1.9.1": "is not a full version", "latest": "use x.y.z in quotes"},
)
SECTION = Case(accepted={}, refused={"3": "write its keys on lines", "[]": "is a list"})
CPUS = Case(
    accepted={"0.1": 0.1, "3": 3.0, "2.25": 2.25},
    refused={"0": "too little", "two": "not a number of CPUs", "1e3": "not a number", ".inf": ""},
)

KEYS: dict[str, Case] = {
    "name": Case(
        accepted={"july": "july", "a": "a", "2025-07": "2025-07", "a" * 20: "a" * 20},
        refused={
            "a" * 21: "has 21 characters",
            "July": "is not a name that DNS allows",
            "-july": "a letter or digit at both ends",
            "july-": "a letter or digit at both ends",
            "a.b": "use 1 to 20 of a-z, 0-9 and hyphens",
            '""': "is not a name",
        },
    ),
    "seats": Case(
        accepted={"1": 1, "254": 254},
        refused={
            "0": "use a whole number from 1 to 254, or {csv: FILE, spare: NUMBER}",
            "255": "is not a number of seats",
            "three": "is not a number of seats",
            "3.0": "is not a number of seats",
            "[3]": "is a list",
            "{}": "no csv; name the attendees' file",
        },
    ),
    "domain": Case(
        accepted={
            "class.example.com": "class.example.com",
            "Class.Example": "class.example",
        },
        refused={
            "192.168.1.5": "is an address",
            "https://class.example": "leave out the scheme",
            "a..b": "is not a DNS name",
            "class.example.": "is not a DNS name",
            "a_b.example": "is not a DNS name",
            ".".join(["a" * 60] * 5): "is not a DNS name",
        },
        follows={"listen": EVERYWHERE},
    ),
    "tls": Case(
        accepted={"internal": TlsPolicy.INTERNAL},
        refused={
            "on": "is not off, internal or files",
            "Internal": "did you mean internal?",
            "files": "without tls_certificate and tls_key; write the path of a PEM file there",
        },
        beside="tls_certificate:",
        follows={"ports": Ports(http=443)},
    ),
    "tls_certificate": Case(
        accepted={"site.pem": CHAIN, "remarked.pem": CHAIN},
        refused={
            "missing.pem": "does not exist",
            "empty": "holds no certificate",
            "broken.pem": "holds a broken certificate",
            "both.pem": "keep that in a file of its own: tls_key",
            "ca.pem": "names no host",
            "expired.pem": "expired on 22 November 2025; renew it",
            "future.pem": "is not valid before 22 November 2099 00:00 UTC",
            "other.pem": "is for july.example, not for class.example and *.class.example",
            "narrow.pem": "is for class.example, not for *.class.example; use one for both",
            "wide.pem": "is for *.class.example, not for class.example; use one for both",
        },
        beside="domain: class.example\ntls: files\ntls_key: site.key",
        follows={**FILES, "tls_key": "site.key"},
    ),
    "tls_key": Case(
        accepted={"site.key": "site.key"},
        refused={
            "missing.key": "does not exist",
            "empty": "holds no private key",
            "site.pem": "holds no private key",
            "locked.key": "is encrypted",
            "open.key": "can be read by others (mode 0640); chmod 600",
            "other.key": "belongs to another certificate",
            "ca.key": "belongs to certificate 2 of tls_certificate; put that one first",
        },
        beside="domain: class.example\ntls: files\ntls_certificate: site.pem",
        follows={**FILES, "tls_certificate": CHAIN},
    ),
    "listen": Case(
        accepted={a: a for a in ("127.0.0.2", "192.168.1.5", EVERYWHERE)},
        refused={
            "localhost": "is not an IPv4 address",
            '"::1"': "is an IPv6 address",
            "255.255.255.255": "is no machine's address",
            "224.0.0.1": "or one of its addresses",
        },
    ),
    "ports": SECTION,
    "ports.http": PORT,
    "ports.grpc": PORT,
    "ports.ui": PORT,
    "ports.metrics": PORT,
    "subnet": Case(
        accepted={
            "192.168.0.0/16": IPv4Network("192.168.0.0/16"),
            "172.31.0.0/16": IPv4Network("172.31.0.0/16"),
        },
        refused={
            "10.70.1.0/16": "did you mean 10.70.0.0/16?",
            "10.70.1.0/24": "is a /24",
            "172.32.0.0/16": "is not private address space",
            "169.254.0.0/16": "is not private address space",
            "ten": "is not an IPv4 network",
            "fd00::/16": "is not an IPv4 network",
        },
    ),
    "egress": Case(
        accepted={"none": EgressPolicy.NONE, "open": EgressPolicy.OPEN},
        refused={"lan": "use internet, none or open", "opn": "did you mean open?"},
    ),
    "quota": Case(
        accepted={"1": 1, "1024": 1024},
        refused={"0": "use a whole number from 1 to 1024", "2g": "is not a number of GiB"},
    ),
    "images": Case(
        accepted={"pull": ImagePolicy.PULL, "build": ImagePolicy.BUILD},
        refused={"Pull": "did you mean pull?", "never": "use auto, pull or build"},
    ),
    "registry": Case(
        accepted={
            name: name
            for name in ("localhost", "mirror.example", "mirror:5000", "10.0.0.1:5000/hub/cache")
        },
        refused={
            "http://mirror.example": "leave out http://",
            "mirror": "use mirror:443 or the full host name",
            "mirror.example/": "is not a registry",
            "mirror.example/Hub": "is not a registry",
            "mirror:99999": "use a port from 1 to 65535",
        },
    ),
    "grafana": Case(
        accepted={"off": GrafanaPolicy.OFF, "required": GrafanaPolicy.REQUIRED},
        refused={"no": "use auto, required or off", "require": "did you mean required?"},
    ),
    "grafana_tarball": Case(
        accepted={"grafana.tar.gz": "grafana.tar.gz"},
        refused={
            "missing.tar.gz": "does not exist",
            "ca.pem": "is not a gzipped tarball",
            "empty": "is not a gzipped tarball",
            ".": "is a folder",
            "/dev/zero": "is not an ordinary file",
            '"a\\0b"': "does not exist",
            "~nobody-of-that-name/x": "a user whom this machine does not know",
        },
    ),
    "extra_ca": Case(
        accepted={"ca.pem": "ca.pem"},
        refused={
            "missing.pem": "does not exist",
            "empty": "holds no certificate",
            "broken.pem": "holds a broken certificate",
            "key.pem": "holds a private key",
            "grafana.tar.gz": "holds no certificate",
        },
    ),
    "versions": SECTION,
    "versions.temporal": VERSION,
    "versions.prometheus": VERSION,
    "versions.grafana": VERSION,
    "versions.caddy": VERSION,
    "components": SECTION,
}
for name, floor in FLOORS.items():
    least, fewest = floor.memory_mib, floor.pids
    KEYS |= {
        f"components.{name}": SECTION,
        f"components.{name}.memory": Case(
            accepted={f"{least}m": least, "2G": 2048},
            refused={
                f"{least - 1}m": f"{floor.why}; use {least}m or more",
                "512": "has no unit",
                "1.5g": "use a whole number with m or g",
                "9" * 5000 + "m": "is not an amount of memory",
            },
        ),
        f"components.{name}.cpus": CPUS,
        f"components.{name}.pids": Case(
            accepted={str(fewest): fewest},
            refused={str(fewest - 1): "is not a usable number", "many": "is not a usable number"},
        ),
    }

PATHS = ("grafana_tarball", "extra_ca", "tls_key")
ACCEPTED = [(key, text) for key, case in KEYS.items() for text in case.accepted]
REFUSED = [(key, text) for key, case in KEYS.items() for text in case.refused]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("grafana.tar.gz").write_bytes(b"\x1f\x8b\x08")
    Path("ca.pem").write_text(f"# Größe\n{CERTIFICATE}")
    Path("broken.pem").write_text(CERTIFICATE.replace("MIIB", "MIIC"))
    Path("key.pem").write_text(f"{CERTIFICATE}-----BEGIN EC PRIVATE KEY-----\n")
    Path("empty").touch()
    write_certificates()


def write_certificates() -> None:
    """Write a sound pair for class.example, and one of each kind that is not."""
    other = AUTHORITY.issue_cert("july.example")
    files = {
        "site.pem": CHAIN,
        "remarked.pem": f"subject: Größe\n{CHAIN}\n",
        "both.pem": CHAIN + KEY,
        "site.key": KEY,
        "open.key": KEY,
        "other.key": other.private_key_pem.bytes().decode(),
        "ca.key": AUTHORITY.private_key_pem.bytes().decode(),
        "locked.key": encrypted(KEY),
    }
    issued = {
        "expired.pem": issued_for("*.class.example", "class.example", key=KEY, end=2025),
        "future.pem": issued_for("*.class.example", "class.example", key=KEY, begin=2099, end=2100),
        "other.pem": issued_for("july.example", key=KEY),
        "narrow.pem": issued_for("class.example", key=KEY),
        "wide.pem": issued_for("*.class.example", key=KEY),
    }
    for name, text in (files | issued).items():
        Path(name).write_text(text)
        Path(name).chmod(0o640 if name == "open.key" else 0o600)
    Path("empty").chmod(0o600)


def only(key: str, text: str) -> str:
    """A class file with nothing but this key and what it needs, on its last line."""
    *sections, last = key.split(".")
    lines = [KEYS[key].beside] if KEYS[key].beside else []
    lines += [f"{'  ' * depth}{name}:" for depth, name in enumerate(sections)]
    return "\n".join([*lines, f"{'  ' * len(sections)}{last}: {text}"])


def loaded(text: str) -> ClassFile:
    Path("classroom.yml").write_text(text)
    return load(Path("classroom.yml")).class_file


def value(class_file: ClassFile, key: str) -> object:
    first, *rest = key.split(".")
    if first != "components":
        section: object = getattr(class_file, first)
        return getattr(section, rest[0]) if rest else section
    attribute = {"memory": "memory_mib"}.get(rest[1], rest[1])
    return getattr(class_file.limits[rest[0]], attribute)


def _short(text: object) -> str:
    return str(text)[:20]


@pytest.mark.parametrize(("key", "text"), ACCEPTED, ids=_short)
def test_an_accepted_value_changes_its_key_and_nothing_else(key: str, text: str) -> None:
    expected, follows = KEYS[key].accepted[text], dict(KEYS[key].follows)
    if key in PATHS:
        expected = Path(str(expected)).absolute()
    if "tls_key" in follows:
        follows["tls_key"] = Path(str(follows["tls_key"])).absolute()
    changed, default = loaded(only(key, text)), ClassFile()
    assert value(changed, key) == expected != value(default, key)
    first, *rest = key.split(".")
    if first == "components":
        limits = changed.limits | {rest[0]: default.limits[rest[0]]}
        assert replace(changed, limits=limits) == default
    else:
        same = {name: getattr(default, name) for name in follows}
        assert replace(changed, **{**same, first: getattr(default, first)}) == default
        assert {name: getattr(changed, name) for name in follows} == follows


@pytest.mark.parametrize(("key", "text"), REFUSED, ids=_short)
def test_a_refused_value_is_one_problem_with_its_line_key_and_reason(key: str, text: str) -> None:
    content = only(key, text)
    with pytest.raises(SpecError) as caught:
        loaded(content)
    (problem,) = caught.value.problems
    line, column = len(content.splitlines()), 1 + 2 * key.count(".")
    assert problem.startswith(f"classroom.yml:{line}:{column}: {key}: ")
    assert KEYS[key].refused[text] in problem
    assert text[:50] in problem or text == "{}"


def test_every_key_there_is_has_its_cases() -> None:
    keys = load(CLASSROOM_YML).sources.keys()
    assert set(KEYS) == set(keys)
    leaves = {key for key in keys if not any(other.startswith(f"{key}.") for other in keys)}
    assert all(KEYS[key].refused and (KEYS[key].accepted or key not in leaves) for key in keys)
    assert default_limits().keys() == FLOORS.keys() == {*COMPONENTS, "ingress", "portal"}


def uncommented() -> str:
    """The commented file with its defaults switched on, as an editor's toggle would."""
    return re.sub(r"^# ", "", CLASSROOM_YML.read_text(), flags=re.MULTILINE)


def test_the_commented_file_is_the_default_classroom_as_it_stands_and_switched_on() -> None:
    assert load(CLASSROOM_YML).class_file == ClassFile()
    Path("on.yml").write_text(uncommented())
    switched_on = load(Path("on.yml"))
    assert switched_on.class_file == ClassFile()
    assert [key for key, place in switched_on.sources.items() if "default" in place] == []


def test_the_commented_file_explains_every_key_right_above_it() -> None:
    paragraphs = [block.splitlines() for block in uncommented().split("\n\n")[1:]]
    explained = []
    for lines in paragraphs:
        prose = [line for line in lines if line.startswith("## ")]
        assert prose, lines
        assert lines[: len(prose)] == prose
        explained += [line.split(":")[0] for line in lines[len(prose) :] if line[0] != " "]
    top = [key for key in load(CLASSROOM_YML).sources if "." not in key]
    assert explained == top
    assert "seats: {csv: attendees.csv, spare: 2}" in uncommented()
