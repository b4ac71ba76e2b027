"""Profiles are data: what they must hold is there, what is wrong with them is said exactly, another needs no code."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lantai.archival.formats import formats
from lantai.archival.packages import (
    ProfileRefused,
    RawEntry,
    load_profile,
    profile_from_data,
    profiles,
    read_package,
    write_raw_zip,
)

# What the reference implementation of the Fuzhou rule writes, in its order: tag, Chinese name, mandatory.
FUZHOU = """
electronic_record_code 电子文件号 m
region_code 行政区划编码 m
task_code 事项编码 m
information_system_dcscription 信息系统描述 -
archives_identifier 档案馆代码 -
archives_name 档案馆名称 -
fonds_constituting_unit_name 立档单位名称 m
lead_department 责任处（科）室 -
fonds_identifier 全宗号 m
social_code 统一社会信用代码 m
retention_period 保管期限 m
security_classification 密级 m
project_id 业务流水号 m
task_name 事项名称 m
task_version 事项版本号 m
task_type 事项类型 -
project_name 办件名称 m
service_type 办件类型 -
archive_time 归档时间 m
apply_name 行政相对人名称 m
apply_type 行政相对人类型 m
card_type 证件类型 -
contacted_card 证件号码 -
address 行政相对人地址 -
legal_man 法定代表人 -
legal_man_id_type 法定代表人证件类型 -
legal_man_id_number 法定代表人证件号码 -
is_project 是否项目业务 -
project_code 项目代码 -
project_title 项目名称 -
project_address 项目地址 -
receive_department 受理单位 m
receive_time 受理时间 m
transact_time 办结时间 m
result 办理结果 m
result_code 结果证照编号 m
accept_num 受理编号 -
total_number 归档信息包内总件数 m
remarks 备注 -
"""


def test_the_fuzhou_profile_holds_every_element() -> None:
    profile = load_profile("fuzhou")
    rows = [line.split() for line in FUZHOU.strip().splitlines()]
    assert [(each.name, each.obligation == "m") for each in profile.base.elements] == [
        (name, mark == "m") for _, name, mark in rows
    ]
    for tag, name, _ in rows:
        rule = profile.element(tag)
        assert rule is not None
        assert rule.name == name
    assert [each.tag for each in profile.base.file_elements if not each.field.startswith("digest")] == [
        "file_code", "file_standard_name", "file_actual_name", "format_information", "computer_file_name",
        "computer_file_size", "computer_file_creation_time", "auxiliary", "file_share", "file_share_conditions",
    ]  # fmt: skip


def test_the_fuzhou_profile_holds_every_code() -> None:
    profile = load_profile("fuzhou")
    codes = {f"B{number}" for number in range(22)} | {"B99", "A", "C"}
    assert set(profile.material_codes) == codes
    assert profile.steps == {
        "1": "收件", "2": "受理", "3": "审核", "4": "办结", "11": "补齐补正", "12": "挂起", "99": "其他",
    }  # fmt: skip
    assert profile.retention_order == ("Y", "D30", "D10")
    assert [each.name for each in profile.folders] == ["申报文件", "过程文件", "结果文件"]
    assert {code: each.nature for code in codes if (each := profile.folder_of(code))} == {
        code: {"A": "B", "B": "P", "C": "R"}[code[0]] for code in codes
    }
    shared = next(each for each in profile.base.file_elements if each.field == "share")
    assert set(shared.values) == {"01", "02", "03"}
    assert {each.tag for each in profile.base.elements if each.data_class == "identity"} == {
        "contacted_card", "legal_man_id_number",
    }  # fmt: skip
    tags = [each.name for each in profile.process.elements]
    for name in "档号 全宗号 类别号 立档单位名称 年度 保管期限 机构或问题 室编件号 题名 责任者 存放位置".split():
        assert name in tags
    for name in "业务状态 业务行为 行为依据 行为描述 权限管理 机构人员名称 字段代码 字段名称 原值 新值 环节".split():
        assert name in tags


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("350100-0059-0100190012-2018-D30-000021", ("350100", "0059", "0100190012", "2018", "D30", "000021")),
        ("350100-0059-0100190012-2018-Y-000021", ("350100", "0059", "0100190012", "2018", "Y", "000021")),
        ("350100-0059-0100190012-2018-D20-000021", None),
        ("350100-059-0100190012-2018-D30-000021", None),
        ("350100-0059-0100190012-2018-D30-000021.zip", None),
        ("350100-0059-0100190012-2018-D30-00002１", None),
    ],
)
def test_the_grammar_of_the_package_name(name: str, parts: tuple[str, ...] | None) -> None:
    found = load_profile("fuzhou").parse_name(name)
    assert (tuple(found.values()) if found else None) == parts


@pytest.mark.parametrize("code", sorted(profiles()))
def test_a_shipped_profile_is_sound(code: str) -> None:
    profile = profiles()[code]
    assert profile.code == code
    assert profile.material_codes
    assert profile.formats <= {each.key for each in formats()}
    for material in profile.material_codes:
        assert profile.folder_of(material), material
        assert profile.stage_of(material), material
    fields = [each.field for each in profile.base.elements if each.field]
    assert len(fields) == len(set(fields))
    for field in (
        "record_code",
        "title",
        "fonds_code",
        "creator",
        "date",
        "retention",
        "secrecy",
        "file_count",
        "archived_at",
    ):
        assert field in fields, field
        tag = profile.fields[field]
        assert profile.value({tag: "x"}, field) == "x"
    for tables in (profile.base.elements, profile.base.file_elements, profile.process.elements):
        assert all(each.name and each.name_en and each.name_en.isascii() for each in tables)
    assert {each.field for each in profile.base.file_elements} >= {"stage_code", "name", "declared_path", "size"}
    assert {each.field for each in profile.process.elements} >= {"step", "action", "actor", "time", "basis", "detail"}
    assert profile.package_name_form.startswith("any") or profile.parse_name(profile.package_name_form)


def test_a_conditional_element_is_due_when_its_condition_holds() -> None:
    rule = load_profile("fuzhou").element("project_code")
    assert rule is not None
    assert rule.is_due({"is_project": "1"})
    assert rule.is_due({"is_project": "是"})
    assert not rule.is_due({"is_project": "0"})
    assert not rule.is_due({})


def test_the_general_stages_carry_their_natures() -> None:
    profile = load_profile("generic")
    for code, nature, name in (("B01", "B", "申请"), ("P21", "P", "补正"), ("R71", "R", "决定")):
        folder, stage = profile.folder_of(code), profile.stage_of(code)
        assert folder is not None
        assert stage is not None
        assert (folder.nature, stage.name) == (nature, name)


MADE_UP = """
code = "yunling"
version = "2026-01-01"
name = "云岭县婚姻登记信息包"
name_en = "Marriage registration of Yunling county"
package_name = 'HY-(?P<year>\\d{4})-(?P<serial>\\d{5})'
package_name_element = "编号"
nested_archives = true

[[folders]]
id = "1"
name = "扫描件"
name_en = "scans"
codes = 'S\\d'
nature = "R"

[material_codes]
S1 = "审查处理表"

[base]
files = ["登记.xml"]
root = "登记"
list = "文件"
folder = ""
file = "件"
file_id = "号"

[[base.elements]]
tag = "编号"
name = "登记编号"
name_en = "number"
obligation = "m"
field = "record_code"

[[base.elements]]
tag = "男方"
name = "男方姓名"
name_en = "husband"
data_class = "personal"
field = "applicant"

[[base.file_elements]]
tag = "代码"
name = "代码"
name_en = "code"
field = "stage_code"

[[base.file_elements]]
tag = "路径"
name = "路径"
name_en = "path"
field = "declared_path"

[process]
files = ["经过.xml"]
root = "经过"
record = "事"
required = false

[[process.elements]]
tag = "谁"
name = "经办人"
name_en = "actor"
field = "actor"
"""


def test_a_fourth_profile_needs_no_code(tmp_path: Path) -> None:
    profile = profile_from_data(tomllib.loads(MADE_UP))
    base = (
        "<登记><编号>HY-1983-00017</编号><男方>刘大山</男方>"
        "<文件><件 号='1'><代码>S1</代码><路径>扫描件\\1.JPG</路径></件></文件></登记>"
    )
    path = tmp_path / "HY-1983-00017.zip"
    path.write_bytes(
        write_raw_zip(
            [RawEntry("登记.xml".encode("gbk"), base.encode()), RawEntry("扫描件/1.jpg".encode("gbk"), b"\xff\xd8")]
        )
    )
    package = read_package(path, profile=profile)
    assert package.problems == ()
    assert package.metadata == {"编号": "HY-1983-00017", "男方": "刘大山"}
    (material,) = package.materials
    assert (material.identifier, material.stage_code, material.nature, material.path) == (
        "1",
        "S1",
        "R",
        "扫描件/1.jpg",
    )
    assert profile.parse_name(package.name) == {"year": "1983", "serial": "00017"}
    assert package.unread == {"process": "metadata.missing"}


def test_archives_inside_are_taken_where_the_profile_allows_them(tmp_path: Path) -> None:
    inner = write_raw_zip([RawEntry(b"a.txt", b"x")])
    path = tmp_path / "package.zip"
    path.write_bytes(write_raw_zip([RawEntry(b"inner.zip", inner), RawEntry(b"hidden.pdf", inner)]))
    taken = read_package(path, profile=profile_from_data(tomllib.loads(MADE_UP)))
    assert [(each.path, each.size) for each in taken.components] == [
        ("inner.zip", len(inner)),
        ("hidden.pdf", len(inner)),
    ]
    assert {each.code for each in taken.problems} == {"metadata.missing"}
    refused = read_package(path, profile=load_profile("fuzhou"))
    assert [(each.code, each.path) for each in refused.problems] == [("entry.nested-archive", "inner.zip")]


def broken(change: dict[str, Any]) -> dict[str, Any]:
    data = copy.deepcopy(tomllib.loads(MADE_UP))
    for place, value in change.items():
        *path, last = place.split("/")
        inner: Any = data
        for key in path:
            inner = inner[int(key) if key.isdigit() else key]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return data


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"code": None}, ["code: is missing", "code: lower-case letters, digits and _ only"]),
        ({"code": "Yun ling"}, ["code: lower-case letters, digits and _ only"]),
        ({"version": 3}, ["version: must be text"]),
        ({"colour": "red"}, ["colour: is not a key of a profile"]),
        ({"nested_archives": "yes"}, ["nested_archives: must be true or false"]),
        ({"package_name": "("}, ["package_name: is not a regular expression: missing ), "
                                  "unterminated subpattern at position 0"]),
        ({"package_name_element": "标题"}, ["package_name_element: no element is called '标题'"]),
        ({"containers": ["rar"]}, ["containers: 'rar' is none of bag, eep, folder, tar, zip"]),
        ({"folders/0/nature": "X"}, ["folders[0].nature: must be one of B, P, R"]),
        ({"folders": {}}, ["folders: must be a list of tables"]),
        ({"base/elements/1/tag": "编号"}, ["base.elements[1]: the tag '编号' belongs to another element"]),
        ({"base/elements/1/max_length": -1}, ["base.elements[1].max_length: must be a whole number, 0 or more"]),
        ({"base/elements/1/obligation": "c"}, ["base.elements[1].condition: needed exactly where obligation is c"]),
        ({"base/elements/0/type": "colour"}, ["base.elements[0].type: must be one of credit_code, "
                                                "date, datetime, id_number, integer, region_code, text, year"]),
        ({"base/file_elements/0/field": "colour"}, ["base.file_elements[0].field: must be one of "
                                                       "actual_name, auxiliary, created, declared_path, digest, "
                                                       "digest_algorithm, format, name, share, share_basis, "
                                                       "size, stage_code"]),
        ({"steps": {"required": ["7"]}}, ["steps.required: '7' has no name"]),
        ({"base/files": []}, ["base.files: must be a list of texts, not empty"]),
        ({"process": None}, ["process: is missing", "process.files: is missing", "process.root: is missing",
                            "process.record: is missing"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_profile_is_said_with_its_place(change: dict[str, Any], faults: list[str]) -> None:
    with pytest.raises(ProfileRefused) as refusal:
        profile_from_data(broken(change))
    assert list(refusal.value.faults) == faults


def test_no_other_profile_is_shipped() -> None:
    assert set(profiles()) == {"eep", "fuzhou", "generic", "wenshu"}
    for code in ("nothing", "../limits", ""):
        with pytest.raises(KeyError):
            load_profile(code)
