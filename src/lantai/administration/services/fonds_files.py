"""Keep the fonds file (全宗卷, DA/T 12-2012) and the guide of a fonds (全宗指南); nothing in them is ever changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lantai.administration.models import Fonds, FondsEntry, FondsGuide
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import append_entries


@dataclass(frozen=True, slots=True)
class NewFondsEntry:
    """A document for a fonds file: `part` is a code of the list "fonds-file"; text or a file, or both. `replaces` is
    the number of an earlier document of the same fonds."""

    fonds: str
    part: str
    title: str
    made_on: date
    text: str = ""
    file_name: str = ""
    content: bytes | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class NewFondsGuide:
    """A guide of a fonds from a day on."""

    fonds: str
    valid_from: date
    history: str
    scope: str
    arrangement: str = ""
    access: str = ""
    aids: str = ""


def add_fonds_entry(*, entry: NewFondsEntry, by: Actor, now: datetime) -> FondsEntry:
    """Put a document into a fonds file, by an archivist. Its digest stands in the ledger.

    Raises ReferenceRefused for an unknown fonds, neither text nor file, a document replaced already, or the very same
    one once more.
    """
    require_steward(by=by)
    with transaction.atomic():
        fonds = Fonds.objects.select_for_update().filter(code=entry.fonds).first()
        if fonds is None:
            raise ReferenceRefused(_("没有全宗号为 %(code)s 的全宗。") % {"code": entry.fonds})
        if not entry.text and entry.content is None:
            raise ReferenceRefused(_("请填写正文或选择文件。"))
        earlier = FondsEntry.objects.filter(fonds=fonds, number=entry.replaces or 0).first()
        if entry.replaces is not None and (earlier is None or FondsEntry.objects.filter(replaces=earlier).exists()):
            raise ReferenceRefused(_("第 %(number)d 件不存在或已被取代。") % {"number": entry.replaces})
        last = FondsEntry.objects.filter(fonds=fonds).aggregate(last=Max("number"))["last"] or 0
        data = entry.content if entry.content is not None else entry.text.encode()
        digest = hashlib.sha256(data).hexdigest()
        same = FondsEntry.objects.filter(fonds=fonds, part=entry.part, title=entry.title, made_on=entry.made_on)
        twin = same.filter(sha256=digest).first()
        if twin is not None:
            raise ReferenceRefused(_("全宗卷里已有完全相同的第 %(number)d 件。") % {"number": twin.number})
        row = FondsEntry.objects.create(
            fonds=fonds,
            number=last + 1,
            part=entry.part,
            title=entry.title,
            made_on=entry.made_on,
            text=entry.text,
            file_name=entry.file_name,
            content=entry.content,
            size=len(data),
            sha256=digest,
            replaces=earlier,
            recorded_at=now,
            recorded_by=by.reference,
        )
        append_entries(
            entries=[
                change_entry(
                    kind="fonds-entry-added",
                    subject=f"fonds:{fonds.code}",
                    by=by,
                    now=now,
                    after=state_of(row=row, without=("text",)),
                )
            ]
        )
    return row


def publish_fonds_guide(*, guide: NewFondsGuide, by: Actor, now: datetime) -> FondsGuide:
    """Publish a version of a fonds' guide, by an archivist. Raises ReferenceRefused for an unknown fonds, or a version
    that begins no later than the last."""
    require_steward(by=by)
    with transaction.atomic():
        fonds = Fonds.objects.select_for_update().filter(code=guide.fonds).first()
        if fonds is None:
            raise ReferenceRefused(_("没有全宗号为 %(code)s 的全宗。") % {"code": guide.fonds})
        last = FondsGuide.objects.filter(fonds=fonds).order_by("valid_from").last()
        if last is not None and last.valid_from >= guide.valid_from:
            raise ReferenceRefused(_("新的全宗指南须在 %(day)s 之后生效。") % {"day": last.valid_from.isoformat()})
        row = FondsGuide.objects.create(
            fonds=fonds,
            valid_from=guide.valid_from,
            history=guide.history,
            scope=guide.scope,
            arrangement=guide.arrangement,
            access=guide.access,
            aids=guide.aids,
            recorded_at=now,
            recorded_by=by.reference,
        )
        append_entries(
            entries=[
                change_entry(
                    kind="fonds-guide-published",
                    subject=f"fonds:{fonds.code}",
                    by=by,
                    now=now,
                    before=state_of(row=last) if last else None,
                    after=state_of(row=row),
                )
            ]
        )
    return row
