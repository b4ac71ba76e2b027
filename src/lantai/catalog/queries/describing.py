"""A record as somebody describes it (著录): its elements, who edits it, the draft, what others changed meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, Subquery
from django.utils import timezone

from lantai.administration.queries.people import Reader
from lantai.catalog.elements import element_values
from lantai.catalog.models import CodeAssignment, Describing, DescriptionDraft, OpenState, Record, RecordState, Secrecy
from lantai.catalog.queries.access import Act, Decision, decide, visible
from lantai.catalog.queries.composition import Part, StoredPackage, package_of, parts_of
from lantai.catalog.queries.records import NoSuchRecord, NotForReader
from lantai.ledger.queries import EntryView, entries_of, list_entries

DESCRIBED = "record.described"
CHANGES = (
    DESCRIBED,
    "record.description-reviewed",
    "record.related",
    "record.relation-removed",
    "record.composed",
    "record.split",
    "record.split-off",
    "record.merged",
    "record.merged-into",
    "suggestion.accepted",
    "suggestion.dismissed",
)
"""Kinds of entries that tell what people did to a description."""


@dataclass(frozen=True, slots=True)
class Editing:
    """Who holds a record for describing (编辑锁), since when, and until when if nothing more is typed."""

    person_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DraftView:
    """What one person typed and has not saved; ``version`` is what it began from."""

    values: Mapping[str, str]
    version: int
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class RecordToDescribe:
    """A record with all that its description form needs. ``decided`` are elements that are decided elsewhere."""

    id: int
    record_code: str
    archive_code: str
    level: str
    state: str
    open_state: str
    version: int
    values: Mapping[str, str]
    decided: Mapping[str, str]
    editing: Editing | None
    described_by: int | None
    described_at: datetime | None
    reviewed_by: int | None
    reviewed_at: datetime | None
    answers: Mapping[str, Any]
    draft: DraftView | None
    package: StoredPackage | None
    acts: Mapping[str, Decision]
    metadata: Mapping[str, str]
    profile: str
    fonds_code: str
    category_code: str
    class_code: str
    year: int
    item_code: str
    item_name: str
    applicant: str


def record_to_describe(*, code: str, reader: Reader, now: datetime) -> RecordToDescribe:
    """The record with this 电子文件号 or 档号, former codes too, as *reader* describes it. Four queries.

    Raises NoSuchRecord where the reader may not even know of it, NotForReader where he may not see its description.
    """
    row = Record.objects.filter(Q(record_code=code) | Q(archive_code=code)).select_related("describing").first()
    if row is None:
        former = CodeAssignment.objects.filter(code=code).values_list("record_code", flat=True).first()
        row = Record.objects.filter(record_code=former).select_related("describing").first() if former else None
    if row is None or not decide(reader, Act.EXIST, row).allowed:
        raise NoSuchRecord(code)
    acts = {act.value: decide(reader, act, row) for act in Act}
    for act in (Act.DESCRIBE, Act.PERSONAL):
        if not acts[act].allowed:
            raise NotForReader(acts[act])
    done = getattr(row, "describing", None) or Describing(record=row)
    draft = DescriptionDraft.objects.filter(record_id=row.pk, person_id=reader.person_id or 0).first()
    return RecordToDescribe(
        id=row.pk,
        record_code=row.record_code,
        archive_code=row.archive_code or "",
        level=row.level,
        state=row.state,
        open_state=row.open_state,
        version=done.version,
        values=element_values(row, done.elements),
        decided={
            "archival_code": row.archive_code or "",
            "retention": row.retention,
            "secrecy": str(Secrecy(row.secrecy).label),
            "opening": str(OpenState(row.open_state).label),
        },
        editing=editing_of(done, now),
        described_by=done.described_by,
        described_at=done.described_at,
        reviewed_by=done.reviewed_by,
        reviewed_at=done.reviewed_at,
        answers=done.answers,
        draft=DraftView(draft.values, draft.version, draft.kept_at) if draft else None,
        package=package_of(row, done),
        acts=acts,
        metadata=row.description,
        profile=row.profile,
        fonds_code=row.fonds_code,
        category_code=row.category_code,
        class_code=row.class_code,
        year=row.year,
        item_code=row.item_code,
        item_name=row.item_name,
        applicant=row.applicant,
    )


def parts_to_compose(*, record_id: int) -> list[Part]:
    """The files of an item in their order, with their roles; the caller has made sure of the reader."""
    row = Record.objects.select_related("describing").get(pk=record_id)
    return parts_of(row, getattr(row, "describing", None))


def editing_of(row: Describing, now: datetime) -> Editing | None:
    """Who holds the record at *now*; None when nobody does or the lease has run out."""
    if row.editor_id is None or row.editor_since is None or row.editor_until is None or row.editor_until <= now:
        return None
    return Editing(row.editor_id, row.editor_since, row.editor_until)


@dataclass(frozen=True, slots=True)
class Others:
    """What others saved since one began: who last, when, and the elements that changed, before and after."""

    by: str
    at: datetime
    before: Mapping[str, str]
    after: Mapping[str, str]


def changed_since(*, record_code: str, version: int) -> Others | None:
    """What was saved to a description after *version*, all changes in one; None when nothing was."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    last: EntryView | None = None
    for entry in entries_of(subjects=[record_code], kinds=[DESCRIBED]).get(record_code, []):
        if entry.detail is None or entry.detail["version"] <= version:
            continue
        before = entry.detail["before"] | before
        after |= entry.detail["after"]
        last = entry
    return Others(last.actor, last.at, before, after) if last is not None else None


def change_entry(*, record_code: str, entry_id: int) -> EntryView | None:
    """The entry of one change of a description, by its number; None when it tells of something else or was erased."""
    found = entries_of(subjects=[record_code], kinds=[DESCRIBED]).get(record_code, [])
    return next((each for each in found if each.id == entry_id and each.detail is not None), None)


def changes_of(*, record_code: str, limit: int = 200) -> list[EntryView]:
    """What people did to a record's description, the newest first; the caller has made sure of the reader."""
    return list_entries(subject=record_code, kinds=CHANGES, limit=limit)


@dataclass(frozen=True, slots=True)
class DescribingRow:
    """A record in the list of what is to be described or reviewed."""

    id: int
    record_code: str
    archive_code: str
    title: str
    fonds_code: str
    formed_on: date
    described_by: int | None
    described_at: datetime | None
    editing: Editing | None


QUEUES = {
    "undescribed": Q(describing__described_at=None),
    "review": Q(describing__described_at__isnull=False, describing__reviewed_at=None),
    "reviewed": Q(describing__reviewed_at__isnull=False),
}
"""To be described (待著录), to be reviewed by a second person (待复核), reviewed (已复核)."""


def records_to_describe(
    *, queue: str, reader: Reader, fonds: str = "", after: int = 0, limit: int
) -> list[DescribingRow]:
    """The next *limit* records of a queue behind the row *after*, the oldest first, within a fonds if given."""
    found = Record.objects.filter(visible(reader, Act.DESCRIBE), QUEUES[queue], state=RecordState.HELD, pk__gt=after)
    if queue == "review":
        found = found.exclude(describing__described_by=reader.person_id)
    if fonds:
        found = found.filter(fonds_code=fonds)
    now = timezone.now()
    return [
        DescribingRow(
            each.pk,
            each.record_code,
            each.archive_code or "",
            each.title,
            each.fonds_code,
            each.formed_on,
            done.described_by if done else None,
            done.described_at if done else None,
            editing_of(done, now) if done else None,
        )
        for each in found.select_related("describing").order_by("pk")[:limit]
        for done in [getattr(each, "describing", None)]
    ]


def neighbours(*, record_id: int, queue: str, reader: Reader) -> tuple[str, str]:
    """The 电子文件号 of the records before and behind this one, within a queue or, without one, among all held."""
    found = Record.objects.filter(visible(reader, Act.DESCRIBE), state=RecordState.HELD)
    if queue:
        found = found.filter(QUEUES[queue])
    if queue == "review":
        found = found.exclude(describing__described_by=reader.person_id)
    near = Record.objects.filter(pk=record_id).values_list(
        Subquery(found.filter(pk__lt=record_id).order_by("-pk").values("record_code")[:1]),
        Subquery(found.filter(pk__gt=record_id).order_by("pk").values("record_code")[:1]),
    )
    before, behind = next(iter(near), ("", ""))
    return before or "", behind or ""


def records_named(
    *, words: str, reader: Reader, without: Collection[int] = (), limit: int = 8
) -> list[tuple[str, str]]:
    """Code and title of records that *words* may mean: a code or its beginning, a document or case number, or words of
    a title among the newest 2,000 of the catalogue.
    """
    words = words.strip()
    if not words:
        return []
    seen = Record.objects.filter(visible(reader, Act.DESCRIBE)).exclude(pk__in=list(without))
    exact = seen.filter(
        Q(record_code=words)
        | Q(archive_code=words)
        | Q(document_number=words)
        | Q(case_number=words)
        | Q(archive_code__startswith=words)
    ).order_by("archive_code")[:limit]
    rows = list(exact)
    if len(rows) < limit:
        newest = seen.order_by("-pk").values_list("pk", flat=True)[:2000]
        more = seen.filter(pk__in=list(newest), title__contains=words).exclude(pk__in=[each.pk for each in rows])
        rows += list(more.order_by("-pk")[: limit - len(rows)])
    return [(each.archive_code or each.record_code, each.title) for each in rows]
