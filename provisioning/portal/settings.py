"""What the portal is told by its environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from classroom.spec.seats import host_label

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Settings:
    """One classroom's portal.

    Attributes:
        classroom: the classroom's name.
        domain: seat 7 is ``s07.<domain>``.
        scheme: ``http`` or ``https``, as attendees see it.
        port: the one HTTP(S) port, as attendees see it.
        own_authority: whether the certificate is one of the classroom's own authority, whose root
            is at ``/root.crt`` of the front page.
        ports: the course's own ports: ``grpc``, ``ui``, ``metrics``.
        signing_key: what all keys are derived from.
        data: folder of the database and the audit log.
        labs: folder of the course: its labs' guides and its pages.
    """

    classroom: str
    domain: str
    scheme: str
    port: int
    own_authority: bool
    ports: Mapping[str, int]
    signing_key: str = field(repr=False)
    data: Path
    labs: Path

    @property
    def tls(self) -> bool:
        """Whether attendees come by HTTPS."""
        return self.scheme == "https"

    @property
    def suffix(self) -> str:
        """What follows a host name in an address: ``:20000``, or nothing at the usual port."""
        return "" if DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"

    def url(self, label: str = "") -> str:
        """Return the address of a host, ``s07`` or ``console``, or of the front page."""
        return f"{self.scheme}://{label}{'.' if label else ''}{self.domain}{self.suffix}"

    def seat_url(self, seat: str) -> str:
        """Return the address of ``seat-07``."""
        return self.url(host_label(seat))


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; SIGNING_KEY, DATA and LABS name other places for what is in files.

    Raises:
        ValueError: naming the variable that is wrong.
        KeyError: naming the variable that is missing.
        OSError: the signing key can't be read.
    """
    public = urlsplit(environment["PUBLIC_URL"])
    if public.scheme not in DEFAULT_PORTS or public.hostname != environment["DOMAIN"]:
        raise ValueError("PUBLIC_URL is not http(s)://<DOMAIN>")
    if (environment["TLS"] != "off") is not (public.scheme == "https"):
        raise ValueError("TLS and PUBLIC_URL contradict each other")
    secret = Path(environment.get("SIGNING_KEY", "/etc/classroom/signing-key")).read_text().strip()
    if len(secret) < 43:  # noqa: PLR2004 - 256 bits as text
        raise ValueError("SIGNING_KEY names a file with too short a key")
    return Settings(
        classroom=environment["CLASSROOM"],
        domain=environment["DOMAIN"],
        scheme=public.scheme,
        port=public.port or DEFAULT_PORTS[public.scheme],
        own_authority=environment["TLS"] == "internal",
        ports=_ports(environment["PORTS"]),
        signing_key=secret,
        data=Path(environment.get("DATA", "/data")),
        labs=Path(environment.get("LABS", "/opt/portal/labs")),
    )


def _ports(text: str) -> dict[str, int]:
    found = dict(re.findall(r"(grpc|ui|metrics)=([0-9]{1,5})(?:,|$)", text))
    if len(found) != 3:  # noqa: PLR2004 - the three
        raise ValueError("PORTS is not grpc=7233,ui=8233,metrics=8080")
    return {name: int(port) for name, port in found.items()}
