"""The keys that say who can reach the classroom, under which names, and over which protocol."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from classroom.spec.document import Section
from classroom.spec.lan import lan_address, name_of
from classroom.spec.model import HTTP_PORT, HTTPS_PORT, ClassFile, TlsPolicy, is_local
from classroom.spec.problems import Problems, Refused
from classroom.spec.tls import Chain, PrivateKey, chain, private_key
from classroom.spec.values import DOMAIN, LISTEN, one_of

_DEFAULTS = ClassFile()
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - a classroom with a name is there for others
_MOST_NAMED = 4


@dataclass(frozen=True)
class Entrance:
    """What `ClassFile` says of the way in, under the same names."""

    domain: str
    lan_address: IPv4Address | None
    tls: TlsPolicy
    tls_certificate: str
    tls_key: Path | None
    listen: str

    @property
    def http_port(self) -> int:
        """The port that browsers try first."""
        return HTTP_PORT if self.tls is TlsPolicy.OFF else HTTPS_PORT


def read_entrance(root: Section, folder: Path, problems: Problems) -> Entrance:
    """Read the keys from ``domain`` to ``listen``; what was refused is its default."""
    domain, address = _domain(root)
    tls = root.take("tls", one_of(TlsPolicy), _DEFAULTS.tls)
    certificate = root.take("tls_certificate", chain(folder), None)
    key = root.take("tls_key", private_key(folder), None)
    if not problems.about("tls"):
        _go_together(root, tls)
    if tls is TlsPolicy.FILES and certificate and key:
        _pair(root, certificate, key)
        if not problems.about("domain"):
            _covers(root, certificate, domain)
    listen = _DEFAULTS.listen if is_local(domain) else _EVERY_ADDRESS
    return Entrance(
        domain=domain,
        lan_address=address,
        tls=tls,
        tls_certificate=certificate.pem if certificate else "",
        tls_key=key.path if key else None,
        listen=root.take("listen", LISTEN, listen),
    )


def _domain(root: Section) -> tuple[str, IPv4Address | None]:
    """The domain, and the address that it was made from if it is this machine's own."""
    domain = root.take("domain", DOMAIN, _DEFAULTS.domain)
    if domain != "auto":
        return domain, None
    try:
        address = lan_address()
    except Refused as refused:
        root.refuse("domain", f"auto {refused.why}; {refused.instead}")
        return _DEFAULTS.domain, None
    return name_of(address), address


def _go_together(root: Section, tls: TlsPolicy) -> None:
    """The files are written exactly when they are used."""
    written = [name for name in ("tls_certificate", "tls_key") if root.has_value(name)]
    missing = [name for name in ("tls_certificate", "tls_key") if name not in written]
    if tls is TlsPolicy.FILES and missing:
        what = f"files without {' and '.join(missing)}"
        root.refuse("tls", f"{what}; write the path of a PEM file there")
    for name in written if tls is not TlsPolicy.FILES else ():
        what = f"{root.written(name)} has no use while tls is {tls}, {root.where('tls')}"
        root.refuse(name, f"{what}; write tls: files, or leave this out")


def _pair(root: Section, certificate: Chain, key: PrivateKey) -> None:
    fault = key.fault(certificate)
    if fault:
        root.refuse("tls_key", f"{root.written('tls_key')} {fault}")


def _covers(root: Section, certificate: Chain, domain: str) -> None:
    """A certificate is for the domain and for every name right below it."""
    lacking = certificate.lacks(domain)
    if "." not in domain:
        what = f"files, and browsers take no certificate for *.{domain}"
        root.refuse("tls", f"{what}; use internal, or a domain of two words or more")
    elif lacking:
        names = ", ".join(sorted(certificate.names)[:_MOST_NAMED]) or "no host"
        what = f"{root.written('tls_certificate')} is for {names}, not for {' and '.join(lacking)}"
        root.refuse("tls_certificate", f"{what}; use one for both {domain} and *.{domain}")
