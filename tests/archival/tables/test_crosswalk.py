"""Days in every spelling, and crosswalks: each change, each refusal, suggestions by heading."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.tables import (
    CrosswalkError,
    header_signature,
    map_line,
    read_day,
    rules_from_data,
    rules_to_data,
    suggest_rules,
    targets,
)
from lantai.archival.tables.attached import files_by_key, name_key
from lantai.archival.tables.sheets import from_serial


@pytest.mark.parametrize(
    "text",
    [
        "2011-05-03", "2011/5/3", "2011.5.3", "20110503", "2011年5月3日", "2011 年 5 月 3 日", "二〇一一年五月三日",
        "二○一一年五月三日", "二零一一年五月三号", "贰零壹壹年伍月叁日", "民国一百年五月三日", "公元2011年5月3日",
        "２０１１．０５．０３", "2011-5-3 00:00:00", "20110503093000", "二0一一年五月三日", "2011年05月03日。",
    ],
)  # fmt: skip
def test_one_day_in_many_spellings(text: str) -> None:
    found = read_day(text)
    assert found is not None
    assert (found.first, found.last, found.text) == (date(2011, 5, 3), date(2011, 5, 3), "20110503")


@pytest.mark.parametrize(
    ("text", "first", "last", "told"),
    [
        ("2011年5月", "2011-05-01", "2011-05-31", "201105"),
        ("2012.2", "2012-02-01", "2012-02-29", "201202"),
        ("2011", "2011-01-01", "2011-12-31", "2011"),
        ("2011.05.00", "2011-05-01", "2011-05-31", "201105"),
        ("[19490503]", "1949-05-03", "1949-05-03", "[19490503]"),
        ("20110503-20110612", "2011-05-03", "2011-06-12", "20110503-20110612"),
        ("2011年5月3日至2012年6月", "2011-05-03", "2012-06-30", "20110503-201206"),
        ("2011年5月3日至6月12日", "2011-05-03", "2011-06-12", "20110503-20110612"),
        ("一九八五年十二月三十一日", "1985-12-31", "1985-12-31", "19851231"),
        ("一九八五年十月廿三日", "1985-10-23", "1985-10-23", "19851023"),
        ("民国三十八年", "1949-01-01", "1949-12-31", "1949"),
    ],
)
def test_spans_months_and_inferred_days(text: str, first: str, last: str, told: str) -> None:
    found = read_day(text)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat(), found.text) == (first, last, told)


@pytest.mark.parametrize(
    "text", ["", "不详", "11.5.3", "2011-13-01", "2011-02-30", "40666", "20110503-20100101", "年月日", "9999999"]
)
def test_what_is_no_day(text: str) -> None:
    assert read_day(text) is None


@given(st.dates(min_value=date(1928, 1, 1), max_value=date(2173, 10, 13)))
def test_spreadsheet_numbers_of_1900_against_a_slow_count(day: date) -> None:
    number = (day - date(1899, 12, 30)).days
    found = read_day(str(number), epoch=1900)
    assert found is not None
    assert found.first == day
    assert from_serial(number, 1900).date() == day  # type: ignore[union-attr]
    assert from_serial((day - date(1904, 1, 1)).days, 1904).date() == day if day.year >= 1904 else True  # type: ignore[union-attr]


def test_the_leap_day_that_never_was() -> None:
    days = [from_serial(number, 1900) for number in (1, 59, 60, 61)]
    assert [each.date() for each in days if each] == [
        date(1900, 1, 1), date(1900, 2, 28), date(1900, 2, 28), date(1900, 3, 1),
    ]  # fmt: skip
    assert from_serial(9_999_999, 1900) is None
    first = from_serial(0, 1904)
    assert first is not None
    assert first.date() + timedelta(days=1) == date(1904, 1, 2)


def mapped(rule: dict[str, object], *cells: str) -> tuple[str, str]:
    """What one rule over columns A, B, C makes of *cells*: the value, and the code of what went wrong."""
    found = map_line(rules_from_data([rule]), ("A", "B", "C"), cells)
    return next(iter(found.values.values()), ""), next((each.code for each in found.misfits), "")


@pytest.mark.parametrize(
    ("target", "columns", "steps", "cells", "value", "wrong"),
    [
        ("title", ["A"], [], ["题"], "题", ""),
        ("title", ["A"], [{"act": "trim", "marks": "《》"}], ["《 题  名 》"], "题 名", ""),
        ("title", ["A", "C"], [{"act": "join", "by": "—"}], ["甲", "乙", "丙"], "甲—丙", ""),
        ("title", ["A", "C"], [], ["甲", "乙", ""], "甲", ""),
        ("title", ["A"], [{"act": "split", "by": "/", "part": 2}], ["a / b/c"], "b", ""),
        ("title", ["A"], [{"act": "split", "by": "/", "part": 0}], ["a/b/c"], "c", ""),
        ("title", ["A"], [{"act": "split", "by": "/", "part": 9}], ["a/b"], "", ""),
        ("item_number", ["A"], [{"act": "part", "pattern": r"第(\d+)号"}], ["第0012号"], "12", ""),
        ("title", ["A"], [{"act": "part", "pattern": r"x+"}], ["oxxo"], "xx", ""),
        ("title", ["A"], [{"act": "constant", "value": "定"}], [""], "定", ""),
        ("title", ["A"], [{"act": "constant", "value": "定"}], ["有"], "有", ""),
        ("title", [], [{"act": "constant", "value": "定"}], [], "定", ""),
        ("retention", ["A"], [{"act": "codes", "map": {"甲": "Y"}, "default": None}], ["甲"], "Y", ""),
        ("retention", ["A"], [{"act": "codes", "map": {"甲": "Y"}, "default": "D10"}], ["乙"], "D10", ""),
        ("retention", ["A"], [{"act": "codes", "map": {"甲": "Y"}, "default": "D10"}], [""], "D10", ""),
        ("retention", ["A"], [{"act": "codes", "map": {"甲": "Y"}, "default": None}], ["乙"], "", "not-in-list"),
        ("pages", ["A"], [{"act": "number"}], ["共1,200页"], "1200", ""),
        ("pages", ["A"], [{"act": "number"}], ["无"], "", "number"),
        ("pages", ["A"], [], ["12页"], "12", ""),
        ("pages", ["A"], [], ["十二"], "", "number"),
        ("date", ["A"], [{"act": "date", "epoch": 1900}], ["40666"], "20110503", ""),
        ("date", ["A"], [{"act": "date", "epoch": 1904}], ["39204"], "20110503", ""),
        ("date", ["A"], [], ["去年"], "", "day"),
        ("year", ["A"], [], ["2011年度"], "2011", ""),
        ("year", ["A"], [], ["11"], "", "year"),
        ("retention", ["A"], [], ["30年"], "D30", ""),
        ("retention", ["A"], [], ["永 久"], "Y", ""),
        ("retention", ["A"], [], ["长期"], "D30", ""),
        ("retention", ["A"], [], ["定期"], "", "retention"),
        ("secrecy", ["A"], [], ["秘密★10年"], "2", ""),
        ("secrecy", ["A"], [], ["很密"], "", "choice"),
        ("level", ["A"], [], ["案卷"], "volume", ""),
        ("creator", ["A"], [], ["长" * 301], "", "too-long"),
        ("year", ["A"], [{"act": "split", "by": "."}, {"act": "codes", "map": {"11": "2011"}}], ["11.5"], "2011", ""),
    ],
)  # fmt: skip
def test_changes(
    target: str, columns: list[str], steps: list[object], cells: list[str], value: str, wrong: str
) -> None:
    assert mapped({"target": target, "columns": columns, "steps": steps}, *cells) == (value, wrong)


def test_a_crosswalk_is_data_and_comes_back_from_it() -> None:
    data = [
        {"target": "title", "columns": ["A"], "steps": [{"act": "split", "by": "/", "part": 2}]},
        {"target": "year", "columns": [], "steps": [{"act": "constant", "value": "2011"}]},
    ]
    assert rules_to_data(rules_from_data(data)) == data
    with pytest.raises(CrosswalkError, match="unknown-target"):
        rules_from_data([data[0], data[0]])


def test_headings_suggest_their_elements_each_once() -> None:
    rules = suggest_rules(("序号", "题 名", "文号", "责任者/单位", "成文日期*", "日期", "备注", "身份证号"))
    assert [(each.target, each.columns) for each in rules] == [
        ("title", ("题 名",)),
        ("creator", ("责任者/单位",)),
        ("document_number", ("文号",)),
        ("date", ("成文日期*",)),
        ("note", ("备注",)),
        ("certificate", ("身份证号",)),
    ] or {each.target for each in rules} == {"title", "creator", "document_number", "date", "note", "certificate"}
    assert all(rules_from_data(rules_to_data(rules)))


def test_equal_headers_have_one_signature() -> None:
    assert header_signature(("题 名", "A")) == header_signature(("题名", "a"))
    assert header_signature(("题名", "A")) != header_signature(("A", "题名"))


def test_no_heading_names_two_elements() -> None:
    seen: dict[str, str] = {}
    for key, each in targets().items():
        for name in (each.zh, *each.aliases):
            assert seen.setdefault(name, key) == key, name


def test_files_are_known_by_code_counter_and_folder() -> None:
    paths = ["扫描/X013-WS.2011.Y-0001.pdf", "X013-WS·2011·Y-0002-001.jpg", "X013-WS·2011·Y-0003/1.jpg", "封面.jpg"]
    found = files_by_key(paths)
    assert found[name_key("X013-WS·2011·Y-0001")] == (paths[0],)
    assert found[name_key("x013-ws•2011•y-0002")] == (paths[1],)
    assert found[name_key("X013-WS·2011·Y-0003")] == (paths[2],)
