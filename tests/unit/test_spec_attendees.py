"""The attendees' list: who gets a seat, and every problem with the list's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from classroom.errors import SpecError
from classroom.spec import Attendee, Loaded, Overrides, load

ADA, BOB = Attendee("Ada Lovelace", "ada@example.com"), Attendee("Bob", "")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def listed(csv: str | bytes, spare: str = "0", seats: str = "") -> Loaded:
    Path("attendees.csv").write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    Path("classroom.yml").write_text(f"seats:\n  csv: attendees.csv\n  spare: {spare}\n")
    return load(Path("classroom.yml"), overrides=Overrides(seats=seats))


def problems(csv: str | bytes, spare: str = "0") -> list[str]:
    with pytest.raises(SpecError) as caught:
        listed(csv, spare)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    "csv",
    [
        "name,email\nAda Lovelace,ada@example.com\nBob,\n",
        "\ufeffName;E-Mail\r\nAda Lovelace;ada@example.com\r\nBob;\r\n",
        'EMAIL , team, Name\n ada@example.com , x , "Ada Lovelace"\n\n,,\n,y,Bob',
        "name;email\rAda Lovelace;ada@example.com\rBob",
    ],
    ids=["plain", "a spreadsheet's", "other columns and blank lines", "short rows"],
)
def test_everybody_gets_a_seat_in_the_lists_order(csv: str) -> None:
    class_file = listed(csv, spare="2").class_file
    assert (class_file.attendees, class_file.seats) == ((ADA, BOB), 4)


def test_n_gives_seats_to_the_first_n() -> None:
    csv = "name,email\nAda Lovelace,ada@example.com\nBob,\n"
    fewer, more = listed(csv, seats="1").class_file, listed(csv, seats="5").class_file
    assert (fewer.seats, fewer.attendees) == (1, (ADA,))
    assert (more.seats, more.attendees) == (5, (ADA, BOB))


def test_all_problems_of_a_list_at_once_each_on_its_own_line() -> None:
    csv = (
        "name,email\n"
        "Ada Lovelace,ada@example.com\n"
        ",carol@example.com\n"
        '"Dave\nSmith",dave@example.com\n'
        "Eve,eve at example.com\n"
        "Ada,ADA@example.com\n"
        "Doe, Jane,jane@example.com\n"
        f"{'x' * 101},\n"
    )
    assert problems(csv) == [
        "attendees.csv:3: name: missing; every attendee has a name",
        "attendees.csv:4: name: Dave Smith does not fit on a card; use at most 100 printable "
        "characters",
        "attendees.csv:6: email: eve at example.com is not an e-mail address; use name@example.com",
        "attendees.csv:7: email: ADA@example.com is on line 2 already; a person has one seat",
        "attendees.csv:8: 3 cells under a header of 2; quote a cell that holds the delimiter: "
        '"Doe, Jane"',
        f"attendees.csv:9: name: {'x' * 59}… does not fit on a card; use at most 100 printable "
        "characters",
    ]


HEADER = "attendees.csv:1: the header needs one column "
UNUSABLE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", f"{HEADER}name and one column email; the file is empty"),
    "no header": ("Ada,ada@example.com\n", f"{HEADER}name and one column email; found: Ada, ada@"),
    "a column twice": ("name,email,e-mail\nA,a@b.c,\n", f"{HEADER}email; found: name, email, e-"),
    "nobody": ("name,email\n\n", "attendees.csv:1: nobody is listed below the header"),
    "open quote": ('name,email\n"Ada,a@b.c\nBob,\n', "attendees.csv:2: not readable as CSV: unex"),
    "Latin-1": (
        b"name,email\nRen\xe9,\n",
        "classroom.yml:2:3: seats.csv: attendees.csv is not UTF-8: byte 0xe9 on line 2; save it",
    ),
    "large": (
        "name,email\n" * 30_000,
        "classroom.yml:2:3: seats.csv: attendees.csv has 330,000 bytes, and 262,144 are more",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_is_no_list_is_one_problem(case: str) -> None:
    csv, expected = UNUSABLE[case]
    (problem,) = problems(csv)
    assert problem.startswith(expected)


def test_a_missing_list_is_a_problem_of_the_class_file() -> None:
    Path("classroom.yml").write_text("seats: {csv: who.csv}\n")
    with pytest.raises(SpecError) as caught:
        load(Path("classroom.yml"))
    looked = f"who.csv does not exist; looked for {Path('who.csv').absolute()}"
    assert caught.value.problems == (f"classroom.yml:1:9: seats.csv: {looked}",)


def test_a_class_of_254_is_full() -> None:
    full = "name,email\n" + "".join(f"Seat {n},\n" for n in range(1, 255))
    assert len(listed(full).class_file.attendees) == 254
    assert problems(full, spare="1") == [
        "classroom.yml:3:3: seats.spare: 1 and 254 attendees are more than 254 seats; use at most 0"
    ]
    assert problems(full + "One,\nTwo,\n") == [
        "attendees.csv:256: attendee 255, and a classroom has at most 254 seats"
    ]
