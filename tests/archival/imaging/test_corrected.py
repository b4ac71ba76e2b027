"""Words of corrected lines: put together they are the line, and those that stayed are where they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.imaging.corrected import corrected_words
from lantai.archival.imaging.model import Word

LETTERS = st.text(alphabet="云岭县的12ab ", max_size=12)


def words_of(text: str) -> list[Word]:
    """Each character as a word of its own, 10 pixels wide."""
    return [
        Word(each, ((10 * at, 0), (10 * at + 10, 0), (10 * at + 10, 20), (10 * at, 20)), 0.5)
        for at, each in enumerate(text)
        if each != " "
    ]


@given(LETTERS, LETTERS)
def test_put_together_they_are_the_text_and_stand_in_order(before: str, after: str) -> None:
    words = words_of(before)
    made = corrected_words(words, after)
    assert "".join(each.text for each in made) == ("".join(after.split()) if words else "")
    starts = [each.corners[0][0] for each in made]
    assert starts == sorted(starts)
    places = {each.corners[0][0] for each in words}
    assert {*starts} <= places


def test_what_stayed_keeps_its_place_and_what_was_replaced_takes_it_over() -> None:
    made = corrected_words(words_of("王小明申请"), "王晓明的申请")
    assert [(each.text, each.corners[0][0], each.confidence) for each in made] == [
        ("王", 0, 0.5),
        ("晓", 10, 1.0),
        ("明的", 20, 1.0),
        ("申", 30, 0.5),
        ("请", 40, 0.5),
    ]
    assert corrected_words(words_of("旧"), "") == ()
    assert corrected_words((), "新") == ()
    whole = corrected_words(words_of("一二三"), "甲乙")
    assert [(each.text, each.corners[0], each.corners[1]) for each in whole] == [("甲乙", (0, 0), (30, 0))]
