"""The check of a scan batch (扫描件检查), one job: copied, looked at page by page, linked to the catalogue.

Whatever breaks off, the next run goes on with the first file that is not done: a file has its digest once it is copied
whole, and its number of pages once all of them are kept. The files themselves are only ever read.
"""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import ParserError, Sandbox
from lantai.archival.imaging.inspecting import InspectedFile, InspectedPage
from lantai.archival.imaging.measuring import PROFILES, ScanProfile, judge_page
from lantai.common.durability import flush_file
from lantai.digitisation.area import batch_folder, incoming_folder
from lantai.digitisation.models import ScanBatch, ScanFile, ScanPage, ScanState
from lantai.digitisation.services.linking import link_batch
from lantai.digitisation.services.taking import queue_check
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.queries import key_rests
from lantai.work.services import Sentence, current_job, notify

PAGES_AT_ONCE = 20
FILES_AT_ONCE = 16
SECONDS = 120.0
"""A sheet of hundreds of megapixels takes its time; pages are asked for a few at once."""
_INSPECTING = "lantai.archival.imaging.inspecting"
_PIECE = 1 << 20


@cache
def children() -> Sandbox:
    """The limited children that look at scans."""
    box = Sandbox(
        workers=settings.LANTAI_EXAMINERS,
        seconds=SECONDS,
        memory_bytes=settings.LANTAI_EXAMINER_MEMORY,
        modules=(_INSPECTING,),
    )
    atexit.register(box.close)
    return box


def check_again(*, batch_id: int, by: Actor, now: datetime) -> bool:
    """Have a batch checked once more: its link to the catalogue as it is now, and what was broken off. False when a
    check waits or runs, and of a batch that goes or went into its records. Raises ScanBatch.DoesNotExist.
    """
    with transaction.atomic():
        batch = ScanBatch.objects.select_for_update().get(pk=batch_id)
        if batch.filing_at is not None or not key_rests(key=f"scans.check:{batch.pk}", since=now):
            return False
        batch.scans.filter(sha256="").update(problem=[])
        batch.state, batch.job_id = ScanState.CHECKING, queue_check(batch=batch, asked_by=by.reference)
        batch.save(update_fields=["state", "job_id"])
        append_entries(
            entries=[
                NewEntry(
                    kind="scans.check-asked", subject=f"scans:{batch.pk}", actor=by.reference, at=now, role=by.role,
                    address=by.address, detail={},
                )
            ]
        )  # fmt: skip
    return True


@task()
def check_scans(*, batch_id: int) -> int:
    """Copy, look at and link the files of a batch; returns how many pages it has."""
    batch = ScanBatch.objects.get(pk=batch_id)
    if batch.state != ScanState.CHECKING:
        return 0
    profile, job = PROFILES[batch.profile], current_job()
    while waiting := list(batch.scans.filter(pages=None, problem=[]).order_by("pk")[:FILES_AT_ONCE]):
        ready = [each for each in waiting if each.sha256 or _copied(batch, each)]
        _look_at(batch, ready, profile)
        if job is not None:
            job.report(done=batch.scans.exclude(pages=None, problem=[]).count())
    return _finished(batch)


def _copied(batch: ScanBatch, scan: ScanFile) -> bool:
    """Bring a file into the batch's own folder, durably, with its digest; one that is gone is told as its problem."""
    target = batch_folder(batch.pk) / scan.path
    source = incoming_folder() / batch.source / scan.path if batch.source else target
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as given:
            if source == target:
                while piece := given.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as kept:
                    while piece := given.read(_PIECE):
                        digest.update(piece)
                        size += kept.write(piece)
                flush_file(target)
    except FileNotFoundError:
        scan.problem = [
            "登记之后文件不见了，请放回原处后重新检查",
            "the file is gone since it was registered; put it back",
        ]
    if not scan.problem and size != scan.bytes:
        target.unlink(missing_ok=source == target)
        scan.problem = [
            f"登记时 {scan.bytes} 字节，现在 {size} 字节：还在写入，或被改动",
            f"{scan.bytes} bytes when registered, {size} now: still being written, or changed",
        ]
    scan.sha256 = "" if scan.problem else digest.hexdigest()
    scan.save(update_fields=["sha256", "problem"])
    return not scan.problem


def _look_at(batch: ScanBatch, scans: Sequence[ScanFile], profile: ScanProfile) -> None:
    """Look at the first pages of some files at once, then at the rest of those that have more."""
    paths = [batch_folder(batch.pk) / each.path for each in scans]
    calls = [(f"{_INSPECTING}:inspect_file", (path, 1, PAGES_AT_ONCE)) for path in paths]
    for scan, path, outcome in zip(scans, paths, children().call_many(calls, kind=InspectedFile), strict=True):
        if isinstance(outcome.error, ParserError):
            _keep(batch, scan, InspectedFile(problem=_ended(outcome.error)), (), profile)
        elif outcome.error is not None:
            raise outcome.error
        elif isinstance(outcome.value, InspectedFile):
            _keep(batch, scan, outcome.value, _rest(path, outcome.value), profile)


def _rest(path: Path, found: InspectedFile) -> list[InspectedPage]:
    """The pages of a file behind the first ones; those of a portion that ends its child are told one by one."""
    pages: list[InspectedPage] = []
    for first in range(PAGES_AT_ONCE + 1, found.pages + 1, PAGES_AT_ONCE):
        try:
            more = children().call(f"{_INSPECTING}:inspect_file", path, first, PAGES_AT_ONCE, kind=InspectedFile)
            pages += more.looked
        except ParserError as error:
            last = min(found.pages, first + PAGES_AT_ONCE - 1)
            pages += [InspectedPage(number, problem=_ended(error)) for number in range(first, last + 1)]
    return pages


def _ended(error: ParserError) -> tuple[str, str]:
    return f"读取时超出限制（{error.code}）", f"reading it went beyond a limit ({error.code})"


def _keep(
    batch: ScanBatch, scan: ScanFile, found: InspectedFile, rest: Sequence[InspectedPage], profile: ScanProfile
) -> None:
    """Write down what a file is, with all its pages, in one transaction."""
    with transaction.atomic():
        scan.scan_pages.all().delete()
        if found.problem is None:
            pages = [_page(batch, scan, each, profile) for each in (*found.looked, *rest)]
            ScanPage.objects.bulk_create(pages, batch_size=200)
        scan.format, scan.problem = found.format, list(found.problem or ())
        scan.pages = None if found.problem else found.pages
        scan.save(update_fields=["format", "pages", "problem"])


def _page(batch: ScanBatch, scan: ScanFile, each: InspectedPage, profile: ScanProfile) -> ScanPage:
    page = ScanPage(
        batch=batch, scan=scan, frame=each.frame, barcodes=list(each.barcodes), problem=list(each.problem or ())
    )
    if each.measures is not None:
        found = each.measures
        page.width, page.height, page.dpi, page.mode, page.paper = (
            *(found.width, found.height, found.dpi, found.mode, found.paper),
        )
        page.blank, page.fingerprint = found.blank, found.fingerprint
        page.faults = [
            [one.code, {name: list(both) for name, both in one.values.items()}]
            for one in judge_page(found, profile, skew=each.skew)
        ]
    return page


def _finished(batch: ScanBatch) -> int:
    """Link the batch, count what is wrong, tell the ledger and whoever registered it."""
    now, linked = timezone.now(), link_batch(batch=batch)
    pages = batch.scan_pages.count()
    broken = batch.scans.exclude(problem=[]).count()
    faulty = sum(
        bool(problem) or any(code != "blank" for code, _values in faults)
        for faults, problem in batch.scan_pages.filter(sheet="").values_list("faults", "problem")
    )
    count = len(linked.faults) + broken + faulty
    state = ScanState.TROUBLED if count else ScanState.CHECKED
    with transaction.atomic():
        open_one = ScanBatch.objects.select_for_update().get(pk=batch.pk)
        if open_one.state == ScanState.CHECKING:
            ScanBatch.objects.filter(pk=batch.pk).update(
                state=state, pages=pages, fault_count=count, checked_at=now,
                link_faults=[[each.code, each.about, dict(each.values)] for each in linked.faults],
            )  # fmt: skip
            detail = {
                "pages": pages, "units": len(linked.units), "link_faults": len(linked.faults), "broken_files": broken,
                "faulty_pages": faulty,
            }  # fmt: skip
            append_entries(
                entries=[
                    NewEntry(kind="scans.checked", subject=f"scans:{batch.pk}", actor="system", at=now, detail=detail)
                ]
            )
            text = Sentence("scans-checked", {"name": batch.name, "pages": pages, "faults": count})
            number = batch.by.partition(":")[2]
            notify(text=text, link=f"/digitising/{batch.pk}/", person_id=int(number) if number.isdecimal() else None)
    return pages
