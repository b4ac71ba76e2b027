"""The sample can be drawn again by anybody, the measured rate is that of a slow count, the verdict names shortfalls."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.imaging.acceptance import (
    Measured,
    Thresholds,
    draw_sample,
    edits,
    reading_errors,
    sample_size,
    verdict_on,
)

CODES = [f"0059-WS·2019-Y-{number:04d}" for number in range(1, 201)]
WORDS = st.text(alphabet="兰台县审批ab1", max_size=7)


def slow_edits(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        slow_edits(one[1:], other) + 1,
        slow_edits(one, other[1:]) + 1,
        slow_edits(one[1:], other[1:]) + (one[0] != other[0]),
    )


@given(WORDS, WORDS)
def test_edits_are_those_of_a_slow_count(one: str, other: str) -> None:
    assert edits(one, other) == slow_edits(one, other)


@given(st.integers(1, 5000), st.floats(0.01, 100))
def test_never_fewer_are_drawn_than_asked_for(count: int, rate: float) -> None:
    drawn = sample_size(count, rate)
    assert 1 <= drawn <= count
    assert drawn * 100 >= count * rate - 1e-6
    assert drawn == 1 or (drawn - 1) * 100 < count * rate


def test_whoever_has_list_and_seed_draws_the_same() -> None:
    drawn = draw_sample(CODES, seed="a1", rate=5)
    by_hand = sorted(sorted(CODES, key=lambda each: sha256(f"a1\n{each}".encode()).hexdigest())[:10])
    assert drawn == by_hand == draw_sample(list(reversed(CODES)), seed="a1", rate=5)
    assert draw_sample(CODES, seed="a2", rate=5) != drawn
    assert draw_sample(CODES[:3], seed="a1", rate=5) and draw_sample([], seed="a1", rate=5) == []


def test_every_record_is_drawn_about_as_often() -> None:
    counts = dict.fromkeys(CODES, 0)
    for seed in range(400):
        for each in draw_sample(CODES, seed=str(seed), rate=5):
            counts[each] += 1
    assert sum(counts.values()) == 400 * 10
    assert min(counts.values()) >= 5 and max(counts.values()) <= 45


def test_blanks_count_for_nothing_and_added_or_struck_out_lines_do() -> None:
    assert reading_errors([("兰 台", "兰台"), ("县府", "县政府"), ("", "加行"), ("污点", "")]) == (7, 5)


def test_the_verdict_names_what_was_not_reached() -> None:
    good = Measured(drawn=20, passed=19, pages=100, linked=100, characters=1000, errors=50)
    assert verdict_on(good, Thresholds()) == ()
    bad = Measured(drawn=20, passed=18, pages=100, linked=99, characters=1000, errors=51)
    assert verdict_on(bad, Thresholds()) == ("passing", "linked", "read")
    assert verdict_on(bad, Thresholds(90, 99, 0)) == ()
    assert verdict_on(Measured(0, 0, 0, 0, 0, 0), Thresholds()) == ("passing", "linked")
