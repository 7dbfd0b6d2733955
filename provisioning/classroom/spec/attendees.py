"""The attendees' CSV: a header with ``name`` and ``email``, then a person a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from classroom.spec.files import MAX_CSV, decode, read, resolve
from classroom.spec.model import MAX_SEATS, Attendee
from classroom.spec.problems import Place, Problems, display, excerpt
from classroom.spec.values import Kind

_MAX_NAME = 100
_MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+")

_Row = tuple[Place, list[str]]


def attendees(folder: Path, problems: Problems) -> Kind[tuple[Attendee, ...]]:
    """Paths of attendees' files, read; problems within one carry its own lines."""

    def parse(text: str) -> tuple[Attendee, ...]:
        path = resolve(folder, text)
        return read_attendees(decode(read(path, MAX_CSV)), display(path), problems)

    return Kind("use the path of a CSV in UTF-8 with the columns name and email", parse)


def read_attendees(text: str, file: str, problems: Problems) -> tuple[Attendee, ...]:
    """Everybody in the text, in its order."""
    rows = _rows(text, file, problems)
    place, header = next(rows, (Place(file, 1), []))
    columns = [cell.strip().lower().replace("-", "") for cell in header]
    wrong = [name for name in ("name", "email") if columns.count(name) != 1]
    if wrong:
        found = f"found: {excerpt(', '.join(header))}" if header else "the file is empty"
        what = f"the header needs one column {' and one column '.join(wrong)}; {found}"
        problems.add(place, what)
        return ()
    people = _people(rows, columns, problems)
    if not people and not problems.within(file):
        problems.add(place, "nobody is listed below the header; write a person a line")
    return people


def _people(rows: Iterator[_Row], columns: list[str], problems: Problems) -> tuple[Attendee, ...]:
    people: list[Attendee] = []
    lines: dict[str, int] = {}
    for count, (place, cells) in enumerate(rows, start=1):
        if count > MAX_SEATS:
            problems.add(place, f"attendee {count}, and a classroom has at most {MAX_SEATS} seats")
            break
        if any(cell.strip() for cell in cells[len(columns) :]):
            what = f"{len(cells)} cells under a header of {len(columns)}"
            problems.add(place, f'{what}; quote a cell that holds the delimiter: "Doe, Jane"')
            continue
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        person = Attendee(name=row.get("name", ""), email=row.get("email", ""))
        for key, what in _faults(person):
            problems.add(place, what, key=key)
        first = (
            lines.setdefault(person.email.casefold(), place.line) if person.email else place.line
        )
        if first != place.line:
            what = f"{excerpt(person.email)} is on line {first} already; a person has one seat"
            problems.add(place, what, key="email")
        people.append(person)
    return tuple(people)


def _faults(person: Attendee) -> Iterator[tuple[str, str]]:
    if not person.name:
        yield "name", "missing; every attendee has a name"
    elif len(person.name) > _MAX_NAME or not person.name.isprintable():
        what = f"use at most {_MAX_NAME} printable characters"
        yield "name", f"{excerpt(person.name)} does not fit on a card; {what}"
    sound = _EMAIL.fullmatch(person.email) and person.email.isprintable()
    if person.email and not (sound and len(person.email) <= _MAX_EMAIL):
        yield "email", f"{excerpt(person.email)} is not an e-mail address; use name@example.com"


def _rows(text: str, file: str, problems: Problems) -> Iterator[_Row]:
    """The rows that are not blank, each with the line on which it begins."""
    first_line = text.lstrip().partition("\n")[0]
    delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
    # Strict, so that a quote nobody closed is an error and does not swallow the rest.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        place = Place(file, reader.line_num + 1)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(place, f"not readable as CSV: {error}; quotes come in pairs around a cell")
            return
        if any(cell.strip() for cell in cells):
            yield place, cells
