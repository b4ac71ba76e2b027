"""Fonds as administration shows them: list, fonds file, guides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from lantai.administration.models import Fonds, FondsEntry, FondsGuide
from lantai.administration.queries.lists import codes_in_force
from lantai.administration.queries.people import names_of


@dataclass(frozen=True, slots=True)
class FondsRow:
    """One fonds in the list of fonds."""

    code: str
    name: str
    organisation_code: str
    organisation: str
    begins_on: date | None
    ends_on: date | None
    entries: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One document of a fonds file; `replaced` is the number of the one in its place, 0 when it stands."""

    number: int
    part: str
    title: str
    made_on: date
    has_text: bool
    file_name: str
    size: int
    sha256: str
    replaced: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class EntryContent:
    """What a document of a fonds file holds."""

    title: str
    text: str
    file_name: str
    content: bytes | None


def list_fonds_rows(*, words: str = "", state: str = "", offset: int, limit: int) -> tuple[list[FondsRow], int]:
    """Fonds by number, those that go on ("open") or were closed ("closed"); *words* in number, name or body."""
    found = Fonds.objects.order_by("code")
    if words:
        found = found.filter(
            Q(code__icontains=words) | Q(name__icontains=words) | Q(organisation__name__icontains=words)
        )
    if state:
        found = found.filter(ends_on__isnull=state == "open")
    rows = found.select_related("organisation").annotate(documents=Count("entries"))[offset : offset + limit]
    return [
        FondsRow(
            each.code,
            each.name,
            each.organisation.code,
            each.organisation.name,
            each.begins_on,
            each.ends_on,
            each.documents,
        )
        for each in rows
    ], found.count()


def fonds_file(*, fonds: Fonds) -> list[EntryRow]:
    """The documents of a fonds file, by part and number."""
    parts = {each.code: each.words for each in codes_in_force(key="fonds-file")}
    rows = list(
        FondsEntry.objects.filter(fonds=fonds)
        .order_by("part", "number")
        .annotate(has_text=ExpressionWrapper(~Q(text=""), output_field=BooleanField()))
        .values(
            *("number", "part", "title", "made_on", "has_text", "file_name", "size", "sha256"),
            *("replaced_by__number", "recorded_at", "recorded_by"),
        )
    )
    names = names_of(references={each["recorded_by"] for each in rows})
    return [
        EntryRow(
            **{name: value for name, value in each.items() if name != "replaced_by__number"}
            | {
                "part": parts.get(each["part"], each["part"]),
                "replaced": each["replaced_by__number"] or 0,
                "recorded_by": names.get(each["recorded_by"], each["recorded_by"]),
            }
        )
        for each in rows
    ]


def fonds_entry(*, fonds: str, number: int) -> EntryContent | None:
    """What one document of a fonds file holds; None when there is none of this number."""
    row = FondsEntry.objects.filter(fonds__code=fonds, number=number).first()
    if row is None:
        return None
    return EntryContent(row.title, row.text, row.file_name, bytes(row.content) if row.content is not None else None)


def guides_of(*, fonds: Fonds) -> list[FondsGuide]:
    """The guides of a fonds, the one that begins last first."""
    return list(fonds.guides.order_by("-valid_from"))
