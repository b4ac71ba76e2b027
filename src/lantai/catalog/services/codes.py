"""Archive codes (档号): reserved before the bytes, used with the record, frozen, never given twice (DA/T 13, 22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lantai.archival.codes import CodeRule, format_code, scope_of
from lantai.catalog.models import CodeAssignment, CodeScope, Record
from lantai.ledger.services import NewEntry, append_entries


class ArchiveCodeTaken(Exception):
    """The archive code is or was another record's."""


class NoSuchCode(Exception):
    """No such archive code was ever given."""


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A record that needs a code: its 电子文件号, the rule of its category, and the rule's component values."""

    record_code: str
    rule: CodeRule
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReservedCode:
    """A code held for one record; ``number`` is its running number in ``scope``."""

    code: str
    scope: str
    number: int


def reserve_codes(*, requests: Sequence[CodeRequest], by: str, now: datetime) -> dict[str, ReservedCode]:
    """Hold the next archive code for each record, in a short transaction of its own; returns them by 电子文件号.

    A record that holds a code already gets the same one again, so that a run after a crash goes on where it stopped.
    Numbers run on without gap in each scope, in the order of *requests*; the scope's row is the lock.
    Raises archival.codes.CodeError when a value does not fit its component.
    """
    scopes: dict[str, list[CodeRequest]] = defaultdict(list)
    with transaction.atomic():
        held = {
            each.record_code: ReservedCode(each.code, each.scope, each.number)
            for each in CodeAssignment.objects.filter(
                record_code__in=[each.record_code for each in requests],
                state__in=[CodeAssignment.State.RESERVED, CodeAssignment.State.USED],
            )
        }
        for request in requests:
            if request.record_code not in held:
                scopes[scope_of(request.rule, request.values)].append(request)
        rows = []
        for scope in sorted(scopes):
            CodeScope.objects.bulk_create([CodeScope(scope=scope)], ignore_conflicts=True)
            counter = CodeScope.objects.select_for_update().get(scope=scope)
            for request in scopes[scope]:
                counter.last += 1
                code = format_code(request.rule, request.values, counter.last)
                held[request.record_code] = ReservedCode(code, scope, counter.last)
                rows.append(
                    CodeAssignment(
                        code=code,
                        record_code=request.record_code,
                        scope=scope,
                        number=counter.last,
                        by=by,
                        at=now,
                    )
                )
            counter.save(update_fields=["last"])
        CodeAssignment.objects.bulk_create(rows)
    return held


def give_up_codes(*, record_codes: Sequence[str], reason: str, by: str, now: datetime) -> int:
    """Void the reserved codes of records that will not come, with *reason*: an explained gap. Returns how many."""
    with transaction.atomic():
        found = list(
            CodeAssignment.objects.select_for_update().filter(
                record_code__in=record_codes, state=CodeAssignment.State.RESERVED
            )
        )
        CodeAssignment.objects.filter(pk__in=[each.pk for each in found]).update(
            state=CodeAssignment.State.VOID, reason=reason[:300], by=by, at=now
        )
        append_entries(
            entries=[
                NewEntry(
                    kind="code.voided",
                    subject=each.record_code,
                    actor=by,
                    at=now,
                    detail={"code": each.code, "reason": reason},
                )
                for each in found
            ]
        )
    return len(found)


def change_archive_code(
    *, record_code: str, rule: CodeRule, values: Mapping[str, str], reason: str, by: str, now: datetime
) -> str:
    """Give a record a new code for a stated *reason*; the old one stays resolvable and is never given again.

    Raises Record.DoesNotExist when there is no such record, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a change of the archive code needs a reason")
    with transaction.atomic():
        record = Record.objects.select_for_update().get(record_code=record_code)
        old = record.archive_code
        CodeAssignment.objects.filter(record_code=record_code, state=CodeAssignment.State.USED).update(
            state=CodeAssignment.State.REPLACED, reason=reason[:300]
        )
        new = reserve_codes(requests=[CodeRequest(record_code, rule, values)], by=by, now=now)[record_code]
        CodeAssignment.objects.filter(code=new.code).update(state=CodeAssignment.State.USED)
        record.archive_code = new.code
        record.item_number = new.number
        record.changed_at = now
        record.save(update_fields=["archive_code", "item_number", "changed_at"])
        append_entries(
            entries=[
                NewEntry(
                    kind="code.changed",
                    subject=record_code,
                    actor=by,
                    at=now,
                    detail={"before": old, "after": new.code, "reason": reason},
                )
            ]
        )
    return new.code
