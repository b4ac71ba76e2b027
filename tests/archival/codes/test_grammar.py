"""Archive codes: the standard's vectors, the round trip, exact errors, and a slow reader as reference."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.codes import (
    CodeError,
    CodeRule,
    RuleError,
    categories,
    check_code,
    component_definitions,
    format_code,
    normalise_code,
    parse_code,
    preset_rules,
    record_classes,
    rule_from_data,
    rule_to_data,
    rules_for_code,
    scope_of,
)

# The examples of DA/T 13-2022 and DA/T 22-2015, each with the rule it is written by and what it consists of.
VECTORS = [
    (
        "J019-ZY·JC·CC·2019·D30-001-001",
        "professional-volume",
        "J019 ZY JC CC 2019 D30 001 001",
        "fonds category class2 class3 year retention volume item",
    ),
    (
        "J019-KU·01·2017-001-001",
        "accounting-volume",
        "J019 KU 01 2017 001 001",
        "fonds category class2 year volume item",
    ),
    ("A002-RS-001-002", "personnel-volume", "A002 RS 001 002", "fonds category volume item"),
    ("X032-KJ·KY·01-003", "project-volume", "X032 KJ KY 01 003", "fonds category class2 project volume"),
    ("X032-KJ·JJ·02-005-054", "project-page", "X032 KJ JJ 02 005 054", "fonds category class2 project volume page"),
    (
        "K021-ZP·2019·D30-025-005",
        "photograph-group",
        "K021 ZP 2019 D30 025 005",
        "fonds category year retention group item",
    ),
    ("C038-001-002-003", "catalogue-volume", "C038 001 002 003", "fonds catalogue volume item"),
    (
        "A439-WS·2015·D30·003-005",
        "function-item",
        "A439 WS 2015 D30 003 005",
        "fonds category year retention organisation item",
    ),
    (
        "Z109-WS·2011·Y·办公室-0001",
        "organisation-item",
        "Z109 WS 2011 Y 办公室 0001",
        "fonds category year retention organisation item",
    ),
    ("Z008-WS·2019·Y-037", "item", "Z008 WS 2019 Y 037", "fonds category year retention item"),
    ("J019-LY·2019·Y-001", "item", "J019 LY 2019 Y 001", "fonds category year retention item"),
    (
        "C015-WY·TZGG·2019·D10-00001",
        "class-item",
        "C015 WY TZGG 2019 D10 00001",
        "fonds category class2 year retention item",
    ),
    ("B168-SW·2015·Y-001", "item", "B168 SW 2015 Y 001", "fonds category year retention item"),
    (
        "Z109-WS·2011-Y-BGS-0001",
        "da-t-22-item",
        "Z109 WS 2011 Y BGS 0001",
        "fonds category year retention organisation item",
    ),
]


@pytest.mark.parametrize(("code", "key", "values", "names"), VECTORS, ids=[each[0] for each in VECTORS])
def test_vector_is_read_and_written(code: str, key: str, values: str, names: str) -> None:
    rule = preset_rules()[key]
    expected = dict(zip(names.split(), values.split(), strict=True))
    assert parse_code(rule, code) == expected
    numbers = {
        name: int(value) if component_definitions()[name]["form"] == "number" else value
        for name, value in expected.items()
    }
    assert format_code(rule, numbers) == code
    running = int(numbers.pop(rule.running))
    assert format_code(rule, numbers, running) == code


@pytest.mark.parametrize("code", [each[0] for each in VECTORS])
def test_vector_is_found_among_all_rules(code: str) -> None:
    key = next(each[1] for each in VECTORS if each[0] == code)
    assert key in [rule.key for rule, _ in rules_for_code(code, preset_rules().values())]


@pytest.mark.parametrize("dot", ["\u2022", "\u30fb", ".", "\uff0e"])
def test_typed_separators_are_read_as_the_standards_own(dot: str) -> None:
    assert normalise_code(f" Z109-WS{dot}2011{dot}Y-0001 ") == "Z109-WS·2011·Y-0001"
    assert normalise_code("Ｚ１０９－WS·2011") == "Z109-WS·2011"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_code(text)
    assert normalise_code(once) == once


@pytest.mark.parametrize(
    ("code", "reason", "component", "expected", "found", "position"),
    [
        ("", "empty", "fonds", "一位大写字母加三位数字", "", 1),
        ("109-WS·2019·Y-037", "form", "fonds", "一位大写字母加三位数字", "109", 1),
        ("Z008·WS·2019·Y-037", "separator", "category", "-", "·", 5),
        ("Z008-WS-2019·Y-037", "separator", "year", "·", "-", 8),
        ("Z008-WS··Y-037", "empty", "year", "四位年份", "", 9),
        ("Z008-WS·19·Y-037", "form", "year", "四位年份", "19", 9),
        ("Z008-WS·2019·D0-037", "form", "retention", "Y 或 D 加年数", "D0", 14),
        ("Z008-WS·2019·Y", "missing", "item", "3位数字，从1起", "", 15),
        ("Z008-WS·2019·Y-37", "form", "item", "3位数字，从1起", "37", 16),
        ("Z008-WS·2019·Y-0037", "form", "item", "3位数字，从1起", "0037", 16),
        ("Z008-WS·2019·Y-000", "form", "item", "3位数字，从1起", "000", 16),
        ("Z008-WS·2019·Y-037-1", "surplus", "item", "3位数字，从1起", "-1", 19),
    ],
)
def test_error_names_component_expected_and_found(
    code: str, reason: str, component: str, expected: str, found: str, position: int
) -> None:
    problem = check_code(preset_rules()["item"], code)
    assert problem is not None
    assert (problem.reason, problem.component, problem.expected_zh) == (reason, component, expected)
    assert (problem.found, problem.position) == (found, position)
    for language in ("zh", "en"):
        sentence = problem.sentence(language)
        assert component_definitions()[component][language] in sentence
        assert found in sentence
    with pytest.raises(CodeError) as raised:
        parse_code(preset_rules()["item"], code)
    assert raised.value.problem == problem


@pytest.mark.parametrize(
    ("values", "reason", "component"),
    [
        ({"fonds": "Z008", "category": "WS", "retention": "Y", "item": 1}, "unnamed", "year"),
        ({"fonds": "Z008", "category": "WS", "year": 2019, "retention": "Y"}, "unnamed", "item"),
        ({"fonds": "Z008", "category": "", "year": 2019, "retention": "Y", "item": 1}, "unnamed", "category"),
        ({"fonds": "Z008", "category": "WS", "year": 2019, "retention": "Y", "item": 1000}, "overflow", "item"),
        ({"fonds": "Z008", "category": "WS", "year": 2019, "retention": "Y", "item": 0}, "form", "item"),
        ({"fonds": "Z008", "category": "WS", "year": 2019, "retention": "Y", "item": -1}, "form", "item"),
        ({"fonds": "Z-08", "category": "WS", "year": 2019, "retention": "Y", "item": 1}, "form", "fonds"),
    ],
)
def test_writing_refuses_values_that_do_not_fit(values: dict[str, str | int], reason: str, component: str) -> None:
    with pytest.raises(CodeError) as raised:
        format_code(preset_rules()["item"], values)
    assert (raised.value.problem.reason, raised.value.problem.component) == (reason, component)


def test_a_rule_is_data() -> None:
    """An archives' own rule: other fonds numbers, a fourth level, a growing number, its own scope."""
    rule = rule_from_data(
        {
            "key": "county",
            "structure": "fonds-category·class2·class3·class4·year·retention-item:4-6",
            "allow": {"category": ["ZY"], "class2": ["XK", "QR"]},
            "patterns": {"fonds": "[0-9]{4}"},
            "scope": ["fonds", "year"],
        }
    )
    values: dict[str, str | int] = {
        "fonds": "0059",
        "category": "ZY",
        "class2": "XK",
        "class3": "ZC",
        "class4": "01",
        "year": 2024,
        "retention": "D30",
    }
    assert format_code(rule, values, 7) == "0059-ZY·XK·ZC·01·2024·D30-0007"
    assert format_code(rule, values, 123456) == "0059-ZY·XK·ZC·01·2024·D30-123456"
    assert parse_code(rule, "0059-ZY·XK·ZC·01·2024·D30-12345")["item"] == "12345"
    assert check_code(rule, "0059-ZY·XK·ZC·01·2024·D30-012345") is not None
    assert scope_of(rule, values) == scope_of(rule, {**values, "class2": "QR"}) == "fonds=0059/year=2024"
    problem = check_code(rule, "0059-ZY·CF·ZC·01·2024·D30-0001")
    assert problem is not None
    assert problem.expected_zh == "QR、XK之一"
    assert rule_from_data(json.loads(json.dumps(rule_to_data(rule)))) == rule


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"structure": "fonds-category-item"}, "needs its width"),
        ({"structure": "-fonds-item:3"}, "cannot be read"),
        ({"structure": "fondsitem:3"}, "no component is called fondsitem"),
        ({"structure": "fonds--item:3"}, "cannot be read"),
        ({"structure": "fonds-class2-item:3"}, "class levels"),
        ({"structure": "fonds-category·class3-item:3"}, "class levels"),
        ({"structure": "fonds-fonds-item:3"}, "stands twice"),
        ({"structure": "fonds-colour-item:3"}, "no component is called colour"),
        ({"structure": "fonds-category"}, "running number"),
        ({"structure": "fonds:3-item:3"}, "is text and has no width"),
        ({"structure": "fonds-item:3", "running": "page"}, "running number"),
        ({"structure": "fonds-item:3", "scope": ["year"]}, "the scope"),
        ({"structure": "fonds-item:3", "allow": {"year": ["2019"]}}, "year is not in"),
        ({"structure": "fonds-item:3", "allow": {"fonds": ["Z-09"]}}, "cannot be a fonds"),
        ({"structure": "fonds-item:3", "patterns": {"fonds": "["}}, "not a regular expression"),
    ],
)
def test_data_that_is_no_rule_is_refused_with_the_reason(data: dict[str, object], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        rule_from_data({"key": "broken", **data})


def test_presets() -> None:
    assert len(categories()) == 13
    assert categories()["ZY"].name_zh == "专业"
    classes = {each.path: each for each in record_classes() if each.category == "ZY"}
    assert classes["XK"].item_type == "01"
    assert classes["XK·ZC·01"].level == 4
    assert all("·".join(path.split("·")[:-1]) in {"", *classes} for path in classes)


# -- properties ------------------------------------------------------------------------------------------------------

_rules = st.sampled_from(sorted(preset_rules()))


def _values(rule: CodeRule) -> st.SearchStrategy[dict[str, str]]:
    def one(name: str, form: str, pattern: str, width: int, allowed: frozenset[str]) -> st.SearchStrategy[str]:
        if form == "number":
            return st.integers(1, 10**width - 1).map(lambda number: str(number).zfill(width))
        if allowed:
            return st.sampled_from(sorted(allowed))
        return st.from_regex(pattern, fullmatch=True)

    return st.fixed_dictionaries(
        {each.name: one(each.name, each.form, each.pattern, each.width, each.allowed) for each in rule.components}
    )


@given(st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    rule = preset_rules()[data.draw(_rules)]
    values = data.draw(_values(rule))
    code = format_code(rule, values)
    assert parse_code(rule, code) == values
    assert normalise_code(code) == code
    assert _read_slowly(rule, code) == values


def _read_slowly(rule: CodeRule, text: str) -> dict[str, str] | None:
    """The reference: try every way to cut *text*, character by character, and take the one that fits the rule."""

    def cut(rest: str, place: int) -> list[dict[str, str]]:
        if place == len(rule.components):
            return [{}] if not rest else []
        component = rule.components[place]
        if place:
            if not rest.startswith(component.separator):
                return []
            rest = rest[1:]
        found = []
        for end in range(1, len(rest) + 1):
            head = rest[:end]
            fits = component.matches.fullmatch(head) and not set(head) & set("-·/")
            if component.form == "number":
                fits = fits and int(head) > 0
            if component.allowed:
                fits = fits and head in component.allowed
            if fits:
                found += [{component.name: head, **tail} for tail in cut(rest[end:], place + 1)]
        return found

    ways = cut(text, 0)
    assert len(ways) <= 1, "a code must be readable in one way only"
    return ways[0] if ways else None


@given(st.data())
def test_reading_agrees_with_the_slow_reader_on_damaged_codes(data: st.DataObject) -> None:
    rule = preset_rules()[data.draw(_rules)]
    code = format_code(rule, data.draw(_values(rule)))
    place = data.draw(st.integers(0, len(code)))
    removed = data.draw(st.integers(0, 3))
    damaged = code[:place] + data.draw(st.text(alphabet="-·0A1Y办a", max_size=3)) + code[place + removed :]
    expected = _read_slowly(rule, damaged)
    problem = check_code(rule, damaged)
    assert (problem is None) is (expected is not None)
    if expected is not None:
        assert parse_code(rule, damaged) == expected


@given(_rules, st.text(max_size=60))
def test_any_text_is_judged_without_surprise(key: str, text: str) -> None:
    problem = check_code(preset_rules()[key], text)
    if problem is not None:
        assert problem.sentence("zh")
        assert problem.sentence("en")
