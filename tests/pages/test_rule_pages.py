"""The pages of items, material rules, retention, checks and code lists: what they publish, and what follows."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import (
    CodeListVersion,
    ItemImport,
    ItemVersion,
    MaterialRuleSet,
    Organisation,
    Person,
    RetentionTable,
    Role,
    ServiceItem,
)
from lantai.administration.queries import rule_pack
from lantai.administration.queries.lists import codes_in_force, delivered_lists
from lantai.ledger.queries import list_entries
from tests.make_people import signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]

TODAY = timezone.localdate
LINES = {"form-INITIAL_FORMS": "0", "form-MIN_NUM_FORMS": "0", "form-MAX_NUM_FORMS": "300"}


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def said(kind: str) -> list[Any]:
    return list_entries(kinds=(f"administration.{kind}",), limit=2000)


def confirmed(client: Client, address: str, data: dict[str, Any]) -> HttpResponse:
    page = text_of(client.post(address, data))
    assert 'name="confirmed"' in page, page
    return client.post(address, {**data, "confirmed": page.split('name="confirmed" value="')[1].split('"')[0]})


def lines(*rows: dict[str, str]) -> dict[str, str]:
    """Lines of a list as the page sends them."""
    sent = {f"form-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    return {**LINES, "form-TOTAL_FORMS": str(len(rows)), **sent}


def read(client: Client, data: bytes, name: str = "items.jsonl", **more: str) -> HttpResponse:
    given = {"valid_from": "2026-01-01", "whole_of": "", **more, "file": SimpleUploadedFile(name, data)}
    return client.post(reverse("item-import"), given)


def test_the_catalogue_of_a_county_is_taken_over(archivist: Client, corpus: Path) -> None:
    data = (corpus / "service-items" / "guangan.jsonl").read_bytes()
    Organisation.objects.create(code="JXJ", name="区经信局", region_code="511602")
    known = "511Z07001006-511602000000-000-11511301008778183N-1-00"
    ServiceItem.objects.create(code=known, name="旧名称", type="10")
    address = read(archivist, data)["Location"]
    page = text_of(archivist.get(address))
    for words in ("新增", "1134", "个实施机构未登记", "确认导入"):
        assert words in page, words
    changed = text_of(archivist.get(address, {"kind": "changed"}))
    assert "旧名称 → 企业投资项目备案" in changed and "— → 区经信局" in changed
    assert ServiceItem.objects.count() == 1, "nothing happens before it is confirmed"
    assert archivist.post(address)["Location"] == reverse("service-items")
    assert ServiceItem.objects.count() == 1135
    row = ServiceItem.objects.get(code=known)
    assert (row.name, row.organisation.code if row.organisation else "") == (
        "企业投资项目备案（技术改造）（市级/县级）",
        "JXJ",
    )
    assert len(said("item-registered")) == 1134
    [entry] = said("item-changed")
    assert (entry.detail["before"]["name"], entry.detail["after"]["name"]) == ("旧名称", row.name)
    [entry] = said("items-imported")
    assert entry.detail["after"]["new"] == 1134
    archivist.post(address)
    assert ItemImport.objects.get().applied_at is not None
    assert len(said("items-imported")) == 1, "twice is once"
    again = text_of(archivist.get(read(archivist, data)["Location"]))
    assert "1135" in again


def test_a_catalogue_with_materials_makes_versions(archivist: Client, corpus: Path) -> None:
    source = (corpus / "service-items" / "guangdong" / "items.jsonl").read_bytes().splitlines()
    first = b"\n".join(source[:60])
    assert archivist.post(read(archivist, first)["Location"]).status_code == 302
    row = json.loads(source[0])
    item = ServiceItem.objects.get(code=row["TASK_CODE"])
    assert (item.type, item.promised_days) == ("01", 40)
    assert item.versions.get().materials == row["material_intro"]
    assert row["material_intro"][0] in text_of(archivist.get(reverse("service-item", args=[item.code])))
    row["material_intro"] = row["material_intro"][:2]
    changed = json.dumps(row).encode()
    early = archivist.post(read(archivist, changed)["Location"], follow=True)
    assert "请换生效日期" in text_of(early)
    later = read(archivist, changed, valid_from="2026-07-01", whole_of="*")["Location"]
    assert "停办" in text_of(archivist.get(later, {"kind": "gone"}))
    assert archivist.post(later).status_code == 302
    old, new = item.versions.order_by("valid_from")
    assert (old.valid_to, new.materials) == (date(2026, 6, 30), row["material_intro"])
    assert ServiceItem.objects.filter(ended_on=date(2026, 6, 30)).count() == ServiceItem.objects.count() - 1
    assert len(said("item-ended")) == ServiceItem.objects.count() - 1


def test_what_cannot_be_read_is_told_by_line(archivist: Client) -> None:
    wrong = '{"item_code": "1", "name": "甲"}\n{"item_code": "1", "name": "乙"}\n{"name": "丙"}\n{"item_code"\n7'
    page = text_of(archivist.get(read(archivist, wrong.encode())["Location"], {"kind": "faults"}))
    for fault in (
        "第 2 行：事项编码 1 重复",
        "第 3 行：没有事项编码",
        "第 4 行：不是完整的 JSON",
        "第 5 行：不是一个对象",
    ):
        assert fault in page, fault
    for data in (b"", b"\xff\xff\xff", b"[", b'{"a": 1}', b"\x00" * 50):
        answer = read(archivist, data)
        assert answer.status_code == 200 and "须" not in answer.headers.get("Location", "")
    csv = "事项编码,事项名称,承诺时限,申请材料\n9001,某许可,5个工作日,申请书；身份证\n".encode("gb18030")
    assert archivist.post(read(archivist, csv, "目录.csv")["Location"]).status_code == 302
    made = ServiceItem.objects.get(code="9001")
    assert (made.promised_days, made.versions.get().materials) == (5, ["申请书", "身份证"])


RULE = {"code": "I1", "type": "1", "name": "申请材料", "needs": "A*“申请书” 且 (“营业执照” 或 “身份证明”)", "when": ""}


def test_rules_of_an_item_are_written_as_text(archivist: Client) -> None:
    item = ServiceItem.objects.create(code="0119000777", name="某许可", type="01")
    address = reverse("item-version-new", args=[item.code])
    head = {"version": "1", "valid_from": "2026-01-01", "mode": "add", "materials": "申请书\n营业执照\n\n申请书"}
    wrong = lines({**RULE, "needs": "申请书", "when": "result 大于 1"}, {**RULE, "code": "I1"})
    page = text_of(archivist.post(address, {**head, "valid_from": "x", **wrong}))
    for fault in ("第 1 个字符起不能识别", "不是“元素 运算 值”的条件", "条目号 I1 重复", "条目中有 3 处须更正"):
        assert fault in page, fault
    more = text_of(archivist.post(address, {**head, **lines(RULE), "more": "1"}))
    assert 'name="form-2-code"' in more and 'value="申请材料"' in more, "nothing typed is lost"
    sent = lines({**RULE, "when": "result 不属于 不予许可、退件"}, {"type": "1"}, {**RULE, "code": "I2", "form": ""})
    sent["form-2-DELETE"] = "on"
    assert confirmed(archivist, address, {**head, **sent}).status_code == 302
    version = item.versions.get()
    assert version.materials == ["申请书", "营业执照"]
    [rule] = version.rules
    assert rule["needs"] == {
        "all": [{"code": "A*", "name": "申请书"}, {"any": [{"name": "营业执照"}, {"name": "身份证明"}]}]
    }
    assert rule["when"] == [{"element": "result", "operator": "not-in", "values": ["不予许可", "退件"]}]
    shown = text_of(archivist.get(reverse("service-item", args=[item.code])))
    assert "A*“申请书” 且 (“营业执照” 或 “身份证明”)" in shown and "目录中的材料" in shown
    again = archivist.post(address, {**head, **sent})
    assert again.status_code == 200 and "之后生效" in text_of(again)
    assert "A*“申请书”" in text_of(archivist.get(address)), "a new version begins from the last one"


def test_rules_above_the_items(archivist: Client) -> None:
    address = reverse("material-rules-new")
    head = {"level": "unit", "key": "0059", "valid_from": "2026-01-01", "mode": "replace"}
    wrong = {"level": "default", "key": "0059"}, {"level": "region", "key": "33"}, {"level": "unit", "key": "9999"}
    for each in wrong:
        assert "有 1 处需要修改" in text_of(archivist.post(address, {**head, **each, **lines(RULE)}))
    assert confirmed(archivist, address, {**head, **lines(RULE)}).status_code == 302
    assert MaterialRuleSet.objects.filter(level="unit", key="0059", mode="replace").count() == 1
    page = text_of(archivist.get(reverse("material-rules")))
    assert "单位 0059" in page and "取代" in page


def test_rules_are_tried_on_a_package_and_nothing_is_kept(archivist: Client, archive: Archive) -> None:
    missing = {**RULE, "code": "T1", "needs": "“月球居住证”×2"}
    idle = {**RULE, "code": "T2", "when": "result 是 从未有过的结果"}
    there = {**RULE, "code": "T3", "needs": "A*"}
    head = {"level": "default", "key": "", "valid_from": "2026-01-01", "mode": "replace", "target": "level"}
    data = {**head, **lines(missing, idle, there), "package": archive.waiting.record_code}
    page = text_of(archivist.post(reverse("rule-trial"), data))
    assert "试检结果" in page and "缺：月球居住证 ×2" in page
    assert "不适用" in page and "通过" in page
    assert not MaterialRuleSet.objects.filter(valid_from="2026-01-01").exists()
    item = ServiceItem.objects.get_or_create(code="0119000101", defaults={"name": "某许可"})[0]
    of_item = {
        "version": "9",
        "valid_from": "2026-01-01",
        "mode": "add",
        "materials": "",
        "target": f"item:{item.code}",
    }
    page = text_of(archivist.post(reverse("rule-trial"), {**data, **of_item, **lines(missing)}))
    assert "缺：月球居住证 ×2" in page and 'value="申请材料"' in page
    assert f'action="{reverse("item-version-new", args=[item.code])}"' in page, "publishing afterwards publishes"
    unknown = text_of(archivist.post(reverse("rule-trial"), {**data, "package": "E0"}))
    assert "没有这个移交包" in unknown and "试检结果" not in unknown
    wrong = text_of(archivist.post(reverse("rule-trial"), {**data, **lines({**missing, "needs": "月球"})}))
    assert "第 1 个字符起不能识别" in wrong
    assert (
        archivist.post(
            reverse("rule-trial"), {**data, "target": "item:none", **of_item | {"target": "item:none"}}
        ).status_code
        == 404
    )


def test_a_retention_table_has_versions(archivist: Client) -> None:
    address = reverse("retention-table-new")
    head = {"key": "YLX", "version": "2026", "name": "保管期限表", "approval": "云档〔2026〕1号", "default_code": "D10"}
    line = {"code": "1.1", "name": "许可", "retention": "D30", "when": "item_code 有值", "basis": "8号令"}
    first = {**head, "effective_from": "2026-01-01", **lines(line)}
    made = confirmed(archivist, address, first)
    row = RetentionTable.objects.get(key="YLX")
    assert made["Location"] == reverse("retention-table", args=[row.pk])
    page = text_of(archivist.get(made["Location"]))
    assert "定期30年" in page and "item_code 有值" in page
    wrong = {**first, "version": "a b", "approval": "", **lines({**line, "retention": "D77"})}
    page = text_of(archivist.post(address, wrong))
    assert "有 2 处需要修改" in page and "条目中有 1 处须更正" in page
    begun = text_of(archivist.get(address, {"from": row.pk}))
    assert "云档〔2026〕1号" in begun and 'value="许可"' in begun
    second = {**head, "version": "2027", "effective_from": "2027-01-01", **lines(line, {"retention": "Y"})}
    assert confirmed(archivist, address, second).status_code == 302
    row.refresh_from_db()
    assert row.effective_to == date(2026, 12, 31)
    assert archivist.post(address, second).status_code == 200
    assert len(said("retention-table-published")) == 2


def test_severities_take_effect_with_a_published_pack(archivist: Client) -> None:
    page = text_of(archivist.get(reverse("rule-base")))
    assert "GD-1-5" in page
    form = archivist.get(reverse("rule-severities")).context_data["page"].form  # type: ignore[union-attr]
    data = {name: field.initial for name, field in form.fields.items() if name.startswith("GD-")}
    data |= {"GD-1-5": "blocking", "version": "2026-严", "effective_from": TODAY().isoformat()}
    assert "版本号只能用" in text_of(archivist.post(reverse("rule-severities"), data))
    data["version"] = "2026-strict"
    shown = text_of(archivist.post(reverse("rule-severities"), data))
    assert "由档案员决定 → 退回" in shown and "有问题即退回" in shown
    assert confirmed(archivist, reverse("rule-severities"), data).status_code == 302
    assert rule_pack().severities.get("GD-1-5") != "blocking", "checks go by what is published"
    assert "有未发布的更改" in text_of(archivist.get(reverse("rule-base")))
    publish = {"effective_from": TODAY().isoformat(), "note": "从严"}
    assert confirmed(archivist, reverse("rule-pack-new"), publish).status_code == 302
    assert rule_pack().severities["GD-1-5"] == "blocking"
    assert len(said("base-rules-published")) == 1 and len(said("rule-pack-published")) == 1
    ItemVersion.objects.create(
        item=ServiceItem.objects.create(code="1", name="坏"), version="1", valid_from=TODAY(), rules=[{"code": "x"}]
    )
    page = text_of(archivist.post(reverse("rule-pack-new"), publish))
    assert "items[" in page and 'name="confirmed"' not in page


def test_code_lists_are_data_with_days(archivist: Client, archive: Archive) -> None:
    page = text_of(archivist.get(reverse("code-lists")))
    for each in delivered_lists().values():
        assert each.zh in page
    assert "保管期限" in text_of(archivist.get(reverse("code-list", args=["dat46"])))
    address, later = reverse("code-list-new", args=["retention"]), TODAY() + timedelta(days=1)
    data = {"version": "2030", "valid_from": later.isoformat(), "basis": "新规定", "codes": "Y|永久\nD50|50年|50 years"}
    wrong = {**data, "codes": "Y|永久\nY|重复\nD50\n|空"}
    page = text_of(archivist.post(address, wrong))
    for fault in ("第 2 行：代码 Y 重复", "第 3 行", "第 4 行"):
        assert fault in page, fault
    shown = text_of(archivist.post(address, data))
    assert "新增的代码" in shown and "D50" in shown and "取消的代码" in shown
    assert confirmed(archivist, address, data).status_code == 302
    assert [each.code for each in codes_in_force(key="retention")] == ["Y", "D30", "D10"]
    assert [each.code for each in codes_in_force(key="retention", on=later)] == ["Y", "D50"]
    assert "D50" in text_of(archivist.get(reverse("code-list", args=["retention"]), {"version": "2030"}))
    export = text_of(archivist.get(reverse("code-list-file", args=["retention"]), {"version": "2030"}))
    assert export.splitlines()[2].startswith("D50,50年,50 years")
    [entry] = said("code-list-published")
    assert entry.detail["before"]["codes"] == ["Y", "D30", "D10"]
    again = confirmed(archivist, address, data)
    assert again.status_code == 200 and "之后生效" in text_of(again)
    assert CodeListVersion.objects.count() == 1
    assert archivist.get(reverse("code-list", args=["nothing"])).status_code == 404
    assert archivist.get(reverse("code-list", args=["retention"]), {"version": "no"}).status_code == 404
    system = signed_in(archive.people[Role.SYSTEM])
    assert confirmed(system, reverse("code-list-new", args=["secrecy"]), data).status_code == 302


def test_a_former_version_of_a_list_is_entered_later(archivist: Client) -> None:
    address = reverse("code-list-new", args=["retention"])
    data = {"version": "1987", "valid_from": "1987-12-04", "basis": "旧规定", "codes": "Y|永久\nC|长期\nD|短期"}
    shown = text_of(archivist.post(address, data))
    assert "补录的旧版，有效期 1987-12-04 至 2022-06-30" in shown and "取消的代码" not in shown
    assert confirmed(archivist, address, data).status_code == 302
    assert [each.code for each in codes_in_force(key="retention", on=date(2009, 5, 3))] == ["Y", "C", "D"]
    assert [each.code for each in codes_in_force(key="retention")] == ["Y", "D30", "D10"]
    between = {**data, "version": "2010", "valid_from": "2010-01-01"}
    assert "补录的旧版须在 1987-12-04 之前生效" in text_of(confirmed(archivist, address, between))
    page = text_of(archivist.post(reverse("retention-table-new"), {"effective_from": "1990-01-01", **lines({})}))
    assert "C 长期" in page and "D30" not in page, "the periods are those of the table's first day"


PAGES: list[tuple[str, tuple[Any, ...], str]] = [
    ("service-items", (), "Import an item catalogue"),
    ("item-import", (), "complete catalogue"),
    ("material-rules", (), "each adds or replaces"),
    ("material-rules-new", (), "Materials needed"),
    ("retention-tables", (), "Write a retention table"),
    ("retention-table-new", (), "Write a retention table"),
    ("rule-base", (), "Change severities"),
    ("rule-severities", (), "Change severities"),
    ("rule-pack-new", (), "Preview the effects"),
    ("code-lists", (), "Secrecy levels"),
    ("code-list", ("secrecy",), "top secret"),
    ("code-list-new", ("secrecy",), "Codes (one a line"),
]


@pytest.mark.parametrize(("name", "arguments", "words"), PAGES)
def test_pages_in_english_with_few_queries(
    archive: Archive,
    name: str,
    arguments: tuple[Any, ...],
    words: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    person = archive.people[Role.ARCHIVIST]
    Person.objects.filter(pk=person.pk).update(language="en")
    client = signed_in(Person.objects.get(pk=person.pk))
    client.get(reverse("organisations"))
    with django_assert_max_num_queries(12):
        response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    assert words in text_of(response)
