"""What an image is made of and what came out of it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

REPOSITORY = "classroom"
"""Every image of ours is ``classroom/<name>:<hash of its inputs>``."""


class Route(StrEnum):
    """Where the programs in the images come from."""

    PULL = "pull"
    BUILD = "build"


@dataclass(frozen=True)
class ImageRef:
    """An image as a table shows it.

    ``version`` is what the program inside said of itself when the image was built, ``source``
    where it came from, in words. Both are empty for an image that is not built yet.
    """

    tag: str
    version: str = ""
    source: str = ""


@dataclass(frozen=True)
class Images:
    """The images of a classroom: one per component, and the ingress's.

    ``without_grafana`` says in one sentence why Grafana is missing although the class file
    would have it; empty when it is there or was not wanted.
    """

    refs: Mapping[str, ImageRef]
    without_grafana: str = ""

    def __getitem__(self, component: str) -> ImageRef:
        """The image of one component; KeyError when the classroom goes without it."""
        return self.refs[component]

    @property
    def grafana(self) -> ImageRef | None:
        """Grafana's image, or None."""
        return self.refs.get("grafana")

    @property
    def built(self) -> bool:
        """Whether every one of them is on the engine."""
        return all(ref.version for ref in self.refs.values())

    @property
    def tags(self) -> dict[str, str]:
        """Component -> tag."""
        return {component: ref.tag for component, ref in self.refs.items()}


@dataclass(frozen=True)
class Download:
    """A file that is fetched when it is first needed; its address is its identity."""

    url: str
    path: Path


@dataclass(frozen=True)
class Recipe:
    """One image that a Dockerfile makes.

    Attributes:
        name: ``temporal``, or ``temporal-artefact`` for the stage that yields its program.
        dockerfile: its path in the context.
        files: the build context, path in it -> content.
        parents: build argument -> name of the recipe whose image it stands for.
        official: build argument -> image of a registry that it stands for.
        source: where the program comes from; ``{version}`` stands for the version read back.
        version_command: what makes the program say its version; empty for an artefact.
    """

    name: str
    dockerfile: str
    files: Mapping[str, Path | bytes | Download]
    parents: Mapping[str, str] = field(default_factory=dict)
    official: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    version_command: tuple[str, ...] = ()


@dataclass(frozen=True)
class RootFs:
    """One image that mmdebstrap makes: a minimal Debian, for machines without a registry."""

    name: str
    suite: str
    variant: str

    @property
    def parents(self) -> Mapping[str, str]:
        """None: everything begins here."""
        return {}
