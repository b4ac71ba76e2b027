"""Archive codes in the catalogue: no duplicate, no unexplained gap with fifty at once; frozen; void with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from lantai.archival.codes import CodeRule, preset_rules, rule_from_data
from lantai.catalog.models import CodeAssignment, CodeScope, Record
from lantai.catalog.queries import NoSuchRecord, record_by_code
from lantai.catalog.services import (
    CodeRefused,
    CodeRequest,
    Reservations,
    change_archive_code,
    give_up_codes,
    register_records,
    reserve_codes,
)
from lantai.ledger.queries import entries_about, list_entries
from lantai.work.services import said
from tests.catalog.records import ARCHIVIST, new_record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
VALUES = {"fonds": "J019", "category": "ZY", "class2": "XK", "year": "2026", "retention": "D30"}


@pytest.fixture
def rule() -> CodeRule:
    return preset_rules()["approval-item"]


def request(rule: CodeRule, number: int) -> CodeRequest:
    return CodeRequest(f"E{number:026d}", rule, VALUES)


def test_codes_run_on_in_the_order_asked(rule: CodeRule) -> None:
    held = reserve_codes(requests=[request(rule, n) for n in (3, 1, 2)], by="t", now=NOW).held
    assert [held[f"E{n:026d}"].code for n in (3, 1, 2)] == [f"J019-ZY·XK·2026·D30-{number:06d}" for number in (1, 2, 3)]


def test_a_run_after_a_crash_finds_its_reservation(rule: CodeRule) -> None:
    first = reserve_codes(requests=[request(rule, 1)], by="t", now=NOW)
    again = reserve_codes(requests=[request(rule, 1), request(rule, 2)], by="t", now=NOW)
    assert again.held[f"E{1:026d}"] == first.held[f"E{1:026d}"]
    assert CodeScope.objects.get().last == 2


def test_fifty_threads_give_no_duplicate_and_no_gap(rule: CodeRule) -> None:
    def reserve(thread: int) -> list[str]:
        try:
            held = reserve_codes(
                requests=[request(rule, thread * 100 + n) for n in range(4)], by=f"thread {thread}", now=NOW
            )
            return [each.code for each in held.held.values()]
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        codes = [code for found in threads.map(reserve, range(50)) for code in found]
    assert len(codes) == len(set(codes)) == 200
    numbers = sorted(CodeAssignment.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 201))


def test_a_reservation_given_up_is_an_explained_gap(rule: CodeRule) -> None:
    reserve_codes(requests=[request(rule, 1), request(rule, 2)], by="t", now=NOW)
    assert give_up_codes(record_codes=[f"E{1:026d}"], reason="包已撤回", by="person:1", now=NOW) == 1
    void = CodeAssignment.objects.get(number=1)
    assert (void.state, void.reason) == (CodeAssignment.State.VOID, "包已撤回")
    (entry,) = entries_about(subject=f"E{1:026d}")
    assert entry.kind == "code.voided"
    assert entry.detail == {"code": void.code, "reason": "包已撤回"}
    later = reserve_codes(requests=[request(rule, 1)], by="t", now=NOW)
    assert later.held[f"E{1:026d}"].number == 3


def test_a_code_is_frozen_and_a_changed_one_stays_resolvable(rule: CodeRule) -> None:
    held = reserve_codes(requests=[request(rule, 1)], by="t", now=NOW).held[f"E{1:026d}"]
    with transaction.atomic():
        register_records(records=[new_record(1, archive_code=held.code)], by="t", now=NOW)
    new = change_archive_code(
        record_code=f"E{1:026d}",
        rule=rule,
        values=VALUES | {"retention": "Y"},
        reason="保管期限改为永久",
        by="person:1",
        now=NOW,
    )
    assert new == "J019-ZY·XK·2026·Y-000001"
    found = record_by_code(code=held.code, reader=ARCHIVIST)
    assert found.summary.archive_code == new
    assert [(code, state) for code, state, _reason in found.codes] == [(held.code, "replaced"), (new, "used")]
    assert [each.kind for each in entries_about(subject=f"E{1:026d}")] == ["record.accessioned", "code.changed"]


def test_a_value_that_fits_no_component_refuses_its_record_alone(rule: CodeRule) -> None:
    bad = CodeRequest(f"E{9:026d}", rule, VALUES | {"fonds": "第九全宗"})
    made = reserve_codes(requests=[request(rule, 1), bad, request(rule, 2)], by="t", now=NOW)
    assert [each.number for each in made.held.values()] == [1, 2]
    assert "全宗号应为" in said(made.refused[bad.record_code])
    assert "请补全著录或编号方案后再次接收" in said(made.refused[bad.record_code])
    with override("en"):
        assert "should be" in said(made.refused[bad.record_code])
    assert CodeAssignment.objects.count() == 2


def test_a_number_too_wide_for_its_rule_uses_up_no_number() -> None:
    narrow = rule_from_data({"key": "narrow", "structure": "fonds-category·class2·year·retention-item:1"})
    made = reserve_codes(requests=[request(narrow, n) for n in range(1, 13)], by="t", now=NOW)
    assert [each.code[-1] for each in made.held.values()] == list("123456789")
    assert set(made.refused) == {f"E{n:026d}" for n in (10, 11, 12)}
    told = [said(each) for each in made.refused.values()]
    assert all("件号10超出规则的位数" in each and "加宽流水号" in each for each in told)
    assert CodeScope.objects.get().last == 9
    wide = rule_from_data({"key": "wide", "structure": "fonds-category·class2·year·retention-item:1-4"})
    later = reserve_codes(requests=[request(wide, 10)], by="t", now=NOW)
    assert later.held[f"E{10:026d}"].code.endswith("-10")


def rules_that_collide() -> tuple[CodeRule, CodeRule]:
    """Two rules that write the same codes from sequences of their own."""
    structure = "fonds-category·class2·year·retention-item:6"
    whole = rule_from_data({"key": "whole", "structure": structure})
    return whole, rule_from_data({"key": "short", "structure": structure, "scope": ["fonds", "year"]})


def test_a_code_of_another_scope_refuses_its_record_alone_and_explains_the_gap() -> None:
    whole, short = rules_that_collide()
    first = reserve_codes(requests=[request(whole, 1)], by="t", now=NOW).held[f"E{1:026d}"]
    made = reserve_codes(requests=[request(short, n) for n in (2, 3, 4)], by="t", now=NOW)
    assert {code: each.number for code, each in made.held.items()} == {f"E{3:026d}": 2, f"E{4:026d}": 3}
    assert list(made.refused) == [f"E{2:026d}"]
    assert all(each in said(made.refused[f"E{2:026d}"]) for each in ("short", first.code, f"E{1:026d}", "请核对"))
    (entry,) = entries_about(subject=f"E{2:026d}")
    assert (entry.kind, entry.detail) == (
        "code.passed-over",
        {"code": first.code, "scope": "fonds=J019/year=2026", "number": 1, "held_by": f"E{1:026d}"},
    )
    again = reserve_codes(requests=[request(short, 2)], by="t", now=NOW)
    assert again.held[f"E{2:026d}"].number == 4


def test_two_scopes_that_collide_in_one_batch() -> None:
    whole, short = rules_that_collide()
    made = reserve_codes(requests=[request(whole, 1), request(short, 2)], by="t", now=NOW)
    assert len(made.held) == len(made.refused) == 1


def test_scopes_that_collide_in_the_same_moment() -> None:
    rules = rules_that_collide()

    def reserve(thread: int) -> Reservations:
        try:
            return reserve_codes(requests=[request(rules[thread % 2], thread)], by="t", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        made = list(threads.map(reserve, range(16)))
    codes = [each.code for found in made for each in found.held.values()]
    refused = [each for found in made for each in found.refused]
    assert len(codes) == len(set(codes)) == CodeAssignment.objects.count()
    assert len(codes) + len(refused) == 16
    passed = {each.detail["number"] for each in list_entries(kinds=["code.passed-over"]) if each.detail}
    assert len(passed) == len(refused)
    for scope in CodeScope.objects.all():
        numbers = set(CodeAssignment.objects.filter(scope=scope.pk).values_list("number", flat=True))
        told = {
            each.detail["number"]
            for each in list_entries(kinds=["code.passed-over"])
            if each.detail and each.detail["scope"] == scope.pk
        }
        assert numbers | told == set(range(1, scope.last + 1)), "every gap is explained"


def test_a_change_to_a_code_that_cannot_be_given_leaves_the_old_one(rule: CodeRule) -> None:
    held = reserve_codes(requests=[request(rule, 1)], by="t", now=NOW).held[f"E{1:026d}"]
    with transaction.atomic():
        register_records(records=[new_record(1, archive_code=held.code)], by="t", now=NOW)
    with pytest.raises(CodeRefused, match="全宗号应为"):
        change_archive_code(
            record_code=f"E{1:026d}", rule=rule, values=VALUES | {"fonds": "甲"}, reason="改", by="person:1", now=NOW
        )
    assert CodeAssignment.objects.get().state == CodeAssignment.State.USED


def test_no_record_takes_a_code_that_is_anothers(rule: CodeRule) -> None:
    with transaction.atomic():
        register_records(records=[new_record(1, archive_code="J019-ZY·XK·2026·D30-000001")], by="t", now=NOW)
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        register_records(records=[new_record(2, archive_code="J019-ZY·XK·2026·D30-000001")], by="t", now=NOW)
    assert Record.objects.count() == 1
    with pytest.raises(NoSuchRecord):
        record_by_code(code=f"E{2:026d}", reader=ARCHIVIST)
