"""Turns results into what people and programs read: table, JSON, JUnit, exit status."""

from classroom.report.machine import to_json, to_junit
from classroom.report.table import table
from classroom.report.verdict import complete, exit_status, summary

__all__ = ["complete", "exit_status", "summary", "table", "to_json", "to_junit"]
