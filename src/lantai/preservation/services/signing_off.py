"""Sign what a person found of a group of the long-term stage that no program can judge (DA/T 70-2018, 长期保存环节)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role, names_of
from lantai.administration.services.people_access import Actor, require_role
from lantai.ledger.services import NewEntry, append_entries
from lantai.preservation.models import LongtermSignoff

SIGNERS = (Role.ARCHIVIST, Role.SYSTEM)
SIGNED_GROUPS = ("2-1", "2-2", "3-3", "4-1", "4-2", "4-3", "4-4")
"""Groups of which a part, or all, is for people: registered totals, unbroken numbers, hardware and software, viruses
while kept, the look of carriers, weaknesses of the system, the storeroom.
"""
LONGEST = timedelta(days=731)
"""So long a finding may count at most."""


class SignoffRefused(ValueError):
    """What is to be signed makes no sense; the message says why, in the reader's language."""


def sign_group(
    *, group: str, verdict: str, checked_on: date, found: str, next_on: date, by: Actor, now: datetime
) -> int:
    """Sign what was *found* of *group* on *checked_on*, good until *next_on*: kept for ever, told by an entry with what
    stood before. Returns its number; 0 where the same person signed the very same before.

    Raises SignoffRefused for a group people do not judge, a verdict that is none, days that do not fit, nothing
    said; Refused when *by* may not.
    """
    require_role(by=by, among=SIGNERS)
    found = found.strip()
    today = timezone.localdate(now)
    if group not in SIGNED_GROUPS or verdict not in LongtermSignoff.Verdict.values:
        raise SignoffRefused(_("没有这一组人工检测或这种结论。"))
    if len(found) < 4 or len(found) > 1000:
        raise SignoffRefused(_("请写明检测了什么、情况如何（4 至 1000 字）。"))
    if checked_on > today:
        raise SignoffRefused(_("检测日期不能在今天之后。"))
    if not checked_on < next_on <= checked_on + LONGEST or next_on <= today:
        raise SignoffRefused(_("下次检测日期须在今天之后，离检测日期不超过两年。"))
    after = {
        "verdict": verdict,
        "checked_on": checked_on.isoformat(),
        "found": found,
        "next_on": next_on.isoformat(),
    }
    with transaction.atomic():
        last = LongtermSignoff.objects.select_for_update().filter(group=group).order_by("-pk").first()
        before = _told(last) if last else None
        if last is not None and before == after and last.by == by.reference:
            return 0
        row = LongtermSignoff.objects.create(
            group=group,
            verdict=verdict,
            checked_on=checked_on,
            found=found,
            next_on=next_on,
            signer=names_of(references=[by.reference]).get(by.reference, by.username),
            by=by.reference,
            at=now,
        )
        told = NewEntry(
            kind="preservation.group-signed",
            subject=f"longterm:CQ-{group}",
            actor=by.reference,
            role=by.role,
            address=by.address,
            at=now,
            detail={"before": before, "after": after},
        )
        append_entries(entries=[told])
    return row.pk


def _told(row: LongtermSignoff) -> dict[str, str]:
    return {
        "verdict": row.verdict,
        "checked_on": row.checked_on.isoformat(),
        "found": row.found,
        "next_on": row.next_on.isoformat(),
    }
