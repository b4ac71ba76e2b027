"""The reading of a scan batch (识别), one job: page by page in limited children, one process a core.

Whatever breaks off, the next run goes on with the first page that is not read: each page is kept by itself, its
repaired picture before its row. What people corrected or reviewed is never read over.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django_tasks import task

from lantai.administration.queries import list_organisations
from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import Outcome, ParserError, Sandbox
from lantai.archival.imaging.measuring import LIE, PROFILES, judge_lie
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.reading_scans import ReadScan, ReadSeal
from lantai.archival.imaging.seals.owners import KnownOwners
from lantai.common.durability import flush_file
from lantai.digitisation.area import batch_folder, derivative_path
from lantai.digitisation.models import (
    ReadingMode,
    ReadPage,
    Region,
    RegionKind,
    ReviewSpell,
    ScanBatch,
    ScanPage,
    ScanState,
)
from lantai.digitisation.read_lines import count_doubtful
from lantai.digitisation.services.understanding import understand
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.queries import key_rests
from lantai.work.services import Sentence, current_job, notify, queue_job

PAGES_AT_ONCE = 16
SECONDS = 240.0
"""A worn page at 600 dpi, read twice, on a machine that is busy with other things."""
READ = "lantai.digitisation.services.reading.read_scans"
_READING = "lantai.archival.imaging.reading_scans"


class ReadingRefused(Exception):
    """A batch that cannot be read now; ``code`` is ``mode``, ``checking``, ``filed``, ``running`` or ``nothing``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask_reading(*, batch_id: int, mode: str, by: Actor, now: datetime) -> None:
    """Have the pages of a checked batch read: those that were not yet, could not be, or were read in the other mode and
    nobody has looked at since.

    Raises ScanBatch.DoesNotExist, ReadingRefused: an unknown mode, the batch is being checked or was taken over, a
    reading waits or runs, or there is nothing to read.
    """
    if mode not in ReadingMode.values:
        raise ReadingRefused("mode")
    with transaction.atomic():
        batch = ScanBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state == ScanState.CHECKING:
            raise ReadingRefused("checking")
        if (batch.filing_at or batch.filed_at) is not None:
            raise ReadingRefused("filed")
        if not key_rests(key=f"scans.read:{batch.pk}", since=now):
            raise ReadingRefused("running")
        ReadPage.objects.filter(page__batch=batch).exclude(problem=[]).delete()
        waiting = pages_to_read(batch=batch, mode=mode).count()
        if not waiting:
            raise ReadingRefused("nothing")
        batch.mode, batch.read_at = mode, None
        batch.reading_job_id = queue_job(
            task=READ,
            title="扫描件识别",
            arguments={"batch_id": batch.pk},
            key=f"scans.read:{batch.pk}",
            asked_by=by.reference,
            total=waiting,
        )
        batch.save(update_fields=["mode", "read_at", "reading_job_id"])
        append_entries(
            entries=[
                NewEntry(
                    kind="scans.reading-asked", subject=f"scans:{batch.pk}", actor=by.reference, at=now, role=by.role,
                    address=by.address, detail={"mode": mode, "pages": waiting},
                )
            ]
        )  # fmt: skip


def pages_to_read(*, batch: ScanBatch, mode: str) -> QuerySet[ScanPage]:
    """The pages of a batch that a reading in *mode* has still to do. Separator sheets and broken pages are none."""
    other = ~Q(reading__mode=mode) & Q(reading__reviewed_at=None, reading__corrections=None, spells=None)
    return batch.scan_pages.filter(Q(reading=None) | other, sheet="", problem=[])


@task()
def read_scans(*, batch_id: int) -> int:
    """Read the pages of a batch that are not read yet; returns how many are."""
    batch = ScanBatch.objects.get(pk=batch_id)
    if not batch.mode or batch.read_at is not None:
        return 0
    known, job, done = KnownOwners(each.name for each in list_organisations()), current_job(), 0
    unread = pages_to_read(batch=batch, mode=batch.mode)
    total = unread.count() + batch.scan_pages.filter(reading__mode=batch.mode).count()
    workers = settings.LANTAI_READERS or len(os.sched_getaffinity(0))
    with Sandbox(
        workers=workers, seconds=SECONDS, memory_bytes=settings.LANTAI_EXAMINER_MEMORY, modules=(_READING,)
    ) as children:
        while waiting := list(unread.select_related("scan").defer("fingerprint").order_by("pk")[:PAGES_AT_ONCE]):
            calls = [(f"{_READING}:read_scan", _arguments(batch, each)) for each in waiting]
            for page, outcome in zip(waiting, children.call_many(calls, kind=ReadScan), strict=True):
                _keep(batch, page, _told(outcome), known)
                done += 1
                if job is not None:
                    job.report(done=total - unread.count() if done % PAGES_AT_ONCE == 0 else None, total=total)
            if job is not None:
                job.report(done=total - unread.count(), total=total)
    return _finished(batch)


def _arguments(batch: ScanBatch, page: ScanPage) -> tuple[object, ...]:
    return batch_folder(batch.pk) / page.scan.path, page.frame, page.width, page.height, batch.mode


def _told(outcome: Outcome[ReadScan]) -> ReadScan:
    """What a child answered; what ended it, or a file that is gone, as the page's problem. Raises OSError of the
    medium."""
    if isinstance(outcome.error, ParserError):
        code = outcome.error.code
        return ReadScan(problem=(f"识别时超出限制（{code}）", f"reading it went beyond a limit ({code})"))
    if isinstance(outcome.error, FileNotFoundError):
        return ReadScan(problem=("扫描原件不在暂存区，请重新检查", "the scan is gone from the scan area: check again"))
    if outcome.error is not None:
        raise outcome.error
    assert outcome.value is not None
    return outcome.value


def _keep(batch: ScanBatch, page: ScanPage, found: ReadScan, known: KnownOwners) -> None:
    """Write down what a page says: its repaired picture durably, then all its rows in one transaction. Nothing is
    written when somebody has begun to correct the page, or it was taken away by a new check."""
    derivative = ""
    if found.derivative:
        place = derivative_path(batch.pk, page.pk)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(found.derivative)
        flush_file(place)
        derivative = place.name
    with transaction.atomic():
        here = ScanPage.objects.select_for_update().filter(pk=page.pk).first()
        earlier = ReadPage.objects.filter(page=page).first()
        if here is None or (earlier is not None and _is_touched(earlier)):
            return
        reading, _new = ReadPage.objects.update_or_create(page=here, defaults=_reading(found, batch.mode, derivative))
        here.regions.filter(by="system", dismissed=False).delete()
        Region.objects.bulk_create([*_seals(here, found.seals, known), *_tables(here, found)])
        if found.problem is None:
            understand(reading=reading)
        if found.lines:
            lie = judge_lie(
                PROFILES[batch.profile], skew=found.skew, rotation=-found.turned % 360, mirrored=found.mirrored
            )
            told = [[one.code, {name: list(both) for name, both in one.values.items()}] for one in lie]
            here.faults = [each for each in here.faults if each[0] not in LIE] + told
            here.save(update_fields=["faults"])


def _is_touched(reading: ReadPage) -> bool:
    """Whether somebody has begun to review a page."""
    return (
        bool(reading.reviewed_at)
        or reading.corrections.exists()
        or ReviewSpell.objects.filter(page_id=reading.page_id).exists()
    )


def _reading(found: ReadScan, mode: str, derivative: str) -> dict[str, object]:
    """The columns of a page that was read."""
    return {
        "mode": mode,
        "engine": found.engine,
        "turned": found.turned,
        "mirrored": found.mirrored,
        "version": found.version,
        "steps": [{"name": name, "parameters": parameters} for name, parameters in found.steps],
        "derivative": derivative,
        "matrix": [list(row) for row in found.matrix],
        "lines": list(found.lines),
        "characters": sum(len(each["text"]) for each in found.lines),
        "confidence": found.confidence,
        "doubtful": count_doubtful(found.lines),
        "problem": list(found.problem or ()),
        "cpu_seconds": found.cpu_seconds,
        "read_at": timezone.now(),
    }


def _seals(page: ScanPage, seals: Sequence[ReadSeal], known: KnownOwners) -> list[Region]:
    made = []
    for each in seals:
        owner = known.match(each.name) if each.name else None
        region = _region(page, RegionKind.SEAL, each.box)
        region.text, region.shape, region.colour = each.name[:500], each.shape, each.colour
        region.confidence, region.data = each.confidence, {"middle": each.middle, "turned": each.turned}
        region.owner, region.owner_score = (owner.name[:200], owner.score) if owner else ("", 0.0)
        made.append(region)
    return made


def _tables(page: ScanPage, found: ReadScan) -> list[Region]:
    made = []
    for data in found.tables:
        region = _region(page, RegionKind.TABLE, data["box"])
        region.data = data
        sure = [cell["confidence"] for cell in data["cells"] if cell["text"]]
        region.confidence = round(sum(sure) / len(sure), 4) if sure else 0.0
        made.append(region)
    return made


def _region(page: ScanPage, kind: RegionKind, box: Box) -> Region:
    """A region of at least one pixel, within its page."""
    left, top = max(0, min(box[0], page.width - 1)), max(0, min(box[1], page.height - 1))
    right, bottom = max(left + 1, min(box[2], page.width)), max(top + 1, min(box[3], page.height))
    return Region(page=page, kind=kind, left=left, top=top, right=right, bottom=bottom, by="system")


def _finished(batch: ScanBatch) -> int:
    """The batch is read: tell the ledger and whoever registered it. Returns how many pages are."""
    now = timezone.now()
    read = ReadPage.objects.filter(page__batch=batch)
    counts = read.aggregate(
        pages=Count("pk", filter=Q(problem=[])),
        unreadable=Count("pk", filter=~Q(problem=[])),
        characters=Sum("characters"),
        doubtful=Sum("doubtful"),
    )
    found = {name: number or 0 for name, number in counts.items()}
    kinds = Region.objects.filter(page__batch=batch, dismissed=False).values_list("kind").annotate(Count("pk"))
    with transaction.atomic():
        open_one = ScanBatch.objects.select_for_update().get(pk=batch.pk)
        if open_one.read_at is None:
            ScanBatch.objects.filter(pk=batch.pk).update(read_at=now)
            detail = {"mode": batch.mode, **found, "regions": dict(kinds.order_by("kind"))}
            entry = NewEntry(kind="scans.read", subject=f"scans:{batch.pk}", actor="system", at=now, detail=detail)
            append_entries(entries=[entry])
            text = Sentence("scans-read", {"name": batch.name, "pages": found["pages"], "doubtful": found["doubtful"]})
            number = batch.by.partition(":")[2]
            notify(text=text, link=f"/digitising/{batch.pk}/", person_id=int(number) if number.isdecimal() else None)
    return int(found["pages"])
