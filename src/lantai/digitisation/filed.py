"""What the pages of one record become when they are taken over (入库): the plan, the object, what is told of it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lantai.archival.formats import named
from lantai.archival.imaging.alto import alto_document
from lantai.archival.imaging.record_forms import ACCESS, MASTERS, FormPage, FormsPlan, MasterFile, write_plan
from lantai.catalog.queries.forms import RecordToDigitise
from lantai.catalog.services import KeptForm, NewScans, StoredComponent
from lantai.digitisation.area import batch_folder, derived_folder
from lantai.digitisation.models import (
    Acceptance,
    FieldState,
    PageField,
    ReadPage,
    Region,
    RegionKind,
    ScanBatch,
    ScanFile,
    ScanPage,
    ScanUnit,
)
from lantai.digitisation.queries.readings import page_reading
from lantai.storage.queries import content_digests, content_facts
from lantai.storage.services import Content

ALTO, TOLD = "alto.zip", "scans.json"
"""Beside the two forms: the pages as they were read, for other systems (ALTO), and how all of it came to be."""
AGENT = "lantai digitising 1"
_PREFIX = "urn:lantai:scans"
_NO_DAY = (1980, 1, 1, 0, 0, 0)
_SUGGESTED = 5
"""Different values of a field that are handed on as suggestions at most."""


@dataclass(slots=True)
class FiledUnit:
    """One record's pages on their way: what is to be made of them, what of it is told, and, once a child made the
    forms, what it said (``made``)."""

    record: RecordToDigitise
    object_id: str
    plan: FormsPlan
    stacks: Sequence[ScanFile]
    batch: Mapping[str, Any]
    told: Mapping[str, Any]
    text: str
    found: Mapping[str, Any]
    pages: Sequence[tuple[ScanPage, ReadPage | None]]
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What the new version of the object says of itself."""
        return f"数字化入库，扫描批次 {self.batch['batch']} / digitised, scan batch {self.batch['batch']}"

    def write(self, folder: Path) -> None:
        """Lay the plan, the pages as read and the account of them into the folder where the forms are made."""
        write_plan(self.plan, folder / "plan.json")
        (folder / TOLD).write_text(json.dumps(self.told, ensure_ascii=False, indent=1), "utf-8")
        with zipfile.ZipFile(folder / ALTO, "w") as packed:
            for page, row in self.pages:
                if row is not None and not row.problem:
                    document = alto_document(
                        page_reading(row),
                        file_name=PurePosixPath(page.scan.path).name,
                        number=page.number or 1,
                        engine=row.engine,
                    )
                    entry = zipfile.ZipInfo(f"{page.number:04d}.xml", _NO_DAY)
                    packed.writestr(entry, document, zipfile.ZIP_DEFLATED)


def unit_plan(batch: ScanBatch, unit: ScanUnit, record: RecordToDigitise) -> FiledUnit:
    """What is to be made of the pages of one record of a batch. Five queries."""
    rows = list(unit.scan_pages.select_related("scan").defer("fingerprint").order_by("number"))
    readings = {
        each.page_id: each
        for each in ReadPage.objects.filter(page__unit=unit).select_related("page").prefetch_related("corrections")
    }
    pages = [(each, readings.get(each.pk)) for each in rows]
    shared = set(
        ScanPage.objects.filter(scan__in={each.scan_id for each in rows})
        .exclude(unit=unit)
        .exclude(unit=None)
        .values_list("scan_id", flat=True)
    )
    regions = list(Region.objects.filter(page__unit=unit, dismissed=False).order_by("page__number", "pk"))
    fields = list(
        PageField.objects.filter(page__unit=unit).exclude(state=FieldState.REFUSED).order_by("page__number", "pk")
    )
    assert batch.filing_at is not None
    made = batch.filing_at.isoformat(timespec="seconds")
    texts = [_text(row) for _page, row in pages]
    masters = _masters(batch, rows, shared)
    about = {"batch": batch.pk, "name": batch.name}
    return FiledUnit(
        record=record,
        object_id=record.scanned_in or f"{_PREFIX}:{record.fonds}:{record.retention}:{record.code}",
        plan=FormsPlan(record.title, made, tuple(masters), tuple(_form_page(batch, *each) for each in pages)),
        stacks=list({each.scan_id: each.scan for each in rows if each.scan_id in shared}.values()),
        batch=about,
        told={
            **about,
            "archive_code": unit.archive_code,
            "profile": batch.profile,
            "scanned": batch.at.isoformat(timespec="seconds"),
            "made": made,
            "masters": [
                {"name": one.name, "source": path, "sha256": sha256, "frames": [frame for frame, _to in one.frames]}
                for one, (path, sha256) in zip(masters, _sources(rows), strict=True)
            ],
            "pages": [_page_told(*each) for each in pages],
            "acceptance": [_acceptance_told(each) for each in Acceptance.objects.filter(batch=batch).order_by("round")],
            "regions": [_region_told(each, rows) for each in regions],
            "fields": [_field_told(each, rows) for each in fields],
            "text": texts,
        },
        text="\n".join(each for each in texts if each),
        found=_found(pages, regions, fields),
        pages=pages,
    )


def stored_contents(filed: FiledUnit, folder: Path) -> tuple[Content, ...]:
    """What the record's object holds, out of the folder where it was made."""
    return tuple(
        Content(
            f"{filed.record.code}/{name}",
            folder / name,
            digests={"sha512": filed.made[form]["sha512"]} if form else {},
            link=True,
        )
        for name, form in ((MASTERS, "masters"), (ACCESS, "access"), (ALTO, ""), (TOLD, ""))
    )


def new_scans(filed: FiledUnit, version: str) -> NewScans:
    """The scans of a record as the catalogue is told of them; of sealed content without plain digests."""
    code, made = filed.record.code, filed.made
    masters, access = f"{code}/{MASTERS}", f"{code}/{ACCESS}"
    digests = content_digests(object_id=filed.object_id)
    clear = {masters: made["masters"]["sha512"], access: made["access"]["sha512"]}
    facts = content_facts(object_id=filed.object_id, cleartexts=clear)

    def after(path: str, form: Mapping[str, Any]) -> dict[str, Any]:
        sealed = {"sealed": asdict(facts[path])} if path in facts else {}
        return sealed or {"sha256": form["sha256"], "sha512": form["sha512"]}

    engines = sorted({row.engine for _page, row in filed.pages if row is not None and row.engine})
    event = {"at": filed.plan.made, "pages": len(filed.pages), **filed.batch}
    masters_event = {
        **event,
        "type": "capture",
        "bytes": made["masters"]["bytes"],
        "agents": [AGENT],
        "after": after(masters, made["masters"]),
    }
    access_event = {
        **event,
        "type": "creation",
        "way": "dual-layer",
        "target": "pdf/a-2b",
        "bytes": made["access"]["bytes"],
        "agents": [*engines, AGENT],
        "checks": made["checks"],
        "before": after(masters, made["masters"]),
        "after": after(access, made["access"]),
    }
    shape = named("pdf", "A-2b")
    size = made["access"]["bytes"]
    name = (filed.record.archive_code or code).replace("/", "_")
    copy = StoredComponent(
        path=f"{name}.pdf",
        size=size,
        offset=0,
        stored_size=size,
        method="stored",
        sha256="" if access in facts else made["access"]["sha256"],
        format=shape.key,
        puid=shape.puid,
        format_name=shape.name,
        pages=made["access"]["pages"],
    )
    return NewScans(
        record_id=filed.record.id,
        object_id=filed.object_id,
        version=version,
        masters=KeptForm(
            path=masters,
            container="zip",
            bytes=made["masters"]["bytes"],
            sha512=digests[masters],
            components=[_master(each, hidden=masters in facts) for each in made["masters"]["files"]],
            event=masters_event,
        ),
        access=KeptForm(
            path=access,
            container="file",
            bytes=size,
            sha512=digests[access],
            components=[copy],
            event={**access_event, "told_in": f"{code}/{TOLD}", "found": dict(filed.found)},
        ),
        pages=len(filed.pages),
        text=filed.text,
        told={**filed.batch, "masters": masters_event, "access": access_event},
    )


def _master(file: Mapping[str, Any], *, hidden: bool) -> StoredComponent:
    return StoredComponent(
        path=file["name"],
        size=file["size"],
        offset=file["offset"],
        stored_size=file["size"],
        method="stored",
        sha256="" if hidden else file["sha256"],
        format=file["format"],
        puid=file["puid"],
        format_name=file["format_name"],
    )


def _masters(batch: ScanBatch, rows: Sequence[ScanPage], shared: set[int]) -> list[MasterFile]:
    """The delivered files of a record in the order of its pages, named by them; of a stack the pages that are its."""
    found = []
    for pages in _by_file(rows):
        scan, first, last = pages[0].scan, pages[0].number or 1, pages[-1].number or 1
        stem = f"{first:04d}" if first == last else f"{first:04d}-{last:04d}"
        alone = scan.pk not in shared
        found.append(
            MasterFile(
                path=str(batch_folder(batch.pk) / scan.path),
                name=stem + PurePosixPath(scan.path).suffix.lower(),
                sha256=scan.sha256 if alone else "",
                frames=() if alone else tuple((each.frame, each.number or 1) for each in pages),
            )
        )
    return found


def _sources(rows: Sequence[ScanPage]) -> list[tuple[str, str]]:
    """Path and digest of the delivered files, in the order of ``_masters``."""
    return [(pages[0].scan.path, pages[0].scan.sha256) for pages in _by_file(rows)]


def _by_file(rows: Sequence[ScanPage]) -> list[list[ScanPage]]:
    """Pages file by file, the files in the order of their first page."""
    files: dict[int, list[ScanPage]] = {}
    for each in rows:
        files.setdefault(each.scan_id, []).append(each)
    return list(files.values())


def _form_page(batch: ScanBatch, page: ScanPage, row: ReadPage | None) -> FormPage:
    read = row if row is not None and not row.problem else None
    repaired = str(derived_folder(batch.pk) / read.derivative) if read is not None and read.derivative else ""
    lines = page_reading(read).lines if read is not None else ()
    return FormPage(
        path=str(batch_folder(batch.pk) / page.scan.path),
        frame=page.frame,
        width=page.width,
        height=page.height,
        dpi=page.dpi,
        derivative=repaired,
        turned=read.turned if read is not None else 0,
        mirrored=read.mirrored if read is not None else False,
        matrix=tuple((float(each[0]), float(each[1]), float(each[2])) for each in read.matrix) if read else (),
        lines=tuple(
            (line.text, line.corners, tuple((word.text, word.corners, word.confidence) for word in line.words))
            for line in lines
            if line.text
        ),
    )


def _text(row: ReadPage | None) -> str:
    return "" if row is None else "\n".join(str(each["text"]) for each in row.lines if each["text"])


def _page_told(page: ScanPage, row: ReadPage | None) -> dict[str, Any]:
    """A page as scans.json tells of it: what it is, how it was read, who corrected it."""
    told: dict[str, Any] = {
        "number": page.number,
        "source": page.scan.path,
        "frame": page.frame,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "mode": page.mode,
        "faults": page.faults,
    }
    if row is None:
        return told
    return told | {
        "engine": row.engine,
        "reading": row.mode,
        "read_at": row.read_at.isoformat(timespec="seconds"),
        "turned": row.turned,
        "mirrored": row.mirrored,
        "version": row.version,
        "steps": row.steps,
        "characters": row.characters,
        "confidence": row.confidence,
        "problem": row.problem,
        "kind": row.kind,
        "reviewed_by": row.reviewed_by,
        "corrections": [
            {
                "line": each.line,
                "before": each.before,
                "after": each.after,
                "by": each.by,
                "at": each.at.isoformat(timespec="seconds"),
            }
            for each in sorted(row.corrections.all(), key=lambda one: one.pk)
        ],
    }


def _acceptance_told(each: Acceptance) -> dict[str, Any]:
    return {
        "round": each.round,
        "seed": each.seed,
        "rate": each.rate,
        "required": {"passing": each.passing, "linked": each.linked, "read": each.read},
        "population": each.population,
        "characters": each.characters,
        "errors": each.errors,
        "shortfalls": each.shortfalls,
        "concluded_by": each.concluded_by,
        "signed_by": each.signed_by,
        "signed_at": each.signed_at.isoformat(timespec="seconds") if each.signed_at else "",
    }


def _region_told(region: Region, rows: Sequence[ScanPage]) -> dict[str, Any]:
    return {
        "page": next(each.number for each in rows if each.pk == region.page_id),
        "kind": region.kind,
        "box": [region.left, region.top, region.right, region.bottom],
        "text": region.text,
        "owner": region.owner,
        "shape": region.shape,
        "colour": region.colour,
        "data": region.data,
        "by": region.by,
    }


def _field_told(found: PageField, rows: Sequence[ScanPage]) -> dict[str, Any]:
    return {
        "page": next(each.number for each in rows if each.pk == found.page_id),
        "name": found.name,
        "value": found.value,
        "box": [found.left, found.top, found.right, found.bottom],
        "source": found.source,
        "state": found.state,
        "by": found.by,
    }


def _found(
    pages: Sequence[tuple[ScanPage, ReadPage | None]], regions: Sequence[Region], fields: Sequence[PageField]
) -> dict[str, Any]:
    """What was found on the pages, as suggestions for the record's description: the kind of document, whose seals are
    on it, and values by the name of their field. Numbers of persons are not among it."""
    kinds = [row.kind for _page, row in pages if row is not None and row.kind]
    seals = [each.owner or each.text for each in regions if each.kind == RegionKind.SEAL and (each.owner or each.text)]
    values: dict[str, list[str]] = {}
    for each in fields:
        held = values.setdefault(each.name, [])
        if each.name in HANDED_ON and each.value not in held and len(held) < _SUGGESTED and not each.fault:
            held.append(each.value)
    return {
        "kind": kinds[0] if kinds else "",
        "seals": list(dict.fromkeys(seals))[:_SUGGESTED],
        "fields": {name: held for name, held in values.items() if held},
    }


HANDED_ON = frozenset({"document_number", "date", "body"})
"""Names of fields whose values are suggestions for a description (文号、日期、机构)."""
