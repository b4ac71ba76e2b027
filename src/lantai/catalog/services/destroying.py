"""Destroy the content of a record (销毁) by the keys it was sealed under; its description and its history stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lantai.administration.services.people_access import Actor
from lantai.catalog.models import ComponentText, Describing, Record, RecordState, Representation
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import Destruction, destroyed_subjects
from lantai.storage.services import destroy_keys

DESTROYED = "record.destroyed"
_AT_ONCE = 1000


class DestructionRefused(ValueError):
    """The record's content cannot be destroyed so; the message says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A record whose content is gone, and the digests of the keys that were destroyed: what the ledger tells of."""

    record_code: str
    title: str
    proofs: tuple[str, ...]


def destroy_content(*, code: str, reason: str, by: Actor, now: datetime) -> Destroyed:
    """Destroy every key of the record with this archive code or 电子文件号, then its extracted text, and say so.

    Whether it may be destroyed was decided before (*reason* names the decision): nothing here can be undone. A run that
    was broken off is finished by calling again; only the end says "destroyed". Raises DestructionRefused, NotSealed,
    VaultFault.
    """
    record = Record.objects.filter(Q(record_code=code) | Q(archive_code=code)).first()
    if record is None:
        raise DestructionRefused(_("没有档号或电子文件号为 %(code)s 的档案。") % {"code": code})
    forms = list(Representation.objects.filter(record=record))
    if not forms:
        raise DestructionRefused(_("%(code)s 没有电子文件，只有目录。") % {"code": code})
    _refuse_shared(record, {each.pk for each in forms})
    units = sorted({(each.object_id, each.path.partition("/")[0]) for each in forms})
    tombstones = destroy_keys(units=units, subject=record.record_code, reason=reason, by=by, now=now)
    proofs = tuple(sorted(each.proof for each in tombstones))
    _settle(record.pk, Destruction(reason, by.reference, by.role, by.address, proofs), now)
    return Destroyed(record.record_code, record.title, proofs)


def settle_destroyed(*, now: datetime) -> int:
    """Say of records whose keys are destroyed that they are, and drop their text, where the run that destroyed them
    died in between; returns how many. The steward calls it.
    """
    gone, settled = destroyed_subjects(), 0
    codes = list(gone)
    for at in range(0, len(codes), _AT_ONCE):
        waiting = Record.objects.filter(record_code__in=codes[at : at + _AT_ONCE]).exclude(state=RecordState.DESTROYED)
        for pk, code in list(waiting.values_list("pk", "record_code")):
            _settle(pk, gone[code], now)
            settled += 1
    return settled


def _settle(record_id: int, gone: Destruction, now: datetime) -> None:
    """The record's own part, in one transaction: state, text, entry."""
    with transaction.atomic():
        row = Record.objects.select_for_update().get(pk=record_id)
        if row.state == RecordState.DESTROYED:
            return
        told = {"before": {"state": row.state}, "after": {"state": RecordState.DESTROYED.value}}
        row.state, row.changed_at = RecordState.DESTROYED, now
        row.save(update_fields=["state", "changed_at"])
        ComponentText.objects.filter(record=row).delete()
        entry = NewEntry(
            kind=DESTROYED,
            subject=row.record_code,
            actor=gone.by,
            role=gone.role,
            address=gone.address,
            at=now,
            result="destroyed",
            detail={**told, "reason": gone.reason, "proofs": list(gone.proofs)},
        )
        append_entries(entries=[entry])


def _refuse_shared(record: Record, forms: set[int]) -> None:
    """Refuse where another record shows files of this one's package (拆件、并件), or this one those of another."""
    composed = Describing.objects.filter(parts__isnull=False).select_related("record")
    for each in composed.iterator():
        used = {int(part["r"]) for part in each.parts or []}
        if each.record_id != record.pk and used & forms:
            raise DestructionRefused(
                _("%(other)s 仍在使用本件的文件，须先处理。")
                % {"other": each.record.archive_code or each.record.record_code}
            )
        if each.record_id == record.pk and used - forms:
            raise DestructionRefused(_("本件的文件有一部分在另一件的原包中，须先处理。"))
