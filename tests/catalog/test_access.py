"""The access rule is one rule: yes or no for a record, the queryset and the search clauses always agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.db import transaction
from django.utils import timezone

from lantai.administration.queries.people import NOBODY, Clearance, Reader, Role
from lantai.catalog.models import Grant, OpenState, Record, RecordState
from lantai.catalog.queries import Act, NoSuchRecord, NotForReader, clauses, decide, record_by_code, visible
from lantai.catalog.services import register_records
from tests.catalog.records import ARCHIVIST, LEADER, PUBLIC, SUPERVISOR, department, new_record

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
READERS = [
    ARCHIVIST,
    Reader(person_id=5, username="b", name="b", role=Role.ARCHIVIST, clearance=Clearance.OPEN),
    department(1),
    department(2),
    LEADER,
    SUPERVISOR,
    PUBLIC,
    NOBODY,
    *(
        Reader(person_id=90 + n, username=str(n), name=str(n), role=role)
        for n, role in enumerate((Role.SYSTEM, Role.SECURITY, Role.AUDIT))
    ),
]


@pytest.fixture
def records() -> list[Record]:
    """A record for every combination of the rule fields."""
    combinations = product(
        OpenState.values,
        (0, 1, 2),
        ("", "01", "02", "03"),
        (True, False),
        (1, 2),
        (RecordState.HELD, RecordState.DESTROYED),
    )
    made = []
    with transaction.atomic():
        for number, (state, secrecy, sharing, personal, owner, held) in enumerate(combinations, 1):
            made.append(
                (
                    held,
                    new_record(
                        number,
                        open_state=state,
                        secrecy=secrecy,
                        sharing=sharing,
                        personal=personal,
                        organisation_id=owner,
                    ),
                )
            )
        register_records(records=[each for _held, each in made], by="t", now=NOW)
    Record.objects.filter(record_code__in=[each.record_code for held, each in made if held != RecordState.HELD]).update(
        state=RecordState.DESTROYED
    )
    return list(Record.objects.order_by("pk"))


def by_clauses(reader: Reader, act: Act, record: Record) -> bool:
    """The rule as the search index applies it: any clause whose every condition holds."""
    return any(all(each.holds(record) for each in clause) for clause in clauses(reader, act))


@pytest.mark.parametrize("reader", READERS, ids=lambda each: f"{each.role}-{each.person_id}-{each.clearance}")
def test_the_three_forms_agree(records: list[Record], reader: Reader) -> None:
    for act in Act:
        allowed = {each.pk for each in records if decide(reader, act, each).allowed}
        assert set(Record.objects.filter(visible(reader, act)).values_list("pk", flat=True)) == allowed, act
        assert {each.pk for each in records if by_clauses(reader, act, each)} == allowed, act


def test_who_may_do_more_may_do_less(records: list[Record]) -> None:
    for reader, record in product(READERS, records):
        if decide(reader, Act.READ, record).allowed:
            assert decide(reader, Act.DESCRIBE, record).allowed
        if decide(reader, Act.DESCRIBE, record).allowed:
            assert decide(reader, Act.EXIST, record).allowed


def test_the_public_sees_open_records_and_nothing_else(records: list[Record]) -> None:
    for record in records:
        expected = (record.open_state, record.secrecy, record.state) == (OpenState.OPEN, 0, RecordState.HELD)
        assert decide(PUBLIC, Act.EXIST, record).allowed == expected


def test_administrators_see_no_record(records: list[Record]) -> None:
    for reader in READERS[-3:]:
        assert not Record.objects.filter(visible(reader)).exists()
        assert decide(reader, Act.EXIST, records[0]).reason == "管理员账号不接触档案内容"


def test_a_refusal_says_why_and_what_to_do(records: list[Record]) -> None:
    closed = next(each for each in records if each.open_state == OpenState.CONTROLLED and each.secrecy == 0)
    with pytest.raises(NotForReader) as refused:
        record_by_code(code=closed.record_code, reader=LEADER, act=Act.READ)
    assert refused.value.decision.reason == "档案经开放审核暂不开放"
    assert "申请" in refused.value.decision.remedy
    with pytest.raises(NoSuchRecord):
        record_by_code(code=closed.record_code, reader=PUBLIC)


def test_a_grant_opens_one_record_for_one_person_until_a_day(records: list[Record]) -> None:
    closed = next(each for each in records if each.open_state == OpenState.CONTROLLED and each.secrecy == 0)
    today: date = timezone.localdate()
    grant = Grant.objects.create(
        record=closed,
        person_id=LEADER.person_id,
        acts=" exist describe read ",
        until=today,
        basis="批准利用",
        given_by="person:1",
        given_at=NOW,
    )
    assert record_by_code(code=closed.record_code, reader=LEADER, act=Act.READ).summary.readable
    assert closed.pk in Record.objects.filter(visible(LEADER, Act.READ)).values_list("pk", flat=True)
    with pytest.raises(NotForReader):
        record_by_code(code=closed.record_code, reader=LEADER, act=Act.COPY)
    Grant.objects.filter(pk=grant.pk).update(until=today - timedelta(days=1))
    with pytest.raises(NotForReader):
        record_by_code(code=closed.record_code, reader=LEADER, act=Act.READ)


def test_names_are_hidden_from_those_who_may_not_see_personal_data() -> None:
    with transaction.atomic():
        register_records(
            records=[
                new_record(
                    1,
                    applicant="欧阳建国",
                    address="云岭县城关镇解放路1号",
                    description={"apply_name": "欧阳建国", "result": "准予"},
                )
            ],
            by="t",
            now=NOW,
        )
    seen = record_by_code(code=f"E{1:026d}", reader=LEADER)
    assert seen.summary.applicant == "欧＊＊＊"
    assert "解放路" not in seen.address
    assert dict(seen.description) == {"result": "准予"}
    assert record_by_code(code=f"E{1:026d}", reader=ARCHIVIST).summary.applicant == "欧阳建国"
