"""From what should be and what is to what to do. Pure: no clock, no Docker, no disk.

Teardown is the same function against a classroom without stacks.
"""

from __future__ import annotations

from collections.abc import Iterator

from classroom.plan import names
from classroom.plan.desired import Desired, Service, Stack
from classroom.plan.observed import Container, Network, Observed, Volume, owned
from classroom.plan.operations import Kind, Operation, Plan, StackPlan, Verb

STOPPED = frozenset({"exited", "created"})
BROKEN = frozenset({"dead", "removing"})


def reconcile(desired: Desired, observed: Observed) -> Plan:
    """Compare the classroom as it should be with the engine as it is.

    Objects with our names but without our labels are refused, never adopted; objects with our
    labels that nobody wants any more are removed. Volumes of a stack that stays are kept even
    when no component uses them: an attendee's work is removed only with its seat. The exception is
    the ingress's given certificate, since its private key is not ours to keep.
    """
    classroom = desired.classroom
    wanted = desired.stacks
    surplus = [s for s in observed.stacks(classroom) if s not in wanted]
    ingress_is_new = _ingress_is_new(desired, observed)
    plans = [_keep_stack(classroom, s, observed, ingress_is_new) for s in wanted.values()]
    # Seats go before the ingress: it has a leg in each of their networks.
    plans += [
        _remove_stack(classroom, s, observed)
        for s in sorted(surplus, key=lambda s: (s == names.INGRESS, names.seat_number(s) or 0))
    ]
    return Plan(classroom, {plan.name: plan for plan in plans})


def _ingress_is_new(desired: Desired, observed: Observed) -> bool:
    """Whether the ingress's container is going to be another one, without legs in any seat."""
    stack = desired.stacks.get(names.INGRESS)
    if stack is None:
        return False
    name = names.prefix(desired.classroom, names.INGRESS)
    operations = _keep_stack(desired.classroom, stack, observed, ingress_is_new=False).changes
    return any(
        (o.kind, o.name) == (Kind.CONTAINER, name) and o.verb in _MAKES_CONTAINER
        for o in operations
    )


_MAKES_CONTAINER = (Verb.CREATE, Verb.REPLACE)


def _keep_stack(
    classroom: str, stack: Stack, observed: Observed, ingress_is_new: bool
) -> StackPlan:
    refusals = tuple(_foreign(classroom, stack, observed))
    if refusals:
        return StackPlan(stack.name, classroom, refusals, stack)
    network = _network(stack, observed)
    operations = [network, *_volumes(stack, observed)]
    made = frozenset(o.name for o in operations if o.verb in _MAKES_CONTAINER)
    operations += [_container(stack, s, observed, made) for s in stack.services]
    operations += _leftovers(classroom, stack, observed)
    operations += _given_key(classroom, stack, observed)
    if stack.name != names.INGRESS:
        network_is_new = network.verb is not Verb.KEEP
        operations.append(_attachment(classroom, stack, observed, network_is_new, ingress_is_new))
    return StackPlan(stack.name, classroom, tuple(operations), stack)


def _foreign(classroom: str, stack: Stack, observed: Observed) -> Iterator[Operation]:
    candidates: list[tuple[Kind, Container | Network | Volume | None]] = [
        (Kind.NETWORK, observed.networks.get(stack.network)),
        *((Kind.VOLUME, observed.volumes.get(v)) for v in stack.volumes),
        *((Kind.CONTAINER, observed.containers.get(s.container)) for s in stack.services),
    ]
    for kind, item in candidates:
        if item is not None and not owned(item, classroom, stack.name):
            whose = item.labels.get(names.LABEL_CLASSROOM)
            cause = f"belongs to classroom {whose}" if whose else "exists and is not ours"
            yield Operation(Verb.REFUSE, kind, item.name, cause)


def _network(stack: Stack, observed: Observed) -> Operation:
    network = observed.networks.get(stack.network)
    if network is None:
        verb, cause = Verb.CREATE, f"{stack.subnet} does not exist"
    elif network.subnet != stack.subnet:
        verb, cause = Verb.REPLACE, f"subnet {network.subnet or 'none'} -> {stack.subnet}"
    else:
        verb, cause = Verb.KEEP, "is as it should be"
    return Operation(verb, Kind.NETWORK, stack.network, cause)


def _volumes(stack: Stack, observed: Observed) -> Iterator[Operation]:
    for volume in stack.volumes:
        if volume in observed.volumes:
            yield Operation(Verb.KEEP, Kind.VOLUME, volume, "exists")
        else:
            yield Operation(Verb.CREATE, Kind.VOLUME, volume, "does not exist")


def _container(
    stack: Stack, service: Service, observed: Observed, made: frozenset[str]
) -> Operation:
    container = observed.containers.get(service.container)
    if container is None:
        return Operation(Verb.CREATE, Kind.CONTAINER, service.container, "does not exist")
    cause = _outdated(stack, service, container, observed, made)
    if cause:
        return Operation(Verb.REPLACE, Kind.CONTAINER, container.name, cause)
    if container.state == "paused":
        return Operation(Verb.UNPAUSE, Kind.CONTAINER, container.name, "is paused")
    if container.state in STOPPED:
        return Operation(Verb.START, Kind.CONTAINER, container.name, _how_stopped(container))
    return Operation(Verb.KEEP, Kind.CONTAINER, container.name, f"is {container.state}")


def _outdated(
    stack: Stack,
    service: Service,
    container: Container,
    observed: Observed,
    made: frozenset[str],
) -> str:
    """Return why the container can't stay as it is, or an empty string."""
    reasons = []
    if container.labels.get(names.LABEL_HASH) != service.hash:
        if container.image != service.image:
            reasons.append(f"image {container.image} -> {service.image}")
        else:
            reasons.append("its configuration changed")
    if container.state in BROKEN:
        reasons.append(f"is {container.state}")
    new = sorted(made & {stack.network, *service.volumes})
    if new:
        reasons.append(f"{new[0]} is new")
    elif stack.network not in container.networks:
        reasons.append(f"is not on network {stack.network}")
    lost = [
        f.secret
        for f in service.files
        if f.secret and (stack.name, f.secret) not in observed.secrets
    ]
    if lost:
        reasons.append(f"its secret {lost[0]} is missing on this machine")
    return ", ".join(reasons)


def _how_stopped(container: Container) -> str:
    if container.state == "created":
        return "was created and never started"
    return f"is stopped: {container.status}"


def _leftovers(classroom: str, stack: Stack, observed: Observed) -> Iterator[Operation]:
    wanted = {service.container for service in stack.services}
    for container in observed.containers_of(classroom, stack.name):
        if container.name in wanted:
            continue
        if container.labels.get(names.LABEL_COMPONENT) in (names.CARRIER, names.CUTTER):
            cause = "left over from an interrupted run"
        else:
            cause = "the class file no longer wants it"
        yield Operation(Verb.REMOVE, Kind.CONTAINER, container.name, cause)


def _given_key(classroom: str, stack: Stack, observed: Observed) -> Iterator[Operation]:
    name = f"{names.prefix(classroom, names.INGRESS)}-config"
    volume = observed.volumes.get(name)
    if stack.name != names.INGRESS or volume is None or name in stack.volumes:
        return
    if owned(volume, classroom, stack.name):
        yield Operation(Verb.REMOVE, Kind.VOLUME, name, "the class file no longer names its key")


def _attachment(
    classroom: str, stack: Stack, observed: Observed, network_is_new: bool, ingress_is_new: bool
) -> Operation:
    name = names.prefix(classroom, names.INGRESS)
    ingress = observed.containers.get(name)
    if network_is_new:
        verb, cause = Verb.CONNECT, "the network is new"
    elif ingress is None or ingress_is_new:
        verb, cause = Verb.CONNECT, "the ingress is new"
    elif stack.network not in ingress.networks:
        verb, cause = Verb.CONNECT, f"is not on network {stack.network}"
    else:
        verb, cause = Verb.KEEP, "is connected"
    return Operation(verb, Kind.ATTACHMENT, name, cause)


def _remove_stack(classroom: str, stack: str, observed: Observed) -> StackPlan:
    cause = "no longer wanted"
    home = f"{names.prefix(classroom, stack)}-workspace-home"
    operations = []
    if home in observed.volumes and owned(observed.volumes[home], classroom, stack):
        operations.append(Operation(Verb.ARCHIVE, Kind.WORK, home, "before it is removed"))
    groups: tuple[tuple[Kind, tuple[Container | Network | Volume, ...]], ...] = (
        (Kind.CONTAINER, tuple(observed.containers.values())),
        (Kind.NETWORK, tuple(observed.networks.values())),
        (Kind.VOLUME, tuple(observed.volumes.values())),
    )
    operations += [
        Operation(Verb.REMOVE, kind, item.name, cause)
        for kind, items in groups
        for item in sorted(items, key=lambda i: i.name)
        if owned(item, classroom, stack)
    ]
    operations += [
        Operation(Verb.REMOVE, Kind.CREDENTIAL, secret, cause)
        for owner, secret in sorted(observed.secrets)
        if owner == stack
    ]
    return StackPlan(stack, classroom, tuple(operations))
