"""The format register as it is now: what is shipped, with what people decided over it; and which formats get copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Max

from lantai.preservation.models import CopyRule, FormatCount, FormatDecision
from lantai.preservation.register import FormatEntry, shipped_register, unknown_format


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision about a format: the version of the register it made, and what it says."""

    number: int
    grade: str
    target: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleView:
    """Of which families of formats a fonds and class (empty: all) get copies."""

    fonds_code: str
    classes: str
    families: tuple[str, ...]
    by: str
    at: datetime


def format_register() -> dict[str, FormatEntry]:
    """Every format of the register by its identifier, with what was decided last. One query."""
    found = dict(shipped_register())
    for row in FormatDecision.objects.order_by("pk"):
        entry = found.get(row.puid) or unknown_format(row.puid, row.name)
        found[row.puid] = replace(
            entry,
            grade=row.grade,
            target=row.target,
            zh=row.reason,
            en=row.reason,
            decided=True,
            number=row.pk,
        )
    return found


def format_entry(*, puid: str) -> FormatEntry | None:
    """One format of the register, or one that is held and not in it; None for one that is neither."""
    found = format_register().get(puid)
    if found is not None:
        return found
    held = FormatCount.objects.filter(puid=puid, files__gt=0).values_list("name", flat=True).first()
    return unknown_format(puid, held) if held is not None else None


def register_number() -> int:
    """The version of this archive's register: the number of the last decision, 0 for the shipped one."""
    return FormatDecision.objects.aggregate(number=Max("pk"))["number"] or 0


def decisions_about(*, puid: str) -> list[DecisionView]:
    """Every decision about a format, the newest first."""
    rows = FormatDecision.objects.filter(puid=puid).order_by("-pk")
    return [DecisionView(each.pk, each.grade, each.target, each.reason, each.by, each.at) for each in rows]


def copy_rules() -> list[RuleView]:
    """The rules, the most general first."""
    rows = CopyRule.objects.order_by("fonds_code", "classes")
    return [RuleView(each.fonds_code, each.classes, tuple(each.families), each.by, each.at) for each in rows]


def copied_families(*, rules: Sequence[RuleView], fonds: str, category: str, class_code: str) -> tuple[str, ...]:
    """The families of formats whose files get copies in this fonds and class: those of the most particular of *rules*,
    a fonds before a class.
    """
    places = ("", category, f"{category}·{class_code}")
    fitting = [each for each in rules if each.fonds_code in ("", fonds) and each.classes in places]
    best = max(fitting, key=lambda each: (bool(each.fonds_code), places.index(each.classes)), default=None)
    return best.families if best is not None else ()
