"""Compose an item (组件, DA/T 22): the order and the role of its files, a part split off as a new item, two merged.

The stored packages stay where they are; what changes is which item their files belong to, and as what.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.catalog.components import unpack_components
from lantai.catalog.dividing import joined_texts, only_lines, stored_text, unpacked_text, without_lines
from lantai.catalog.models import (
    ComponentText,
    Describing,
    IdentityKey,
    Level,
    Record,
    RecordState,
    Representation,
)
from lantai.catalog.queries.composition import ROLES, Part, parts_of
from lantai.catalog.queries.describing import editing_of
from lantai.catalog.services.describing import HeldByAnother, NotToBeDescribed
from lantai.catalog.services.numbering import number_records, void_record_codes
from lantai.catalog.services.registering import NewRecord, register_records
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, said

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MUST_AGREE = (
    "organisation_id",
    "fonds_code",
    "category_code",
    "class_code",
    "year",
    "retention",
    "secrecy",
    "open_state",
    "disclosure",
    "sharing",
    "parent_id",
)
"""Columns in which two items must agree to be merged: else keeping, opening or use of one would change by the other."""
_SAME = (
    "fonds_code",
    "category_code",
    "class_code",
    "year",
    "retention",
    "function_code",
    "volume_number",
    "level",
    "parent_id",
    "creator",
    "document_number",
    "formed_on",
    "formed_until",
    "organisation_id",
    "item_code",
    "item_name",
    "case_number",
    "applicant",
    "address",
    "result",
    "accepted_on",
    "decided_on",
    "open_state",
    "secrecy",
    "disclosure",
    "sharing",
    "personal",
    "retention_rule",
    "retention_table",
    "expires_on",
    "profile",
    "description",
)
"""What an item that is split off has of the item it came from."""


class CompositionRefused(Exception):
    """An item cannot be composed so. ``why`` is ``level``, ``empty``, ``whole``, ``parts``, ``itself``, ``differ``
    (then ``columns`` say in what) or ``code`` (then ``told`` says why no archive code could be given).
    """

    def __init__(self, why: str, *, columns: Sequence[str] = (), told: str = "") -> None:
        super().__init__(f"{why} {', '.join(columns)} {told}".strip())
        self.why = why
        self.columns = tuple(columns)
        self.told = told


def compose_item(*, record_code: str, parts: Sequence[Part], by: Actor, now: datetime) -> bool:
    """Put the files of an item in this order, each in its role; returns whether anything changed.

    Raises Record.DoesNotExist, NotToBeDescribed, HeldByAnother, CompositionRefused where *parts* are not exactly the
    files the item has, or a role is none.
    """
    with transaction.atomic():
        record, done = _locked(record_code, by, now)
        before = parts_of(record, done)
        known = {(each.representation_id, each.path) for each in before}
        given = [(each.representation_id, each.path) for each in parts]
        if len(given) != len(known) or set(given) != known or any(each.role not in ROLES for each in parts):
            raise CompositionRefused("parts")
        if list(parts) == before:
            return False
        done.parts = _stored(parts)
        done.save(update_fields=["parts"])
        _touch([record], now)
        owners = _owners([*before, *parts])
        detail = {"before": _told(before, owners), "after": _told(parts, owners)}
        append_entries(entries=[_entry("record.composed", record_code, by, now, detail)])
    return True


def split_item(
    *,
    record_code: str,
    chosen: Collection[tuple[int, str]],
    title: str,
    reason: str,
    moved_lines: Collection[str],
    kept_lines: Collection[str],
    by: Actor,
    now: datetime,
) -> str:
    """Make the *chosen* files (representation and path) of an item a new item called *title*; returns its 电子文件号.

    The new item has the old one's place, retention and access, refers to it, and gets the next archive code of the same
    scope where the old one has a code. *moved_lines* and *kept_lines* are lines of text of the chosen and of the other
    files, so that search finds each in its own item.

    Raises ValueError without title or reason, Record.DoesNotExist, NotToBeDescribed, HeldByAnother, CompositionRefused.
    """
    if not title.strip() or not reason.strip():
        raise ValueError("splitting needs a title for the new item and a reason")
    with transaction.atomic():
        record, done = _locked(record_code, by, now)
        before = parts_of(record, done)
        moved = [each for each in before if (each.representation_id, each.path) in chosen]
        rest = [each for each in before if each not in moved]
        if not moved or len(moved) != len(set(chosen)):
            raise CompositionRefused("empty")
        if not rest:
            raise CompositionRefused("whole")
        owners = _owners(before)
        sizes = _sizes(before)
        code = _fresh_code()
        values: dict[str, Any] = {name: getattr(record, name) for name in _SAME}
        digests = tuple(record.identity_keys.values_list("digest", flat=True))
        new = NewRecord(
            **values,
            record_code=code,
            archive_code=None,
            title=title.strip()[:1000],
            files=len(moved),
            bytes=sum(sizes[each.representation_id, each.path] for each in moved),
            identity_digests=digests,
            relations=(("refers", record_code, reason[:300]),),
            evidence={"split_from": record_code, "parts": _told(moved, owners)},
        )
        (made,) = register_records(records=[new], by=by.reference, now=now)
        Describing.objects.create(record_id=made, parts=_stored(moved))
        done.parts = _stored(rest)
        done.save(update_fields=["parts"])
        record.files, record.bytes = len(rest), sum(sizes[each.representation_id, each.path] for each in rest)
        record.save(update_fields=["files", "bytes"])
        if record.archive_code:
            failures = number_records(record_ids=[made], by=_actor(by), now=now)
            if failures:
                raise CompositionRefused("code", told=said(Sentence(failures[0]["key"], failures[0]["values"])))
        _divide_text(record, made, moved_lines, kept_lines, now)
        _touch([record], now)
        detail = {
            "records": [record_code, code],
            "new": code,
            "reason": reason[:300],
            "before": _told(before, owners),
            "after": _told(rest, owners),
        }
        told = {"from": record_code, "reason": reason[:300], "parts": _told(moved, owners)}
        append_entries(
            entries=[
                _entry("record.split", record_code, by, now, detail),
                _entry("record.split-off", code, by, now, told),
            ]
        )
    return code


def merge_items(*, record_code: str, other: str, reason: str, by: Actor, now: datetime) -> None:
    """Make the files of the item *other* part of this one; *other* stays as it is registered, without files, and says
    where it went. Its archive code becomes void with the *reason*; both histories and all proofs stay.

    Raises ValueError without reason, Record.DoesNotExist, NotToBeDescribed, HeldByAnother, CompositionRefused.
    """
    if not reason.strip():
        raise ValueError("merging needs a reason")
    if record_code == other:
        raise CompositionRefused("itself")
    with transaction.atomic():
        first, second = sorted((record_code, other))
        found = {each: _locked(each, by, now) for each in (first, second)}
        (record, done), (gone, gone_done) = found[record_code], found[other]
        differing = [each for each in MUST_AGREE if getattr(record, each) != getattr(gone, each)]
        if differing:
            raise CompositionRefused("differ", columns=differing)
        before, coming = parts_of(record, done), parts_of(gone, gone_done)
        after = [
            *before,
            *(Part(each.representation_id, each.path, _role_in(each.role, before)) for each in coming),
        ]
        owners = _owners(after)
        done.parts, gone_done.parts, gone_done.merged_into = _stored(after), [], record_code
        done.save(update_fields=["parts"])
        gone_done.save(update_fields=["parts", "merged_into"])
        record.files, record.bytes = record.files + gone.files, record.bytes + gone.bytes
        record.pages = (record.pages or 0) + (gone.pages or 0) or None
        record.personal = record.personal or gone.personal
        record.save(update_fields=["files", "bytes", "pages", "personal"])
        code = gone.archive_code
        if code:
            void_record_codes(record_ids=[gone.pk], reason=reason, by=_actor(by), now=now)
        Record.objects.filter(pk=gone.pk).update(state=RecordState.MERGED, files=0, bytes=0)
        held = set(record.identity_keys.values_list("digest", flat=True))
        more = set(gone.identity_keys.values_list("digest", flat=True)) - held
        IdentityKey.objects.bulk_create([IdentityKey(record=record, digest=each) for each in more])
        _join_text(record, gone, now)
        _touch([record, gone], now)
        detail = {
            "records": [record_code, other],
            "from": other,
            "reason": reason[:300],
            "before": _told(before, owners),
            "after": _told(after, owners),
        }
        into = {"into": record_code, "code": code or "", "reason": reason[:300]}
        append_entries(
            entries=[
                _entry("record.merged", record_code, by, now, detail),
                _entry("record.merged-into", other, by, now, into),
            ]
        )


def _locked(record_code: str, by: Actor, now: datetime) -> tuple[Record, Describing]:
    """The item and what people did to it, locked; or what keeps it from being composed."""
    record = Record.objects.select_for_update().get(record_code=record_code)
    if record.state != RecordState.HELD:
        raise NotToBeDescribed(record_code)
    if record.level != Level.ITEM:
        raise CompositionRefused("level")
    done, _made = Describing.objects.select_for_update().get_or_create(record=record)
    editing = editing_of(done, now)
    if editing is not None and editing.person_id != by.person_id:
        raise HeldByAnother(editing)
    return record, done


def _role_in(role: str, before: Sequence[Part]) -> str:
    """The role of a file in the item it joins: a second main text is an attachment to the first."""
    return "attachment" if role == "main" and any(each.role == "main" for each in before) else role


def _stored(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"r": each.representation_id, "p": each.path, "role": each.role} for each in parts]


def _owners(parts: Sequence[Part]) -> dict[int, str]:
    """The 电子文件号 that each representation came with, by which the ledger names it."""
    ids = {each.representation_id for each in parts}
    return dict(Representation.objects.filter(pk__in=ids).values_list("pk", "record__record_code"))


def _told(parts: Sequence[Part], owners: Mapping[int, str]) -> list[dict[str, str]]:
    return [{"of": owners[each.representation_id], "path": each.path, "role": each.role} for each in parts]


def _sizes(parts: Sequence[Part]) -> dict[tuple[int, str], int]:
    rows = Representation.objects.filter(pk__in={each.representation_id for each in parts})
    return {(row.pk, each.path): each.size for row in rows for each in unpack_components(bytes(row.components))}


def _divide_text(
    record: Record, made: int, moved_lines: Collection[str], kept_lines: Collection[str], now: datetime
) -> None:
    """Give each item the text of its own files. Only what stood in the text before comes into one: it is concealed."""
    row = ComponentText.objects.filter(record=record).first()
    if row is None:
        return
    old = [unpacked_text(bytes(each)) for each in (row.body, row.scanned)]
    rest = [without_lines(each, moved_lines, kept_lines) for each in old]
    own = [only_lines(each, moved_lines) for each in old]
    ComponentText.objects.filter(record=record).update(extracted_at=now, **stored_text(*rest))
    ComponentText.objects.create(record_id=made, extracted_at=now, **stored_text(*own))


def _join_text(record: Record, gone: Record, now: datetime) -> None:
    found = {each.record_id: each for each in ComponentText.objects.filter(record__in=[record, gone])}
    rows = [found[each] for each in (record.pk, gone.pk) if each in found]
    if gone.pk in found:
        texts = [joined_texts([bytes(getattr(each, name)) for each in rows]) for name in ("body", "scanned")]
        ComponentText.objects.update_or_create(record=record, defaults={"extracted_at": now, **stored_text(*texts)})
        ComponentText.objects.filter(record=gone).delete()


def _touch(records: Sequence[Record], now: datetime) -> None:
    Record.objects.filter(pk__in=[each.pk for each in records]).update(changed_at=now)


def _fresh_code() -> str:
    """A fresh 电子文件号, written as those of accession are: ``E`` and 26 letters of a ULID."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "E" + "".join(_LETTERS[value >> shift & 31] for shift in range(125, -1, -5))


def _actor(by: Actor) -> dict[str, str]:
    return {"actor": by.reference, "role": by.role, "address": by.address}


def _entry(kind: str, record_code: str, by: Actor, now: datetime, detail: Mapping[str, Any]) -> NewEntry:
    return NewEntry(kind=kind, subject=record_code, at=now, result="done", detail=detail, **_actor(by))
