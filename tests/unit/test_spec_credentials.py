"""Keys, codes and hashes: what host and portal must understand in the same way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.spec import codes, hashing, keys
from classroom.spec.codes import ALPHABET, Code
from classroom.spec.keys import Claimed, KeyKind
from classroom.spec.model import MAX_SEATS

SIGNING = "s" * 43
# By openssl: printf api:seat-07:3 | openssl dgst -sha256 -hmac sss… -binary | base64
API = "tk-07-I2bgYJL_aY8QY99wYXkFQgxE1hAVxig5LuZfW8XoMaQ"
PROBE = "pk-07-CiHOyXIpANJGJxBV7OonDB8WzuOIiU18_4uDsDMQvl8"
METRICS = "mk-0rS3Bt6lj98kPmOgaqadTSyu7N7FJ1kMzXavYubq9t4"
OPERATOR = "ok-toAKGBzOBc3Xu9GyIJPCvSuI8BF952wHXodkOVcn66g"

NUMBERS = st.integers(1, MAX_SEATS)
CODES = st.builds(Code, NUMBERS, st.text(ALPHABET, min_size=8, max_size=8))


def test_keys_are_derived_as_the_contract_says() -> None:
    assert keys.api_key(SIGNING, "seat-07", 3) == API
    assert keys.probe_key(SIGNING, "seat-07") == PROBE
    assert keys.operator_key(SIGNING) == OPERATOR
    assert keys.metrics_key(SIGNING) == METRICS


def test_a_key_says_what_it_is_for() -> None:
    assert keys.claimed(API) == Claimed(KeyKind.API, "seat-07")
    assert keys.claimed(keys.probe_key(SIGNING, "seat-100")) == Claimed(KeyKind.PROBE, "seat-100")
    assert keys.claimed(OPERATOR) == Claimed(KeyKind.OPERATOR, "")
    assert keys.claimed(METRICS) == Claimed(KeyKind.METRICS, "")


@pytest.mark.parametrize("text", ["", "tk-07", f"{API}x", API[:-1], f" {API}", API.upper(), "ok-"])
def test_anything_else_is_no_key(text: str) -> None:
    assert keys.claimed(text) is None


def test_no_two_keys_of_a_classroom_are_the_same() -> None:
    seats = [f"seat-{n:02d}" for n in range(1, MAX_SEATS + 1)]
    made = [keys.operator_key(SIGNING), keys.metrics_key(SIGNING)]
    made += [keys.probe_key(SIGNING, seat) for seat in seats]
    made += [keys.api_key(SIGNING, seat, g) for seat in seats for g in (1, 2, 11)]
    made += [keys.api_key(keys.new_signing_key(), "seat-07", 1)]
    assert len({key[3:] for key in made}) == len(made)
    assert all(keys.claimed(key) for key in made)


def test_only_the_very_same_key_is_the_same() -> None:
    assert keys.same(API, API)
    assert not keys.same(API[:-1] + "_", API)
    assert not keys.same("ü", API)


def test_a_new_code_is_canonical_and_its_own() -> None:
    made = {str(codes.new_code(7)) for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(f"07-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) for code in made)
    assert str(codes.new_code(254)).startswith("254-")


@given(CODES)
def test_a_code_is_understood_as_it_is_printed(code: Code) -> None:
    assert codes.parse(str(code)) == code
    assert code.seat == f"seat-{code.number:02d}"


@given(CODES, st.data())
def test_case_spaces_hyphens_and_misread_letters_do_not_matter(
    code: Code, data: st.DataObject
) -> None:
    misread = {"0": "0oO", "1": "1iIlL"}
    typed = ""
    for letter in str(code).replace("-", ""):
        typed += data.draw(st.sampled_from(misread.get(letter, letter + letter.lower())))
        typed += data.draw(st.sampled_from(["", "", "", " ", "-", "\u2013", "\u00a0", "\u200b"]))
    assert codes.parse(typed) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K7QF-2M9X",  # no seat
        "07-K7QF-2M9",  # too short
        "007-K7QF-2M9X1",  # too long
        "00-K7QF-2M9X",
        "255-K7QF-2M9X",
        "07-K7QF-2M9U",  # no such letter
        "07-K7QF-2M9Ä",
        "\u0660\u0667-K7QF-2M9X",  # digits, but not ours
        "07-K7QF-2M9X" + " " * 60,
    ],
)
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert codes.parse(text) is None


@given(st.text())
def test_whatever_is_typed_is_answered(text: str) -> None:
    code = codes.parse(text)
    assert code is None or codes.parse(str(code)) == code


def test_a_hash_fits_its_secret_alone() -> None:
    stored = hashing.hashed("07-K7QF-2M9X")
    assert hashing.is_hash(stored)
    assert hashing.matches(stored, "07-K7QF-2M9X")
    assert not hashing.matches(stored, "07-K7QF-2M9Y")
    assert hashing.hashed("07-K7QF-2M9X") != stored
    assert not hashing.matches("no hash", "07-K7QF-2M9X")


@pytest.mark.parametrize(
    "text", ["", "07-K7QF-2M9X", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$"]
)
def test_what_is_no_hash_of_ours_is_told_apart(text: str) -> None:
    assert not hashing.is_hash(text)
