"""How a test ends: with everything it found, in words that name the place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from tests.infra.live import Component


def no_findings(place: Component | str, findings: Iterable[str]) -> None:
    """Fail with the place and every finding, unless there are none."""
    __tracebackhide__ = True
    found = list(findings)
    if found:
        pytest.fail(f"{place}: " + f"\n{place}: ".join(found), pytrace=False)


def expect(
    place: Component | str, *, seen: Mapping[str, object], wanted: Mapping[str, object]
) -> None:
    """Fail with each thing that is not what was wanted; ``seen`` may know of more things."""
    __tracebackhide__ = True
    no_findings(
        place,
        (
            f"{what} is {seen.get(what)}, wanted {value}"
            for what, value in wanted.items()
            if seen.get(what) != value
        ),
    )
