"""The forms records are kept in, and the formats of their files: for the record's page and for the format watch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from lantai.archival.formats import known_as
from lantai.catalog.components import StoredComponent, unpack_components
from lantai.catalog.models import Record, RecordState, Representation, SignatureEdition
from lantai.catalog.queries.composition import StoredPackage, package_from

RECEIVED = Representation.Kind.RECEIVED.value
"""The kind of the package as it came in."""


@dataclass(frozen=True, slots=True)
class FormView:
    """One form of a record: where it lies; of a normalised copy the file it was made of and the event; who named the
    formats of its files, and when it was last looked at.
    """

    id: int
    kind: str
    kind_name: str
    object_id: str
    path: str
    bytes: int
    sha512: str
    files: tuple[StoredComponent, ...]
    source: str
    event: Mapping[str, Any]
    edition: str
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldFile:
    """One file of a package: its path, the identifier a register knows its format by (empty: nobody could name it), our
    key, its name and size.
    """

    path: str
    puid: str
    key: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record as the format watch counts it: its place, whether it is held, its files, and which have copies."""

    id: int
    code: str
    fonds: str
    category: str
    class_code: str
    secrecy: int
    held: bool
    files: tuple[HeldFile, ...]
    copied: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecordToCopy:
    """A record whose files are to get copies: its package, and the shelf its copies belong on."""

    id: int
    code: str
    title: str
    fonds: str
    retention: str
    expires_on: date | None
    package: StoredPackage
    copied: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecordToDigitise:
    """A record whose paper was scanned: how it is called, and the shelf its scans belong on."""

    id: int
    code: str
    archive_code: str
    title: str
    fonds: str
    retention: str
    scanned_in: str


@dataclass(frozen=True, slots=True)
class PackageToIdentify:
    """A package whose formats were named by other signatures than those of now."""

    representation_id: int
    record_id: int
    record_code: str
    package: StoredPackage


def forms_of_record(*, record_id: int) -> list[FormView]:
    """Every form of a record the caller may read: the package as received first, then the copies in their order."""
    rows = Representation.objects.filter(record_id=record_id).select_related("edition").order_by("pk")
    return sorted(
        (
            FormView(
                id=each.pk,
                kind=each.kind,
                kind_name=str(Representation.Kind(each.kind).label),
                object_id=each.object_id,
                path=each.path,
                bytes=each.bytes,
                sha512=each.sha512,
                files=unpack_components(bytes(each.components)),
                source=each.source,
                event=each.event,
                edition=each.edition.told if each.edition else "",
                confirmed_at=each.confirmed_at,
            )
            for each in rows
        ),
        key=lambda each: each.kind != Representation.Kind.RECEIVED,
    )


def held_records(*, record_codes: Collection[str]) -> list[HeldRecord]:
    """These records with the formats of their files, whoever asks: for counting, never for showing. Two queries."""
    columns = ("record_code", "fonds_code", "category_code", "class_code", "secrecy", "state")
    rows = list(Record.objects.filter(record_code__in=list(record_codes)).only(*columns))
    forms: dict[int, list[Representation]] = defaultdict(list)
    wanted = Representation.objects.filter(record__in=rows).only("record_id", "kind", "components", "source")
    for each in wanted:
        forms[each.record_id].append(each)
    return [_held(row, forms.get(row.pk, [])) for row in rows]


def _held(row: Record, forms: Sequence[Representation]) -> HeldRecord:
    received = next((each for each in forms if each.kind == Representation.Kind.RECEIVED), None)
    files = unpack_components(bytes(received.components)) if received is not None else ()
    return HeldRecord(
        id=row.pk,
        code=row.record_code,
        fonds=row.fonds_code,
        category=row.category_code,
        class_code=row.class_code,
        secrecy=row.secrecy,
        held=row.state == RecordState.HELD,
        files=tuple(
            HeldFile(
                each.path,
                known_as(each.format, each.puid),
                each.format,
                each.format_name or each.format.upper(),
                each.size,
            )
            for each in files
        ),
        copied=frozenset(each.source for each in forms if each.kind == Representation.Kind.NORMALISED),
    )


def records_to_copy(*, record_codes: Sequence[str]) -> list[RecordToCopy]:
    """Those of these records that are held and have a package, in the order asked for."""
    rows = {
        each.record_code: each
        for each in Record.objects.filter(record_code__in=list(record_codes), state=RecordState.HELD).defer(
            "description"
        )
    }
    forms: dict[int, list[Representation]] = defaultdict(list)
    for each in Representation.objects.filter(record__in=rows.values()):
        forms[each.record_id].append(each)
    found = []
    for code in record_codes:
        row = rows.get(code)
        kept = forms.get(row.pk, []) if row is not None else []
        received = next((each for each in kept if each.kind == Representation.Kind.RECEIVED), None)
        if row is None or received is None:
            continue
        found.append(
            RecordToCopy(
                id=row.pk,
                code=row.record_code,
                title=row.title,
                fonds=row.fonds_code,
                retention=row.retention,
                expires_on=row.expires_on,
                package=package_from(received),
                copied=frozenset(each.source for each in kept if each.kind == Representation.Kind.NORMALISED),
            )
        )
    return found


def records_to_digitise(*, record_ids: Collection[int]) -> dict[int, RecordToDigitise]:
    """Those of these records that are held, by number; ``scanned_in`` is the object their scans lie in already."""
    objects = dict(
        Representation.objects.filter(record__in=record_ids, kind=Representation.Kind.SCANNED).values_list(
            "record_id", "object_id"
        )
    )
    rows = Record.objects.filter(pk__in=record_ids, state=RecordState.HELD)
    columns = ("record_code", "archive_code", "title", "fonds_code", "retention")
    return {
        pk: RecordToDigitise(pk, code, archive_code or "", title, fonds, retention, objects.get(pk, ""))
        for pk, code, archive_code, title, fonds, retention in rows.values_list("pk", *columns)
    }


def packages_to_identify(*, edition_key: str, after: int, limit: int) -> list[PackageToIdentify]:
    """Packages named by other signatures than those of *edition_key*, by number behind *after*."""
    rows = _others(edition_key).filter(pk__gt=after).select_related("record").defer("record__description")
    return [
        PackageToIdentify(each.pk, each.record_id, each.record.record_code, package_from(each))
        for each in rows.order_by("pk")[:limit]
    ]


def count_to_identify(*, edition_key: str, most: int) -> int:
    """How many packages that are; counted no further than *most*."""
    return _others(edition_key)[:most].count()


def editions() -> list[tuple[str, str, datetime]]:
    """Every signatures that ever named formats here: key, words and first use, the newest first."""
    return list(SignatureEdition.objects.order_by("-noted_at").values_list("key", "told", "noted_at"))


def _others(edition_key: str) -> QuerySet[Representation]:
    others = list(SignatureEdition.objects.exclude(key=edition_key).values_list("pk", flat=True))
    return Representation.objects.filter(
        Q(edition=None) | Q(edition__in=others), kind=Representation.Kind.RECEIVED, confirmed_at__isnull=False
    ).exclude(record__state=RecordState.DESTROYED)
