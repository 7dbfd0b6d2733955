"""Whatever is in a class file: it is a sound classroom, or a SpecError that can be printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import astuple
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classroom.errors import SpecError
from classroom.spec import ClassFile, Overrides, TlsPolicy, load
from classroom.spec.floors import FLOORS
from classroom.spec.values import PRIVATE

SECTIONS = {
    "ports": ["http", "grpc", "ui", "metrics"],
    "versions": ["temporal", "prometheus", "grafana", "caddy"],
    "seats": ["csv", "spare"],
}
PLAIN = [
    *("name", "seats", "domain", "tls", "tls_certificate", "tls_key", "listen", "subnet"),
    *("egress", "quota", "images", "registry", "grafana", "extra_ca"),
]

NUMBERS = ["0", "1", "80", "254", "1.9", "1.9.1", "0x10", "1e3", ".nan", "300m", "1g", "'1.2.3'"]
WORDS = [
    "files",
    "off",
    "auto",
    "a-b",
    "A",
    "x",
    "y.z",
    "a.b:1/c",
    "list.csv",
    "127.0.0.1",
    "10.9.0.0/16",
]
ODDITIES = ["~", '""', "<<", "=", "!t", "2001-01-01", '"\\0"', '"\\ud800"', "*a", "&a", "- x"]

texts = st.sampled_from(NUMBERS + WORDS + ODDITIES)
scalars = texts | st.integers(-1, 70000).map(str) | st.text(max_size=5)
near_values = scalars | st.lists(scalars, max_size=2).map(lambda items: f"[{', '.join(items)}]")


@st.composite
def near_documents(draw: st.DrawFn) -> str:
    """Documents of the right keys, mostly, with values that are right now and then."""
    lines = [
        f"{key}: {draw(near_values)}" for key in draw(st.lists(st.sampled_from(PLAIN), unique=True))
    ]
    for section in draw(st.lists(st.sampled_from(sorted(SECTIONS)))):
        keys = draw(st.lists(st.sampled_from(SECTIONS[section])))
        lines += [f"{section}:", *(f"  {key}: {draw(near_values)}" for key in keys)]
    for component in draw(st.lists(st.sampled_from(sorted(FLOORS)), max_size=2)):
        keys = draw(st.lists(st.sampled_from(["memory", "cpus", "pids"])))
        lines += ["components:", f"  {component}:"]
        lines += [f"    {key}: {draw(near_values)}" for key in keys]
    return "\n".join(lines)


def some(**keys: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional=keys)


ports = st.integers(1, 65535) | st.integers(-1, 70000)
versions = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){1,2}", fullmatch=True)
limits = some(
    memory=st.integers(200, 9000).map("{}m".format) | st.integers(0, 99).map("{}g".format),
    cpus=st.integers(1, 9) | st.decimals(0, 99, places=2).map(str),
    pids=st.integers(30, 40000),
)
plausible = some(
    name=st.from_regex(r"[a-z0-9-]{1,21}", fullmatch=True),
    seats=st.integers(0, 260)
    | st.integers(0, 260).map(lambda spare: {"csv": "list.csv", "spare": spare}),
    domain=st.sampled_from(
        ["localhost", "auto", "a.b", "A.b-c.example", "-a", "a" * 64, "1.2.3.4"]
    ),
    tls=st.sampled_from(["off", "internal", "files"]),
    tls_certificate=st.sampled_from(["site.pem", "list.csv"]),
    tls_key=st.sampled_from(["site.key", "site.pem"]),
    egress=st.sampled_from(["internet", "none", "open"]),
    quota=st.integers(0, 1025),
    listen=st.ip_addresses(v=4).map(str),
    ports=some(http=ports, grpc=ports, ui=ports, metrics=ports),
    subnet=st.ip_addresses(v=4, network="10.0.0.0/8")
    .map(lambda ip: f"{ip}".split(".")[1])
    .map("10.{}.0.0/16".format),
    images=st.sampled_from(["auto", "pull", "build"]),
    registry=st.from_regex(r"[a-z0-9.-]{1,9}(:[0-9]{1,5})?(/[a-z0-9]{1,4})?", fullmatch=True),
    grafana=st.sampled_from(["auto", "required", "off"]),
    versions=some(temporal=versions, caddy=versions),
    components=some(temporal=limits, workspace=limits, ingress=limits),
)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from([*PLAIN, *SECTIONS]) | st.text(), inner)
    ),
    max_leaves=20,
)
documents = (
    plausible.map(yaml.safe_dump)
    | near_documents()
    | trees.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True))
    | st.text(st.sampled_from("{}[]:,-?&*!|>'\"%@#~\n\t ax1\\\0\ufeff")).map(str)
).map(lambda text: text.encode()) | st.binary()


@pytest.fixture(scope="module", autouse=True)
def _here() -> Iterator[None]:
    with TemporaryDirectory() as folder, chdir(folder):
        site = trustme.CA().issue_cert("a.b", "*.a.b")
        Path("site.pem").write_bytes(site.cert_chain_pems[0].bytes())
        Path("site.key").touch(mode=0o600)
        Path("site.key").write_bytes(site.private_key_pem.bytes())
        Path("list.csv").write_text("name,email\nAda,ada@example.com\nBob,\n")
        yield


def sound(class_file: ClassFile) -> None:
    """What everything else relies on without looking again."""
    longest = f"{class_file.name}-seat-254-prometheus-config"
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", longest)
    assert len(longest) < 63
    assert 1 <= class_file.seats <= 254
    assert len(class_file.attendees) <= class_file.seats
    assert all(person.name for person in class_file.attendees)
    labels = f"console.{class_file.domain}".split(".")
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels)
    assert not IPv4Address(class_file.listen).is_multicast
    assert (class_file.tls is TlsPolicy.FILES) == bool(class_file.tls_certificate)
    assert bool(class_file.tls_certificate) == bool(class_file.tls_key)
    assert "PRIVATE" not in class_file.tls_certificate
    assert 1 <= class_file.quota <= 1024
    ports = astuple(class_file.ports)
    assert len({*ports}) == len(ports) == 4
    assert all(type(port) is int and 1 <= port <= 65535 for port in ports)
    assert class_file.subnet.prefixlen == 16
    assert any(class_file.subnet.subnet_of(private) for private in PRIVATE)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", text) for text in astuple(class_file.versions))
    for path in (class_file.grafana_tarball, class_file.extra_ca):
        assert path is None or (path.is_absolute() and path.is_file())
    assert class_file.limits.keys() == FLOORS.keys()
    for name, limits in class_file.limits.items():
        assert limits.memory_mib >= FLOORS[name].memory_mib
        assert limits.pids >= FLOORS[name].pids
        assert 0.1 <= limits.cpus < 1000


@settings(max_examples=300)
@given(documents, st.sampled_from(["", "5", "0"]) | st.text(max_size=4))
@example(b'? !!map {a: b}\n: "\\ud800"', "")
@example(b"%YAML 1.9\n---\nname: x", "254")
@example(b"ports: &a {http: *a, *a : *a}", "")
def test_a_document_is_a_sound_classroom_or_a_printable_refusal(content: bytes, seats: str) -> None:
    Path("any.yml").write_bytes(content)
    refused: tuple[str, ...] = ()
    try:
        loaded = load(Path("any.yml"), overrides=Overrides(seats=seats))
    except SpecError as error:
        refused = error.problems
    else:
        sound(loaded.class_file)
        places = [place for place in loaded.sources.values() if place != "N="]
        assert all(re.fullmatch(r"any\.yml(:\d+| \(default\))", place) for place in places)
    for problem in refused:
        problem.encode()  # no half of a surrogate pair
        assert problem.isprintable()
        assert re.match(r"(any\.yml(:\d+:\d+)?|list\.csv:\d+|N=): ", problem)
