"""Form templates: learnt from one page, they fill others like it, moved, larger, turned; and leave other pages be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.archival.imaging.true_lines import read_line, witnessed

from lantai.archival.imaging.fields import FAULTS
from lantai.archival.imaging.forms import (
    FIELD_TYPES,
    FieldType,
    FormTemplate,
    MarkedField,
    Proposal,
    best_filled,
    checked_value,
    fill,
    learn_template,
    propose_fields,
)
from lantai.archival.imaging.layout import Cell, Table
from lantai.archival.imaging.layout.words import filled
from lantai.archival.imaging.levelling import Levelling
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.specimens import Kind, make_specimen, worn
from lantai.archival.imaging.specimens.documents import SetPage

WIDTH, HEIGHT = 2480, 3508


def true_tables(page: SetPage, lines: list[Line]) -> list[Table]:
    return [
        filled(
            Table(tuple(Cell(c.row, c.column, c.rows, c.columns, c.box) for c in each.cells), each.box, each.ruled),
            lines,
        )
        for each in page.sheet.tables
    ]


def marked(seed: int, kind: Kind) -> tuple[FormTemplate, dict[str, Proposal]]:
    page, lines, _told = witnessed(seed, kind)
    places = propose_fields(lines, true_tables(page, lines))
    fields = [MarkedField(each.name, each.kind, each.box) for each in places]
    return learn_template(lines, fields, width=WIDTH, height=HEIGHT), {each.name: each for each in places}


FORM, _PLACES = marked(93_001, "form")
PERMIT, _PERMIT_PLACES = marked(93_001, "permit")


def scaled(line: Line, factor: float, x: int, y: int) -> Line:
    left, top, right, bottom = line.box
    return read_line(
        line.text,
        tuple(round(each * factor) + by for each, by in zip((left, top, right, bottom), (x, y, x, y), strict=True)),
    )  # type: ignore[arg-type]


def test_what_looks_like_a_field_is_proposed_with_the_type_of_what_stands_in_it() -> None:
    kinds = {each.name: each.kind for each in _PLACES.values()}
    assert kinds["统一社会信用代码"] == "credit_code" and kinds["身份证号码"] == "identity_number"
    assert kinds["申请日期"] == "date" and kinds["联系电话"] == "phone" and kinds["经营面积"] == "number"
    assert kinds["申请单位"] == kinds["经营地址"] == "text"
    assert _PERMIT_PLACES["有效期限"].kind == "text" and _PERMIT_PLACES["发证日期"].kind == "date"


@pytest.mark.parametrize("seed", [93_002, 93_003])
@pytest.mark.parametrize("with_tables", [True, False])
def test_another_form_is_filled_field_by_field(seed: int, with_tables: bool) -> None:
    page, lines, _told = witnessed(seed, "form")
    made = fill(FORM, lines, true_tables(page, lines) if with_tables else [])
    assert made is not None and made.share > 0.8
    true = {each.name: each for each in propose_fields(lines, true_tables(page, lines))}
    for each in made.fields:
        assert each.text == true[each.name].text, each.name
        assert (each.value, each.fault) == checked_value(each.text, _kind(each.name))


def _kind(name: str) -> FieldType:
    return next(each.kind for each in FORM.fields if each.name == name)


def test_labels_with_a_colon_take_what_stands_behind_them_over_two_lines_too() -> None:
    page, lines, told = witnessed(93_004, "permit")
    made = fill(PERMIT, lines)
    assert made is not None
    values = {each.name: each.value for each in made.fields}
    assert values["住所"] in {value for code, value in told if code == "address"}
    assert values["统一社会信用代码"] in {value for code, value in told if code == "credit_code"}
    whole = "".join(each.text for each in page.sheet.lines)
    assert f"许可范围：{values['许可范围']}有效期限：{values['有效期限']}" in whole


@pytest.mark.parametrize("kind", ["decision", "receipt", "redhead", "columns"])
def test_other_pages_are_left_alone(kind: str) -> None:
    page, lines, _told = witnessed(93_005, kind)  # type: ignore[arg-type]
    assert fill(FORM, lines, true_tables(page, lines)) is None
    assert fill(PERMIT, lines, true_tables(page, lines)) is None


def test_of_several_templates_the_one_that_fits_is_taken() -> None:
    for kind, number in (("form", 1), ("permit", 2)):
        _page, lines, _told = witnessed(93_006, kind)  # type: ignore[arg-type]
        found = best_filled({1: FORM, 2: PERMIT}, lines)
        assert found is not None and found[0] == number
    assert best_filled({1: FORM, 2: PERMIT}, [read_line("无关的一行", (0, 0, 100, 20))]) is None
    assert best_filled({}, []) is None


@settings(max_examples=12, deadline=None)
@given(factor=st.floats(0.4, 1.6), x=st.integers(-40, 200), y=st.integers(-40, 300))
def test_a_page_larger_smaller_or_moved_gives_the_same_values(factor: float, x: int, y: int) -> None:
    _page, lines, _told = witnessed(93_007, "form")
    plain = fill(FORM, lines)
    other = fill(FORM, [scaled(each, factor, x, y) for each in lines])
    assert plain is not None and other is not None
    same = sum(one.value == two.value for one, two in zip(plain.fields, other.fields, strict=True))
    assert same >= len(plain.fields) - 1


def test_fields_of_a_real_reading_of_a_turned_scan_stand_where_they_are_on_it(exact: Reader) -> None:
    specimen = worn(make_specimen(93_008, "form"), "turned180", seed=3, dpi=200)
    reading = exact.read(specimen.picture)
    level = Levelling.of(reading.matrix, reading.width, reading.height)
    tables = [level.table(each) for each in reading.tables]
    made = fill(FORM, level.lines(reading.lines), tables)
    assert made is not None
    _page, _lines, told = witnessed(93_008, "form")
    values = {each.name: each for each in made.fields}
    code = next(value for kind, value in told if kind == "credit_code")
    assert values["统一社会信用代码"].value == code and not values["统一社会信用代码"].fault
    assert values["申请单位"].value == next(value for kind, value in told if kind == "body")
    (cell,) = [each for each in specimen.tables[0].cells if each.text == code]
    box = level.back(values["统一社会信用代码"].box)
    assert all(abs(one - other) < 40 for one, other in zip(box, cell.box, strict=True))


@pytest.mark.parametrize(
    ("text", "kind", "value", "fault"),
    [
        ("二〇一九年五月八日", "date", "2019-05-08", ""), ("２０１９年２月３０日", "date", "2019年2月30日", "date"),
        ("明天", "date", "明天", "date"),
        ("1,234.50元", "number", "1234.50", ""), ("三百", "number", "三百", "number"),
        ("300平方米", "number", "300", ""),
        ("0531-8888 1234", "phone", "053188881234", ""), ("12", "phone", "12", "form"),
        ("11010519491231002X", "identity_number", "11010519491231002X", ""),
        ("11010519491231002 1", "identity_number", "110105194912310021", "digit"),
        (" 王伟 ", "text", "王伟", ""), ("", "credit_code", "", ""),
    ],
)  # fmt: skip
def test_values_are_judged_by_their_type(text: str, kind: str, value: str, fault: str) -> None:
    assert checked_value(text, kind) == (value, fault)  # type: ignore[arg-type]
    assert kind in FIELD_TYPES and (not fault or fault in FAULTS)


def test_an_empty_required_field_is_a_fault() -> None:
    assert checked_value(" ", "date", required=True) == ("", "empty")


def test_a_template_is_plain_data_and_comes_back_the_same() -> None:
    assert FormTemplate.of(json.loads(json.dumps(FORM.data()))) == FORM
    odd = {**FORM.data()["fields"][0], "type": "odd"}
    for change in ({"anchors": 3}, {"fields": [{"name": "x"}]}, {"fields": [odd]}):
        with pytest.raises(ValueError, match="no "):
            FormTemplate.of({**FORM.data(), **change})
    with pytest.raises(ValueError, match="fields"):
        learn_template([], [], width=1, height=1)
