"""What a lab's terminals say of errors is short and says where in the attendee's files."""

from __future__ import annotations

import json
import logging
import sys
from types import SimpleNamespace

import pytest
from temporalio.client import WorkflowFailureError

from labkit.logs import LabFormatter, in_short
from labkit.telling import first_cause, reasons, told


def core_record(message: str, failure: str = "") -> logging.LogRecord:
    record = logging.LogRecord("temporalio.core", logging.WARNING, "", 0, message, (), None)
    record.temporal_log = SimpleNamespace(fields={"failure": failure})
    return record


def test_of_a_traceback_only_the_attendees_lines_are_shown() -> None:
    try:
        json.loads("{")  # the frames in between are the library's
    except ValueError:
        record = logging.LogRecord("x", logging.WARNING, "", 0, "failed", (), sys.exc_info())
    first, where, what = LabFormatter().format(record).splitlines()
    assert first.endswith("  failed")
    assert where.strip().startswith("test_labkit_logs.py, line ")
    assert what.strip().startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_a_broken_rule_of_replay_is_told_in_one_line() -> None:
    failure = (
        'Failure { failure: Some(Failure { message: "[TMPRL1100] Nondeterminism error: Activity '
        "type of scheduled event 'book_post' does not match activity type of activity command "
        '\'book_courier\'", source: "", stack_trace: "" }) }'
    )
    record = core_record("Failing workflow task", failure)
    assert in_short(record)
    assert record.msg == (
        "The workflow task failed: [TMPRL1100] Nondeterminism error: Activity type of scheduled "
        "event 'book_post' does not match activity type of activity command 'book_courier'"
    )


def test_what_the_attendees_code_raised_is_not_told_twice() -> None:
    failure = 'Failure { failure: Some(Failure { message: "oh", source: "" }) }'
    assert not in_short(core_record("Failing workflow task", failure))


@pytest.mark.parametrize("message", ["gRPC call poll retried", "anything else"])
def test_other_lines_stay_as_they_are(message: str) -> None:
    record = core_record(message)
    assert in_short(record)
    assert record.msg == message


def test_an_error_is_told_from_its_first_cause_on() -> None:
    try:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("Failed validating workflow OrderWorkflow") from error
    except RuntimeError as error:
        lines, cause = told(error), first_cause(error)
    assert cause.startswith("JSONDecodeError: Expecting property name")
    assert [place.partition(",")[0] for place in lines.places] == ["test_labkit_logs.py"] * 2
    assert 'json.loads("{")' in lines.text[0]
    assert lines.text[-1] == "RuntimeError: Failed validating workflow OrderWorkflow"


def test_what_is_behind_a_failed_workflow_is_told_in_one_line_the_nearest_first() -> None:
    timed_out = TimeoutError("activity StartToClose timeout")
    failed = RuntimeError("Activity task timed out")
    failed.__cause__ = timed_out
    assert reasons(WorkflowFailureError(cause=failed)) == (
        "Activity task timed out <- activity StartToClose timeout"
    )
    assert reasons(timed_out) == ""


def test_a_syntax_errors_place_is_in_the_file_that_has_it() -> None:
    try:
        compile("x = (\n", "/home/seat/course/d1l1/workflows.py", "exec")
    except SyntaxError as error:
        lines, cause = told(error), first_cause(error)
    assert cause == "SyntaxError: '(' was never closed"
    assert lines.places[-1] == "workflows.py, line 1"


def test_a_cause_that_was_suppressed_is_not_told() -> None:
    error = KeyError("order")
    error.__context__ = ValueError("a detail")
    assert first_cause(error) == "ValueError: a detail"
    error.__suppress_context__ = True
    assert first_cause(error) == "KeyError: 'order'"
