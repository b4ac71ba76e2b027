"""The pages of a batch find their records (数据挂接): by names and separator sheets, all of them, or it is told."""

from __future__ import annotations

from django.db import transaction

from lantai.archival.imaging.inspecting import SHEET_MARK
from lantai.archival.imaging.measuring import find_doubles
from lantai.archival.imaging.scan_sets import ScanFile as NamedFile
from lantai.archival.imaging.scan_sets import ScanLink, candidate_codes, link_scans
from lantai.catalog.queries import records_by_code
from lantai.digitisation.models import ScanBatch, ScanPage, ScanUnit


def link_batch(*, batch: ScanBatch) -> ScanLink:
    """Give every page of a batch to its record, as names and sheets say and the catalogue is now; what was linked
    before is forgotten. Returns the link with its faults.
    """
    files = {each.pk: each for each in batch.scans.exclude(pages=None).order_by("pk")}
    sheets: dict[int, dict[int, str]] = {}
    told = {
        (scan, frame): [each.removeprefix(SHEET_MARK) for each in barcodes]
        for scan, frame, barcodes in batch.scan_pages.exclude(barcodes=[]).values_list("scan_id", "frame", "barcodes")
    }
    seen = {code for codes in told.values() for code in codes}
    records = records_by_code(codes=candidate_codes(each.path for each in files.values()) | seen)
    for (scan, frame), codes in told.items():
        known = next((code for code in codes if code in records), "")
        if known and files[scan].pages != 1:  # a file of one page is named by its code; a stack is divided by sheets
            sheets.setdefault(scan, {})[frame] = known
    named = [NamedFile(each.path, each.pages or 0, sheets.get(each.pk, {})) for each in files.values()]
    link = link_scans(named, catalogue={code: pages for code, (_record, pages) in records.items()})
    _write(batch, link, {each.path: each.pk for each in files.values()}, sheets, records)
    return link


def _write(
    batch: ScanBatch,
    link: ScanLink,
    files: dict[str, int],
    sheets: dict[int, dict[int, str]],
    records: dict[str, tuple[int, int | None]],
) -> None:
    pages = {(each.scan_id, each.frame): each for each in batch.scan_pages.all()}
    order = sorted(pages.values(), key=lambda each: (each.scan_id, each.frame))
    doubles = find_doubles([b"" if each.blank else bytes(each.fingerprint) for each in order])
    with transaction.atomic():
        batch.units.all().delete()
        units = ScanUnit.objects.bulk_create(
            [
                ScanUnit(batch=batch, archive_code=each.code, record_id=records[each.code][0], pages=len(each.pages))
                for each in link.units
            ]
        )
        for page in order:
            page.unit, page.number, page.sheet, page.double_of = None, None, "", None
        for unit, each in zip(units, link.units, strict=True):
            for number, place in enumerate(each.pages, 1):
                page = pages[files[place.path], place.frame]
                page.unit, page.number = unit, number
        for scan_id, frames in sheets.items():
            for frame, code in frames.items():
                pages[scan_id, frame].sheet = code
        for at, page in enumerate(order):
            page.faults = [each for each in page.faults if each[0] != "duplicate"]
            if at in doubles:
                page.double_of = earlier = order[doubles[at]]
                where = (
                    f"{earlier.unit.archive_code if earlier.unit else ''} · {earlier.number or earlier.frame}".strip(
                        " ·"
                    )
                )
                page.faults.append(["duplicate", {"page": [where, where]}])
        ScanPage.objects.bulk_update(order, ["unit", "number", "sheet", "double_of", "faults"], batch_size=200)
