"""Rounds of verification (核验): what they found is kept until mended, told to the ledger, and a duty meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.administration.queries.people import Role
from lantai.administration.queries.roles import people_in_role
from lantai.archival.verification import Found
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import VerificationFinding, VerificationRound
from lantai.work.services import DutyToRaise, Sentence, finish_work, notify, raise_work

AREAS = {
    "ledger": ("账本", "the ledger"),
    "copies": ("存储中的账本副本", "the ledger's copy in storage"),
    "receipts": ("回执与检测报告", "receipts and reports"),
    "records": ("档案目录", "the catalogue"),
    "objects": ("存储对象", "stored objects"),
    "shelf": ("存储根", "the storage root"),
    "keys": ("密钥", "the keys"),
    "oracle": ("OCFL 参考实现复核", "the oracle's reading of the storage roots"),
}
"""What rounds look at, in this order, with its names in Chinese and in English."""
ORACLE = "oracle"
ORACLE_BY = "system:oracle"
"""The area of rounds of their own, made by another's validator."""
DUTY = "verification"
MOST = 1000
"""How many findings of one area are kept at a time; when a whole disk is lost the rest is not worth its rows."""
_TOLD = 50


def begin_round(*, by: str, now: datetime) -> int:
    """Begin a round and return its number; what *by* left unfinished before is given up."""
    with transaction.atomic():
        VerificationRound.objects.filter(by=by, finished_at=None).delete()
        return VerificationRound.objects.create(by=by, started_at=now).pk


def note_round(
    *,
    round_id: int,
    area: str,
    position: Mapping[str, Any],
    looked_at: int,
    seconds: float,
    findings: Sequence[Found],
    now: datetime,
) -> None:
    """Keep how far a round has come, and what it found in *area* on the way.

    What was not known before is told to the ledger, to the archivists as a duty, and to the system administrators as a
    notice. Does nothing for a round that was given up.
    """
    with transaction.atomic():
        row = VerificationRound.objects.select_for_update().filter(pk=round_id, finished_at=None).first()
        if row is None:
            return
        row.position = dict(position)
        row.figures = row.figures | {area: row.figures.get(area, 0) + looked_at}
        row.seconds += seconds
        row.save(update_fields=["position", "figures", "seconds"])
        fresh = _keep(area, findings, now)
        if fresh:
            _tell(area, fresh, now)


def finish_round(*, round_id: int, now: datetime) -> dict[str, int]:
    """End a round that has seen everything; returns the open findings by area.

    What it no longer found in the areas it looked at is mended; an area without findings ends its duty; the ledger
    tells that the round is done.
    """
    with transaction.atomic():
        row = VerificationRound.objects.select_for_update().get(pk=round_id)
        row.finished_at = now
        row.position = {}
        row.save(update_fields=["finished_at", "position"])
        unseen = VerificationFinding.objects.filter(
            mended_at=None, seen_at__lt=row.started_at, area__in=list(row.figures)
        )
        mended = unseen.update(mended_at=now)
        left: dict[str, int] = {}
        for area in VerificationFinding.objects.filter(mended_at=None).values_list("area", flat=True):
            left[area] = left.get(area, 0) + 1
        finish_work(kind=DUTY, subjects=[each for each in AREAS if each not in left], by="system:verification", now=now)
        told = {"looked_at": row.figures, "seconds": round(row.seconds), "open": left, "mended": mended}
        entry = NewEntry(
            kind="verification.finished",
            subject="archive",
            actor=row.by,
            at=now,
            result="failed" if left else "sound",
            detail=told,
        )
        append_entries(entries=[entry])
    return left


def _keep(area: str, findings: Sequence[Found], now: datetime) -> list[Found]:
    """Rows for *findings*, older ones marked as seen again; returns those that are new."""
    by_place = {(each.code, each.where[:600]): each for each in findings if each.is_error}
    if not by_place:
        return []
    open_rows = VerificationFinding.objects.filter(mended_at=None, area=area)
    known = {
        (code, place): pk
        for pk, code, place in open_rows.filter(place__in=[place for _code, place in by_place]).values_list(
            "pk", "code", "place"
        )
    }
    VerificationFinding.objects.filter(pk__in=[pk for key, pk in known.items() if key in by_place]).update(seen_at=now)
    room = max(0, MOST - open_rows.count())
    fresh = [each for key, each in by_place.items() if key not in known]
    VerificationFinding.objects.bulk_create(
        [
            VerificationFinding(
                area=area,
                code=each.code,
                place=each.where[:600],
                values=dict(each.values),
                found_at=now,
                seen_at=now,
            )
            for each in fresh[:room]
        ]
    )
    return fresh[:room]


def _tell(area: str, fresh: Sequence[Found], now: datetime) -> None:
    told = [{"code": each.code, "where": each.where, "values": dict(each.values)} for each in fresh[:_TOLD]]
    entry = NewEntry(
        kind="verification.found",
        subject=f"verification:{area}",
        actor="system:verification",
        at=now,
        result="failed",
        detail={"findings": told, "count": len(fresh)},
    )
    append_entries(entries=[entry])
    first = fresh[0]
    why = Sentence(
        "verification-found",
        {
            "area": AREAS[area][0],
            "area_en": AREAS[area][1],
            "n": len(fresh),
            "what": first.what("zh"),
            "what_en": first.what("en"),
        },
    )
    duty = DutyToRaise(kind=DUTY, subject=area, title="核验发现问题", reason=why, role="archivist", due_on=now.date())
    raise_work(duties=[duty], now=now)
    for person_id in people_in_role(role=Role.SYSTEM):
        notify(text=why, link=f"/verification/{area}/", person_id=person_id)
