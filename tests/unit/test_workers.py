"""When a run of Ansible waits for results that can't come any more, and when they only wait."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator

import pytest

from classroom.report.workers import GRACE_SECONDS, Workers


class Worker(multiprocessing.Process):
    """Looks like Ansible's: it knows its host."""

    _host = "seat-09"


@pytest.fixture
def neighbour() -> Iterator[Worker]:
    worker = Worker(target=time.sleep, args=(600,))
    worker.start()
    yield worker
    worker.kill()
    worker.join()


def test_a_result_that_waits_while_others_work_is_not_lost(neighbour: Worker) -> None:
    workers = Workers(8, lambda hosts: None)
    workers.begin("seat-01")
    later = time.monotonic() + 10 * GRACE_SECONDS
    assert workers.lost(later) == ()
    neighbour.kill()
    neighbour.join()
    assert workers.lost(later + GRACE_SECONDS / 2) == ()
    assert workers.lost(later + GRACE_SECONDS + 1) == ("seat-01",)


def test_a_worker_begins_when_there_is_a_place_for_it(neighbour: Worker) -> None:
    Workers(2, lambda hosts: None).begin("seat-01")
    full = Workers(1, lambda hosts: None)
    begins = threading.Thread(target=full.begin, args=("seat-01",), daemon=True)
    begins.start()
    begins.join(0.5)
    assert begins.is_alive()
    neighbour.kill()
    begins.join(10)
    assert not begins.is_alive()


def test_nothing_is_lost_as_long_as_results_are_handled() -> None:
    workers = Workers(8, lambda hosts: None)
    workers.begin("seat-01")
    workers.begin("seat-02")
    workers.end("seat-01")
    assert workers.lost(time.monotonic()) == ()
    workers.end("seat-02")
    assert workers.lost(time.monotonic() + 10 * GRACE_SECONDS) == ()
