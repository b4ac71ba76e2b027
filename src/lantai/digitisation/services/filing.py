"""Taking over (入库): the pages of a batch go into their records, for good.

Of each record its masters as they came, in one ZIP file, and a dual-layer PDF/A-2b with what was read lie in an object
of its own; a record digitised again gets a new version of that object. A record is done in one transaction with its
ledger entry, so that a run that was broken off goes on with the first that is not; what it wrote before it died is
found in the object and written no second time.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import Outcome, ParserError, Sandbox
from lantai.catalog.queries.forms import RecordToDigitise, records_to_digitise
from lantai.catalog.services import ScansNotKept, keep_scans
from lantai.digitisation.area import batch_folder, derived_folder
from lantai.digitisation.filed import FiledUnit, new_scans, stored_contents, unit_plan
from lantai.digitisation.models import ScanBatch, ScanFile, ScanUnit
from lantai.digitisation.queries.filing import filing_hindrance, filing_key
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import find_objects
from lantai.storage.services import NewObject, NewVersion, deposit_objects, deposit_version, discard_object
from lantai.work.queries import key_rests
from lantai.work.services import Sentence, current_job, notify, queue_job

RECORDS_AT_ONCE = 8
SECONDS = 1800.0
"""A record of five hundred pages takes its time."""
_MAKING = "lantai.archival.imaging.record_forms"
_TITLE = "扫描件入库"


class FilingRefused(Exception):
    """A batch cannot be taken over now; ``code`` is ``not-checked``, ``not-linked``, ``broken``, ``unread``, ``empty``,
    ``not-accepted`` or ``filed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def children() -> Sandbox:
    """The limited children that make access copies."""
    box = Sandbox(
        workers=settings.LANTAI_EXAMINERS,
        seconds=SECONDS,
        memory_bytes=settings.LANTAI_EXAMINER_MEMORY,
        modules=(_MAKING,),
    )
    atexit.register(box.close)
    return box


def ask_filing(*, batch_id: int, by: Actor, now: datetime) -> bool:
    """Have a batch taken over into its records, or go on with those that were left; False while that is under way.

    Raises ScanBatch.DoesNotExist, FilingRefused.
    """
    with transaction.atomic():
        batch = ScanBatch.objects.select_for_update().get(pk=batch_id)
        if hindrance := filing_hindrance(batch):
            raise FilingRefused(hindrance)
        key = filing_key(batch.pk)
        if not key_rests(key=key, since=now):
            return False
        batch.units.exclude(problem=[]).update(problem=[])
        batch.filing_at, batch.filing_by = batch.filing_at or now, by.reference
        waiting = batch.units.filter(filed_at=None).count()
        batch.filing_job_id = queue_job(
            task=file_scans,
            title=_TITLE,
            arguments={"batch_id": batch.pk},
            key=key,
            asked_by=by.reference,
            total=waiting,
        )
        batch.save(update_fields=["filing_at", "filing_by", "filing_job_id"])
        append_entries(
            entries=[
                NewEntry(
                    kind="scans.filing-asked", subject=f"scans:{batch.pk}", actor=by.reference, at=now, role=by.role,
                    address=by.address, detail={"records": waiting},
                )
            ]
        )  # fmt: skip
    return True


@task()
def file_scans(*, batch_id: int) -> int:
    """Take the pages of a batch over into their records, some records at a time; returns how many records."""
    batch = ScanBatch.objects.get(pk=batch_id)
    if batch.filing_at is None or batch.filed_at is not None:
        return 0
    job, done = current_job(), 0
    proven: dict[int, bool] = {}
    while units := list(batch.units.filter(filed_at=None, problem=[]).order_by("pk")[:RECORDS_AT_ONCE]):
        done += _file(batch, units, proven)
        if job is not None:
            job.report(done=done)
    shutil.rmtree(_work_folder(batch), ignore_errors=True)
    _finish(batch)
    return done


@dataclass(slots=True)
class _Asked:
    """A unit whose forms are being made: its record, what it is made of, where it is made."""

    unit: ScanUnit
    record: RecordToDigitise
    filed: FiledUnit
    place: Path


def _work_folder(batch: ScanBatch) -> Path:
    return derived_folder(batch.pk) / "filing"


def _file(batch: ScanBatch, units: Sequence[ScanUnit], proven: dict[int, bool]) -> int:
    """Make, deposit and tell the forms of some records; returns how many were kept, the others know why not."""
    asked = _asked(batch, units, proven)
    calls: list[tuple[str, tuple[Any, ...]]] = [
        (f"{_MAKING}:make_forms", (each.place / "plan.json", each.place)) for each in asked
    ]
    outcomes = children().call_many(calls)
    made = [each for each, outcome in zip(asked, outcomes, strict=True) if _is_made(each, outcome)]
    before = {each.record.id: _stored_head(each.filed.object_id) for each in made}
    deposit_objects(objects=[_object(batch, each) for each in made if not before[each.record.id]])
    for each in made:
        if base := before[each.record.id]:
            deposit_version(version=_version(batch, each, base))
    kept = sum(_told(batch, each, first=not before[each.record.id]) for each in made)
    for each in asked:
        shutil.rmtree(each.place, ignore_errors=True)
    return kept


def _asked(batch: ScanBatch, units: Sequence[ScanUnit], proven: dict[int, bool]) -> list[_Asked]:
    """The plans of these units, each in a folder of its own; a unit whose record or stack is gone is told so."""
    records = records_to_digitise(record_ids=[each.record_id for each in units])
    asked = []
    for unit in units:
        record = records.get(unit.record_id)
        if record is None:
            _refuse(unit, "档案已不在馆", "the record is no longer held")
            continue
        filed = unit_plan(batch, unit, record)
        damaged = next((each for each in filed.stacks if not _is_as_registered(batch, each, proven)), None)
        if damaged is not None:
            name = damaged.path
            _refuse(unit, f"扫描原图 {name} 与登记的摘要不符", f"the master {name} is not what was registered")
            continue
        place = _work_folder(batch) / str(unit.pk)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, mode=0o700)
        filed.write(place)
        asked.append(_Asked(unit, record, filed, place))
    return asked


def _is_as_registered(batch: ScanBatch, scan: ScanFile, proven: dict[int, bool]) -> bool:
    """Whether a stack that holds several records is what was registered; looked at once in a run."""
    if scan.pk not in proven:
        with (batch_folder(batch.pk) / scan.path).open("rb") as stream:
            proven[scan.pk] = hashlib.file_digest(stream, "sha256").hexdigest() == scan.sha256
    return proven[scan.pk]


def _is_made(each: _Asked, outcome: Outcome[Any]) -> bool:
    """Whether a child made the forms; why not is written down. Raises OSError of the medium."""
    if isinstance(outcome.error, ParserError):
        code = outcome.error.code
        _refuse(each.unit, f"制作利用副本超出限制（{code}）", f"making the access copy went beyond a limit ({code})")
        return False
    if outcome.error is not None:
        raise outcome.error
    told: dict[str, Any] = outcome.value or {}
    if "refused" in told:
        _refuse(each.unit, told["zh"], told["en"])
        return False
    each.filed.made = told
    return True


def _refuse(unit: ScanUnit, zh: str, en: str) -> None:
    ScanUnit.objects.filter(pk=unit.pk).update(problem=[zh[:1000], en[:1000]])


def _stored_head(object_id: str) -> str:
    """The newest version of an object; empty where there is none."""
    found = [each.head for each in find_objects(prefix=object_id, limit=1) if each.object_id == object_id]
    return found[0] if found else ""


def _object(batch: ScanBatch, each: _Asked) -> NewObject:
    assert batch.filing_at is not None
    return NewObject(
        object_id=each.filed.object_id,
        contents=stored_contents(each.filed, each.place),
        created=batch.filing_at,
        message=each.filed.message,
        user=batch.filing_by,
    )


def _version(batch: ScanBatch, each: _Asked, base: str) -> NewVersion:
    assert batch.filing_at is not None
    return NewVersion(
        object_id=each.filed.object_id,
        base=base,
        created=batch.filing_at,
        message=each.filed.message,
        user=batch.filing_by,
        put=stored_contents(each.filed, each.place),
    )


def _told(batch: ScanBatch, each: _Asked, *, first: bool) -> int:
    """Tell catalogue and ledger of one record's scans, in one transaction; 1, or 0 where the catalogue refused them."""
    head = _stored_head(each.filed.object_id)
    try:
        with transaction.atomic(durable=True):
            keep_scans(scans=[new_scans(each.filed, head)], by=batch.filing_by, now=timezone.now())
            ScanUnit.objects.filter(pk=each.unit.pk).update(filed_at=timezone.now(), problem=[])
    except ScansNotKept as refused:
        if first:
            discard_object(object_id=each.filed.object_id)
        _refuse(each.unit, refused.zh, refused.en)
        return 0
    return 1


def _finish(batch: ScanBatch) -> None:
    """Say that a batch is taken over, or how many records were left, to the ledger and to whoever asked."""
    now = timezone.now()
    left = batch.units.filter(filed_at=None).count()
    with transaction.atomic():
        locked = ScanBatch.objects.select_for_update().get(pk=batch.pk)
        if locked.filed_at is not None:
            return
        if not left:
            locked.filed_at = now
            locked.save(update_fields=["filed_at"])
        done = locked.units.exclude(filed_at=None).count()
        append_entries(
            entries=[
                NewEntry(
                    kind="scans.filed", subject=f"scans:{batch.pk}", actor=batch.filing_by, at=now,
                    result="done" if not left else "troubled", detail={"records": done, "left": left},
                )
            ]
        )  # fmt: skip
        text = Sentence("scans-filed", {"name": batch.name, "records": done, "left": left})
        number = batch.filing_by.partition(":")[2]
        link = f"/digitising/{batch.pk}/filing/"
        notify(text=text, link=link, person_id=int(number) if number.isdecimal() else None)
