"""An archive in which something of every kind happened: what a rebuild must bring back, whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from lantai.administration.models import Agreement, Organisation, Person, Role
from lantai.administration.services.agreements import NewAgreement, replace_agreement
from lantai.administration.services.bodies import NewOrganisation
from lantai.administration.services.fonds_files import NewFondsEntry, add_fonds_entry
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.successions import BodyChange, record_body_change
from lantai.catalog.models import Describing, Record, Representation
from lantai.catalog.queries.composition import Part, parts_of
from lantai.catalog.services.arranging import choose_records, order_arrangement, plan_arrangement
from lantai.catalog.services.composing import compose_item, merge_items, split_item
from lantai.catalog.services.describing import describe_record, review_description
from lantai.catalog.services.holding import hold_record, keep_draft
from lantai.catalog.services.numbering import number_records, void_record_codes
from lantai.catalog.services.relating import relate_records, remove_relation
from lantai.ingest.models import Submission
from lantai.ingest.services.deciding import decide_submissions
from lantai.ledger.models import Entry
from lantai.ledger.services import erase_entry
from lantai.work.services import run_jobs
from tests.ingest.county import OTHER, found_county, package, settle
from tests.ingest.importing import as_csv, bring, row, take
from tests.make_people import actor, make_person
from tests.pages.archive import CLEARED, send

WHO = {"actor": "person:1", "role": "archivist", "address": "192.0.2.7"}


def fill_archive() -> list[str]:
    """Fill the empty archive of this process; returns the 电子文件号 of all its records."""
    body = found_county()
    one = make_person(Role.ARCHIVIST, "zhou", **CLEARED)
    two = make_person(Role.ARCHIVIST, "qian", **CLEARED)
    make_person(Role.DEPARTMENT, "sun", organisation=body)
    for number in range(1, 8):
        send(body, *package(number))
    settle()
    _describe(one, two)
    _compose(one)
    _number()
    _arrange(one)
    _import(one)
    _hand_over(body)
    _administer(one)
    settle()
    erased = Entry.objects.filter(kind="record.described", index__isnull=False).latest("id")
    erase_entry(entry_id=erased.pk, reason="更正权", actor="person:1", at=timezone.now())
    settle()
    return list(Record.objects.order_by("pk").values_list("record_code", flat=True))


def _records() -> list[Record]:
    return list(Record.objects.order_by("pk"))


def _describe(one: Person, two: Person) -> None:
    first = _records()[0].record_code
    values = {"title": "关于小餐饮店登记的批复（更正）", "note": "附图一张"}
    now = timezone.now()
    describe_record(record_code=first, values=values, version=0, by=actor(one), now=now)
    review_description(record_code=first, version=1, by=actor(two), now=now)
    describe_record(record_code=first, values={"note": ""}, version=1, by=actor(two), now=now)
    hold_record(record_id=_records()[1].pk, person_id=one.pk, now=now)
    keep_draft(record_code=_records()[1].record_code, values={"title": "未"}, version=0, person_id=one.pk, now=now)


def _parts(record: Record) -> list[Part]:
    done, _made = Describing.objects.get_or_create(record=record)
    return parts_of(record, done)


def _compose(one: Person) -> None:
    by, now = actor(one), timezone.now()
    _first, second, third, fourth, *_rest = _records()
    Describing.objects.filter(record=second).update(editor_until=now - timedelta(hours=1))
    merge_items(record_code=second.record_code, other=third.record_code, reason="同一份批复", by=by, now=now)
    parts = _parts(fourth)
    compose_item(record_code=fourth.record_code, parts=[*reversed(parts)], by=by, now=now)
    split_item(
        record_code=fourth.record_code,
        chosen=[(parts[-1].representation_id, parts[-1].path)],
        title="拆出的附件",
        reason="另成一件",
        moved_lines=(),
        kept_lines=(),
        by=by,
        now=now,
    )
    relate_records(record_code=fourth.record_code, kind="refers", target=second.record_code, basis="见", by=by, now=now)
    remove_relation(
        record_code=fourth.record_code, kind="refers", target=second.record_code, reason="误", by=by, now=now
    )


def _number() -> None:
    fifth = _records()[4]
    with transaction.atomic():
        void_record_codes(record_ids=[fifth.pk], reason="编错", by=WHO, now=timezone.now())
        number_records(record_ids=[fifth.pk], by=WHO, now=timezone.now())


def _arrange(one: Person) -> None:
    by, now = actor(one), timezone.now()
    chosen = _records()[5]
    choose_records(record_ids=[chosen.pk], by=by, now=now)
    target = {"title": "行政许可案卷", "classes": "ZY·XK", "year": str(chosen.year)}
    number = plan_arrangement(kind="volume", target=target, reason="组卷", by=by)
    order_arrangement(number=number, by=by, now=now)
    run_jobs(drain=True)


def _import(one: Person) -> None:
    rows = [row(number) for number in range(1, 7)] + [row(8, 题名="")]
    take(one, bring(one, as_csv(rows)))


def _hand_over(body: Organisation) -> None:
    """A package returned and corrected, one decided by a person, one that waits."""
    now = timezone.now()
    Agreement.objects.update(policy="manual")
    send(body, "坏包.zip", b"PK\x03\x04 this is no archive")
    decided, waits = send(body, *package(21)), send(body, *package(22))
    settle()
    decide_submissions(
        record_codes=[decided.record_code], approve=True, reason="", by="person:1", role="archivist", now=now
    )
    settle()
    waits.refresh_from_db()
    assert waits.state == "examined"
    assert Submission.objects.filter(state="rejected").count() == 1


def _administer(one: Person) -> None:
    by, now = actor(one), timezone.now()
    scan = NewFondsEntry("0059", "1", "全宗介绍", date(2026, 1, 5), file_name="介绍.bin", content=bytes(range(256)))
    add_fonds_entry(entry=scan, by=by, now=now)
    text = replace(scan, title="更新的介绍", text="本全宗……", file_name="", content=None, replaces=1)
    add_fonds_entry(entry=text, by=by, now=now)
    agreement = NewAgreement("YJ-2", "SPJ", "0059", "fuzhou", timezone.localdate(now) + timedelta(days=2))
    replace_agreement(number="YJ-1", agreement=agreement, by=by, now=now, reason="续签")
    change = BodyChange(
        kind="renamed",
        day=timezone.localdate(now),
        basis="云编〔2026〕1号",
        before=[OTHER],
        new=NewOrganisation("SCJG2", "云岭县市场监管局"),
        after=[],
        heir="SCJG2",
    )
    record_body_change(change=change, by=CONSOLE, now=now)
    one.text_size = "large"
    one.save(update_fields=["text_size"])
    assert Representation.objects.count() > 7
