"""The scans of a record's paper become forms of it (数字化成果入库): masters, access copy, the text that was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from lantai.archival.vault import open_fields
from lantai.catalog.certificates import personal_key
from lantai.catalog.components import StoredComponent, pack_components, unpack_components
from lantai.catalog.concealing import conceal_numbers as conceal_numbers
from lantai.catalog.dividing import packed_text, stored_text, unpacked_text
from lantai.catalog.models import ComponentText, Describing, Record, RecordState, Representation
from lantai.catalog.queries.composition import OWN_FORMS, own_parts
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import ContentMissing, read_whole, unsearchable_objects

DIGITISED = "record.digitised"
_SCANS = (Representation.Kind.SCANNED.value, Representation.Kind.ACCESS.value)


class ScansNotKept(Exception):
    """A record cannot have these scans; ``zh`` and ``en`` say why."""

    def __init__(self, record_code: str, zh: str, en: str) -> None:
        super().__init__(f"{record_code}: {en}")
        self.record_code, self.zh, self.en = record_code, zh, en


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """One form as it lies in storage: its path in the object, its bytes and digest there, the files in it, what is told
    of how it was made (PREMIS)."""

    path: str
    container: str
    bytes: int
    sha512: str
    components: Sequence[StoredComponent]
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScans:
    """The scans of one record: the object and version they lie in, both forms, how many pages, what was read (page by
    page, joined), and ``told``: what the ledger is told beside it."""

    record_id: int
    object_id: str
    version: str
    masters: KeptForm
    access: KeptForm
    pages: int
    text: str
    told: Mapping[str, Any]


def keep_scans(*, scans: Sequence[NewScans], by: str, now: datetime) -> None:
    """Make these scans forms of their records, in the caller's transaction, each with its ledger entry.

    Scans a record had before are replaced as its forms; their bytes stay in the earlier version of the object. The text
    read comes into what is searched, certificate numbers left out; where the rules keep the content sealed and
    unsearchable, none does. Number of files and bytes follow; the number of pages is set where none was described.

    Raises ScansNotKept for a record that is no longer held, or whose former scans people put into another item.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("keep_scans runs inside the transaction that asked for it")
    ids = [each.record_id for each in scans]
    rows = {each.pk: each for each in Record.objects.select_for_update().filter(pk__in=ids)}
    forms: dict[int, dict[str, Representation]] = {each: {} for each in ids}
    for form in Representation.objects.filter(record__in=ids, kind__in=OWN_FORMS):
        forms[form.record_id][form.kind] = form
    silent = unsearchable_objects(object_ids={each.object_id for each in scans})
    entries = []
    for each in scans:
        row = rows.get(each.record_id)
        if row is None or row.state != RecordState.HELD:
            raise ScansNotKept(str(each.record_id), "档案已不在馆", "the record is no longer held")
        entries.append(_kept(row, forms[row.pk], each, searchable=each.object_id not in silent, by=by, now=now))
    append_entries(entries=entries)


def _kept(
    row: Record,
    forms: dict[str, Representation],
    new: NewScans,
    *,
    searchable: bool,
    by: str,
    now: datetime,
) -> NewEntry:
    """Write what one record gets; the entry that tells of it."""
    former = [forms[each] for each in _SCANS if each in forms]
    before: dict[str, Any] = {"pages": row.pages, "files": row.files, "bytes": row.bytes}
    before |= {each.kind: _place(each) for each in former}
    row.files -= sum(len(unpack_components(bytes(each.components))) for each in former)
    row.bytes -= sum(each.bytes for each in former)
    for kind, form in zip(_SCANS, (new.masters, new.access), strict=True):
        kept = forms.get(kind) or Representation(record=row, kind=kind)
        kept.object_id, kept.path, kept.container = new.object_id, form.path, form.container
        kept.bytes, kept.sha512, kept.event = form.bytes, form.sha512, dict(form.event)
        kept.components, kept.confirmed_at = pack_components(form.components), now
        kept.save()
        forms[kind] = kept
        row.files += len(form.components)
        row.bytes += form.bytes
    row.pages = row.pages or new.pages
    row.changed_at = now
    row.save(update_fields=["files", "bytes", "pages", "changed_at"])
    _put_into_item(row, forms, had=bool(former))
    _put_text(row, new.text if searchable else "", now)
    after: dict[str, Any] = {"pages": row.pages, "files": row.files, "bytes": row.bytes, "version": new.version}
    after |= {each: _place(forms[each]) for each in _SCANS}
    return NewEntry(
        kind=DIGITISED,
        subject=row.record_code,
        actor=by,
        at=now,
        result="kept",
        detail={"before": before, "after": after, **new.told},
    )


def _place(form: Representation) -> dict[str, Any]:
    return {"object": form.object_id, "path": form.path, "bytes": form.bytes, "sha512": form.sha512}


def _put_into_item(row: Record, forms: Mapping[str, Representation], *, had: bool) -> None:
    """Where people composed the item, its scans are among its parts; those of before make way.

    Raises ScansNotKept where the scans of before lie in another item now.
    """
    ours = {forms[each].pk for each in _SCANS}
    if had and any(
        ours & {int(part["r"]) for part in parts or []}
        for parts in Describing.objects.filter(parts__isnull=False)
        .exclude(record=row)
        .values_list("parts", flat=True)
        .iterator()
    ):
        raise ScansNotKept(
            row.record_code,
            "原有的扫描件已经拆分或并入另一件，须先处理",
            "its former scans were split off or merged into another item",
        )
    composed = Describing.objects.select_for_update().filter(record=row, parts__isnull=False).first()
    if composed is not None:
        kept = [each for each in composed.parts or [] if int(each["r"]) not in ours]
        added = own_parts([forms[Representation.Kind.ACCESS], forms[Representation.Kind.SCANNED]])
        role = "attachment" if kept else "main"
        composed.parts = [
            *kept,
            *(
                {"r": each.representation_id, "p": each.path, "role": role if each.role == "main" else each.role}
                for each in added
            ),
        ]
        composed.save(update_fields=["parts"])


def _put_text(row: Record, text: str, now: datetime) -> None:
    """What was read, without certificate numbers, into what is searched."""
    known: frozenset[str] = frozenset()
    if row.sealed is not None and text:
        known = frozenset(open_fields(personal_key(), bytes(row.sealed), row.record_code.encode()).values())
    text = conceal_numbers(text=text, known=known)
    held = ComponentText.objects.filter(record=row).first() or ComponentText(record=row, body=stored_text("")["body"])
    held.scanned, held.extracted_at = packed_text(text), now
    held.characters = len(unpacked_text(bytes(held.body))) + len(text)
    held.save()


def read_scanned_texts_again(*, now: datetime) -> int:
    """Put back what was read on scans where no text is here: after a rebuild, of records whose content lies sealed. It
    stands beside the scans in their object. Returns of how many records.
    """
    rows = Representation.objects.filter(
        kind=Representation.Kind.ACCESS, record__state=RecordState.HELD, record__text__isnull=True
    ).select_related("record")
    found = list(rows)
    silent = unsearchable_objects(object_ids={each.object_id for each in found})
    count = 0
    for each in found:
        if each.object_id in silent:
            continue
        try:
            told = json.loads(read_whole(object_id=each.object_id, path=str(each.event["told_in"])))
        except (ContentMissing, OSError, KeyError, ValueError):
            continue
        _put_text(each.record, "\n".join(told["text"]), now)
        count += 1
    return count
