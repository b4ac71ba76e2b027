"""DA/T 18-2022 by level, and the crosswalk."""

from __future__ import annotations

from typing import Any

import pytest

from lantai.archival.description import (
    LEVELS,
    FieldProblem,
    Level,
    check_description,
    crosswalk,
    description_areas,
    description_fields,
    dictionary,
    elements_from_metadata,
    identifiers_from_metadata,
    is_description_date,
    sealed_tags,
    to_dublin_core,
)

COMPLETE: dict[Level, dict[str, str]] = {
    "file": {
        "level": "文件级",
        "archival_code": "Z109-ZY·XK·2024·D30-000001",
        "title": "食品经营许可",
        "date": "20240305",
        "creator": "云岭县市场监督管理局",
        "retention": "30年",
        "opening": "未审核",
    },
    "volume": {
        "level": "案卷级",
        "archival_code": "Z109-ZY·XK·2024·D30-001",
        "title": "食品经营许可",
        "date": "20240101-20241231",
        "creator": "云岭县市场监督管理局",
        "retention": "30年",
        "opening": "控制",
    },
    "series": {
        "level": "类别级",
        "archival_code": "Z109-ZY·XK",
        "title": "行政许可",
        "date": "2014-[2024]",
        "creator": "云岭县市场监督管理局",
    },
    "fonds": {
        "archives_code": "442002",
        "level": "全宗级",
        "archival_code": "Z109",
        "title": "云岭县市场监督管理局全宗",
        "date": "2014-2024",
        "creator": "云岭县市场监督管理局",
        "custodial_history": "2019年接收进馆",
    },
}
MANDATORY = {
    level: [key for key, field in description_fields().items() if field.obligation.get(level) == "M"]
    for level in LEVELS
}


def test_the_seven_areas() -> None:
    assert len(description_areas()) == 7
    assert {each.area for each in description_fields().values()} == set(description_areas())


@pytest.mark.parametrize("level", LEVELS)
def test_complete_description_has_no_problem(level: Level) -> None:
    assert set(COMPLETE[level]) == set(MANDATORY[level])
    assert check_description(level, COMPLETE[level]) == ()


@pytest.mark.parametrize(("level", "key"), [(level, key) for level in LEVELS for key in MANDATORY[level]])
def test_each_mandatory_field_is_missed(level: Level, key: str) -> None:
    values = {name: value for name, value in COMPLETE[level].items() if name != key}
    assert check_description(level, values) == (FieldProblem(key, "missing"),)


def test_mandatory_if_present() -> None:
    assert {key for key, field in description_fields().items() if "I" in field.obligation.values()} == {
        "document_number",
        "destruction",
        "carrier",
        "secrecy",
    }
    assert check_description("file", COMPLETE["file"], present=["document_number"]) == (
        FieldProblem("document_number", "missing-present"),
    )
    given = {**COMPLETE["file"], "document_number": "云市监〔2024〕16号"}
    assert check_description("file", given, present=["document_number"]) == ()


@pytest.mark.parametrize(
    ("level", "key", "value", "reason"),
    [
        ("fonds", "retention", "永久", "level"),
        ("series", "opening", "开放", "level"),
        ("volume", "document_number", "1号", "level"),
        ("file", "history", "成立于2014年", "level"),
        ("file", "opening", "公开", "outside"),
        ("file", "level", "案卷级", "outside"),
        ("file", "generation", "扫描", "outside"),
        ("file", "disclosure", "公开", "outside"),
        ("fonds", "archives_code", "44200", "form"),
        ("file", "date", "2024年3月5日", "form"),
        ("file", "secrecy", "机密10年", "form"),
        ("file", "colour", "红", "unknown"),
    ],
)
def test_wrong_fields_are_named(level: Level, key: str, value: str, reason: Any) -> None:
    found = "" if reason == "unknown" else value
    assert check_description(level, {**COMPLETE[level], key: value}) == (FieldProblem(key, reason, found),)


@pytest.mark.parametrize("text", ["20240229", "[20240305]", "[2024]", "202403", "20240101-20241231", "2014-[2024]"])
def test_dates_of_description(text: str) -> None:
    assert is_description_date(text)


@pytest.mark.parametrize("text", ["", "20230229", "2024-03-05", "20241301", "[2024", "２０２４０３０５", "2024/03"])
def test_no_dates_of_description(text: str) -> None:
    assert not is_description_date(text)


@pytest.mark.parametrize("value", ["机密★10年", "秘密★", "绝密★长期", "公开"])
def test_secrecy_with_its_period(value: str) -> None:
    assert check_description("file", {**COMPLETE["file"], "secrecy": value}) == ()


def test_crosswalk_points_at_what_exists() -> None:
    for each in crosswalk():
        assert not each.element or dictionary()[each.element].kind != "container" or each.element == "M8"
        assert not each.field or each.field in description_fields()
        if each.field:
            assert description_fields()[each.field].element == each.element
    columns = {each.column: each for each in crosswalk()}
    assert columns["title"].element == "M22"
    assert columns["title"].list_column == "题名"
    assert columns["doc_no"].tags[0] == "result_code"


def test_elements_of_a_package() -> None:
    metadata = {
        "electronic_record_code": "530199-0001-0100190012-2024-D30-000001",
        "project_name": "食品经营许可",
        "fonds_constituting_unit_name": "云岭县市场监督管理局",
        "receive_department": "",
        "apply_name": "张三",
        "contacted_card": "11010519491231002X",
        "legal_man_id_number": "11010519491231002X",
        "project_id": "530199202403050001",
        "remarks": "",
    }
    elements = elements_from_metadata(metadata)
    assert elements == {
        "M7": ("530199-0001-0100190012-2024-D30-000001",),
        "M22": ("食品经营许可",),
        "M32": ("云岭县市场监督管理局",),
        "M6": ("云岭县市场监督管理局",),
        "M28": ("张三",),
    }
    assert identifiers_from_metadata(metadata) == {"业务流水号": "530199202403050001"}
    assert set(sealed_tags()) == {"contacted_card", "legal_man_id_number"}
    described = set(sealed_tags()) & {tag for each in crosswalk() for tag in each.tags}
    assert not described


def test_elements_of_a_package_of_another_profile() -> None:
    fields = {"title": "name", "date": "day", "case_number": "no", "applicant_id_number": "card", "responsible": "who"}
    metadata = {"name": "结婚登记", "day": "20240305", "no": "77", "card": "11010519491231002X", "who": "民政局"}
    assert elements_from_metadata(metadata, fields) == {
        "M22": ("结婚登记",),
        "M32": ("民政局",),
        "M33": ("20240305",),
    }
    assert identifiers_from_metadata(metadata, fields) == {"业务流水号": "77"}
    assert set(sealed_tags(fields)) == {"contacted_card", "legal_man_id_number", "card"}


def test_dublin_core() -> None:
    elements = {
        "M7": ("530199-1",),
        "M8": ("Z109-ZY·XK·2024·D30-000001",),
        "M22": ("食品经营许可",),
        "M28": ("张三",),
        "M26": ("食品", "许可"),
        "M27": ("许可",),
    }
    assert to_dublin_core(elements, {"disclosure": "依申请公开"}) == {
        "identifier": ("Z109-ZY·XK·2024·D30-000001", "530199-1"),
        "title": ("食品经营许可",),
        "rights": ("依申请公开",),
        "subject": ("食品", "许可"),
    }
