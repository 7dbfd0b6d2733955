"""Carry out one stack's plan. No decision is made here: every step is an operation of the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from classroom.engine import archive, compose, files
from classroom.engine.client import explained
from classroom.engine.starting import connect, start
from classroom.engine.state import StateFolder, write_private
from classroom.errors import EngineError
from classroom.plan import names
from classroom.plan.desired import ConfigFile, Stack
from classroom.plan.operations import Kind, StackPlan, Verb
from classroom.spec import keys


@dataclass(frozen=True)
class Executor:
    """Hands on one engine, for one classroom.

    ``collected`` is the folder for archives, or None when the instructor wants none.
    """

    client: docker.APIClient
    state: StateFolder
    collected: Path | None
    report: Callable[[str], None] = lambda _: None

    def apply(self, plan: StackPlan) -> None:
        """Do what the plan says, in its order; safe to run again after any interruption.

        Raises:
            EngineError: an operation failed, or a foreign object stands in the way. What was
                done stays done, and a later run continues from there.
        """
        if plan.refusals:
            refused = plan.refusals[0]
            raise EngineError(
                f"{refused.kind} {refused.name} {refused.cause}",
                where=plan.name,
                remedy=f"remove or rename it, or give this classroom another name; "
                f"`docker {refused.kind} inspect {refused.name}` shows what it is",
            )
        if plan.stack is None:
            self._remove(plan)
        elif plan.changes:
            self._bring_up(plan, plan.stack)

    def _bring_up(self, plan: StackPlan, stack: Stack) -> None:
        # First, for Compose takes what a killed run left under another name for the service itself.
        with explained("remove what is no longer wanted", stack.name):
            for container in plan.of(Verb.REMOVE, Kind.CONTAINER):
                self._remove_container(container)
        with explained("prepare networks and volumes", stack.name):
            self._networks_and_volumes(plan, stack)
        with explained("start stopped containers", stack.name):
            dead = self._start(plan)
        create = plan.of(Verb.CREATE, Kind.CONTAINER)
        replace = (*plan.of(Verb.REPLACE, Kind.CONTAINER), *dead)
        with explained("write configuration files", stack.name):
            self._write_files(plan.classroom, stack, frozenset((*create, *replace)))
        rendered = self.state.rendered(stack.name)
        write_private(rendered, stack.compose)
        for containers, recreate in ((create, False), (replace, True)):
            services = tuple(s.component for s in stack.services if s.container in containers)
            if services:
                compose.up(stack.project, rendered, services, recreate=recreate)
        for ingress in plan.of(Verb.CONNECT, Kind.ATTACHMENT):
            self._connect(ingress, stack)
        # Last: until now a container may have used it.
        with explained("remove what is no longer wanted", stack.name):
            for volume in plan.of(Verb.REMOVE, Kind.VOLUME):
                self._remove_volume(volume)

    def _start(self, plan: StackPlan) -> tuple[str, ...]:
        """Start what is paused or stopped; return what the engine can't start any more.

        An engine that was killed while it started a container says "task already exists" of it
        ever after (seen with 20.10). What the container holds is in its volumes.
        """
        for container in plan.of(Verb.UNPAUSE, Kind.CONTAINER):
            self.client.unpause(container)
        dead = []
        for container in plan.of(Verb.START, Kind.CONTAINER):
            try:
                start(self.client, container)
            except APIError as error:
                if "task" not in str(error) or "already exists" not in str(error):
                    raise
                dead.append(container)
        return tuple(dead)

    def _networks_and_volumes(self, plan: StackPlan, stack: Stack) -> None:
        labels = names.identity(plan.classroom, stack.name)
        for network in plan.of(Verb.REPLACE, Kind.NETWORK):
            self._remove_network(network)
        for network in (
            *plan.of(Verb.CREATE, Kind.NETWORK),
            *plan.of(Verb.REPLACE, Kind.NETWORK),
        ):
            pool = docker.types.IPAMPool(subnet=stack.subnet)
            self.client.create_network(
                network,
                driver="bridge",
                ipam=docker.types.IPAMConfig(pool_configs=[pool]),
                labels=labels,
                check_duplicate=True,
            )
        for volume in plan.of(Verb.CREATE, Kind.VOLUME):
            self.client.create_volume(volume, labels=labels)

    def _write_files(self, classroom: str, stack: Stack, containers: frozenset[str]) -> None:
        services = [s for s in stack.services if s.container in containers and s.files]
        if not services:
            return
        content = {
            f"{f.volume}/{f.path}": (self._content(stack.name, f), f.mode)
            for s in services
            for f in s.files
        }
        with files.carrier(
            self.client,
            classroom=classroom,
            stack=stack.name,
            image=services[0].image,
            volumes=tuple(dict.fromkeys(f.volume for s in services for f in s.files)),
        ) as carrier:
            self.client.put_archive(carrier, "/", files.archive_of(content))

    def _content(self, stack: str, file: ConfigFile) -> bytes:
        if file.source:
            return Path(file.source).read_bytes()
        if file.derived_from:
            return keys.metrics_key(self.state.secret(stack, file.secret)).encode()
        if file.content is None:
            return self.state.secret(stack, file.secret).encode()
        return file.content.encode()

    def _connect(self, ingress: str, stack: Stack) -> None:
        try:
            with explained("connect the ingress", stack.name):
                connect(self.client, ingress, stack.network)
        except EngineError as error:
            if isinstance(error.__cause__, NotFound):
                raise EngineError(
                    "the classroom's ingress does not exist",
                    where=stack.name,
                    remedy="run `make provision` without SEATS=, which brings it up first",
                ) from error
            if "already exists" not in str(error):
                raise

    def _remove(self, plan: StackPlan) -> None:
        for volume in plan.of(Verb.ARCHIVE, Kind.WORK):
            if self.collected is not None:
                self.report(archive.collect(self.client, plan, volume, self.collected))
        with explained("remove", plan.name):
            for container in plan.of(Verb.REMOVE, Kind.CONTAINER):
                self._remove_container(container)
            for network in plan.of(Verb.REMOVE, Kind.NETWORK):
                self._remove_network(network)
            for volume in plan.of(Verb.REMOVE, Kind.VOLUME):
                self._remove_volume(volume)
        with explained("forget its secrets", plan.name):
            self.state.forget(plan.name)

    def _remove_container(self, container: str) -> None:
        try:
            self.client.remove_container(container, force=True, v=True)
        except NotFound:
            return

    def _remove_volume(self, volume: str) -> None:
        try:
            self.client.remove_volume(volume)
        except NotFound:
            return

    def _remove_network(self, network: str) -> None:
        try:
            attached = self.client.inspect_network(network)["Containers"]
            for container in attached:
                self.client.disconnect_container_from_network(container, network, force=True)
            self.client.remove_network(network)
        except NotFound:
            return
