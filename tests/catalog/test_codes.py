"""Archive codes in the catalogue: no duplicate, no unexplained gap with fifty at once; frozen; void with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from lantai.archival.codes import CodeError, CodeRule, preset_rules
from lantai.catalog.models import CodeAssignment, CodeScope, Record
from lantai.catalog.queries import NoSuchRecord, record_by_code
from lantai.catalog.services import (
    CodeRequest,
    change_archive_code,
    give_up_codes,
    register_records,
    reserve_codes,
)
from lantai.ledger.queries import entries_about
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
    held = reserve_codes(requests=[request(rule, n) for n in (3, 1, 2)], by="t", now=NOW)
    assert [held[f"E{n:026d}"].code for n in (3, 1, 2)] == [f"J019-ZY·XK·2026·D30-{number:06d}" for number in (1, 2, 3)]


def test_a_run_after_a_crash_finds_its_reservation(rule: CodeRule) -> None:
    first = reserve_codes(requests=[request(rule, 1)], by="t", now=NOW)
    again = reserve_codes(requests=[request(rule, 1), request(rule, 2)], by="t", now=NOW)
    assert again[f"E{1:026d}"] == first[f"E{1:026d}"]
    assert CodeScope.objects.get().last == 2


def test_fifty_threads_give_no_duplicate_and_no_gap(rule: CodeRule) -> None:
    def reserve(thread: int) -> list[str]:
        try:
            held = reserve_codes(
                requests=[request(rule, thread * 100 + n) for n in range(4)], by=f"thread {thread}", now=NOW
            )
            return [each.code for each in held.values()]
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
    assert later[f"E{1:026d}"].number == 3


def test_a_code_is_frozen_and_a_changed_one_stays_resolvable(rule: CodeRule) -> None:
    held = reserve_codes(requests=[request(rule, 1)], by="t", now=NOW)[f"E{1:026d}"]
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


def test_a_value_that_fits_no_component_reserves_nothing(rule: CodeRule) -> None:
    bad = CodeRequest(f"E{9:026d}", rule, VALUES | {"fonds": "第九全宗"})
    with pytest.raises(CodeError):
        reserve_codes(requests=[request(rule, 1), bad], by="t", now=NOW)
    assert not CodeAssignment.objects.exists()


def test_no_record_takes_a_code_that_is_anothers(rule: CodeRule) -> None:
    with transaction.atomic():
        register_records(records=[new_record(1, archive_code="J019-ZY·XK·2026·D30-000001")], by="t", now=NOW)
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        register_records(records=[new_record(2, archive_code="J019-ZY·XK·2026·D30-000001")], by="t", now=NOW)
    assert Record.objects.count() == 1
    with pytest.raises(NoSuchRecord):
        record_by_code(code=f"E{2:026d}", reader=ARCHIVIST)
