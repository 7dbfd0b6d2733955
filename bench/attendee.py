"""What an attendee does in the course's first lab: a worker, a workflow, and the worker killed.

Idle cost is what a server costs after that. A development server keeps more for a task queue that
was used, and can behave quite differently some minutes after its last poller has gone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.engine import Engine
from bench.errors import BenchError
from classroom.plan import names

SCRIPT = "lab worker D1L1 >/tmp/worker.log 2>&1 & lab run D1L1 --seconds 1 && lab kill"


def work_and_leave(engine: Engine, classroom: str, seats: int, *, at_once: int) -> None:
    """Run one workflow in every seat and kill its worker.

    Raises:
        BenchError: it did not work out in some seat; carries what the commands printed.
    """

    def one(number: int) -> None:
        seat = names.seat_name(number)
        workspace = names.container_name(classroom, seat, "workspace")
        code, said = engine.execute(workspace, ["sh", "-c", f"timeout 120 sh -c '{SCRIPT}'"])
        if code:
            raise BenchError(f"{seat}: the lab's workflow ended with {code}: {said}")

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, range(1, seats + 1)))
