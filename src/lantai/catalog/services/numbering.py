"""Give archive codes to records that have none, and void codes that were wrong (编号, 作废): every number explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from lantai.catalog.models import CodeAssignment, Level, Record
from lantai.catalog.queries.effects import members_of, numbering_rules
from lantai.catalog.services.codes import CodeRequest, reserve_codes
from lantai.ledger.services import NewEntry, append_entries

Failure = Mapping[str, Any]
"""Why a record was left as it is: its code, the key of the sentence and its values."""


def failure_of(*, row: Record, key: str, values: Mapping[str, Any] | None = None) -> Failure:
    """The failure of one record, as it is kept."""
    return {"code": row.archive_code or row.record_code, "title": row.title, "key": key, "values": dict(values or {})}


def number_records(*, record_ids: Sequence[int], by: Mapping[str, str], now: datetime) -> list[Failure]:
    """Give the records of *record_ids*, in this order, the next codes of their scopes, in the caller's transaction.

    The rule is the one in force today (DA/T 13). Returns the records that got none, and why; *by* is actor, role and
    address as the ledger names them. A record that has a code keeps it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("number_records runs inside the transaction that asked for it")
    locked = Record.objects.select_for_update().filter(pk__in=list(record_ids)).order_by("pk")
    list(locked.values_list("pk", flat=True))
    rows = members_of(ids=record_ids)
    rules = numbering_rules(rows=rows, on=timezone.localdate(now))
    failures: list[Failure] = []
    requests: dict[str, tuple[Record, CodeRequest]] = {}
    for row in rows:
        found = rules[row.pk]
        if row.archive_code:
            failures.append(failure_of(row=row, key="has-code"))
        elif found.rule is None:
            failures.append(failure_of(row=row, key=found.refused))
        else:
            requests[row.record_code] = row, CodeRequest(row.record_code, found.rule, found.values)
    given = reserve_codes(requests=[each for _row, each in requests.values()], by=by["actor"], now=now)
    entries = []
    for code, why in given.refused.items():
        failures.append(failure_of(row=requests[code][0], key=why.key, values=why.values))
    for code, held in given.held.items():
        row = requests[code][0]
        row.archive_code, row.changed_at = held.code, now
        if row.level == Level.VOLUME:
            row.volume_number = held.number
        else:
            row.item_number = held.number
        detail = {"before": None, "after": held.code, "scope": held.scope, "number": held.number}
        entries.append(NewEntry(kind="code.given", subject=code, at=now, result="done", detail=detail, **by))
    numbered = [requests[code][0] for code in given.held]
    Record.objects.bulk_update(numbered, ["archive_code", "volume_number", "item_number", "changed_at"])
    CodeAssignment.objects.filter(code__in=[each.archive_code for each in numbered]).update(
        state=CodeAssignment.State.USED
    )
    append_entries(entries=entries)
    return failures


def void_record_codes(*, record_ids: Sequence[int], reason: str, by: Mapping[str, str], now: datetime) -> list[Failure]:
    """Void the codes of these records for a *reason*, in the caller's transaction; returns those without a code.

    The number keeps its reason and is never given again, so the gap is explained; the record can be numbered anew, and
    is still found by the voided code. Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("voiding an archive code needs a reason")
    rows = Record.objects.select_for_update().filter(pk__in=list(record_ids)).order_by("pk")
    failures: list[Failure] = []
    entries = []
    for row in rows:
        code = row.archive_code
        if not code:
            failures.append(failure_of(row=row, key="no-code"))
            continue
        keep_given_code(record_code=row.record_code, code=code, by=by["actor"], now=now)
        CodeAssignment.objects.filter(code=code).update(state=CodeAssignment.State.VOID, reason=reason[:300])
        row.archive_code, row.changed_at = None, now
        row.save(update_fields=["archive_code", "changed_at"])
        detail = {"before": code, "after": None, "code": code, "reason": reason}
        entries.append(
            NewEntry(kind="code.voided", subject=row.record_code, at=now, result="done", detail=detail, **by)
        )
    append_entries(entries=entries)
    return failures


def keep_given_code(*, record_code: str, code: str, by: str, now: datetime) -> None:
    """Make the row of a code that came with its record, so that it stays found when the record's code changes."""
    CodeAssignment.objects.get_or_create(
        code=code,
        defaults={
            "record_code": record_code,
            "scope": f"given/{code}",
            "number": 1,
            "state": CodeAssignment.State.USED,
            "by": by,
            "at": now,
        },
    )
