"""The import (导入): lines become records, each exactly once, whatever breaks off in the middle (law 1).

1. A short transaction fixes each line's 电子文件号 and box; codes are reserved or taken over.
2. The bytes: one OCFL object a box with each package and its description document; one flush for all boxes.
3. Transactions of at most 50: records, ledger entries, states of lines. Volumes go before what belongs to them.

A line that the catalogue refuses stays out alone, with its reason, and its bytes leave the box again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override
from django_tasks import task

from lantai.archival.packages import Component, ContentDamaged
from lantai.archival.tables import Line, rules_from_data
from lantai.catalog.queries import volumes_by_code
from lantai.catalog.services import (
    BroughtCode,
    CodeRequest,
    NewRecord,
    NewRepresentation,
    RecordRefused,
    give_up_codes,
    register_records,
    reserve_codes,
    take_over_codes,
)
from lantai.ingest.area import import_path
from lantai.ingest.models import CatalogueImport, ImportLine, ImportState, LineState
from lantai.ingest.services.imports.drafting import (
    PackedFiles,
    described_values,
    description_document,
    record_columns,
)
from lantai.ingest.services.imports.packing import pack_files
from lantai.ingest.services.imports.resolving import Place, Resolved, place_of_import, resolve_lines
from lantai.ingest.services.imports.stranger import attached_files, lines_of_catalogue
from lantai.ingest.services.receiving import new_record_code
from lantai.ingest.services.sealed_records import Stored, stored_contents
from lantai.ingest.services.waiting import queue_confirmation
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import content_digests, find_objects
from lantai.storage.services import Content, NewObject, NewVersion, deposit_objects, deposit_version
from lantai.work.services import Sentence, current_job, notify, said

AT_ONCE = 500
CHUNK = 50
BOX_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class Arriving:
    """One line on its way in: its row, its elements, its code once held, and the package of its files."""

    row: ImportLine
    resolved: Resolved
    code: str = ""
    number: int | None = None
    packed: PackedFiles | None = None
    document: bytes = b""


@task()
def import_catalogue(*, catalogue_id: int) -> int:
    """Import the lines of a checked catalogue that have no faults; returns how many records there are of it now.

    Killed anywhere, the next run takes up what it reserved and goes on: one record a line, no more and no less.
    """
    catalogue = CatalogueImport.objects.get(pk=catalogue_id)
    if catalogue.state != ImportState.RUNNING:
        return 0
    attached = attached_files(catalogue=catalogue)
    place = place_of_import(rules=rules_from_data(catalogue.rules), columns=catalogue.columns, attached=attached)
    components = {each.path: each for each in attached.files}
    waiting = catalogue.lines.filter(state__in=[LineState.READY, LineState.RESERVED])
    first = waiting.order_by("number").values_list("number", flat=True).first()
    job = current_job()
    if first is not None:
        for portion in lines_of_catalogue(catalogue=catalogue, after=first - 1):
            for start in range(0, len(portion), AT_ONCE):
                _take_lines(catalogue, portion[start : start + AT_ONCE], place, components)
                if job is not None:
                    job.report(
                        done=catalogue.lines.filter(state=LineState.TAKEN).count(), troubles=_troubles(catalogue)
                    )
    return _finish_import(catalogue)


def _take_lines(
    catalogue: CatalogueImport, lines: Sequence[Line], place: Place, components: Mapping[str, Component]
) -> None:
    """Reserve, deposit and register those of *lines* that wait."""
    now = timezone.now()
    numbers = {each.number: each for each in lines}
    rows = list(
        catalogue.lines.filter(number__in=numbers, state__in=[LineState.READY, LineState.RESERVED]).order_by("number")
    )
    if not rows:
        return
    resolved = {
        each.line.number: each
        for each in resolve_lines(lines=[numbers[row.number] for row in rows], place=place, now=now)
    }
    arriving = [Arriving(row, resolved[row.number]) for row in rows]
    _reserve(catalogue, arriving, components, now)
    _number(catalogue, arriving, now)
    arriving = [each for each in arriving if each.code]
    arriving = _packed(catalogue, arriving, components, now)
    _deposit(catalogue, arriving)
    for level in ("volume", "item"):
        members = [each for each in arriving if each.resolved.values.get("level", "item") == level]
        for start in range(0, len(members), CHUNK):
            _register(catalogue, members[start : start + CHUNK], now)
    for box in {each.row.object_id for each in arriving if each.row.object_id}:
        _remove_strays(box, now)
    for each in arriving:
        import_path(catalogue.pk, f"packages/{each.row.record_code}.zip").unlink(missing_ok=True)


def _reserve(
    catalogue: CatalogueImport, arriving: Sequence[Arriving], components: Mapping[str, Component], now: datetime
) -> None:
    """Fix the 电子文件号 of each line that has none, and the box of each that brings files; one short transaction."""
    shelves: dict[tuple[str, str, str], list[Arriving]] = defaultdict(list)
    fresh = [each for each in arriving if each.row.state == LineState.READY]
    for each in fresh:
        each.row.state, each.row.record_code, each.row.reserved_at = LineState.RESERVED, new_record_code(), now
        if each.row.files:
            columns = record_columns(resolved=each.resolved, record_code=each.row.record_code)
            expires = columns["expires_on"]
            shelves[(columns["fonds_code"], columns["retention"], str(expires.year) if expires else "0")].append(each)
    for (fonds, retention, year), members in shelves.items():
        box, filled = "", 0
        for each in members:
            size = sum(components[path].size for path in each.row.files if path in components)
            if not box or filled + size > BOX_BYTES:
                box, filled = f"urn:lantai:box:{fonds}:{retention}:{year}:{new_record_code()[1:]}", 0
            each.row.object_id = box
            filled += size
    with transaction.atomic():
        ImportLine.objects.bulk_update(
            [each.row for each in fresh], ["state", "record_code", "reserved_at", "object_id"], batch_size=100
        )


def _number(catalogue: CatalogueImport, arriving: Sequence[Arriving], now: datetime) -> None:
    """Hold the codes: those brought as they are, new ones where none is; who gets none stays out alone."""
    brought = [
        BroughtCode(each.row.record_code, each.resolved.brought_code,
                    each.resolved.scheme.rule if each.resolved.scheme else None)
        for each in arriving if each.resolved.brought_code
    ]  # fmt: skip
    asked = [
        CodeRequest(each.row.record_code, each.resolved.scheme.rule, each.resolved.code_values)
        for each in arriving if not each.resolved.brought_code and each.resolved.scheme is not None
    ]  # fmt: skip
    kept = take_over_codes(requests=brought, by=catalogue.by, now=now)
    given = reserve_codes(requests=asked, by=catalogue.by, now=now)
    for each in arriving:
        code = each.row.record_code
        held = kept.held.get(code) or given.held.get(code)
        if held is None:
            unknown = Sentence("code-not-written", {"detail": "没有编号方案", "detail_en": "no code scheme"})
            _refuse(each, kept.refused.get(code) or given.refused.get(code) or unknown, now, by=catalogue.by)
        else:
            each.code = held.code
            each.number = None if each.resolved.brought_code else held.number


def _packed(
    catalogue: CatalogueImport, arriving: Sequence[Arriving], components: Mapping[str, Component], now: datetime
) -> list[Arriving]:
    """Make the packages of the lines that bring files; one whose files are damaged stays out alone."""
    source = import_path(catalogue.pk, "files.zip")
    kept: list[Arriving] = []
    for each in arriving:
        files = [components[path] for path in each.row.files if path in components]
        if files:
            target = import_path(catalogue.pk, f"packages/{each.row.record_code}.zip")
            try:
                each.packed = pack_files(source=source, files=files, target=target)
            except ContentDamaged as error:
                _refuse(each, Sentence("file-damaged", {"detail": str(error)[:200]}), now, by=catalogue.by)
                continue
            each.document = description_document(
                resolved=each.resolved, record_code=each.row.record_code, archive_code=each.code, packed=each.packed,
                name=f"{each.row.record_code}.zip",
            )  # fmt: skip
        kept.append(each)
    return kept


def _deposit(catalogue: CatalogueImport, arriving: Sequence[Arriving]) -> None:
    """Put the boxes on the shelf with one flush; a box that an earlier run put there whole is left as it is."""
    boxes: dict[str, list[Arriving]] = defaultdict(list)
    for each in arriving:
        if each.packed is not None:
            boxes[each.row.object_id].append(each)
    there = {box for box in boxes if any(found.object_id == box for found in find_objects(prefix=box, limit=1))}
    fresh = {box: members for box, members in boxes.items() if box not in there}
    if not fresh:
        return
    deposit_objects(
        objects=[
            NewObject(
                object_id=box,
                contents=tuple(content for each in members for content in _contents(catalogue, each)),
                created=members[0].row.reserved_at or timezone.now(),
                message=f"目录导入 {len(members)} 件",
                user=catalogue.by,
            )
            for box, members in fresh.items()
        ]
    )


def _contents(catalogue: CatalogueImport, each: Arriving) -> list[Content]:
    code = each.row.record_code
    digest = {"sha512": each.packed.sha512} if each.packed else {}
    return [
        Content(f"{code}/package.zip", import_path(catalogue.pk, f"packages/{code}.zip"), digest, link=True),
        Content(f"{code}/description.xml", each.document),
    ]


def _register(catalogue: CatalogueImport, members: Sequence[Arriving], now: datetime) -> None:
    """Make records of *members* in one transaction; when the database refuses one, halve until it stands alone."""
    try:
        with transaction.atomic():
            _register_all(catalogue, members, now)
    except (IntegrityError, DataError, RecordRefused) as error:
        if len(members) == 1:
            unknown = Sentence("record-refused", {"detail": str(error)[:300]})
            why = error.why if isinstance(error, RecordRefused) else unknown
            _refuse(members[0], why, now, by=catalogue.by)
            return
        half = len(members) // 2
        _register(catalogue, members[:half], now)
        _register(catalogue, members[half:], now)


def _register_all(catalogue: CatalogueImport, members: Sequence[Arriving], now: datetime) -> None:
    open_ids = set(
        ImportLine.objects.select_for_update()
        .filter(pk__in=[each.row.pk for each in members], state=LineState.RESERVED)
        .values_list("pk", flat=True)
    )
    fresh = [each for each in members if each.row.pk in open_ids]
    if not fresh:
        return
    parents = volumes_by_code(codes={each.resolved.values.get("parent", "") for each in fresh})
    missing = [each for each in fresh if each.resolved.values.get("parent", "") not in {"", *parents}]
    if missing:
        raise RecordRefused(Sentence("volume-missing", {"code": missing[0].resolved.values["parent"]}))
    packages: dict[str, dict[str, str]] = defaultdict(dict)
    for each in fresh:
        if each.packed is not None:
            packages[each.row.object_id][f"{each.row.record_code}/package.zip"] = each.packed.sha512
    stored = stored_contents(cleartexts=packages)
    register_records(records=[_record(catalogue, each, parents, stored) for each in fresh], by=catalogue.by, now=now)
    for each in fresh:
        each.row.state, each.row.archive_code = LineState.TAKEN, each.code
    ImportLine.objects.bulk_update([each.row for each in fresh], ["state", "archive_code"])
    if any(each.packed for each in fresh):
        queue_confirmation()


def _record(catalogue: CatalogueImport, each: Arriving, parents: Mapping[str, int], stored: Stored) -> NewRecord:
    columns = record_columns(resolved=each.resolved, record_code=each.row.record_code)
    told: dict[str, Any] = {"import": catalogue.pk, "line": each.row.number, "table_sha256": catalogue.sha256}
    representation = None
    if each.packed is not None:
        path = f"{each.row.record_code}/package.zip"
        representation = NewRepresentation(
            object_id=each.row.object_id, path=path, container="zip", bytes=each.packed.size,
            sha512=stored.digests[path], components=stored.components(package=path, found=each.packed.components),
        )  # fmt: skip
        columns |= {"files": len(each.packed.components), "bytes": each.packed.size}
        told |= stored.evidence(package=path, document=f"{each.row.record_code}/description.xml")
    else:  # nothing on the shelf says it: the entry carries the whole description
        told["description"] = described_values(values=each.resolved.values)
    if each.number is not None and columns["item_number"] is None:
        columns["item_number"] = each.number
    return NewRecord(
        record_code=each.row.record_code,
        archive_code=each.code,
        parent_id=parents.get(each.resolved.values.get("parent", "")),
        representation=representation,
        evidence=told,
        **columns,
    )


def _refuse(each: Arriving, why: Sentence, now: datetime, *, by: str) -> None:
    """One line stays out: its state, its reason, its code given up; in one transaction."""
    with override("zh-hans"):
        reason = said(why)
    with transaction.atomic():
        each.row.state, each.row.why, each.row.values = LineState.REFUSED, why.key, dict(why.values)
        each.row.save(update_fields=["state", "why", "values"])
        give_up_codes(record_codes=[each.row.record_code], reason=reason, by=by, now=now)


def _remove_strays(box: str, now: datetime) -> None:
    """Take out of a box what became no record. Read from what is stored, so that a later run does what is left."""
    found = next((each for each in find_objects(prefix=box, limit=1) if each.object_id == box), None)
    refused = set(
        ImportLine.objects.filter(object_id=box, state=LineState.REFUSED).values_list("record_code", flat=True)
    )
    if found is None or not refused:
        return
    strays = tuple(sorted(each for each in content_digests(object_id=box) if each.partition("/")[0] in refused))
    if not strays:
        return
    with transaction.atomic():  # told before it is done: nothing leaves the shelf without an entry
        reason = "目录拒绝登记，原件仍在导入区"
        append_entries(
            entries=[
                NewEntry(
                    kind="storage.contents-removed", subject=box, actor="system", at=now,
                    detail={"paths": list(strays), "reason": reason},
                )
            ]
        )  # fmt: skip
    deposit_version(
        version=NewVersion(box, found.head, now, "移出未能登记的信息包", user="system", remove=strays)
    )  # fmt: skip


def _finish_import(catalogue: CatalogueImport) -> int:
    """Close the import, with its counts in the ledger and a word to whoever asked for it."""
    now = timezone.now()
    for box in set(
        catalogue.lines.filter(state=LineState.REFUSED).exclude(object_id="").values_list("object_id", flat=True)
    ):
        _remove_strays(box, now)
    taken = catalogue.lines.filter(state=LineState.TAKEN).count()
    kept_out = catalogue.lines.filter(state__in=[LineState.FAULTY, LineState.REFUSED]).count()
    state = ImportState.TROUBLED if kept_out else ImportState.DONE
    with transaction.atomic():
        open_one = CatalogueImport.objects.select_for_update().get(pk=catalogue.pk)
        if open_one.state == ImportState.RUNNING:
            CatalogueImport.objects.filter(pk=catalogue.pk).update(state=state, finished_at=now)
            detail = {
                "taken": taken,
                "kept_out": kept_out,
                "known": catalogue.lines.filter(state=LineState.KNOWN).count(),
            }
            subject = f"import:{catalogue.pk}"
            append_entries(
                entries=[NewEntry(kind="import.finished", subject=subject, actor=catalogue.by, at=now, detail=detail)]
            )
            text = Sentence("import-finished", {"name": catalogue.name, "taken": taken, "out": kept_out})
            number = catalogue.by.partition(":")[2]
            notify(text=text, link=f"/imports/{catalogue.pk}/", person_id=int(number) if number.isdecimal() else None)
    job = current_job()
    if job is not None:
        job.report(done=taken, troubles=_troubles(catalogue))
    return taken


def _troubles(catalogue: CatalogueImport) -> list[str]:
    """The lines that stay out, for the list of jobs: which, and why."""
    rows = catalogue.lines.filter(state=LineState.REFUSED).order_by("number").values_list("number", "why", "values")
    with override("zh-hans"):
        told = [f"第 {number} 行：{said(Sentence(why, values))}" for number, why, values in rows[:100]]
    faulty = catalogue.lines.filter(state=LineState.FAULTY).count()
    return [*told, f"试导时有错误的 {faulty} 行没有导入"] if faulty else told
