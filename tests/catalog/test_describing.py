"""Descriptions made by people: all faults at once, one entry with before and after, versions, holds, drafts, undo."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from lantai.administration.queries.people import Role
from lantai.administration.services.code_lists import publish_code_list
from lantai.administration.services.people_access import CONSOLE, Actor
from lantai.catalog.elements import days_of
from lantai.catalog.models import Describing, DescriptionDraft, Record
from lantai.catalog.queries.describing import changes_of, record_to_describe
from lantai.catalog.services import register_records
from lantai.catalog.services.describing import (
    DescribedMeanwhile,
    DescriptionRefused,
    HeldByAnother,
    NotToBeDescribed,
    ReviewRefused,
    describe_record,
    review_description,
    undo_change,
)
from lantai.catalog.services.holding import hold_record, keep_draft, let_go_of_record, take_over_record
from lantai.ledger.queries import entries_about
from lantai.work.models import Notice
from tests.catalog.records import ARCHIVIST, new_record
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ME = Actor(1, "a", "archivist", "192.0.2.7")
OTHER = Actor(2, "b", "archivist", "192.0.2.8")
CODE = f"E{1:026d}"


@pytest.fixture
def record() -> Record:
    with transaction.atomic():
        register_records(records=[new_record(1)], by="t", now=NOW)
    return Record.objects.get(record_code=CODE)


def describe(version: int = 0, by: Actor = ME, now: datetime = NOW, **values: str) -> tuple[str, ...]:
    return describe_record(record_code=CODE, values=values, version=version, by=by, now=now).changed


def test_a_change_is_one_entry_with_before_and_after(record: Record) -> None:
    later = NOW + timedelta(hours=1)
    changed = describe(
        title="  关于张三小餐饮店登记的批复 ", document_number="云审批〔2026〕12号", note="附图一张", now=later
    )
    assert set(changed) == {"title", "document_number", "note"}
    record.refresh_from_db()
    assert (record.title, record.document_number) == ("关于张三小餐饮店登记的批复", "云审批〔2026〕12号")
    assert record.changed_at == later
    assert Describing.objects.get(record=record).elements == {"note": "附图一张"}
    entry = entries_about(subject=CODE)[-1]
    assert (entry.kind, entry.actor, entry.role, entry.address) == (
        "record.described",
        "person:1",
        "archivist",
        "192.0.2.7",
    )
    assert entry.detail == {
        "version": 1,
        "before": {"title": "关于小餐饮店登记的批复（第 1 件）", "document_number": "", "note": ""},
        "after": {"title": record.title, "document_number": record.document_number, "note": "附图一张"},
    }


def test_all_faults_are_told_at_once_and_nothing_is_written(record: Record) -> None:
    values = {
        "title": " ",
        "creator": "x" * 301,
        "date": "20261332",
        "persons": "张三 11010519491231002X",
        "generation": "手写",
        "archives_code": "12",
    }
    with pytest.raises(DescriptionRefused) as refused:
        describe(**values)
    assert {each.key: each.reason for each in refused.value.faults} == {
        "title": "missing",
        "creator": "too-long",
        "persons": "identity-number",
        "date": "form",
        "generation": "outside",
        "archives_code": "form",
    }
    assert [each.kind for each in entries_about(subject=CODE)] == ["record.accessioned"]
    with pytest.raises(DescriptionRefused) as refused:
        describe_record(
            record_code=CODE, values={"document_number": ""}, version=0, by=ME, now=NOW, present={"document_number"}
        )
    assert [each.reason for each in refused.value.faults] == ["missing-present"]


@pytest.mark.parametrize(
    ("typed", "kept", "first", "last"),
    [
        ("2026年3月5日", "20260305", date(2026, 3, 5), None),
        ("2026-03-05", "20260305", date(2026, 3, 5), None),
        ("202602", "202602", date(2026, 2, 1), date(2026, 2, 28)),
        ("[1953]", "[1953]", date(1953, 1, 1), date(1953, 12, 31)),
        ("20260101-20260305", "20260101-20260305", date(2026, 1, 1), date(2026, 3, 5)),
    ],
)
def test_dates_as_people_write_them(record: Record, typed: str, kept: str, first: date, last: date | None) -> None:
    describe(date=typed)
    record.refresh_from_db()
    assert (record.formed_on, record.formed_until) == (first, last) == days_of(kept)
    assert record_to_describe(code=CODE, reader=ARCHIVIST, now=NOW).values["date"] == kept


def test_a_span_that_runs_back_is_refused(record: Record) -> None:
    with pytest.raises(DescriptionRefused):
        describe(date="20260305-20260101")


def test_a_description_found_right_counts_as_described_once(record: Record) -> None:
    assert describe(title=record.title) == ()
    assert entries_about(subject=CODE)[-1].detail == {"version": 1, "before": {}, "after": {}}
    assert describe(title=record.title, version=1) == ()
    assert len(entries_about(subject=CODE)) == 2


def test_two_who_save_are_told_what_the_other_changed(record: Record) -> None:
    describe(title="甲改的题名", creator="甲局")
    with pytest.raises(DescribedMeanwhile) as meanwhile:
        describe(by=OTHER, title="乙改的题名")
    others = meanwhile.value.others
    assert (others.by, others.after) == ("person:1", {"title": "甲改的题名", "creator": "甲局"})
    assert others.before["creator"] == "云岭县行政审批局"
    describe(version=1, by=OTHER, title="乙改的题名")
    assert Record.objects.get(pk=record.pk).title == "乙改的题名"


def test_a_hold_keeps_others_out_until_it_runs_out_or_is_taken_over(record: Record) -> None:
    make_person(Role.ARCHIVIST, username="b", pk=2)
    assert hold_record(record_id=record.pk, person_id=1, now=NOW)
    assert not hold_record(record_id=record.pk, person_id=2, now=NOW + timedelta(minutes=4))
    with pytest.raises(HeldByAnother):
        describe(by=OTHER, title="乙")
    assert hold_record(record_id=record.pk, person_id=1, now=NOW + timedelta(minutes=4))
    assert not hold_record(record_id=record.pk, person_id=2, now=NOW + timedelta(minutes=8))
    assert hold_record(record_id=record.pk, person_id=2, now=NOW + timedelta(minutes=9))
    now = NOW + timedelta(minutes=9)
    taken = take_over_record(record_code=CODE, by=ME, name="甲", link="/records/x/describe/", now=now)
    assert taken is not None and taken.person_id == 2
    notice = Notice.objects.get()
    assert (notice.person_id, notice.text, notice.values["name"]) == (2, "description-taken-over", "甲")
    assert entries_about(subject=CODE)[-1].detail == {"from": "person:2"}
    let_go_of_record(record_id=record.pk, person_id=1)
    assert hold_record(record_id=record.pk, person_id=2, now=now)


def test_a_draft_is_kept_wrong_or_not_and_ends_with_the_saving(record: Record) -> None:
    for title in ("", "改了一半"):
        keep_draft(record_code=CODE, values={"title": title, "date": "不知", "x": "?"}, version=0, person_id=1, now=NOW)
    found = record_to_describe(code=CODE, reader=ARCHIVIST, now=NOW)
    assert found.draft is not None and found.draft.values == {"title": "改了一半", "date": "不知"}
    assert found.values["title"] == record.title
    keep_draft(record_code=CODE, values={"title": "乙的"}, version=0, person_id=2, now=NOW)
    describe(title="改好了")
    assert list(DescriptionDraft.objects.values_list("person_id", flat=True)) == [2]


def test_any_step_is_undone_as_a_new_change(record: Record) -> None:
    describe(title="一", note="注")
    describe(version=1, title="二")
    first = next(each for each in entries_about(subject=CODE) if each.kind == "record.described")
    undo_change(record_code=CODE, entry_id=first.id, version=2, by=OTHER, now=NOW)
    found = record_to_describe(code=CODE, reader=ARCHIVIST, now=NOW)
    assert (found.values["title"], found.values["note"]) == (record.title, "")
    newest = changes_of(record_code=CODE)[0]
    assert newest.detail == {
        "version": 3,
        "before": {"title": "二", "note": "注"},
        "after": {"title": record.title, "note": ""},
        "undoes": first.id,
    }
    with pytest.raises(LookupError):
        undo_change(record_code=CODE, entry_id=newest.id + 100, version=3, by=ME, now=NOW)


def test_a_second_person_reviews_and_a_change_asks_for_it_again(record: Record) -> None:
    with pytest.raises(ReviewRefused):
        review_description(record_code=CODE, version=0, by=OTHER, now=NOW)
    describe(title="一")
    with pytest.raises(ReviewRefused):
        review_description(record_code=CODE, version=1, by=ME, now=NOW)
    review_description(record_code=CODE, version=1, by=OTHER, now=NOW)
    review_description(record_code=CODE, version=1, by=OTHER, now=NOW)
    assert Describing.objects.get(record=record).reviewed_by == 2
    assert [each.kind for each in entries_about(subject=CODE)].count("record.description-reviewed") == 1
    describe(version=1, title="二")
    assert Describing.objects.get(record=record).reviewed_at is None


def test_what_is_no_longer_held_is_not_described(record: Record) -> None:
    Record.objects.filter(pk=record.pk).update(state="destroyed")
    with pytest.raises(NotToBeDescribed):
        describe(title="晚了")


def test_coded_values_go_by_the_list_of_the_records_own_date(record: Record) -> None:
    old = [{"code": each, "zh": each, "en": "", "note": ""} for each in ("公开", "内部")]
    publish_code_list(
        key="dat18-disclosure",
        version="1999",
        valid_from=date(1999, 6, 1),
        basis="DA/T 18-1999",
        codes=old,
        by=CONSOLE,
        now=NOW,
    )
    with pytest.raises(DescriptionRefused) as refused:
        describe(disclosure="公开")
    [fault] = refused.value.faults
    assert (fault.reason, fault.list) == ("outside", "公开属性（著录值域） 2022")
    assert set(describe(disclosure="公开", date="20090503")) == {"date", "disclosure"}
    [*_rest, entry] = entries_about(subject=CODE)
    assert entry.detail is not None
    assert entry.detail["lists"] == {"disclosure": "dat18-disclosure 1999"}
    assert entry.detail["formed"] == "2009-05-03"
    with pytest.raises(DescriptionRefused) as refused:
        describe(version=1, disclosure="主动公开")
    assert [each.list for each in refused.value.faults] == ["公开属性（著录值域） 1999"]
    with pytest.raises(DescriptionRefused):
        describe(version=1, date="2026年3月1日")
    assert describe(version=1, date="2026年3月1日", disclosure="主动公开")
    assert describe(version=2, document_type="别的文种"), "an open list proposes and does not bind"
