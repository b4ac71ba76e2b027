"""Who edits a description now (编辑锁), and what was typed and not saved yet (草稿)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lantai.administration.services.people_access import Actor
from lantai.catalog.elements import form_elements
from lantai.catalog.models import Describing, DescriptionDraft, Record, RecordState
from lantai.catalog.queries.describing import Editing, editing_of
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, notify

LEASE = timedelta(minutes=5)
"""How long a record is held for whoever opened or typed last."""
LONGEST = 20_000
"""Characters of one element that a draft keeps; what is too long for its element is refused when it is saved."""


def hold_record(*, record_id: int, person_id: int, now: datetime) -> bool:
    """Hold a record for describing, or go on holding it, for LEASE from *now*. False while somebody else holds it."""
    until = now + LEASE
    mine = Q(editor_id=person_id, editor_until__gt=now)
    free = Q(editor_id=None) | Q(editor_until__lte=now)
    if Describing.objects.filter(mine, pk=record_id).update(editor_until=until):
        return True
    Describing.objects.bulk_create([Describing(record_id=record_id)], ignore_conflicts=True)
    found = Describing.objects.filter(free, pk=record_id)
    return found.update(editor_id=person_id, editor_since=now, editor_until=until) > 0


def take_over_record(*, record_code: str, by: Actor, name: str, link: str, now: datetime) -> Editing | None:
    """Hold a record although somebody else does; that person gets a notice, and finds the typed text as a draft.

    *name* is how the notice calls *by*, *link* the address of the description. Returns who held it, None when nobody
    else did. Raises Record.DoesNotExist.
    """
    with transaction.atomic():
        record = Record.objects.get(record_code=record_code)
        done, _made = Describing.objects.select_for_update().get_or_create(record=record)
        held = editing_of(done, now)
        other = held if held is not None and held.person_id != by.person_id else None
        done.editor_id, done.editor_since, done.editor_until = by.person_id, now, now + LEASE
        done.save(update_fields=["editor_id", "editor_since", "editor_until"])
        if other is not None:
            values = {"name": name, "title": record.title[:200], "code": record.archive_code or record_code}
            notify(text=Sentence("description-taken-over", values), link=link, person_id=other.person_id)
            append_entries(
                entries=[
                    NewEntry(
                        kind="describing.taken-over",
                        subject=record_code,
                        actor=by.reference,
                        role=by.role,
                        address=by.address,
                        result="done",
                        at=now,
                        detail={"from": f"person:{other.person_id}"},
                    )
                ]
            )
    return other


def let_go_of_record(*, record_id: int, person_id: int) -> None:
    """Hold a record no longer, so that others need not wait for the lease to run out."""
    Describing.objects.filter(pk=record_id, editor_id=person_id).update(
        editor_id=None, editor_since=None, editor_until=None
    )


def keep_draft(*, record_code: str, values: Mapping[str, str], version: int, person_id: int, now: datetime) -> None:
    """Keep what a person typed into a description, as it stands, wrong or not. It counts for nothing until saved.

    Raises Record.DoesNotExist.
    """
    record = Record.objects.only("pk", "level", "state").get(record_code=record_code)
    if record.state != RecordState.HELD:
        return
    form = form_elements(record.level, timezone.localdate(now))
    kept = {each.key: values[each.key].replace("\0", "")[:LONGEST] for each in form if each.key in values}
    DescriptionDraft.objects.update_or_create(
        record=record, person_id=person_id, defaults={"values": kept, "version": version, "kept_at": now}
    )


def drop_draft(*, record_id: int, person_id: int) -> None:
    """Throw away what a person typed and did not save."""
    DescriptionDraft.objects.filter(record_id=record_id, person_id=person_id).delete()
