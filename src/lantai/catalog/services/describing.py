"""Change a description (著录): all elements at once, with one ledger entry that bears them before and after."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from lantai.administration.services.people_access import Actor
from lantai.catalog.elements import (
    Fault,
    FormElement,
    day_formed,
    element_values,
    elements_of,
    faults_of,
    put_values,
    tidied,
)
from lantai.catalog.models import Describing, DescriptionDraft, Record, RecordState
from lantai.catalog.queries.describing import DESCRIBED, Editing, Others, change_entry, changed_since, editing_of
from lantai.ledger.services import NewEntry, append_entries

REVIEWED = "record.description-reviewed"


class DescriptionRefused(Exception):
    """A description that the standard or the form does not allow; ``faults`` are all of them at once."""

    def __init__(self, faults: Collection[Fault]) -> None:
        super().__init__(", ".join(f"{each.key}: {each.reason}" for each in faults))
        self.faults = tuple(faults)


class DescribedMeanwhile(Exception):
    """Somebody saved since this change was begun; ``others`` says who, when and what."""

    def __init__(self, others: Others) -> None:
        super().__init__(others.by)
        self.others = others


class HeldByAnother(Exception):
    """Somebody else edits the record now (编辑锁)."""

    def __init__(self, editing: Editing) -> None:
        super().__init__(str(editing.person_id))
        self.editing = editing


class NotToBeDescribed(Exception):
    """A record that is no longer held (merged, transferred, destroyed) is not described any more."""


class ReviewRefused(Exception):
    """Nothing to review, or the reviewer is who described it: a second person has to."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a change came to: the new version and the elements that changed."""

    version: int
    changed: tuple[str, ...]


def describe_record(
    *,
    record_code: str,
    values: Mapping[str, str],
    version: int,
    by: Actor,
    now: datetime,
    present: Collection[str] = (),
    undoes: int | None = None,
) -> Described:
    """Bring the elements of *values* into the description that *version* was begun from; others stay as they are.

    The ledger gets one entry with what changed, before and after; the index follows it. The person's draft and hold
    end. Coded values go by the code lists of the record's own date, and the entry names their versions. What changed
    needs its review again; what is saved without change counts as described. *present* are elements
    that the document is known to have (I of DA/T 18 may then not be empty); *undoes* names the ledger's entry that
    this change takes back.

    Raises Record.DoesNotExist, NotToBeDescribed, HeldByAnother, DescribedMeanwhile, DescriptionRefused.
    """
    with transaction.atomic():
        record = Record.objects.select_for_update().get(record_code=record_code)
        done, _made = Describing.objects.select_for_update().get_or_create(record=record)
        _refuse(record, done, version, by, now)
        before = element_values(record, done.elements)
        formed = day_formed(values, record.formed_on)
        form = elements_of(record.level, on=timezone.localdate(now), formed=formed)
        wanted = tidied(values, form)
        faults = faults_of(record.level, before | wanted, form, present=present)
        if faults:
            raise DescriptionRefused(faults)
        changed = {key: value for key, value in wanted.items() if value != before[key]}
        if changed or done.described_at is None:
            columns = put_values(record, done.elements, changed)
            record.changed_at = now
            record.save(update_fields=[*columns, "changed_at"])
            done.version += 1
            done.described_by, done.described_at = by.person_id, now
            done.reviewed_by, done.reviewed_at = None, None
            detail = (
                {
                    "version": done.version,
                    "before": {key: before[key] for key in changed},
                    "after": changed,
                }
                | _lists(form, changed, formed)
                | ({"undoes": undoes} if undoes is not None else {})
            )
            append_entries(entries=[_entry(DESCRIBED, record_code, by, now, detail)])
        if done.editor_id == by.person_id:
            done.editor_id = done.editor_since = done.editor_until = None
        done.save()
        DescriptionDraft.objects.filter(record=record, person_id=by.person_id or 0).delete()
    return Described(done.version, tuple(changed))


def _lists(form: Collection[FormElement], changed: Mapping[str, str], formed: date) -> dict[str, object]:
    """The versions of code lists that changed values were taken from, and the day they were asked for."""
    used = {each.key: f"{each.list} {each.list_version}" for each in form if each.list and changed.get(each.key)}
    return {"lists": used, "formed": formed.isoformat()} if used else {}


def undo_change(*, record_code: str, entry_id: int, version: int, by: Actor, now: datetime) -> Described:
    """Take back one change of a description, as a new change: its elements get the values they had before it.

    Raises LookupError when the entry is no change of this description, else as ``describe_record``.
    """
    entry = change_entry(record_code=record_code, entry_id=entry_id)
    if entry is None or entry.detail is None or not entry.detail["before"]:
        raise LookupError(entry_id)
    before: Mapping[str, str] = entry.detail["before"]
    return describe_record(record_code=record_code, values=before, version=version, by=by, now=now, undoes=entry_id)


def review_description(*, record_code: str, version: int, by: Actor, now: datetime) -> None:
    """Pass a description as a second person (复核). Raises Record.DoesNotExist, NotToBeDescribed, HeldByAnother,
    DescribedMeanwhile, ReviewRefused.
    """
    with transaction.atomic():
        record = Record.objects.select_for_update().get(record_code=record_code)
        done = Describing.objects.select_for_update().filter(record=record).first()
        if done is None or done.described_at is None or done.described_by == by.person_id:
            raise ReviewRefused(record_code)
        _refuse(record, done, version, by, now)
        if done.reviewed_at is None:
            done.reviewed_by, done.reviewed_at = by.person_id, now
            done.save(update_fields=["reviewed_by", "reviewed_at"])
            append_entries(entries=[_entry(REVIEWED, record_code, by, now, {"version": version})])


def _refuse(record: Record, done: Describing, version: int, by: Actor, now: datetime) -> None:
    """Raise what keeps a change from being made."""
    if record.state != RecordState.HELD:
        raise NotToBeDescribed(record.record_code)
    if version != done.version:
        others = changed_since(record_code=record.record_code, version=version)
        if others is not None:
            raise DescribedMeanwhile(others)
    editing = editing_of(done, now)
    if editing is not None and editing.person_id != by.person_id:
        raise HeldByAnother(editing)


def _entry(kind: str, record_code: str, by: Actor, now: datetime, detail: Mapping[str, object]) -> NewEntry:
    return NewEntry(
        kind=kind,
        subject=record_code,
        actor=by.reference,
        role=by.role,
        address=by.address,
        result="done",
        at=now,
        detail=detail,
    )
