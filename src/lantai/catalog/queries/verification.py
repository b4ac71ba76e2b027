"""The catalogue against its evidence: every record as the ledger's entry, the stored object and its description say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lantai.archival.description import CONCEALED, DescriptionError, RecordDescription, read_description
from lantai.archival.ocfl import InventoryBroken
from lantai.archival.verification import Found
from lantai.catalog.models import Record, Representation
from lantai.ledger.queries import EntryView, entries_after, entries_of
from lantai.storage.queries import ContentMissing, content_digests, read_whole

_COLUMNS = {
    "archive_code": "archive_code",
    "fonds_code": "fonds",
    "organisation_id": "organisation",
    "retention": "retention",
    "retention_rule": "retention_rule",
    "retention_table": "retention_table",
    "open_state": "open_state",
    "secrecy": "secrecy",
    "sharing": "sharing",
}
"""Columns of a record, and what the entry of its accession calls them."""
_WORDS = {
    "archive_code": "档号",
    "fonds_code": "全宗号",
    "organisation_id": "立档单位",
    "retention": "保管期限",
    "retention_rule": "保管期限规则",
    "retention_table": "保管期限表",
    "open_state": "开放标识",
    "secrecy": "密级",
    "sharing": "共享类型",
    "title": "题名",
    "description": "著录",
    "object_id": "存储对象",
    "path": "路径",
    "bytes": "字节数",
    "sha512": "摘要",
}
_CODES = ("code.given", "code.changed", "code.voided")
"""Entries that say which archive code a record has from then on; a reservation given up says nothing of a record."""
_STORED = {"object_id": "object", "path": "path", "bytes": "bytes", "sha512": "sha512"}


@dataclass(frozen=True, slots=True)
class RecordsChecked:
    """What one call of ``verify_records`` did. *after* is where the next goes on; *done* ends the round."""

    after: int
    records: int
    findings: tuple[Found, ...]
    done: bool


def verify_records(*, after: int = 0, limit: int = 200) -> RecordsChecked:
    """Compare up to *limit* records behind the row *after* with the ledger and the storage.

    What the accession's entry says of codes, retention, access and storage must stand in the record; the package and
    the description must lie in their object under the digests registered; title and description must be those of the
    stored document. Digests are those of the object's inventory; ``check_storage`` proves that the bytes have them.
    """
    rows = list(Record.objects.filter(pk__gt=after).order_by("pk")[:limit])
    kept = {
        each.record_id: each
        for each in Representation.objects.filter(record__in=rows, kind=Representation.Kind.RECEIVED).defer(
            "components"
        )
    }
    told = entries_of(
        subjects=[each.record_code for each in rows], kinds=["record.accessioned", "record.described", *_CODES]
    )
    findings: list[Found] = []
    for row in rows:
        entries = told.get(row.record_code, [])
        accession = next((each for each in entries if each.kind == "record.accessioned"), None)
        if accession is None:
            findings.append(Found("record.no-entry", row.record_code))
        said = _said(accession, entries)
        if said:
            findings += _columns(row, said)
        if row.pk in kept:
            findings += _stored(row, kept[row.pk], said)
    return RecordsChecked(rows[-1].pk if rows else after, len(rows), tuple(findings), done=len(rows) < limit)


def missing_records(*, most: int = 1000) -> list[tuple[str, str]]:
    """The records the ledger tells of that the catalogue does not have, each with the object its bytes lie in (empty
    for one without), at most *most*: what a rebuild could not put back.
    """
    missing: list[tuple[str, str]] = []
    position = 0
    while entries := entries_after(position=position, kinds=["record.accessioned"], limit=2000):
        position = (entries[-1].index or 0) + 1
        codes = [each.subject for each in entries]
        held = set(Record.objects.filter(record_code__in=codes).values_list("record_code", flat=True))
        missing += [
            (each.subject, ((each.detail or {}).get("stored") or {}).get("object", ""))
            for each in entries
            if each.subject not in held
        ]
        if len(missing) >= most:
            return missing[:most]
    return missing


def unclaimed_contents(*, object_ids: Collection[str]) -> dict[str, list[str]]:
    """For each of these objects the folders in it that no record owns, none where all are owned.

    An object whose inventory cannot be read is left out: ``check_storage`` tells of it.
    """
    owned: dict[str, set[str]] = {}
    for object_id, path in Representation.objects.filter(object_id__in=list(object_ids)).values_list(
        "object_id", "path"
    ):
        owned.setdefault(object_id, set()).add(path.partition("/")[0])
    found = {}
    for object_id in object_ids:
        try:
            held = {path.partition("/")[0] for path in content_digests(object_id=object_id)}
        except (ContentMissing, InventoryBroken, OSError):
            continue
        if strange := sorted(held - owned.get(object_id, set())):
            found[object_id] = strange
    return found


def _said(accession: EntryView | None, entries: list[EntryView]) -> dict[str, Any]:
    """What the ledger says of a record now: its accession's entry, with the code of the last change; empty when its
    entry was erased.
    """
    if accession is None or accession.detail is None:
        return {}
    said = dict(accession.detail)
    told = [(each.kind, each.detail) for each in entries if each.detail is not None]
    changed = [detail["after"] for kind, detail in told if kind in _CODES and "after" in detail]
    titles = [
        detail["after"]["title"] for kind, detail in told if kind == "record.described" and "title" in detail["after"]
    ]
    return said | ({"archive_code": changed[-1]} if changed else {}) | ({"title": titles[-1]} if titles else {})


def _columns(row: Record, said: Mapping[str, Any]) -> Iterator[Found]:
    differing = [name for name, key in _COLUMNS.items() if key in said and getattr(row, name) != said[key]]
    if differing:
        yield Found("record.columns", row.record_code, _named(differing))


def _stored(row: Record, kept: Representation, said: Mapping[str, Any]) -> Iterator[Found]:
    registered = said.get("stored", {})
    differing = [name for name, key in _STORED.items() if key in registered and getattr(kept, name) != registered[key]]
    if differing:
        yield Found("record.representation", row.record_code, _named(differing))
    document = f"{kept.path.partition('/')[0]}/description.xml"
    try:
        held = content_digests(object_id=kept.object_id)
    except (ContentMissing, InventoryBroken, OSError):
        yield Found("record.no-object", row.record_code, {"object": kept.object_id})
        return
    wanted = {kept.path: kept.sha512, document: said.get("description_sha512", "")}
    for path, digest in wanted.items():
        place = {"object": kept.object_id, "path": path}
        if path not in held:
            yield Found("record.no-content", row.record_code, place)
        elif digest and held[path] != digest:
            yield Found("record.content", row.record_code, place)
    if document in held:
        yield from _described(row, kept.object_id, document, said)


def _described(row: Record, object_id: str, path: str, said: Mapping[str, Any]) -> Iterator[Found]:
    """Title and description against the stored document; bytes that are damaged are told by the storage's own check."""
    try:
        data = read_whole(object_id=object_id, path=path)
    except (ContentMissing, OSError):
        return
    try:
        described = read_description(data)
    except DescriptionError as error:
        yield Found("record.document-unreadable", row.record_code, {"detail": str(error)})
        return
    differing = list(_differing(row, described, said))
    if differing:
        yield Found("record.document", row.record_code, _named(differing))


def _differing(row: Record, described: RecordDescription, said: Mapping[str, Any]) -> Iterator[str]:
    """What differs from the document as it came, and from what the ledger says people described since."""
    title = said.get("title") or next(iter(described.elements.get("M22", ())), row.title)
    if CONCEALED not in title and title != row.title:
        yield "title"
    ours = {each for each in row.description.values() if isinstance(each, str)} | {row.record_code}
    told = [
        *(value for number, values in described.elements.items() if number != "M8" for value in values),
        *described.identifiers.values(),
    ]
    if any(value not in ours and CONCEALED not in value for value in told):
        yield "description"


def _named(columns: list[str]) -> dict[str, str]:
    """The columns that differ, in words."""
    return {"detail": "、".join(_WORDS[each] for each in columns), "detail_en": ", ".join(columns)}
