"""One record, or many, as a reader may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, FilteredRelation, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.catalog.certificates import certificate_digest
from lantai.catalog.dividing import unpacked_text, whole_text
from lantai.catalog.models import (
    CodeAssignment,
    ComponentText,
    Grant,
    Level,
    OpenState,
    Record,
    Relation,
    Representation,
    Secrecy,
)
from lantai.catalog.queries.access import Act, Decision, decide, visible
from lantai.catalog.queries.composition import OWN_FORMS, StoredPackage, package_from, package_of

_FREE = frozenset({"manuscript", "document_type", "carrier", "generation", "language", "class", "date"})
"""Elements beside the columns that cannot name a person; the others are shown to those who may see personal data."""
_PART = 5000
"""Records that one query names."""
_RULE_FIELDS = ("fonds_code", "organisation_id", "open_state", "secrecy", "sharing", "personal", "state")


class NoSuchRecord(Exception):
    """No record has this code, or none that this reader may know of."""


class NotForReader(Exception):
    """The reader may know of the record but not do this with it; ``decision`` says why and what to do."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


@dataclass(frozen=True, slots=True)
class RecordSummary:
    """A record in a list. ``applicant`` is masked where the reader may not see personal data."""

    id: int
    record_code: str
    archive_code: str
    title: str
    creator: str
    document_number: str
    formed_on: date
    year: int
    item_name: str
    applicant: str
    result: str
    category_code: str
    fonds_code: str
    retention: str
    open_state: str
    open_state_name: str
    secrecy_name: str
    files: int
    readable: bool


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record as this reader may see it, with what he may do and why not more."""

    summary: RecordSummary
    level: str
    abstract: str
    address: str
    case_number: str
    item_code: str
    organisation_id: int
    accepted_on: date | None
    decided_on: date | None
    accessioned_at: datetime
    expires_on: date | None
    retention_rule: str
    retention_table: str
    pages: int | None
    bytes: int
    profile: str
    source_code: str
    sharing: str
    description: Mapping[str, Any]
    package: StoredPackage | None
    relations: tuple[tuple[str, str, str], ...]
    codes: tuple[tuple[str, str, str], ...]
    acts: Mapping[str, Decision]
    parent: str
    children: tuple[RecordSummary, ...]
    state: str
    elements: Mapping[str, str]
    merged_into: str
    described_by: int | None
    described_at: datetime | None
    reviewed_by: int | None
    reviewed_at: datetime | None
    version: int
    related: tuple[tuple[str, str, str, str], ...]


def record_by_code(*, code: str, reader: Reader, act: Act = Act.DESCRIBE) -> RecordView:
    """The record with this 电子文件号 or 档号, former codes too.

    Raises NoSuchRecord where the reader may not even know of it, NotForReader where he may not do *act*.
    """
    forms = {
        each.value: FilteredRelation("representations", condition=Q(representations__kind=each)) for each in OWN_FORMS
    }
    records = Record.objects.annotate(**forms).select_related("describing", *forms)
    row = records.filter(record_code=code).first() or records.filter(archive_code=code).first()
    if row is None:
        former = CodeAssignment.objects.filter(code=code).values_list("record_code", flat=True).first()
        row = records.filter(record_code=former).first() if former else None
    if row is None:
        raise NoSuchRecord(code)
    granted = _granted([row.pk], reader).get(row.pk, ())
    if not decide(reader, Act.EXIST, row, granted=granted).allowed:
        raise NoSuchRecord(code)
    decision = decide(reader, act, row, granted=granted)
    if not decision.allowed:
        raise NotForReader(decision)
    return _view(row, reader, granted)


def summaries(*, record_ids: Sequence[int], reader: Reader) -> list[RecordSummary]:
    """These records in this order, as far as the reader may know of them now: each is asked again."""
    rows = Record.objects.in_bulk(list(record_ids))
    return summaries_of(rows=[rows[each] for each in record_ids if each in rows], reader=reader)


def summaries_of(*, rows: Sequence[Record], reader: Reader) -> list[RecordSummary]:
    """The same of rows that were read already."""
    granted = _granted([row.pk for row in rows], reader)
    return [
        _summary(row, reader, granted.get(row.pk, ()))
        for row in rows
        if decide(reader, Act.EXIST, row, granted=granted.get(row.pk, ())).allowed
    ]


def codes_of_records(*, record_ids: Sequence[int], reader: Reader) -> dict[int, str]:
    """The 电子文件号 of those of these records the reader may know of, by number, in the order given."""
    found: dict[int, str] = {}
    for start in range(0, len(record_ids), _PART):
        part = record_ids[start : start + _PART]
        found |= dict(Record.objects.filter(visible(reader), pk__in=part).values_list("pk", "record_code"))
    return {each: found[each] for each in record_ids if each in found}


def records_with_certificate(*, number: str, reader: Reader, limit: int = 100) -> list[RecordSummary]:
    """The records in which this identity or certificate number stands, whole, as far as *reader* may see personal data.

    The number is found by its keyed digest; part of a number finds nothing.
    """
    rows = Record.objects.filter(identity_keys__digest=certificate_digest(number)).order_by("-pk").distinct()[:limit]
    granted = _granted([each.pk for each in rows], reader)
    return [
        _summary(each, reader, granted.get(each.pk, ()))
        for each in rows
        if decide(reader, Act.PERSONAL, each, granted=granted.get(each.pk, ())).allowed
    ]


def recent_records(
    *, reader: Reader, limit: int = 20, fonds: str = "", category: str = "", year: int | None = None, offset: int = 0
) -> list[RecordSummary]:
    """The newest records this reader may know of, within a fonds, category and year if given."""
    found = Record.objects.filter(visible(reader))
    if fonds:
        found = found.filter(fonds_code=fonds)
    if category:
        found = found.filter(category_code=category)
    if year is not None:
        found = found.filter(year=year)
    rows = list(found.order_by("-id")[offset : offset + limit])
    granted = _granted([each.pk for each in rows], reader)
    return [_summary(each, reader, granted.get(each.pk, ())) for each in rows]


def text_of(*, record_id: int, reader: Reader) -> str:
    """The extracted text of a record. Raises NotForReader unless the reader may read content."""
    row = Record.objects.get(pk=record_id)
    decision = decide(reader, Act.READ, row, granted=_granted([row.pk], reader).get(row.pk, ()))
    if not decision.allowed:
        raise NotForReader(decision)
    found = ComponentText.objects.filter(record_id=record_id).first()
    return whole_text(bytes(found.body), bytes(found.scanned)) if found else ""


def texts_of(*, record_ids: Sequence[int], reader: Reader) -> dict[int, str]:
    """The extracted texts of those of these records whose content the reader may read; three queries in all."""
    granted = _granted(record_ids, reader)
    rows = Record.objects.filter(pk__in=list(record_ids)).only(*_RULE_FIELDS)
    readable = [each.pk for each in rows if decide(reader, Act.READ, each, granted=granted.get(each.pk, ())).allowed]
    found = ComponentText.objects.filter(record_id__in=readable).values_list("record_id", "body", "scanned")
    return {record_id: whole_text(bytes(body), bytes(scanned)) for record_id, body, scanned in found}


def stand_on_scans_alone(*, record_id: int, words: Sequence[str]) -> bool:
    """Whether any of *words* was read on the scans of a record's paper, and none stands in its files; for whoever may
    read it."""
    found = ComponentText.objects.filter(record_id=record_id).first()
    if found is None or not found.scanned:
        return False
    wanted = [each.casefold() for each in words]
    body, scanned = (unpacked_text(bytes(each)).casefold() for each in (found.body, found.scanned))
    return any(each in scanned for each in wanted) and not any(each in body for each in wanted)


@dataclass(frozen=True, slots=True)
class UnconfirmedRecord:
    """A record whose files wait for the second look: exact formats and text; its numbers as they lie sealed."""

    id: int
    representation_id: int
    record_code: str
    package: StoredPackage
    sealed: bytes | None


def unconfirmed_records(*, limit: int, after: int = 0) -> list[UnconfirmedRecord]:
    """The oldest records whose files were not yet identified by PRONOM and read for search; for the job that does so.

    *after* leaves out what has a ``representation_id`` up to it: it is being looked at.
    """
    rows = (
        Representation.objects.filter(kind=Representation.Kind.RECEIVED, confirmed_at=None, pk__gt=after)
        .order_by("id")
        .select_related("record")
        .defer("record__description")
    )
    return [
        UnconfirmedRecord(
            each.record_id,
            each.pk,
            each.record.record_code,
            package_from(each),
            bytes(each.record.sealed) if each.record.sealed is not None else None,
        )
        for each in rows[:limit]
    ]


def mask_name(name: str) -> str:
    """A name with all but its first character hidden (GB/T 37964): 张＊＊."""
    return name[:1] + "＊" * (len(name) - 1) if name else ""


def _granted(record_ids: Sequence[int], reader: Reader) -> dict[int, tuple[str, ...]]:
    """The acts that grants give this reader for these records today."""
    if not reader.person_id or reader.person_id < 0:
        return {}
    rows = Grant.objects.filter(
        record_id__in=list(record_ids), person_id=reader.person_id, until__gte=timezone.localdate()
    ).values_list("record_id", "acts")
    found: dict[int, tuple[str, ...]] = {}
    for record_id, acts in rows:
        found[record_id] = found.get(record_id, ()) + tuple(acts.split())
    return found


def _summary(row: Record, reader: Reader, granted: tuple[str, ...]) -> RecordSummary:
    described = decide(reader, Act.DESCRIBE, row, granted=granted).allowed
    personal = decide(reader, Act.PERSONAL, row, granted=granted).allowed
    return RecordSummary(
        id=row.pk,
        record_code=row.record_code,
        archive_code=row.archive_code or "",
        title=row.title if described else _("（题名不予显示）"),
        creator=row.creator,
        document_number=row.document_number if described else "",
        formed_on=row.formed_on,
        year=row.year,
        item_name=row.item_name if described else "",
        applicant=row.applicant if personal else mask_name(row.applicant),
        result=row.result,
        category_code=row.category_code,
        fonds_code=row.fonds_code,
        retention=row.retention,
        open_state=row.open_state,
        open_state_name=str(OpenState(row.open_state).label),
        secrecy_name=str(Secrecy(row.secrecy).label),
        files=row.files,
        readable=decide(reader, Act.READ, row, granted=granted).allowed,
    )


def _view(row: Record, reader: Reader, granted: tuple[str, ...]) -> RecordView:
    acts = {act.value: decide(reader, act, row, granted=granted) for act in Act}
    personal = acts[Act.PERSONAL].allowed
    done = getattr(row, "describing", None)
    told, of_others = _related(row, reader)
    return RecordView(
        summary=_summary(row, reader, granted),
        level=str(row.get_level_display()),
        abstract=row.abstract,
        address=row.address if personal else row.address[:6] + "＊" * max(0, len(row.address) - 6),
        case_number=row.case_number,
        item_code=row.item_code,
        organisation_id=row.organisation_id,
        accepted_on=row.accepted_on,
        decided_on=row.decided_on,
        accessioned_at=row.accessioned_at,
        expires_on=row.expires_on,
        retention_rule=row.retention_rule,
        retention_table=row.retention_table,
        pages=row.pages,
        bytes=row.bytes,
        profile=row.profile,
        source_code=row.source_code,
        sharing=row.sharing,
        description=row.description if personal else _without_names(row),
        package=package_of(
            row, done, [each for kind in OWN_FORMS if (each := getattr(row, kind.value, None)) is not None]
        ),
        relations=told,
        codes=tuple(
            CodeAssignment.objects.filter(record_code=row.record_code)
            .order_by("id")
            .values_list("code", "state", "reason")
        ),
        acts=acts,
        parent=row.parent.archive_code or row.parent.record_code if row.parent else "",
        children=_children(row, reader),
        state=row.state,
        elements={} if done is None else {key: each for key, each in done.elements.items() if personal or key in _FREE},
        merged_into=done.merged_into if done else "",
        described_by=done.described_by if done else None,
        described_at=done.described_at if done else None,
        reviewed_by=done.reviewed_by if done else None,
        reviewed_at=done.reviewed_at if done else None,
        version=done.version if done else 0,
        related=of_others,
    )


def _children(row: Record, reader: Reader) -> tuple[RecordSummary, ...]:
    """What lies in a volume, as far as the reader may know of it; an item holds nothing."""
    if row.level != Level.VOLUME:
        return ()
    held = row.children.order_by("item_number").values_list("id", flat=True)[:500]
    return tuple(summaries(record_ids=list(held), reader=reader))


def _related(
    row: Record, reader: Reader
) -> tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str, str, str], ...]]:
    """The relations this record tells of (kind, target, basis), and those that others tell of it, as far as the reader
    may see those (kind, code, title, basis); up to 200, its own first.
    """
    codes = [each for each in (row.record_code, row.archive_code) if each]
    own_first = Case(When(record_id=row.pk, then=0), default=1)
    found = Relation.objects.filter(Q(record_id=row.pk) | Q(target_code__in=codes)).select_related("record")
    near = list(found.order_by(own_first, "id")[:200])
    return (
        tuple((each.kind, each.target_code, each.basis) for each in near if each.record_id == row.pk),
        tuple(
            (each.kind, each.record.record_code, each.record.title, each.basis)
            for each in near
            if each.target_code in codes and decide(reader, Act.DESCRIBE, each.record).allowed
        ),
    )


def _without_names(row: Record) -> Mapping[str, Any]:
    """The description without the values that name the applicant or where he lives."""
    hidden = {row.applicant, row.address} - {""}
    return {name: value for name, value in row.description.items() if not any(each in str(value) for each in hidden)}
