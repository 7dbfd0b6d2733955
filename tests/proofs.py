"""Whether what labs/README.md names as the proof of a bullet is a test that has run and passed.

`python -m tests.proofs REPORT…` compares the table with what pytest wrote by `--junitxml`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "labs" / "README.md"
PLACES = ("labs/*/tests/test_*_live.py", "tests/integration/test_images_ingress.py")
"""Where proofs are looked for: the labs as they are played, and the seats' front door."""


@dataclass(frozen=True)
class Proof:
    """A test that is said to prove a bullet.

    Attributes:
        bullet: its id, `D1L3.S2`.
        test: the function's name.
        module: where it is, as pytest's report has it; empty if that can't be told.
    """

    bullet: str
    test: str
    module: str


def rows() -> dict[str, list[str]]:
    """Return the table's cells after the first, by the bullet's id."""
    row = r"^\| ((?:D\dL\d\.[OSC]|T)\d+) \| (.*) \|$"
    found = re.findall(row, README.read_text(), re.MULTILINE)
    assert len(found) == len(dict(found)), "a bullet stands in the table twice"
    return {bullet: cells.split(" | ") for bullet, cells in found}


def proofs() -> Iterator[Proof]:
    """Yield each proof of the table. Of a name in many places, the bullet's own lab is meant."""
    known = _modules()
    for bullet, cells in rows().items():
        for test in re.findall(r"`(\w+)`", cells[-1]):
            own = f"labs.{bullet.partition('.')[0].lower()}_"
            modules = known[test]
            meant = [module for module in modules if module.startswith(own)] or modules
            yield Proof(bullet, test, meant[0] if len(meant) == 1 else "")


def _modules() -> dict[str, list[str]]:
    """Return the modules of all tests that may be a proof, by their names."""
    found = defaultdict(list)
    for path in (path for pattern in PLACES for path in ROOT.glob(pattern)):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name].append(module)
    return found


def missing(wanted: Iterable[Proof], reports: Iterable[str]) -> list[Proof]:
    """Return the proofs that are none by these reports: not run, skipped, or failed in a case.

    Of a test that ran in several of them, the last counts.
    """
    passed: dict[tuple[str, str], bool] = {}
    for report in reports:
        passed |= _passed(report)
    return [proof for proof in wanted if not passed.get((proof.module, proof.test))]


def _passed(report: str) -> dict[tuple[str, str], bool]:
    """Return the tests of a report, and whether each passed in all its cases."""
    passed: dict[tuple[str, str], bool] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):  # noqa: S314 (pytest's own)
        which = case.get("classname", ""), case.get("name", "").partition("[")[0]
        went_well = not any(child.tag in ("failure", "error", "skipped") for child in case)
        passed[which] = passed.get(which, True) and went_well
    return passed


def main() -> int:
    """Say which proofs are none; return 1 if there are any."""
    wanted = list(proofs())
    found = missing(wanted, [path.read_text() for path in map(Path, sys.argv[1:]) if path.exists()])
    for proof in found:
        print(f"{proof.bullet}: {proof.test} did not run and pass")
    print(f"{len(wanted) - len(found)} of {len(wanted)} proofs have run and passed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
