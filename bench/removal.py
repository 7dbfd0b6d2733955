"""Remove a classroom by bare API calls: the clean-up after every measurement, and a floor."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from bench.engine import Body, Engine


def remove(engine: Engine, classroom: str, *, at_once: int) -> float:
    """Remove everything labelled as the classroom's; return how many seconds it took."""
    began = time.perf_counter()
    containers = engine.owned("/containers/json", classroom, all=True)
    with ThreadPoolExecutor(at_once) as pool:
        _each(pool, containers, lambda c: engine.delete(f"/containers/{c['Id']}", force=1, v=1))
        networks = engine.owned("/networks", classroom)
        _each(pool, networks, lambda n: engine.delete(f"/networks/{n['Id']}"))
        volumes = engine.owned("/volumes", classroom)
        _each(pool, volumes, lambda v: engine.delete(f"/volumes/{v['Name']}"))
    return time.perf_counter() - began


def _each(pool: Executor, objects: list[Body], action: Callable[[Body], None]) -> None:
    list(pool.map(action, objects))
