"""Move records into another class or volume, and make volumes (组卷): places change, codes stay (DA/T 13, DA/T 22)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from lantai.administration.queries import list_classes
from lantai.catalog.models import CodeAssignment, CodeScope, Level, Record
from lantai.catalog.queries.effects import Destination, longest_retention, members_of, move_effects, numbering_rules
from lantai.catalog.services.codes import CodeRefused, CodeRequest, change_archive_code, reserve_codes
from lantai.catalog.services.numbering import Failure, failure_of, keep_given_code
from lantai.catalog.services.registering import NewRecord, register_records
from lantai.ledger.services import NewEntry, append_entries

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class PlaceRefused(ValueError):
    """The place records are to go to is none; ``key`` says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def destination_of(*, target: Mapping[str, Any]) -> Destination:
    """The place that the target of a move names: ``volume`` (电子文件号 or archive code) or ``fonds`` and ``classes``.

    Raises PlaceRefused for a volume or a class that is not there.
    """
    if target.get("volume"):
        code = str(target["volume"])
        row = Record.objects.filter(record_code=code, level=Level.VOLUME).first()
        row = row or Record.objects.filter(archive_code=code, level=Level.VOLUME).first()
        if row is None:
            raise PlaceRefused("no-volume")
        return Destination(
            fonds=row.fonds_code,
            category=row.category_code,
            class_code=row.class_code,
            volume_id=row.pk,
            volume_code=row.record_code,
            volume_number=row.volume_number,
            retention=row.retention,
            organisation_id=row.organisation_id,
        )
    classes = str(target.get("classes", ""))
    if classes not in {each.path for each in list_classes()}:
        raise PlaceRefused("no-class")
    category, _dot, below = classes.partition("·")
    return Destination(fonds=str(target["fonds"]), category=category, class_code=below)


def move_records(
    *,
    record_ids: Sequence[int],
    to: Destination,
    reason: str,
    renumber: bool,
    by: Mapping[str, str],
    now: datetime,
) -> list[Failure]:
    """Move these records in the caller's transaction; returns those left where they are, and why.

    A volume takes what lies in it along. Archive codes stay as they are; with *renumber* a code that no longer tells
    the place is replaced by a new one, and the old one stays found. Every record gets its entry ``record.moved`` with
    the place before and after.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("move_records runs inside the transaction that asked for it")
    rows = list(Record.objects.select_for_update().filter(pk__in=list(record_ids)).order_by("pk"))
    effects = {each.id: each for each in move_effects(rows=rows, to=to)}
    moving = [row for row in rows if not effects[row.pk].refused]
    inside = list(
        Record.objects.select_for_update().filter(parent__in=[each.pk for each in moving if each.level == Level.VOLUME])
    )
    volumes = _volume_codes([*moving, *inside])
    entries = []
    for row in [*moving, *inside]:
        before = _place(row, volumes)
        row.category_code, row.class_code, row.changed_at = to.category, to.class_code, now
        if row not in inside:
            row.parent_id = to.volume_id
        after = {"category": to.category, "class": to.class_code, "volume": before["volume"]}
        after["volume"] = before["volume"] if row in inside else to.volume_code
        detail = {"before": before, "after": after, "reason": reason, "archive_code": row.archive_code}
        entries.append(
            NewEntry(kind="record.moved", subject=row.record_code, at=now, result="done", detail=detail, **by)
        )
    Record.objects.bulk_update([*moving, *inside], ["category_code", "class_code", "parent", "changed_at"])
    append_entries(entries=entries)
    failures = [
        failure_of(row=row, key=effects[row.pk].refused, values=effects[row.pk].values)
        for row in rows
        if effects[row.pk].refused
    ]
    if renumber:
        frozen = [row.pk for row in moving if effects[row.pk].frozen]
        failures += _replace_codes(frozen, reason, by, now)
    return failures


def _volume_codes(rows: Sequence[Record]) -> dict[int, str]:
    parents = {each.parent_id for each in rows if each.parent_id}
    return dict(Record.objects.filter(pk__in=parents).values_list("pk", "record_code"))


def _place(row: Record, volumes: Mapping[int, str]) -> dict[str, str]:
    return {"category": row.category_code, "class": row.class_code, "volume": volumes.get(row.parent_id or 0, "")}


def _replace_codes(ids: Sequence[int], reason: str, by: Mapping[str, str], now: datetime) -> list[Failure]:
    """New codes for records whose codes no longer tell their place, one by one; the old ones stay found."""
    rows = members_of(ids=ids)
    rules = numbering_rules(rows=rows, on=timezone.localdate(now))
    failures = []
    for row in rows:
        found = rules[row.pk]
        if found.rule is None:
            failures.append(failure_of(row=row, key=found.refused))
            continue
        keep_given_code(record_code=row.record_code, code=row.archive_code or "", by=by["actor"], now=now)
        try:
            change_archive_code(
                record_code=row.record_code,
                rule=found.rule,
                values=found.values,
                reason=reason,
                by=by["actor"],
                now=now,
            )
        except CodeRefused as refused:
            failures.append(
                failure_of(row=row, key="not-written", values={"detail": str(refused), "detail_en": str(refused)})
            )
    return failures


def make_volume(
    *, members: Sequence[Record], title: str, classes: str, year: int, by: Mapping[str, str], now: datetime
) -> str:
    """Make a volume (案卷) for *members* in the caller's transaction, empty yet; returns its 电子文件号.

    It has the longest retention and the highest secrecy of its members and spans their days. Where the fonds' code
    rule knows volumes it gets its archive code; else only a volume number. Raises PlaceRefused for an unknown class or
    a volume that cannot be numbered.
    """
    first = members[0]
    if classes not in {each.path for each in list_classes()}:
        raise PlaceRefused("no-class")
    category, _dot, below = classes.partition("·")
    code = _new_code()
    draft = Record(
        record_code=code,
        level=Level.VOLUME,
        fonds_code=first.fonds_code,
        category_code=category,
        class_code=below,
        year=year,
        retention=longest_retention([each.retention for each in members]),
        function_code=first.function_code,
        profile=first.profile,
    )
    found = numbering_rules(rows=[draft], on=timezone.localdate(now))[draft.pk]
    archive_code: str | None = None
    if found.rule is not None:
        given = reserve_codes(requests=[CodeRequest(code, found.rule, found.values)], by=by["actor"], now=now)
        if code in given.refused:
            raise PlaceRefused("volume-not-numbered")
        archive_code, number = given.held[code].code, given.held[code].number
    else:
        number = _next_volume(draft)
    last = max(each.formed_until or each.formed_on for each in members)
    register_records(
        records=[
            NewRecord(
                record_code=code,
                archive_code=archive_code,
                level=Level.VOLUME,
                fonds_code=draft.fonds_code,
                category_code=category,
                class_code=below,
                year=year,
                retention=draft.retention,
                function_code=draft.function_code,
                volume_number=number,
                title=title,
                creator=first.creator,
                formed_on=min(each.formed_on for each in members),
                formed_until=last,
                organisation_id=first.organisation_id,
                secrecy=max(each.secrecy for each in members),
                personal=any(each.personal for each in members),
                expires_on=max((each.expires_on for each in members if each.expires_on), default=None)
                if draft.retention != "Y"
                else None,
                evidence={"made": "volume", "actor": by["actor"]},
            )
        ],
        by=by["actor"],
        now=now,
    )
    if archive_code is not None:
        CodeAssignment.objects.filter(code=archive_code).update(state=CodeAssignment.State.USED)
    return code


def _next_volume(draft: Record) -> int:
    """The next volume number of its class and year, where volumes have no codes; one row is the lock."""
    scope = f"volumes/{draft.fonds_code}/{draft.category_code}·{draft.class_code}/{draft.year}"
    CodeScope.objects.bulk_create([CodeScope(scope=scope)], ignore_conflicts=True)
    counter = CodeScope.objects.select_for_update().get(scope=scope)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _new_code() -> str:
    """A fresh 电子文件号, of the form that receipts give: E and 26 letters of a ULID."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "E" + "".join(_LETTERS[value >> shift & 31] for shift in range(125, -1, -5))
