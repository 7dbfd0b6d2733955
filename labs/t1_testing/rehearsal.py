"""A rehearsal: your tests, on the shop as it is or on one with a bug in it. What do they notice?"""

import asyncio
import json
import shutil
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio import activity
from temporalio.exceptions import ApplicationError

QUOTE = "total = await workflow.execute_activity(quote, order, start_to_close_timeout=SOON)\n"
RESERVE = "await workflow.execute_activity(reserve, order, start_to_close_timeout=SOON)\n"
INDENT = " " * 8

# Each bug: the file, a line of it, and what somebody makes of it on a bad day.
BUGS = {
    "too strict": ("activities.py", "order.cents >= BIG", "order.cents > BIG"),
    "full price": ("workflows.py", "{total / 100", "{order.cents / 100"),
    "impatient": ("workflows.py", "DAYS = 3", "DAYS = 2"),
    "tidied up": ("workflows.py", QUOTE + INDENT + RESERVE, RESERVE + INDENT + QUOTE),
}
AS_IT_IS = "as it is"


@dataclass
class Outcome:
    """What came of a rehearsal.

    Attributes:
        shop: which shop it was on, a bug's name or `as it is`.
        ran: how many tests there were.
        failed: the names of those that failed.
    """

    shop: str
    ran: int
    failed: list[str]


@activity.defn
async def rehearse(shop: str) -> Outcome:
    """Run the tests on a copy of this folder, with a bug in it or none."""
    with TemporaryDirectory() as folder:
        for path in Path().glob("*.py"):
            shutil.copy(path, folder)
        if shop != AS_IT_IS:
            _put_in(*BUGS[shop], Path(folder))
        tests = await asyncio.create_subprocess_exec(
            sys.executable,
            "rehearsal.py",
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        said, _ = await tests.communicate()
    outcome = Outcome(shop, **json.loads(said.splitlines()[-1]))
    activity.logger.info("activity: %s, %s of %s fail", shop, len(outcome.failed), outcome.ran)
    return outcome


def _put_in(file: str, right: str, wrong: str, folder: Path) -> None:
    source = (folder / file).read_text()
    if right not in source:
        why = f"{file} is not as it came; `lab reset T1` brings it back and keeps yours"
        raise ApplicationError(why, non_retryable=True)
    (folder / file).write_text(source.replace(right, wrong))


def run_tests() -> unittest.TestResult:
    """Run the tests of this folder, and return how they went."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName("test_orders").run(result)
    return result


if __name__ == "__main__":
    outcome = run_tests()
    failed = [test.id().rpartition(".")[2] for test, _ in outcome.failures + outcome.errors]
    print(json.dumps({"ran": outcome.testsRun, "failed": failed}))
