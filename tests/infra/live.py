"""The live classroom beside its plan: one look, before the tests are laid out.

The plan is the class file's, with the images that the last provision asked for: these are in
the rendered Compose files. What *would* be planned now, after an edit of the images, is the
business of `make plan`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import docker
import yaml
from docker.errors import NotFound

from classroom.engine import client as engine
from classroom.engine.images import image_tags
from classroom.engine.observe import observe
from classroom.engine.planning import ROOT, Request, state_folder
from classroom.engine.state import StateFolder
from classroom.front import SIGNING_KEY
from classroom.plan import names
from classroom.plan.desired import Service, Stack, desired
from classroom.plan.observed import Observed
from classroom.spec import ClassFile, Limits, keys
from tests.infra.contract import CONTRACTS, Contract

Inspection = Mapping[str, Any]
"""What the engine's inspection of an object says."""


@dataclass(frozen=True)
class Component:
    """A planned container and the one that is there under its name, or None.

    ``definition`` is its service in the stack's Compose file.
    """

    stack: Stack
    service: Service
    definition: Mapping[str, Any]
    limits: Limits
    container: Inspection | None = field(repr=False)

    def __str__(self) -> str:
        return self.name if self.name == self.stack.name else f"{self.stack.name} {self.name}"

    @property
    def id(self) -> str:
        """The component in the name of a test."""
        return str(self).replace(" ", "-")

    @property
    def name(self) -> str:
        """The component's name: `temporal`."""
        return self.service.component

    @property
    def contract(self) -> Contract:
        """What it promises."""
        return CONTRACTS[self.name]

    @property
    def config_folder(self) -> str:
        """Where its configuration is mounted; empty when it has none."""
        return next((m["target"] for m in self.mounts("volume") if m.get("read_only")), "")

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its configuration files."""
        return tuple(f"{self.config_folder}/{file.path}" for file in self.service.files)

    def mounts(self, kind: str) -> list[dict[str, Any]]:
        """Return the planned mounts of one kind: `volume` or `tmpfs`."""
        return [mount for mount in self.definition["volumes"] if mount["type"] == kind]


@dataclass(frozen=True)
class Classroom:
    """Everything there is to know from outside the containers.

    Attributes:
        class_file: the class file.
        stacks: planned or existing seats, and the ingress.
        components: every planned container.
        networks: the stacks' networks that exist, by name.
        containers: what the engine lists, foreign containers included.
        secrets: what was made here and must not be seen anywhere, by stack and name.
        state: the folder they are kept in.
    """

    class_file: ClassFile
    stacks: Mapping[str, Stack]
    components: tuple[Component, ...]
    networks: Mapping[str, Inspection] = field(repr=False)
    containers: tuple[Inspection, ...] = field(repr=False)
    observed: Observed = field(repr=False)
    secrets: Mapping[tuple[str, str], bytes] = field(repr=False)
    state: StateFolder

    @property
    def hidden(self) -> Mapping[tuple[str, str], bytes]:
        """What must not be seen anywhere: the secrets, and what of the instructor's is one."""
        key = self.class_file.tls_key
        found = {**self.secrets, **({(names.INGRESS, "TLS key"): key.read_bytes()} if key else {})}
        signing = self.secrets.get((names.INGRESS, SIGNING_KEY), b"").decode()
        return found | {(names.INGRESS, "metrics-key"): keys.metrics_key(signing).encode()}


def look(request: Request) -> Classroom:
    """Look at the classroom once.

    Raises:
        ClassroomError: the class file is wrong, or the engine does not answer.
    """
    class_file = request.load().class_file
    state = state_folder(class_file.name)
    client = engine.connect()
    observed = observe(client, state)
    stacks = _planned(class_file, state, observed)
    with engine.explained("look at the classroom"):
        return Classroom(
            class_file=class_file,
            stacks=stacks,
            components=tuple(
                component
                for stack in stacks.values()
                for component in _components(client, class_file, stack)
            ),
            networks={
                stack.network: client.inspect_network(stack.network)
                for stack in stacks.values()
                if stack.network in observed.networks
            },
            containers=tuple(client.containers(all=True)),
            observed=observed,
            secrets={
                (stack, name): (state.path / "secrets" / stack / name).read_bytes()
                for stack, name in observed.secrets
            },
            state=state,
        )


def _planned(class_file: ClassFile, state: StateFolder, observed: Observed) -> dict[str, Stack]:
    """Return every stack that was asked for or of which anything exists, as it should be."""
    existing = {*observed.stacks(class_file.name), *state.planned()}
    seats = {name: number for name in existing if (number := names.seat_number(name))}
    ordered = (names.INGRESS, *sorted(seats, key=lambda name: seats[name]))
    whole = replace(class_file, seats=max(seats.values(), default=0))
    found: dict[str, Stack] = {}
    made: dict[frozenset[tuple[str, str]], Mapping[str, Stack]] = {}
    # Seats may differ in their images while an upgrade goes through them.
    for name, images in _images(class_file, state, ordered).items():
        key = frozenset(images.items())
        if key not in made:
            made[key] = desired(whole, images, ROOT).stacks
        found[name] = made[key][name]
    return found


def _images(
    class_file: ClassFile, state: StateFolder, stacks: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """Return stack -> component -> image, as last rendered; what was lost is planned anew."""
    rendered = {name: _rendered_images(state, name) for name in stacks}
    everything = {c: image for images in rendered.values() for c, image in images.items()}
    if any(not images for images in rendered.values()):
        everything = {**image_tags(class_file, root=ROOT).tags, **everything}
    front = {component: everything[component] for component in (names.PORTAL, names.INGRESS)}
    return {
        name: everything if name == names.INGRESS else {**(images or everything), **front}
        for name, images in rendered.items()
    }


def _rendered_images(state: StateFolder, stack: str) -> dict[str, str]:
    """Return the image of each component, as it was last rendered; empty without a whole file."""
    try:
        services = yaml.safe_load(state.rendered(stack).read_text())["services"]
        found = {component: service["image"] for component, service in services.items()}
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return {}
    # The class's Grafana has other dashboards in it than a seat's.
    if stack == names.INGRESS and "grafana" in found:
        found["class-grafana"] = found.pop("grafana")
    return found


def _components(
    client: docker.APIClient, class_file: ClassFile, stack: Stack
) -> Iterator[Component]:
    definitions = yaml.safe_load(stack.compose)["services"]
    for service in stack.services:
        try:
            container = client.inspect_container(service.container)
        except NotFound:
            container = None
        yield Component(
            stack=stack,
            service=service,
            definition=definitions[service.component],
            limits=class_file.limits[service.component],
            container=container,
        )
