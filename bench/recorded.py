"""A classroom's Docker objects as the engine describes them, good for making them again.

The floor is "the same objects by bare API calls". Taking their description from a provisioned
classroom makes them the same by construction, and comparing once more afterwards proves it.
"""

from __future__ import annotations

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.engine import Body, Engine
from classroom.plan import names

SHORT_ID = 12


@dataclass(frozen=True)
class Files:
    """What lies in a stack's read-only volumes: a tar whose top folders are the volumes."""

    volumes: tuple[str, ...]
    image: str
    tar: bytes


@dataclass(frozen=True)
class RecordedStack:
    """A seat, or the ingress: bodies of the API calls that make it, in their order."""

    name: str
    project: str
    network: Body
    volumes: tuple[Body, ...]
    files: Files | None
    containers: tuple[tuple[str, Body], ...]

    @property
    def components(self) -> tuple[str, ...]:
        """What runs in it."""
        return tuple(body["Labels"][names.LABEL_COMPONENT] for _, body in self.containers)


def record(engine: Engine, classroom: str) -> tuple[RecordedStack, ...]:
    """Return every stack of a running classroom, the ingress first."""
    listed = engine.owned("/containers/json", classroom, all=True)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda c: engine.get(f"/containers/{c['Id']}/json"), listed))
    networks = engine.owned("/networks", classroom)
    volumes = engine.owned("/volumes", classroom)
    stacks = sorted({_stack_of(n["Labels"]) for n in networks}, key=_ingress_first)
    return tuple(
        RecordedStack(
            name=stack,
            project=names.prefix(classroom, stack),
            network=next(_network(n) for n in networks if _stack_of(n["Labels"]) == stack),
            volumes=tuple(_volume(v) for v in _sorted(volumes) if _stack_of(v["Labels"]) == stack),
            files=_files(engine, [c for c in found if _stack_of(c["Config"]["Labels"]) == stack]),
            containers=tuple(
                (c["Name"].removeprefix("/"), _container(c))
                for c in _sorted(found)
                if _stack_of(c["Config"]["Labels"]) == stack
            ),
        )
        for stack in stacks
    )


def _stack_of(labels: Body) -> str:
    return str(labels[names.LABEL_SEAT])


def _ingress_first(stack: str) -> tuple[bool, int]:
    return stack != names.INGRESS, names.seat_number(stack) or 0


def _sorted(objects: list[Body]) -> list[Body]:
    return sorted(objects, key=lambda o: str(o["Name"]))


def _network(data: Body) -> Body:
    return {
        "Name": data["Name"],
        "CheckDuplicate": True,
        "Driver": data["Driver"],
        "IPAM": {"Driver": "default", "Config": data["IPAM"]["Config"]},
        "Options": data["Options"],
        "Labels": data["Labels"],
    }


def _volume(data: Body) -> Body:
    return {"Name": data["Name"], "Labels": data["Labels"]}


def _container(data: Body) -> Body:
    """The create call's body: the configuration as it is shown is the one that is accepted."""
    own = data["HostConfig"]["NetworkMode"]
    aliases = data["NetworkSettings"]["Networks"][own]["Aliases"] or []
    kept = sorted({alias for alias in aliases if alias != data["Id"][:SHORT_ID]})
    return {
        **data["Config"],
        "HostConfig": data["HostConfig"],
        "NetworkingConfig": {"EndpointsConfig": {own: {"Aliases": kept}}},
    }


def _files(engine: Engine, containers: list[Body]) -> Files | None:
    mounts = [
        (container, mount)
        for container in _sorted(containers)
        for mount in container["Mounts"]
        if mount["Type"] == "volume" and not mount["RW"]
    ]
    if not mounts:
        return None
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for container, mount in mounts:
            path = f"/containers/{container['Id']}/archive"
            _append(tar, mount["Name"], engine.get_bytes(path, path=mount["Destination"] + "/."))
    image = mounts[0][0]["Config"]["Image"]
    return Files(tuple(m["Name"] for _, m in mounts), image, buffer.getvalue())


def _append(tar: tarfile.TarFile, volume: str, content: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(content)) as source:
        for entry in source:
            if entry.isfile():
                data = source.extractfile(entry)
                plain = tarfile.TarInfo(f"{volume}/{entry.name.removeprefix('./')}")
                plain.size, plain.mode, plain.uid, plain.gid = (
                    entry.size,
                    entry.mode,
                    entry.uid,
                    entry.gid,
                )
                tar.addfile(plain, data)
