"""Structured logging: each line is a JSON object, and says which order it is about."""

import json
import logging

FACTS = ("workflow_type", "workflow_id", "activity_type", "attempt")


class JsonLines(logging.Formatter):
    """A line for a program that searches, rather than for a person who reads."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record with what it says and what the SDK knows about it."""
        line = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        # % if solution
        known = getattr(record, "temporal_workflow", None)
        known = known or getattr(record, "temporal_activity", None) or {}
        line |= {fact: known[fact] for fact in FACTS if fact in known}
        # % else
        # TODO 3: The SDK puts what it knows beside each message. Add it to the line.
        #     known = getattr(record, "temporal_workflow", None)
        #     known = known or getattr(record, "temporal_activity", None) or {}
        #     line |= {fact: known[fact] for fact in FACTS if fact in known}

        # % endif
        if record.exc_info and record.exc_info[1]:
            line["error"] = str(record.exc_info[1])
        return json.dumps(line)
