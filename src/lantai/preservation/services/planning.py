"""Decide about formats: risk, target, which fonds and classes get copies; formats at risk without plan become work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.queries import list_classes, list_fonds
from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries
from lantai.preservation.models import CopyRule, FormatCount, FormatDecision
from lantai.preservation.queries.counts import unplanned_formats
from lantai.preservation.queries.register import format_register
from lantai.preservation.register import COPIED, GRADES, TARGETS, unknown_format
from lantai.work.services import DutyToRaise, Sentence, finish_work, raise_work

DUTY = "preservation-format"
"""The kind of a duty, which is the name of the page that does it."""
UNNAMED = "-"
"""How addresses and duties call the files that nobody could name."""


class PlanRefused(ValueError):
    """What was decided makes no sense; the message says why, in the reader's language."""


def decide_format(*, puid: str, grade: str, target: str, reason: str, by: Actor, now: datetime) -> int:
    """Decide risk grade, target and reason of a format: a new version of its entry in the register. Returns its number,
    0 when that is what stands there already.

    Raises PlanRefused for a grade or target that is none, a format without a way to its target, a missing reason.
    """
    entry = format_register().get(puid) or unknown_format(puid, _name(puid))
    reason = reason.strip()
    if grade not in GRADES or target not in TARGETS:
        raise PlanRefused(_("没有这种风险等级或目标格式。"))
    if not reason:
        raise PlanRefused(_("请写明理由。"))
    if target and not entry.way:
        raise PlanRefused(_("%(name)s 没有转换为 PDF/A 的办法。") % {"name": entry.name})
    after = {"grade": grade, "target": target, "reason": reason}
    before = {"grade": entry.grade, "target": entry.target, "reason": entry.zh}
    if entry.decided and after == before:
        return 0
    with transaction.atomic():
        row = FormatDecision.objects.create(
            puid=puid, name=entry.name[:300], grade=grade, target=target, reason=reason[:500], by=by.reference, at=now
        )
        _tell(f"format:{puid or UNNAMED}", "preservation.format-decided", before, after | {"version": row.pk}, by, now)
        review_plans(now=now)
    return row.pk


def set_copy_rule(*, fonds_code: str, classes: str, families: Sequence[str] | None, by: Actor, now: datetime) -> bool:
    """Decide of which families of formats this fonds and class (empty: all) get copies; None takes the rule away.
    Returns whether anything changed. Raises PlanRefused for what is not there.
    """
    if fonds_code and fonds_code not in {each.code for each in list_fonds()}:
        raise PlanRefused(_("没有全宗 %(code)s。") % {"code": fonds_code})
    if classes and classes not in {each.path for each in list_classes()}:
        raise PlanRefused(_("没有门类或类别 %(path)s。") % {"path": classes})
    if families is not None and not set(families) <= set(COPIED):
        raise PlanRefused(_("没有这种格式类别。"))
    with transaction.atomic():
        row = CopyRule.objects.select_for_update().filter(fonds_code=fonds_code, classes=classes).first()
        before = {"families": sorted(row.families)} if row is not None else {}
        after = {"families": sorted(families)} if families is not None else {}
        if before == after:
            return False
        if families is None:
            CopyRule.objects.filter(fonds_code=fonds_code, classes=classes).delete()
        else:
            CopyRule.objects.update_or_create(
                fonds_code=fonds_code,
                classes=classes,
                defaults={"families": after["families"], "by": by.reference, "at": now},
            )
        subject = f"copies:{fonds_code or '*'}:{classes or '*'}"
        _tell(subject, "preservation.rule-set", before, after, by, now)
        review_plans(now=now)
    return True


def review_plans(*, now: datetime) -> None:
    """Raise work for every format that is held, at risk and without plan, and finish that of the others, in the
    caller's transaction.
    """
    register, lacking = format_register(), unplanned_formats()
    held = set(FormatCount.objects.filter(files__gt=0).values_list("puid", flat=True).distinct())
    entries = {puid: register.get(puid) or unknown_format(puid, _name(puid)) for puid in lacking}
    raise_work(
        duties=[
            DutyToRaise(
                kind=DUTY,
                subject=puid or UNNAMED,
                title=entry.name or _("未能识别的文件"),
                reason=Sentence(f"format-{lacking[puid]}", {"name": entry.name or UNNAMED}),
                role=Role.ARCHIVIST,
                due_on=None,
            )
            for puid, entry in entries.items()
        ],
        now=now,
    )
    planned = [puid or UNNAMED for puid in held | set(register) if puid not in lacking]
    finish_work(kind=DUTY, subjects=planned, by="system:preservation", now=now)


def _name(puid: str) -> str:
    return FormatCount.objects.filter(puid=puid).values_list("name", flat=True).first() or ""


def _tell(subject: str, kind: str, before: dict[str, Any], after: dict[str, Any], by: Actor, now: datetime) -> None:
    append_entries(
        entries=[
            NewEntry(
                kind=kind,
                subject=subject,
                actor=by.reference,
                role=by.role,
                address=by.address,
                at=now,
                result="done",
                detail={"before": before, "after": after},
            )
        ]
    )
