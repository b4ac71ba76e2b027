"""Notices to a person, to an organisation, to all archivists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from lantai.work.models import Notice
from lantai.work.sentences import Sentence, said


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice, in the language it is read in."""

    id: int
    text: str
    link: str
    at: datetime
    read: bool


def unread_notices(*, person_id: int, organisation_id: int | None, archivist: bool = False) -> int:
    """How many notices this person has not read."""
    return notices_of(person_id, organisation_id, archivist).filter(read_at=None).count()


def list_notices(
    *, person_id: int, organisation_id: int | None, archivist: bool = False, limit: int = 30, offset: int = 0
) -> tuple[list[NoticeView], int]:
    """This person's notices, the unread first and the newest first, and how many there are."""
    found = notices_of(person_id, organisation_id, archivist)
    rows = found.order_by(F("read_at").asc(nulls_first=True), "-at")[offset : offset + limit]
    shown = [
        NoticeView(each.pk, said(Sentence(each.text, each.values)), each.link, each.at, each.read_at is not None)
        for each in rows
    ]
    return shown, found.count()


def notices_of(person_id: int, organisation_id: int | None, archivist: bool) -> QuerySet[Notice]:
    """The person's own, those of the organisation, and for an archivist those that are for all archivists."""
    mine = Q(person_id=person_id)
    if organisation_id is not None:
        mine |= Q(person_id=None, organisation_id=organisation_id)
    if archivist:
        mine |= Q(person_id=None, organisation_id=None)
    return Notice.objects.filter(mine)
