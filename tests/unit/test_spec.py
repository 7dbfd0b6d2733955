"""The class file as a whole: what an instructor reads when it is wrong, and where keys stand."""

from __future__ import annotations

import time
from pathlib import Path
from textwrap import dedent

import pytest

from classroom.errors import SpecError
from classroom.spec import ClassFile, GrafanaPolicy, Loaded, Overrides, load


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str | bytes, overrides: Overrides | None = None) -> Loaded:
    content = text if isinstance(text, bytes) else dedent(text).encode()
    Path("classroom.yml").write_bytes(content)
    return load(Path("classroom.yml"), overrides=overrides or Overrides())


def refused(text: str | bytes, overrides: Overrides | None = None) -> str:
    with pytest.raises(SpecError) as caught:
        written(text, overrides)
    return str(caught.value)


def test_an_empty_file_is_the_default_classroom() -> None:
    assert written("").class_file == ClassFile()
    assert written("ports:\ncomponents:\n  temporal:\n").class_file == ClassFile()


def test_all_errors_at_once_each_with_line_value_and_what_is_allowed() -> None:
    Path("attendees.csv").write_text("Name;E-Mail\nAda;ada@example.com\n;bob@example\n")
    Path("ca.pem").write_text("no certificate\n")
    text = """\
        nmae: july
        name: "Temporal Course"
        seats: {csv: attendees.csv, spare: 300}
        domain: https://july.example
        tls: file
        tls_certificate: ca.pem
        listen: localhost
        ports:
          http: 7233
          ui: 99999
          ui: 8233
        subnet: 10.70.3.0/16
        egress: lan
        quota: 2g
        images: bulid
        registry: https://mirror.example
        grafana: [auto]
        grafana_tarball: downloads/grafana.tar.gz
        extra_ca: ca.pem
        versions: {temporal: 1.9, caddy: !old "2.11.7"}
        components:
          temporal: {memory: 32m, cpu: 1}
          grafana: 512m
          workspace:
            memory: 1024
            cpus: 0.01
            pids: -1
          postgres: {}
        memory: 1g
        subnet-mask: 255.255.0.0
        """
    name = "use 1 to 20 of a-z, 0-9 and hyphens, with a letter or digit at both ends"
    tarball = Path("downloads/grafana.tar.gz").absolute()
    expected = f"""\
classroom.yml: 32 problems:
  classroom.yml:1:1: nmae: no such key; did you mean name?
  classroom.yml:2:1: name: "Temporal Course" is not a name that DNS allows; {name}
  classroom.yml:3:29: seats.spare: 300 is not a number of spare seats; use a whole number \
from 0 to 253
  classroom.yml:4:1: domain: https://july.example is more than a name; leave out the scheme, \
port and path
  classroom.yml:5:1: tls: file is not off, internal or files; did you mean files?
  classroom.yml:6:1: tls_certificate: ca.pem holds no certificate; use a PEM file: \
"-----BEGIN CERTIFICATE-----", then its intermediates
  classroom.yml:7:1: listen: localhost is not an IPv4 address; use 127.0.0.1 (this machine alone), \
0.0.0.0 (every network it is on) or one of its addresses
  classroom.yml:9:3: ports.http: 7233 is ports.grpc already, by default; use another port
  classroom.yml:10:3: ports.ui: 99999 is not a port; use a whole number from 1 to 65535
  classroom.yml:11:3: ports.ui: written twice, first on line 10; keep one of them
  classroom.yml:12:1: subnet: 10.70.3.0/16 is an address within a network; did you mean \
10.70.0.0/16?
  classroom.yml:13:1: egress: lan is not internet, none or open; use internet, none or open
  classroom.yml:14:1: quota: 2g is not a number of GiB; use a whole number from 1 to 1024
  classroom.yml:15:1: images: bulid is not auto, pull or build; did you mean build?
  classroom.yml:16:1: registry: https://mirror.example has a scheme; leave out https://
  classroom.yml:17:1: grafana: [auto] is a list; use auto, required or off
  classroom.yml:18:1: grafana_tarball: downloads/grafana.tar.gz does not exist; looked for \
{tarball}
  classroom.yml:19:1: extra_ca: ca.pem holds no certificate; use a PEM file with \
"-----BEGIN CERTIFICATE-----" in it
  classroom.yml:20:12: versions.temporal: 1.9 is not a full version, and unquoted it is a \
number to YAML; give all three parts and quote it, such as "1.9.0"
  classroom.yml:20:27: versions.caddy: !old "2.11.7" has the tag !old, which means nothing \
here; use x.y.z in quotes, such as "1.9.1"
  classroom.yml:22:14: components.temporal.memory: 32m is too little: idle it holds 42 MB, and \
every workflow of the course adds to it; use 96m or more
  classroom.yml:22:27: components.temporal.cpu: no such key; did you mean cpus?
  classroom.yml:23:3: components.grafana: 512m is a single value; write its keys on lines of \
their own: memory, cpus, pids
  classroom.yml:25:5: components.workspace.memory: 1024 has no unit; use a whole number with m \
or g, such as 512m or 1g, and 256m or more
  classroom.yml:26:5: components.workspace.cpus: 0.01 is too little: starting would take longer \
than anybody waits; use a number of cores from 0.1 up, such as 0.5 or 2.0
  classroom.yml:27:5: components.workspace.pids: -1 is not a usable number of processes; use a \
whole number from 64 to 32768
  classroom.yml:28:3: components.postgres: no such key; use temporal, prometheus, grafana, \
workspace, ingress, portal
  classroom.yml:29:1: memory: no such key; did you mean components.temporal.memory?
  classroom.yml:30:1: subnet-mask: no such key; did you mean subnet?
  attendees.csv:3: name: missing; every attendee has a name
  attendees.csv:3: email: bob@example is not an e-mail address; use name@example.com
  N=: seventy is not a number of seats; use a whole number from 1 to 254"""
    assert refused(text, Overrides(seats="seventy")) == expected


def test_a_key_like_no_other_is_told_all_keys() -> None:
    assert refused("zzz: 1") == (
        "classroom.yml: 1 problem:\n  classroom.yml:1:1: zzz: no such key; use name, seats, "
        "domain, tls, tls_certificate, tls_key, listen, ports, subnet, egress, quota, images, "
        "registry, grafana, grafana_tarball, extra_ca, versions, components"
    )


UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "a tab": ("ports:\n\thttp: 80\n", ":2:1: a tab; YAML indents with spaces only"),
    "wrong indent": ("name: x\n  seats: 3\n", ":2:8: not readable as YAML: mapping values are not"),
    "open brace": (
        "ports: {http: 1\nname: x\n",
        ":2:5: not readable as YAML: while parsing a flow",
    ),
    "unknown alias": ("name: *who\n", ":1:7: not readable as YAML: found undefined alias 'who'"),
    "two documents": ("name: a\n---\nname: b\n", ":2:1: not readable as YAML: expected a single"),
    "a control character": ("name: x\nseats: \x07\n", ":2:8: the character U+0007 is not allowed"),
    "no such character": ('name: "\\UFFFFFFFF"', ": not readable as YAML: Python int too large"),
    "too deep": ("[" * 1000, ": nested too deeply; a class file has three levels"),
    "Latin-1": (b"# R\xe9ne\nname: x\xe9\n", ": the class file is not UTF-8: byte 0xe9 on line 1"),
    "UTF-16": ("name: x".encode("utf-16"), ": the class file is not UTF-8: byte 0xff on line 1"),
    "a list": ("- name\n- seats\n", ":1:1: - name - seats is a list; write its keys on lines"),
    "one word": ("hello\n", ":1:1: hello is a single value; write its keys on lines of their own"),
    "too large": ("a: b\n" * 2_000_000, ": the class file has 10,000,000 bytes, and 65,536 are"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_class_file_at_all_is_one_problem(case: str) -> None:
    text, expected = UNREADABLE[case]
    began = time.monotonic()
    message = refused(text)
    assert message.startswith(f"classroom.yml: 1 problem:\n  classroom.yml{expected}")
    assert time.monotonic() - began < 10


def test_the_command_line_is_checked_even_if_the_file_cannot_be_read() -> None:
    assert refused("{", Overrides(seats="0")).splitlines()[2:] == [
        "  N=: 0 is not a number of seats; use a whole number from 1 to 254"
    ]


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(Path("july.yml"))
    what = f"july.yml: the class file does not exist; looked for {tmp_path}/july.yml"
    assert caught.value.problems == (what,)


def test_a_folder_is_no_class_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="the class file is a folder"):
        load(tmp_path)


def test_aliases_are_fine_and_a_bomb_of_them_costs_nothing() -> None:
    shared = "components:\n  temporal: &big {memory: 2g}\n  workspace: *big\n"
    limits = written(shared).class_file.limits
    assert limits["temporal"].memory_mib == limits["workspace"].memory_mib == 2048

    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for this, last in zip("bcdefghi", "abcdefgh", strict=True):
        bomb += f"{this}: &{this} [{', '.join([f'*{last}'] * 9)}]\n"
    began = time.monotonic()
    assert "classroom.yml:10:1: ports: &i [*h, *h" in refused(bomb + "ports: *i\n")
    assert time.monotonic() - began < 5


def test_a_section_that_contains_itself_is_refused() -> None:
    assert "ports.http: &a {http: *a} is a group of keys" in refused("ports: &a {http: *a}")


def test_tags_merge_keys_and_keys_that_are_no_words_are_refused() -> None:
    assert "ports: !x {http: 1} has the tag !x, which means nothing" in refused(
        "ports: !x {http: 1}"
    )
    assert "ports.<<: merge keys are not supported" in refused("ports: {<<: {http: 1}}")
    assert ":1:3: [a] is not a key; a key is a word followed by a colon" in refused("? [a]\n: b\n")


def test_a_key_without_a_value_is_unfinished_unless_nothing_is_its_default() -> None:
    assert "name: has no value; use 1 to 20" in refused("name:\n")
    assert "name: ~ is no value; use 1 to 20" in refused("name: ~\n")
    assert written("extra_ca:\ngrafana_tarball: null\n").class_file == ClassFile()


def test_values_are_taken_as_written_not_as_yaml_guesses_types() -> None:
    loaded = written("name: 2025\ngrafana: off\nseats: '70'\n").class_file
    assert (loaded.name, loaded.grafana, loaded.seats) == ("2025", GrafanaPolicy.OFF, 70)
    assert "seats: 010 is not a number of seats" in refused("seats: 010")
    assert "seats: 1_0 is not a number of seats" in refused("seats: 1_0")


def test_two_ports_that_collide_name_the_later_one_and_a_refused_port_collides_with_nothing() -> (
    None
):
    text = "ports:\n  metrics: 9000\n  http: 9000\n  grpc: 8233\n  ui: 0\n"
    assert refused(text).splitlines()[1:] == [
        "  classroom.yml:2:3: ports.metrics: 9000 is ports.http already, on line 3; use another "
        "port",
        "  classroom.yml:5:3: ports.ui: 0 is not a port; use a whole number from 1 to 65535",
    ]
    assert written("ports: {http: 7233, grpc: 80}").class_file.ports.grpc == 80


def test_sources_tell_where_every_key_stands() -> None:
    Path("grafana.tar.gz").write_bytes(b"\x1f\x8b")
    overrides = Overrides(seats="5", grafana="grafana.tar.gz")
    sources = written("# first\nports:\n  ui: 8000\nseats: 3\n", overrides).sources
    assert {key: sources[key] for key in ("seats", "ports", "ports.ui", "ports.http")} == {
        "seats": "N=",
        "ports": "classroom.yml:2",
        "ports.ui": "classroom.yml:3",
        "ports.http": "classroom.yml (default)",
    }
    assert sources["grafana_tarball"] == "GRAFANA="


def test_the_command_line_decides_over_the_file(tmp_path: Path) -> None:
    for name in ("a.tar.gz", "b.tar.gz"):
        Path(name).write_bytes(b"\x1f\x8b")
    loaded = written("seats: 3\ngrafana_tarball: a.tar.gz\n", Overrides("9", "b.tar.gz"))
    assert loaded.class_file == ClassFile(seats=9, grafana_tarball=tmp_path / "b.tar.gz")


def test_the_command_line_has_its_own_place_in_messages() -> None:
    Path("no.tar.gz").write_bytes(b"PK")
    assert refused("grafana: off", Overrides(seats="255", grafana="no.tar.gz")) == (
        "classroom.yml: 3 problems:\n"
        "  N=: 255 is not a number of seats; use a whole number from 1 to 254\n"
        "  GRAFANA=: no.tar.gz is not a gzipped tarball; use the official tarball, "
        "grafana-X.Y.Z.linux-amd64.tar.gz\n"
        "  GRAFANA=: a tarball for a Grafana that is off (classroom.yml:1); leave one of the two "
        "out"
    )


def test_relative_paths_start_at_the_class_file_and_those_of_the_command_line_here() -> None:
    Path("july").mkdir()
    for path in ("july/file.tar.gz", "here.tar.gz"):
        Path(path).write_bytes(b"\x1f\x8b")
    Path("july/class.yml").write_text("grafana_tarball: file.tar.gz\n")
    loaded = load(Path("july/class.yml"))
    assert loaded.class_file.grafana_tarball == Path("july/file.tar.gz").absolute()
    assert loaded.sources["grafana_tarball"] == "july/class.yml:1"
    loaded = load(Path("july/class.yml"), overrides=Overrides(grafana="here.tar.gz"))
    assert loaded.class_file.grafana_tarball == Path("here.tar.gz").absolute()
