"""What a volume's size means for its workspace."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classroom.engine.volumes import read_du
from classroom.probe.result import Result, State
from classroom.watch.quota import GIB, WARN_AT, Usage, lift, of_seat, usages, with_quota

SIZES = st.integers(min_value=0, max_value=100 * GIB)
LIMITS = st.integers(min_value=1, max_value=64 * GIB)
OK = Result("seat-07", "workspace", State.OK, seen="serves JupyterLab")
WORKSPACE = ("seat-07", "workspace")
DOWN = Result("seat-07", "workspace", State.FAILED, "workspace API", "did not answer", "provision")


def test_warning_at_four_fifths_full_at_all_of_it() -> None:
    sizes = [79, 80, 99, 100]
    assert [Usage(size, 100).warned for size in sizes] == [False, True, True, True]
    assert [Usage(size, 100).full for size in sizes] == [False, False, False, True]


def test_stopped_is_what_is_full_and_does_not_run() -> None:
    one, two, three = parts = [("seat-01", c) for c in ("workspace", "temporal", "grafana")]
    found = usages({one: 5, two: 10, three: 10}, 10, {}, frozenset({one, two}))
    assert [found[part].stopped for part in parts] == [False, True, False]
    assert of_seat(found, "seat-01").keys() == {"workspace", "temporal", "grafana"}
    assert of_seat(found, "seat-02") == {}


def test_the_larger_of_quota_and_lifted_limit_counts() -> None:
    one, two, gone = (("seat-01", "workspace"), ("seat-01", "temporal"), ("seat-09", "temporal"))
    found = usages({one: 1, two: 1}, 10, {one: 20, two: 5, gone: 99}, frozenset())
    assert {part: u.limit for part, u in found.items()} == {one: 20, two: 10}


def test_a_lifted_limit_is_twice_the_old_one() -> None:
    assert lift(Usage(2 * GIB, 2 * GIB, stopped=True)) == 4 * GIB


@given(SIZES, LIMITS)
def test_a_lifted_workspace_may_run_unwarned_and_gets_no_more_than_it_takes(
    used: int, limit: int
) -> None:
    new = lift(Usage(used, limit))
    assert not Usage(used, new).warned
    assert new == 2 * limit or Usage(used, new // 2).warned
    assert new % limit == 0


def test_a_workspace_stopped_for_its_quota_says_so_and_what_to_do() -> None:
    usage = {WORKSPACE: Usage(2 * GIB + GIB // 4, 2 * GIB, stopped=True)}
    (result,) = with_quota([DOWN], usage)
    assert (result.state, result.check) == (State.FAILED, "quota")
    assert result.seen == "stopped, for its files take 2.25 of 2 GiB; they are intact"
    assert result.fix.startswith("lift the quota of seat-07 in the console")


def test_a_server_stopped_for_its_quota_is_not_given_back_to_what_filled_it() -> None:
    down = Result("seat-07", "temporal", State.FAILED, "gRPC health", "did not answer", "provision")
    usage = {("seat-07", "temporal"): Usage(2 * GIB, 2 * GIB, stopped=True)}
    result, other = with_quota([down, DOWN], usage)
    assert (result.check, other) == ("quota", DOWN)
    assert result.fix.startswith("stop its workers in the console, then lift the quota of seat-07")


def test_a_full_volume_is_no_excuse_for_what_fails_while_it_runs() -> None:
    assert with_quota([DOWN], {WORKSPACE: Usage(9, 9)}) == [DOWN]


def test_a_warning_stands_beside_a_good_verdict_and_changes_no_other() -> None:
    other = Result("seat-07", "temporal", State.OK, seen="serving")
    result, same = with_quota([OK, other], {WORKSPACE: Usage(int(1.7 * GIB), 2 * GIB)})
    assert (result.state, result.seen) == (
        State.OK,
        "serves JupyterLab; its files take 1.70 of 2 GiB",
    )
    assert same == other
    assert with_quota([OK], {WORKSPACE: Usage(int(WARN_AT * 2 * GIB) - 9, 2 * GIB)}) == [OK]


def test_du_is_read_with_any_path_and_other_lines_are_left_out() -> None:
    said = "4096\t/a\n12\t/b c\nx\t/d\ndu: cannot read\n\n7 /e\n"
    assert read_du(said) == {"/a": 4096, "/b c": 12}
