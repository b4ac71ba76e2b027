"""Parts of a page as people mark them (区域): seals, tables, photos; named, changed, struck out, brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.archival.description import conceal
from lantai.digitisation.models import ReadPage, Region, RegionKind
from lantai.digitisation.services.correcting import entry_of_page, page_for_change
from lantai.ledger.services import append_entries

LONGEST_TEXT, LONGEST_OWNER = 500, 200
SHAPES = ("round", "oval", "square", "rectangle", "other")
COLOURS = ("red", "blue", "black")

Box = tuple[int, int, int, int]


class RegionRefused(ValueError):
    """What was given is no region; ``code`` is ``kind``, ``box`` (outside of the page, or nothing) or ``text``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class RegionGiven:
    """A region as a person gives it; ``box`` is left, top, right, bottom in pixels of the scan. Shape and colour are of
    seals, and so is the owner."""

    kind: str
    box: Box
    text: str = ""
    owner: str = ""
    shape: str = ""
    colour: str = ""
    dismissed: bool = False


def mark_region(*, page_id: int, given: RegionGiven, by: Actor, now: datetime) -> Region:
    """Mark a part of a page; the same part as the same thing is marked once.

    Raises ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed, RegionRefused.
    """
    with transaction.atomic():
        reading, _spell = page_for_change(page_id=page_id, by=by, now=now)
        given = _checked(reading, given)
        left, top, right, bottom = given.box
        same = reading.page.regions.filter(
            kind=given.kind, left=left, top=top, right=right, bottom=bottom, dismissed=False
        ).first()
        if same is not None:
            return same
        region = Region(page_id=page_id, confidence=1.0, **_columns(given, by))
        region.save()
        detail = {"region": region.pk, "before": None, "after": _told(region)}
        append_entries(
            entries=[entry_of_page(kind="scans.region-marked", reading=reading, by=by, now=now, detail=detail)]
        )
    return region


def change_region(*, page_id: int, region_id: int, given: RegionGiven, by: Actor, now: datetime) -> bool:
    """Give a region another kind, place, text or owner, strike it out or bring it back. False when nothing changed.

    Raises Region.DoesNotExist, ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed, RegionRefused.
    """
    with transaction.atomic():
        reading, _spell = page_for_change(page_id=page_id, by=by, now=now)
        region = Region.objects.select_for_update().get(pk=region_id, page_id=page_id)
        before, given = _told(region), _checked(reading, given)
        columns = _columns(given, by)
        if region.owner == given.owner:
            del columns["owner_score"]
        for name, value in columns.items():
            setattr(region, name, value)
        after = _told(region)
        if before == after:
            return False
        region.save()
        detail = {"region": region.pk, "before": before, "after": after}
        append_entries(
            entries=[entry_of_page(kind="scans.region-changed", reading=reading, by=by, now=now, detail=detail)]
        )
    return True


def _checked(reading: ReadPage, given: RegionGiven) -> RegionGiven:
    """The same with its text on one line. Raises RegionRefused."""
    left, top, right, bottom = given.box
    if given.kind not in RegionKind.values:
        raise RegionRefused("kind")
    if not (0 <= left < right <= reading.page.width and 0 <= top < bottom <= reading.page.height):
        raise RegionRefused("box")
    text, owner = " ".join(given.text.split()), " ".join(given.owner.split())
    if len(text) > LONGEST_TEXT or len(owner) > LONGEST_OWNER or not (text + owner).isprintable():
        raise RegionRefused("text")
    seal = given.kind == RegionKind.SEAL
    return RegionGiven(
        kind=given.kind,
        box=given.box,
        text=text,
        owner=owner if seal else "",
        shape=given.shape if seal and given.shape in SHAPES else "",
        colour=given.colour if seal and given.colour in COLOURS else "",
        dismissed=given.dismissed,
    )


def _columns(given: RegionGiven, by: Actor) -> dict[str, Any]:
    left, top, right, bottom = given.box
    return {
        "kind": given.kind, "left": left, "top": top, "right": right, "bottom": bottom, "text": given.text,
        "owner": given.owner, "owner_score": 1.0 if given.owner else 0.0, "shape": given.shape,
        "colour": given.colour, "dismissed": given.dismissed, "by": by.reference,
    }  # fmt: skip


def _told(region: Region) -> dict[str, Any]:
    return {
        "kind": region.kind, "box": [region.left, region.top, region.right, region.bottom],
        "text": conceal(region.text, ()), "owner": region.owner, "shape": region.shape, "colour": region.colour,
        "dismissed": region.dismissed,
    }  # fmt: skip
