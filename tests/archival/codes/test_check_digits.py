"""Check digits: known numbers, one changed character is always seen, and the standards' formulas as reference."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.codes import (
    check_identity_number,
    check_organisation_code,
    check_region_code,
    check_social_credit_code,
)
from lantai.archival.codes.check_digits import PROVINCES, credit_digit, identity_digit, organisation_digit

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_examples_of_the_standards() -> None:
    assert check_identity_number("11010519491231002X").holds
    assert check_identity_number("440524188001010014").holds
    assert check_social_credit_code("91350100M000100Y43").holds
    assert check_organisation_code("D2143569-X").holds
    assert check_organisation_code("D2143569X").holds


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("110105194912310021", "digit"),
        ("11010519491231002x", "form"),
        ("11010519491231002", "form"),
        ("99010519491231002X", "region"),
        ("11010519490230002X", "date"),
        ("11010517001231002X", "date"),
        ("", "form"),
    ],
)
def test_identity_number_faults(number: str, fault: str) -> None:
    assert check_identity_number(number).fault == fault


def test_other_faults_say_what_was_expected() -> None:
    outcome = check_social_credit_code("91350100M000100Y44")
    assert (outcome.fault, outcome.expected, outcome.found) == ("digit", "3", "4")
    assert check_social_credit_code("91350100M000100I43").fault == "form"
    assert check_organisation_code("D2143569-1").expected == "X"
    assert check_organisation_code("D2143569--X").fault == "form"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("350100", ""),
        ("350100001", ""),
        ("350100001002", ""),
        ("3501", "form"),
        ("990100", "region"),
        ("35010A", "form"),
    ],
)
def test_region_codes(code: str, fault: str) -> None:
    assert check_region_code(code).fault == fault


_identity_bodies = st.builds(
    lambda province, county, born, serial: f"{province}{county:04}{born:%Y%m%d}{serial:03}",
    st.sampled_from(sorted(PROVINCES)),
    st.integers(0, 9999),
    st.dates(min_value=date(1800, 1, 1), max_value=date(2199, 12, 31)),
    st.integers(0, 999),
)


@given(_identity_bodies)
def test_identity_digit_satisfies_the_standards_sum(body: str) -> None:
    number = body + identity_digit(body)
    assert check_identity_number(number).holds
    # GB 11643: the sum over all eighteen places, place i from the right weighing 2^(i-1) mod 11, is 1 mod 11.
    values = [10 if each == "X" else int(each) for each in number]
    assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


@given(_identity_bodies, st.integers(0, 17), st.integers(1, 9))
def test_one_changed_digit_of_an_identity_number_is_seen(body: str, place: int, step: int) -> None:
    number = body + identity_digit(body)
    changed = str((int(number[place]) + step) % 10) if number[place] != "X" else str(step)
    assert not check_identity_number(number[:place] + changed + number[place + 1 :]).holds


_credit_bodies = st.builds(
    lambda head, region, tail: head + region + tail,
    st.text(CREDIT_ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CREDIT_ALPHABET, min_size=9, max_size=9),
)


@given(_credit_bodies)
def test_credit_digit_satisfies_the_standards_sum(body: str) -> None:
    code = body + credit_digit(body)
    assert check_social_credit_code(code).holds
    # GB 32100: place i from the left weighs 3^(i-1) mod 31, and the whole sum with the check character is 0 mod 31.
    total = sum(CREDIT_ALPHABET.index(each) * pow(3, place, 31) for place, each in enumerate(body))
    assert (total + CREDIT_ALPHABET.index(code[17])) % 31 == 0


@given(_credit_bodies, st.integers(0, 17), st.integers(1, 30))
def test_one_changed_character_of_a_credit_code_is_seen(body: str, place: int, step: int) -> None:
    code = body + credit_digit(body)
    changed = CREDIT_ALPHABET[(CREDIT_ALPHABET.index(code[place]) + step) % 31]
    assert not check_social_credit_code(code[:place] + changed + code[place + 1 :]).holds


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_organisation_digit_satisfies_the_standards_sum(body: str) -> None:
    digit = organisation_digit(body)
    assert check_organisation_code(body + digit).holds
    assert check_organisation_code(f"{body}-{digit}").holds
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(each, 36) * weight for each, weight in zip(body, weights, strict=True))
    assert (total + (10 if digit == "X" else int(digit))) % 11 == 0


@pytest.mark.corpus
def test_published_credit_codes_hold(corpus: Path) -> None:
    """Lists of enterprises in the wild: nearly every 18-character credit code there is sound."""
    seen = sound = 0
    for path in sorted((corpus / "enterprises").rglob("*")):
        if path.is_file() and path.suffix in {".csv", ".json", ".jsonl", ".txt", ".tsv"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            for code in set(re.findall(r"(?<![0-9A-Z])9[1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Z])", text)):
                seen += 1
                sound += check_social_credit_code(code).holds
    assert seen > 100
    assert sound / seen > 0.95
