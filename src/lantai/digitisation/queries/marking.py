"""Parts of pages and values on them as people look at them: regions, fields, and seals of all batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db.models import Q

from lantai.digitisation.area import batch_folder, derived_folder
from lantai.digitisation.models import PageField, ReadPage, Region, RegionKind
from lantai.digitisation.queries.batches import NoSuchBatch


@dataclass(frozen=True, slots=True)
class RegionSeen:
    """A marked part of a page; ``box`` is left, top, right, bottom in pixels of the scan."""

    id: int
    kind: str
    kind_name: str
    box: tuple[int, int, int, int]
    text: str
    owner: str
    shape: str
    colour: str
    confidence: float
    by: str
    dismissed: bool


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """A value on a page; ``source`` is ``rule:CODE`` or ``template:NUMBER``."""

    id: int
    name: str
    value: str
    box: tuple[int, int, int, int]
    confidence: float
    fault: str
    source: str
    state: str
    by: str


@dataclass(frozen=True, slots=True)
class SealSeen:
    """A seal in the gallery, with the page it is on."""

    region: RegionSeen
    batch_id: int
    page_id: int
    code: str
    number: int | None
    path: str
    read: bool


def regions_of_page(*, page_id: int) -> list[RegionSeen]:
    """The parts of a page from above; those struck out last."""
    found = Region.objects.filter(page_id=page_id).order_by("dismissed", "top", "left", "pk")
    return [_region(each) for each in found]


def fields_of_page(*, page_id: int) -> list[FieldSeen]:
    """The values on a page, as they stand on it."""
    return [
        FieldSeen(
            each.pk, each.name, each.value, (each.left, each.top, each.right, each.bottom), each.confidence, each.fault,
            each.source, each.state, each.by,
        )
        for each in PageField.objects.filter(page_id=page_id).order_by("top", "left", "pk")
    ]  # fmt: skip


def kinds_in_use() -> list[str]:
    """The kinds of document that pages have, by code."""
    found = ReadPage.objects.exclude(kind="").order_by("kind").values_list("kind", flat=True)
    return list(found.distinct()[:200])


def find_seals(
    *, words: str, shape: str, colour: str, owned: str, offset: int, limit: int
) -> tuple[list[SealSeen], int]:
    """The seals of all batches, the latest first, and how many there are.

    Args:
        words: all of which stand in its text or its owner's name.
        shape, colour: as found or marked; empty for all.
        owned: ``known`` or ``unknown`` for those with or without an owner.
    """
    found = Region.objects.filter(kind=RegionKind.SEAL, dismissed=False)
    for word in words.split():
        found = found.filter(Q(text__icontains=word) | Q(owner__icontains=word))
    if shape:
        found = found.filter(shape=shape)
    if colour:
        found = found.filter(colour=colour)
    if owned in ("known", "unknown"):
        found = found.filter(owner="") if owned == "unknown" else found.exclude(owner="")
    rows = found.select_related("page__unit", "page__scan", "page__reading").order_by("-pk")
    return [_seal(each) for each in rows[offset : offset + limit]], found.count()


def region_places(*, batch_id: int, region_id: int) -> tuple[Path, int, tuple[float, float, float, float], Path]:
    """Where a region's picture is cut from: the scan's file, the page in it, the box as shares of its width and height;
    and where the cut picture is kept. Raises NoSuchBatch."""
    found = Region.objects.filter(pk=region_id, page__batch_id=batch_id).select_related("page__scan").first()
    if found is None:
        raise NoSuchBatch(f"{batch_id}/{region_id}")
    page = found.page
    wide, high = max(1, page.width), max(1, page.height)
    box = (found.left / wide, found.top / high, found.right / wide, found.bottom / high)
    name = f"{found.pk}-{found.left}-{found.top}-{found.right}-{found.bottom}.jpg"
    return batch_folder(batch_id) / page.scan.path, page.frame, box, derived_folder(batch_id) / "regions" / name


def _region(each: Region) -> RegionSeen:
    return RegionSeen(
        each.pk, each.kind, str(RegionKind(each.kind).label), (each.left, each.top, each.right, each.bottom), each.text,
        each.owner, each.shape, each.colour, each.confidence, each.by, each.dismissed,
    )  # fmt: skip


def _seal(each: Region) -> SealSeen:
    page = each.page
    return SealSeen(
        _region(each),
        page.batch_id,
        page.pk,
        page.unit.archive_code if page.unit else "",
        page.number,
        page.scan.path if page.frame == 1 else f"{page.scan.path} #{page.frame}",
        hasattr(page, "reading"),
    )
