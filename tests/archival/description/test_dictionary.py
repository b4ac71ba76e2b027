"""The dictionary of DA/T 46-2009: 88 elements, their domains, and schemes built on it as data."""

from __future__ import annotations

import pytest

from lantai.archival.description import (
    ElementProblem,
    SchemeError,
    check_elements,
    dictionary,
    preset_schemes,
    scheme_from_data,
)

# Domains as the standard's implementations agree on them; "other" opens a domain.
DOMAINS = {
    "M1": ({"文件", "案卷"}, False),
    "M12": ({"永久", "长期", "短期", "30年", "10年"}, True),
    "M34": (
        {"命令（令）", "决定", "公告", "通告", "通知", "通报", "议案", "报告", "请示", "批复", "意见", "函"}
        | {"会议纪要", "指示", "决议", "公报", "条例", "规定"},
        True,
    ),
    "M35": ({"特提", "特急", "加急", "平急", "急件"}, True),
    "M38": ({"公开", "限制", "秘密", "机密", "绝密"}, False),
    "M41": ({"单件", "组合文件"}, False),
    "M45": ({"草稿", "定稿", "正本", "副本", "试行本", "修订本"}, True),
    "M55": ({"黑白二值", "灰度", "彩色"}, False),
    "M73": ({"公布", "复制", "浏览", "解密"}, True),
    "M74": ({"开放", "控制"}, True),
    "M76": ({"单位", "内设机构", "个人"}, False),
    "M80": ({"历史行为", "计划任务"}, False),
}
CONTAINERS = {
    "M2": range(3, 7),
    "M8": range(9, 21),
    "M21": range(22, 40),
    "M40": range(41, 46),
    "M46": range(47, 51),
    "M52": range(53, 57),
    "M57": range(58, 65),
    "M65": range(66, 70),
    "M70": range(71, 75),
}


def test_there_are_88_elements_in_order() -> None:
    assert list(dictionary()) == [f"M{number}" for number in range(1, 89)]
    names = [each.name_zh for each in dictionary().values()]
    assert len(set(names)) == 88


def test_every_element_has_every_row() -> None:
    for each in dictionary().values():
        for row in (
            each.name_zh,
            each.name_en,
            each.definition_zh,
            each.definition_en,
            each.purpose_zh,
            each.purpose_en,
        ):
            assert row, each.number
        assert bool(each.note_zh) is bool(each.note_en), each.number
        assert each.obligation in {"mandatory", "conditional", "optional"}
        assert each.kind in {"container", "compound", "simple"}
        assert each.origin in {"capture", "description", "system", "rule", "identification", "parts"}
        assert each.data_type or each.kind == "container", each.number
        assert all(other in dictionary() and other != each.number for other in each.related), each.number
        assert not each.default or each.default in each.values or each.open, each.number


def test_entities_and_containers() -> None:
    entities = [each.entity for each in dictionary().values()]
    assert [entities.count(name) for name in ("record", "agent", "business", "relation")] == [75, 4, 5, 4]
    found = {each.number: each.parts for each in dictionary().values() if each.parts}
    assert found == {number: tuple(f"M{part}" for part in parts) for number, parts in CONTAINERS.items()}
    assert {each.number for each in dictionary().values() if each.kind == "container"} == set(CONTAINERS)


@pytest.mark.parametrize("number", DOMAINS)
def test_domain(number: str) -> None:
    element = dictionary()[number]
    values, is_open = DOMAINS[number]
    assert set(element.values) == values
    assert len(element.values) == len(values)
    assert element.open is is_open
    assert element.admits(element.values[0])
    assert element.admits("不在值域中的值") is is_open


def test_mandatory_elements_and_repeatable_ones() -> None:
    mandatory = {each.number for each in dictionary().values() if each.obligation == "mandatory" and each.number < "M9"}
    vendor = {"M6", "M11", "M12", "M22", "M33", "M38"}
    assert vendor <= {each.number for each in dictionary().values() if each.obligation == "mandatory"}
    assert "M1" in mandatory
    assert {each.number for each in dictionary().values() if each.repeatable} == {
        "M26",
        "M51",
        "M57",
        "M62",
        "M67",
        "M68",
        "M72",
        "M73",
        "M75",
    }


def test_schemes_narrow_the_dictionary() -> None:
    scheme = preset_schemes()["approval-case"]
    assert scheme.categories == ("ZY",)
    named = {each.element.number: each for each in scheme.elements}
    assert named["M22"].label_zh == "办件名称"
    assert named["M22"].element.name_zh == "题名"
    good = {
        "M1": ["文件"],
        "M6": ["云岭县市场监督管理局"],
        "M7": ["530199-0001-0100190012-2024-D30-000001"],
        "M8": ["Z109-ZY·XK·2024·D30-000001"],
        "M9": ["Z109"],
        "M11": ["2024"],
        "M12": ["30年"],
        "M14": ["ZY·XK"],
        "M22": ["食品经营许可"],
        "M32": ["云岭县市场监督管理局"],
        "M33": ["20240305"],
        "M38": ["公开"],
    }
    assert check_elements(scheme, good) == ()
    bad = {**good, "M8": [], "M11": ["二〇二四"], "M22": ["甲", "乙"], "M38": ["内部"], "M17": ["0"], "M88": ["x"]}
    assert check_elements(scheme, bad) == (
        ElementProblem("M8", "missing"),
        ElementProblem("M11", "type", "二〇二四"),
        ElementProblem("M17", "type", "0"),
        ElementProblem("M22", "repeated", "乙"),
        ElementProblem("M38", "outside", "内部"),
        ElementProblem("M88", "unknown"),
    )


def test_a_scheme_of_ones_own_is_data() -> None:
    scheme = scheme_from_data(
        {
            "key": "marriage",
            "zh": "婚姻登记",
            "en": "marriage registration",
            "version": "1",
            "valid_from": "2024-01-01",
            "categories": ["MS"],
            "element": [
                {"number": "M22"},
                {"number": "M28", "obligation": "mandatory", "zh": "当事人", "en": "parties"},
                {"number": "M12", "values": ["永久"], "default": "永久"},
            ],
        }
    )
    assert check_elements(scheme, {"M22": ["结婚登记"]}) == (ElementProblem("M28", "missing"),)


@pytest.mark.parametrize(
    ("element", "says"),
    [
        ({"number": "M89"}, "unknown or stands twice"),
        ({"number": "M22", "obligation": "optional"}, "cannot be optional"),
        ({"number": "M38", "values": ["公开", "内部"]}, "outside the domain"),
        ({"number": "M41", "default": "三件"}, "outside the domain"),
    ],
)
def test_a_scheme_cannot_widen_the_dictionary(element: dict[str, object], says: str) -> None:
    data = {"key": "x", "zh": "x", "en": "x", "version": "1", "valid_from": "2024-01-01", "categories": []}
    with pytest.raises(SchemeError, match=says):
        scheme_from_data({**data, "element": [element]})
