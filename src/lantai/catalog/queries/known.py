"""Which values the catalogue holds already: what an examination asks for a whole batch at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Q

from lantai.catalog.models import CodeAssignment, Level, Record, RecordState


def held_values(*, column: str, values: Collection[str], fonds: str | None = None) -> set[str]:
    """Those of *values* that stand in *column* (source_code, document_number, archive_code, title), in a fonds if
    given.
    """
    wanted = [each for each in values if each]
    if not wanted:
        return set()
    found = Record.objects.filter(**{f"{column}__in": wanted})
    if fonds:
        found = found.filter(fonds_code=fonds)
    return set(found.values_list(column, flat=True))


def described_alike(
    *, case_numbers: Collection[str], document_numbers: Collection[str], titles: Collection[str], days: Collection[date]
) -> list[tuple[str, Mapping[str, str]]]:
    """Profile and description of the records that bear one of *case_numbers* or of *document_numbers*, or one of
    *titles* on one of *days*: what may be the same record as a new one. Empty values ask for nothing.
    """
    found: dict[int, tuple[str, Mapping[str, str]]] = {}
    asked = (
        (Q(case_number__in=[each for each in case_numbers if each]), any(case_numbers)),
        (Q(document_number__in=[each for each in document_numbers if each]), any(document_numbers)),
        (Q(formed_on__in=list(days), title__in=[each for each in titles if each]), bool(days) and any(titles)),
    )
    for condition, wanted in asked:
        if wanted:
            rows = Record.objects.filter(condition).exclude(profile="").values_list("pk", "profile", "description")
            found |= {pk: (profile, description) for pk, profile, description in rows}
    return list(found.values())


def codes_ever_given(*, codes: Collection[str]) -> dict[str, str]:
    """Those of *codes* that were ever given as archive codes, even if void or replaced since, with the 电子文件号 of
    whom they belong to.
    """
    wanted = [each for each in codes if each]
    found = dict(CodeAssignment.objects.filter(code__in=wanted).values_list("code", "record_code"))
    held = Record.objects.filter(archive_code__in=wanted).values_list("archive_code", "record_code")
    return found | {str(code): record for code, record in held}


def volumes_by_code(*, codes: Collection[str]) -> dict[str, int]:
    """The volumes (案卷) with these archive codes, by number of their record."""
    wanted = [each for each in codes if each]
    rows = Record.objects.filter(archive_code__in=wanted, level=Level.VOLUME).values_list("archive_code", "pk")
    return {str(code): pk for code, pk in rows}


def records_by_code(*, codes: Collection[str]) -> dict[str, tuple[int, int | None]]:
    """The items (件) with these archive codes that the archive holds: number of the record and of its pages (None
    where none was described)."""
    wanted = sorted(each for each in codes if each)
    found: dict[str, tuple[int, int | None]] = {}
    for start in range(0, len(wanted), 500):
        rows = Record.objects.filter(
            archive_code__in=wanted[start : start + 500], level=Level.ITEM, state=RecordState.HELD
        ).values_list("archive_code", "pk", "pages")
        found |= {str(code): (pk, pages) for code, pk, pages in rows}
    return found
