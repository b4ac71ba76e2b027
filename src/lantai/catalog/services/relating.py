"""Relations between records (相关档案): made and taken back by people, with a reason, told to the ledger."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.catalog.models import CodeAssignment, Record, Relation
from lantai.ledger.services import NewEntry, append_entries


class RelationRefused(Exception):
    """Two records that cannot be related so; ``why`` is ``unknown``, ``itself``, ``known`` or ``turned``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def relate_records(*, record_code: str, kind: str, target: str, basis: str, by: Actor, now: datetime) -> None:
    """Say that a record follows, replaces or refers to another, which *target* names by 电子文件号 or any archive code.

    Raises Record.DoesNotExist, RelationRefused.
    """
    with transaction.atomic():
        record = Record.objects.select_for_update().get(record_code=record_code)
        other = _called(target)
        if other is None:
            raise RelationRefused("unknown")
        if other.pk == record.pk:
            raise RelationRefused("itself")
        names = [each for each in (other.record_code, other.archive_code) if each]
        if record.relations.filter(kind=kind, target_code__in=names).exists():
            raise RelationRefused("known")
        own = [each for each in (record.record_code, record.archive_code) if each]
        if kind != Relation.Kind.REFERS and other.relations.filter(kind=kind, target_code__in=own).exists():
            raise RelationRefused("turned")
        Relation.objects.create(record=record, kind=kind, target_code=other.record_code, basis=basis[:300])
        record.changed_at = now
        record.save(update_fields=["changed_at"])
        detail = {"relation": kind, "target": other.record_code, "basis": basis[:300]}
        append_entries(entries=[_entry("record.related", record_code, by, now, detail)])


def remove_relation(*, record_code: str, kind: str, target: str, reason: str, by: Actor, now: datetime) -> None:
    """Take back a relation for a stated *reason*.

    Raises Record.DoesNotExist, RelationRefused for one that is not there, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a relation is taken back for a reason")
    with transaction.atomic():
        record = Record.objects.select_for_update().get(record_code=record_code)
        found = record.relations.filter(kind=kind, target_code=target).first()
        if found is None:
            raise RelationRefused("unknown")
        detail = {"relation": kind, "target": target, "basis": found.basis, "reason": reason[:300]}
        found.delete()
        record.changed_at = now
        record.save(update_fields=["changed_at"])
        append_entries(entries=[_entry("record.relation-removed", record_code, by, now, detail)])


def _called(code: str) -> Record | None:
    """The record of that 电子文件号 or archive code, former codes too."""
    code = code.strip()
    found = Record.objects.filter(record_code=code).first() or Record.objects.filter(archive_code=code).first()
    if found is None and code:
        former = CodeAssignment.objects.filter(code=code).values_list("record_code", flat=True).first()
        found = Record.objects.filter(record_code=former).first() if former else None
    return found


def _entry(kind: str, record_code: str, by: Actor, now: datetime, detail: dict[str, str]) -> NewEntry:
    return NewEntry(
        kind=kind,
        subject=record_code,
        actor=by.reference,
        role=by.role,
        address=by.address,
        result="done",
        at=now,
        detail=detail,
    )
