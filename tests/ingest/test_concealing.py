"""Certificate numbers do not reach the text that is searched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.codes.check_digits import identity_digit
from lantai.catalog.concealing import HIDDEN, conceal_numbers

BODY = "33119919870202001"
NUMBER = BODY + identity_digit(BODY)


@given(before=st.text("林陈: \n<>x", max_size=8), after=st.text("号。 \n<>x/", max_size=8), cut=st.integers(1, 17))
def test_a_known_number_is_hidden_even_where_a_line_break_cuts_it(before: str, after: str, cut: int) -> None:
    text = f"{before}{NUMBER[:cut]}\n {NUMBER[cut:]}{after}"
    hidden = conceal_numbers(text=text, known={NUMBER})
    assert len(hidden) == len(text)
    assert hidden == before + HIDDEN * (len(NUMBER) + 2) + after


def test_a_number_of_anybody_is_hidden_and_codes_stay() -> None:
    wrong = BODY + ("0" if NUMBER[-1] != "0" else "1")
    text = f"代理人证件号 {NUMBER.lower()}，统一代码 11331199MB0000001K，流水号 {wrong}，长号 1{NUMBER}2"
    hidden = conceal_numbers(text=text, known=())
    assert hidden == text.replace(f" {NUMBER.lower()}，", f" {HIDDEN * 18}，")


def test_a_passport_of_letters_is_found_in_either_case() -> None:
    assert conceal_numbers(text="护照 e12345678 有效", known={"E12345678"}) == f"护照 {HIDDEN * 9} 有效"
