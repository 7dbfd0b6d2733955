"""What a classroom's images are, which of them this machine has, and what is left to make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from docker import APIClient

from classroom.engine.images import grafana
from classroom.engine.images.catalog import GRAFANAS, grafana_tarball, recipes
from classroom.engine.images.certificates import extra_certificates
from classroom.engine.images.digest import tags
from classroom.engine.images.model import REPOSITORY, Recipe, RootFs, Route
from classroom.engine.images.pins import require_pins, unpinned
from classroom.engine.images.registry import Decision, decide_route
from classroom.errors import ImageError
from classroom.spec.model import ClassFile, GrafanaPolicy, ImagePolicy

_ALWAYS = ("temporal", "prometheus", "workspace", "ingress", "portal")


@dataclass(frozen=True)
class Survey:
    """Everything there is to know before anything is made.

    Attributes:
        recipes: name -> how it is made.
        tags: name -> what it will be called.
        present: tags that this machine has.
        because: why the images come the way they come.
        without_grafana: why Grafana can't be had; empty when it can or is not wanted.
        wanted: the components that get an image.
    """

    recipes: Mapping[str, Recipe | RootFs]
    tags: Mapping[str, str]
    present: frozenset[str]
    because: str
    without_grafana: str
    wanted: tuple[str, ...]

    @property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """What has to be made -> what of that has to be made before it."""
        found: dict[str, tuple[str, ...]] = {}
        pending = list(self.wanted)
        while pending:
            name = pending.pop()
            if name not in found and self.tags[name] not in self.present:
                found[name] = tuple(self.recipes[name].parents.values())
                pending.extend(found[name])
        return {
            name: tuple(parent for parent in parents if parent in found)
            for name, parents in found.items()
        }

    def without(self, reason: str) -> Survey:
        """The same, but Grafana can't be had after all."""
        return replace(self, without_grafana=reason, wanted=_ALWAYS)


def images_here(client: APIClient) -> dict[str, dict[str, str]]:
    """Return tag -> labels of every image of ours on this machine."""
    return {
        tag: image["Labels"] or {}
        for image in client.images(name=f"{REPOSITORY}/*")
        for tag in image["RepoTags"] or ()
    }


def survey(client: APIClient, class_file: ClassFile, root: Path) -> Survey:
    """Look at the machine, and at the network only if what is here does not settle it.

    Raises:
        ImageError: a version without a pin, a refusing registry, a tarball that is not where
            it is said to be, a Grafana that is required and can't be had.
    """
    if class_file.grafana is not GrafanaPolicy.OFF:
        grafana.require_given(grafana_tarball(class_file, root))
    present = frozenset(images_here(client))
    certificates = extra_certificates(class_file.extra_ca)
    decision = _route(class_file, root, certificates, present)
    if decision.route is Route.BUILD:
        require_pins(class_file, root)
    found, names = _plan(class_file, root, decision.route, certificates)
    reason = _without_grafana(class_file, root, here=present.issuperset(map(names.get, GRAFANAS)))
    return Survey(
        recipes=found,
        tags=names,
        present=present,
        because=decision.because,
        without_grafana=reason,
        wanted=(*_ALWAYS, *GRAFANAS) if names.keys() >= {*GRAFANAS} and not reason else _ALWAYS,
    )


def _plan(
    class_file: ClassFile, root: Path, route: Route, certificates: tuple[str, ...]
) -> tuple[dict[str, Recipe | RootFs], dict[str, str]]:
    found = recipes(class_file, root=root, route=route, certificates=certificates)
    return {recipe.name: recipe for recipe in found}, tags(found)


def _route(
    class_file: ClassFile, root: Path, certificates: tuple[str, ...], present: frozenset[str]
) -> Decision:
    """Prefer images that exist, whatever the registry says today.

    A classroom is not replaced in mid-course because the network is better or worse than when it
    was provisioned. Grafana does not count: it may never have been to be had.
    """
    if class_file.images is ImagePolicy.AUTO:
        for route in Route:
            if route is Route.BUILD and unpinned(class_file, root):
                continue
            _, names = _plan(class_file, root, route, certificates)
            if all(names[name] in present for name in _ALWAYS):
                return Decision(route, "what this machine has already")
    image = f"temporalio/temporal:{class_file.versions.temporal}"
    return decide_route(class_file.images, class_file.registry, image)


def _without_grafana(class_file: ClassFile, root: Path, *, here: bool) -> str:
    if here or class_file.grafana is GrafanaPolicy.OFF:
        return ""
    reason = grafana.why_not(grafana_tarball(class_file, root))
    if reason and class_file.grafana is GrafanaPolicy.REQUIRED:
        raise ImageError(reason, where="image grafana", remedy=grafana.REMEDY)
    return reason
