"""Make the packages of an export, one record after the other, and one file of them all.

Bytes first, then one short transaction a record (law 1): its entry, and how far the export is. Broken off anywhere, the
job goes on with the first record that is not done; a pause is asked for between two records.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.queries import list_fonds, organisations_by_id
from lantai.administration.queries.people import Reader, reader_of_person
from lantai.archival.eep import EepRefused
from lantai.archival.fixity import digest_stream
from lantai.archival.packages import HandoverLine, write_handover_list
from lantai.catalog.queries import Act, NoSuchRecord, NotForReader, RecordView, record_by_code
from lantai.common.durability import flush_file
from lantai.exchange.area import export_folder
from lantai.exchange.models import Export
from lantai.exchange.packing import NotPacked, digest_of, pack_bag, pack_eep, package_name
from lantai.exchange.signing import archive_signing
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import ContentMissing
from lantai.work.services import JobContext, Sentence, current_job, notify

_PARTS = "parts"
_MOMENT = (2000, 1, 1, 0, 0, 0)


@task()
def make_export(*, export: int) -> int:
    """Make the packages that are not made yet, then the file; returns how many packages it holds."""
    found = Export.objects.select_related("person").get(pk=export)
    if found.state != Export.State.WAITING:
        return 0
    job = current_job()
    reader = reader_of_person(person_id=found.person_id, purpose=found.purpose)
    parts = export_folder(found.pk) / _PARTS
    parts.mkdir(parents=True, exist_ok=True)
    for place in range(found.done, len(found.codes)):
        why = _one(found, found.codes[place], reader, parts)
        _note(found, found.codes[place], place, why)
        if job is not None:
            _tell(job, found)
    return _finish(found, parts)


def _tell(job: JobContext, export: Export) -> None:
    told = [f"{code}：{Sentence(why, values).key}" for code, why, values in export.left_out[:200]]
    job.report(done=export.done, total=len(export.codes), troubles=told)


def _one(export: Export, code: str, reader: Reader | None, parts: Path) -> Sentence | None:
    """Make the package of one record; returns why it is left out."""
    if reader is None:
        return Sentence("export-no-account")
    try:
        record = record_by_code(code=code, reader=reader, act=Act.COPY)
        target = parts / package_name(record, export.kind)
        fresh = target.with_name(f"{target.name}.new")
        with fresh.open("wb") as stream:
            _pack(export, record, stream)
        flush_file(fresh)
        fresh.replace(target)
    except NoSuchRecord:
        return Sentence("export-no-record")
    except NotForReader as refused:
        return Sentence("export-not-allowed", {"reason": refused.decision.reason})
    except NotPacked as refused:
        return refused.why
    except ContentMissing:
        return Sentence("export-content-missing")
    except EepRefused as refused:
        return Sentence("export-not-encapsulated", {"detail": str(refused)[:300]})
    return None


def _pack(export: Export, record: RecordView, stream: object) -> None:
    now = timezone.now()
    body = organisations_by_id(ids=[record.organisation_id]).get(record.organisation_id)
    name = body.name if body is not None else record.summary.creator
    if export.kind == Export.Kind.BAG:
        pack_bag(record, stream, archive=settings.LANTAI_ARCHIVE_NAME, body=name, now=now)  # type: ignore[arg-type]
        return
    fonds = next((each.name for each in list_fonds() if each.code == record.summary.fonds_code), "")
    pack_eep(
        record, stream, archive=settings.LANTAI_ARCHIVE_NAME, body=name, fonds=fonds,  # type: ignore[arg-type]
        signing=archive_signing(now=now), now=now,
    )  # fmt: skip


def _note(export: Export, code: str, place: int, why: Sentence | None) -> None:
    """One record is done: how far the export is, and its entry, in one transaction."""
    with transaction.atomic():
        export.done = place + 1
        if why is not None:
            export.left_out = [*export.left_out, [code, why.key, dict(why.values)]]
        export.save(update_fields=["done", "left_out"])
        append_entries(
            entries=[
                NewEntry(
                    kind="record.exported", subject=code, actor=f"person:{export.person_id}", role=export.person.role,
                    address=export.address, at=timezone.now(), result="done" if why is None else "refused",
                    detail={"export": export.pk, "kind": export.kind, **({"reason": why.key} if why else {})},
                )
            ]
        )  # fmt: skip


def _finish(export: Export, parts: Path) -> int:
    """One file of all packages, its digest in the ledger, and a word to whoever asked."""
    made = sorted(each for each in parts.iterdir() if not each.name.endswith(".new"))
    now = timezone.now()
    if made:
        target = _joined(export, made, now)
        export.name, (export.bytes, export.sha256) = target.name, digest_of(target)
    with transaction.atomic():
        export.state = Export.State.READY if made else Export.State.EMPTY
        export.finished_at = now
        export.save(update_fields=["state", "finished_at", "name", "bytes", "sha256"])
        detail = {
            "packages": len(made),
            "left_out": len(export.left_out),
            "name": export.name,
            "bytes": export.bytes,
            "sha256": export.sha256,
        }
        subject, actor = f"export:{export.pk}", f"person:{export.person_id}"
        append_entries(
            entries=[NewEntry(kind="export.finished", subject=subject, actor=actor, at=now, detail=detail)]
        )  # fmt: skip
        words = Sentence("export-finished", {"made": len(made), "out": len(export.left_out)})
        notify(text=words, link=f"/exports/{export.pk}/", person_id=export.person_id)
    shutil.rmtree(parts)
    return len(made)


def _joined(export: Export, made: list[Path], now: datetime) -> Path:
    """The only package as it is, or all of them in a ZIP file with their hand-over list."""
    folder = export_folder(export.pk)
    if len(made) == 1:
        target = folder / made[0].name
        fresh = folder / "joined.new"
        fresh.unlink(missing_ok=True)
        os.link(made[0], fresh)
    else:
        target, fresh = folder / f"export-{export.pk}-{now:%Y%m%d}.zip", folder / "joined.new"
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as joined:
            listed = list(_put(joined, made, f"export-{export.pk}"))
            head = {"send_number": str(len(made)), "send_size": str(sum(each.size or 0 for each in listed))}
            joined.writestr(zipfile.ZipInfo("transfer_info.xml", _MOMENT), write_handover_list(listed, head=head))
    flush_file(fresh)
    fresh.replace(target)
    flush_file(folder)
    return target


def _put(joined: zipfile.ZipFile, made: list[Path], batch: str) -> Iterator[HandoverLine]:
    for each in made:
        entry = zipfile.ZipInfo(each.name, _MOMENT)
        with each.open("rb") as stream, joined.open(entry, "w", force_zip64=True) as sink:
            size, digests = digest_stream(stream, ("sha512",), sink=sink.write)
        yield HandoverLine(each.stem, size, "sha512", digests["sha512"], batch)
