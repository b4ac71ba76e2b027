"""Before material rules and retention tables are published the page says what they would change; nothing is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import (
    ItemVersion,
    MaterialRuleSet,
    Person,
    RetentionTable,
    Role,
    RulePackVersion,
    ServiceItem,
)
from lantai.administration.queries.rules import drafted_rule_pack
from lantai.administration.services.items import NewRuleSet, publish_rule_sets
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.checks import Examination, choose_retention, rule_pack_from_data, rule_values
from lantai.archival.checks.wire import unpack
from lantai.archival.packages import Package
from lantai.catalog.models import Record
from lantai.ingest import written_effects
from lantai.ingest.models import ExaminationReport, Submission
from lantai.ingest.profiles import profile_of
from lantai.ledger.models import Entry
from tests.make_people import signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]

COUNTS = {"form-INITIAL_FORMS": "0", "form-MIN_NUM_FORMS": "0", "form-MAX_NUM_FORMS": "300"}
MOON = {"code": "M1", "type": "1", "name": "月球", "needs": "“月球居住证”", "when": "", "basis": ""}
HEAD = {"level": "default", "key": "", "valid_from": "2020-01-01", "mode": "add"}
TABLE = {"key": "YLX", "version": "1", "name": "表", "organisation": "", "approval": "云档1号", "default_code": "D10"}


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def lines(*rows: dict[str, str]) -> dict[str, str]:
    sent = {f"form-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    return {**COUNTS, "form-TOTAL_FORMS": str(len(rows)), **sent}


def effects(response: HttpResponse) -> list[tuple[str, ...]]:
    """The rows of the table of effects: what, which, what happens to it."""
    rows = response.context_data["page"].effects.rows  # type: ignore[attr-defined]
    return [tuple(cell.text for cell in row.cells) for row in rows]


def kept() -> tuple[int, ...]:
    """How many rows of everything that publishing writes there are."""
    kinds: tuple[Any, ...] = (ItemVersion, MaterialRuleSet, RetentionTable, RulePackVersion, Entry, ExaminationReport)
    return tuple(each.objects.count() for each in kinds)


def test_rules_of_a_level_say_which_would_lack_material(archivist: Client, archive: Archive) -> None:
    before, address = kept(), reverse("material-rules-new")
    page = archivist.post(address, {**HEAD, **lines(MOON)})
    rows = effects(page)
    [examined] = Submission.objects.filter(state="examined")
    assert ("未进馆的移交包", "1 件", "将缺少材料") in rows
    assert ("已进馆的档案", "试判全部 2 件", "假定在生效日受理；已进馆的不受影响") in rows
    assert ("已进馆的档案", "2 件", "将缺少材料") in rows
    codes = {which for _what, which, _then in rows}
    assert {examined.record_code, *Record.objects.values_list("record_code", flat=True)} <= codes
    assert any(then.endswith("→ 缺：月球居住证") for _what, _which, then in rows)
    assert kept() == before, "looking changes nothing"
    text = page.content.decode()
    mark = re.search(r'name="confirmed" value="([0-9a-f]+)"', text)
    assert mark and "发布新版本" in text and "请核对影响" in text
    other = {**HEAD, **lines({**MOON, "needs": "“火星居住证”"}), "confirmed": mark[1]}
    assert archivist.post(address, other).status_code == 200
    assert kept() == before, "what was not shown is not published"
    assert archivist.post(address, {**HEAD, **lines(MOON), "confirmed": mark[1]}).status_code == 302
    assert MaterialRuleSet.objects.get().rules[0]["name"] == "月球"
    again = archivist.post(address, {**HEAD, **lines(MOON), "confirmed": mark[1]})
    assert again.status_code == 200 and MaterialRuleSet.objects.count() == 1


def test_what_no_longer_lacks_and_what_lacks_otherwise(archivist: Client) -> None:
    publish_rule_sets(
        rule_sets=[
            NewRuleSet(
                level="default",
                valid_from=timezone.localdate() - timedelta(days=9999),
                rules=[{"code": "M1", "type": "1", "name": "月球", "needs": {"name": "月球居住证"}}],
            )
        ],
        by=CONSOLE,
        now=timezone.now(),
    )
    mars = archivist.post(reverse("material-rules-new"), {**HEAD, **lines({**MOON, "needs": "“火星居住证”"})})
    assert ("已进馆的档案", "2 件", "缺少的材料不同") in effects(mars)
    idle = archivist.post(reverse("material-rules-new"), {**HEAD, **lines({**MOON, "when": "result 是 从未有过"})})
    assert ("已进馆的档案", "2 件", "不再缺少材料") in effects(idle)
    begun = {**lines(MOON), "form-INITIAL_FORMS": "1"}  # the page begins with the lines in force
    same = archivist.post(reverse("material-rules-new"), {**HEAD, **begun})
    assert ("已进馆的档案", "0 件", "结果都相同") in effects(same)


def test_packages_go_by_the_day_of_acceptance_and_records_as_if_accepted_now(archivist: Client) -> None:
    none = NewRuleSet(level="default", valid_from=timezone.localdate() - timedelta(days=9999))
    publish_rule_sets(rule_sets=[none], by=CONSOLE, now=timezone.now())
    later = (timezone.localdate() + timedelta(days=3650)).isoformat()
    rows = effects(archivist.post(reverse("material-rules-new"), {**HEAD, "valid_from": later, **lines(MOON)}))
    assert ("未进馆的移交包", "0 件", "结果都相同") in rows
    assert ("已进馆的档案", "2 件", "将缺少材料") in rows


def test_a_version_of_an_item_touches_its_own_cases_only(archivist: Client, archive: Archive) -> None:
    code = archive.record.item_code
    own, other = (ServiceItem.objects.create(code=each, name="某许可", type="01") for each in (code, "OTHER"))
    head = {"version": "1", "valid_from": "2020-01-01", "mode": "add", "materials": ""}
    found = Record.objects.filter(item_code=code).count()
    assert found
    rows = effects(archivist.post(reverse("item-version-new", args=[own.code]), {**head, **lines(MOON)}))
    assert ("已进馆的档案", f"{found} 件", "将缺少材料") in rows
    rows = effects(archivist.post(reverse("item-version-new", args=[other.code]), {**head, **lines(MOON)}))
    assert ("已进馆的档案", "试判全部 0 件", "假定在生效日受理；已进馆的不受影响") in rows
    assert not any("缺" in then for _what, _which, then in rows)


def test_a_retention_table_says_which_periods_change(archivist: Client, archive: Archive) -> None:
    before, address = kept(), reverse("retention-table-new")
    head = {**TABLE, "effective_from": "2020-01-01"}
    line = {"code": "1", "name": "许可", "retention": "Y", "when": "fonds_code 是 0059", "basis": ""}
    page = archivist.post(address, {**head, **lines(line)})
    rows = effects(page)
    packages = ExaminationReport.objects.exclude(facts=b"").select_related("submission")
    held = rule_pack_from_data(drafted_rule_pack(on=timezone.localdate(), version="x"))
    moved = [then for _what, which, then in rows if which.endswith("件") and "→" in then]
    assert moved and kept() == before
    for report in packages:
        package, _examination = unpack(bytes(report.facts), tuple[Package, Examination])
        values = rule_values(profile_of(report.submission), package.metadata)
        was = choose_retention(held, values).code
        now = "Y" if values.get("fonds_code") == "0059" else "D10"
        told = [then for _what, which, then in rows if which == report.submission.record_code]
        assert bool(told) == (was != now), (report.submission.record_code, was, now, told)
    mark = re.search(r'name="confirmed" value="([0-9a-f]+)"', page.content.decode())
    assert mark and archivist.post(address, {**head, **lines(line), "confirmed": mark[1]}).status_code == 302
    assert RetentionTable.objects.get(key="YLX").rules.count() == 1
    same = archivist.post(address, {**head, "version": "2", "effective_from": "2021-01-01", **lines(line)})
    assert ("已进馆的档案", "0 件", "保管期限都相同") in effects(same)


def test_refusals_come_before_effects(archivist: Client) -> None:
    publish_rule_sets(
        rule_sets=[NewRuleSet(level="default", valid_from=timezone.localdate())], by=CONSOLE, now=timezone.now()
    )
    page = archivist.post(reverse("material-rules-new"), {**HEAD, **lines(MOON)})
    assert page.context_data["page"].effects is None  # type: ignore[attr-defined]
    assert "之后生效" in page.content.decode() and 'name="confirmed"' not in page.content.decode()


def test_rules_that_cannot_be_used_elsewhere_do_not_stop_others(archivist: Client) -> None:
    broken = ServiceItem.objects.create(code="1", name="坏")
    ItemVersion.objects.create(item=broken, version="1", valid_from=timezone.localdate(), rules=[{"code": "x"}])
    page = archivist.post(reverse("material-rules-new"), {**HEAD, **lines(MOON)})
    assert [each[:2] for each in effects(page)] == [("缺少材料", "不能试判")]
    assert 'name="confirmed"' in page.content.decode()


def test_few_queries_a_bounded_time_and_english(
    archive: Archive,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = archive.people[Role.ARCHIVIST]
    Person.objects.filter(pk=person.pk).update(language="en")
    client = signed_in(person)
    line = {"code": "1", "name": "许可", "retention": "Y", "when": "fonds_code 是 0059", "basis": ""}
    table = {**TABLE, "effective_from": "2020-01-01", **lines(line)}
    for address, data, words in (
        ("material-rules-new", {**HEAD, **lines(MOON)}, "Would be missing materials"),
        ("retention-table-new", table, "As if set now; periods already set stay"),
    ):
        client.post(reverse(address), data)
        with django_assert_max_num_queries(24):
            page = client.post(reverse(address), data)
        assert words in page.content.decode() and "All 2 tried" in page.content.decode()
    monkeypatch.setattr(written_effects, "SECONDS", 0.0)
    page = client.post(reverse("material-rules-new"), {**HEAD, **lines(MOON)})
    assert "The latest 0 of 2 tried" in page.content.decode(), "what was not looked at is told"
