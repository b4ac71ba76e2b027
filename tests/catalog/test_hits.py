"""Looked-for words are found in lines, over their ends, and lie where the characters lie."""

from __future__ import annotations

from lantai.catalog.hits import pieces_asked, pieces_of, place_of, spans_of, words_asked

LINES = [
    ("县水利局：关于兴建青溪水", 0.1, 0.1, 0.6, 0.02),
    ("库灌区的请示", 0.1, 0.13, 0.3, 0.02),
    ("PDF and OFD", 0.1, 0.16, 0.3, 0.02),
]


def test_words_of_a_question() -> None:
    assert words_asked("  “青溪水库”  灌区 灌区 (OFD) ") == ("青溪水库", "灌区", "OFD")
    assert words_asked("字" * 500) == ("字" * 200,)
    assert words_asked("") == ()
    assert pieces_asked(("青溪水库", "灌区", "OFD")) == ("青溪", "溪水", "水库")


def test_a_hit_may_run_over_the_end_of_a_line() -> None:
    assert spans_of(LINES, ("青溪水库",)) == [[(9, 12)], [(0, 1)], []]
    assert spans_of(LINES, ("ofd", "水利局")) == [[(1, 4)], [], [(8, 11)]]
    assert spans_of(LINES, ()) == [[], [], []]
    assert spans_of([], ("水",)) == []
    assert spans_of(LINES, (".*",)) == [[], [], []]


def test_the_text_is_cut_at_its_hits() -> None:
    assert pieces_of("关于青溪", [(2, 4)]) == (("关于", False), ("青溪", True))
    assert pieces_of("青溪青溪", [(0, 2), (2, 4)]) == (("青溪", True), ("青溪", True))


def test_the_rectangle_covers_the_characters() -> None:
    place = place_of(("一二三四", 0.2, 0.5, 0.4, 0.02), 1, 3, 1.4)
    assert (round(place.left), round(place.width), round(place.top), round(place.height)) == (30, 20, 50, 2)
    narrow = place_of(("一二ab", 0.0, 0.5, 0.3, 0.02), 2, 4, 1.4)
    assert (round(narrow.left), round(narrow.width)) == (20, 10)
    down = place_of(("一二三四", 0.9, 0.2, 0.02, 0.4), 2, 4, 1.4)
    assert (round(down.top), round(down.height), round(down.left)) == (40, 20, 90)
