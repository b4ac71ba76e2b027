"""The rules archive codes are written by (档号编制规则): which governs a fonds and category, and those before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q

from lantai.administration.models import CodeScheme
from lantai.archival.codes import CodeRule, rule_from_data


@dataclass(frozen=True, slots=True)
class CodeSchemeView:
    """One version of a rule. ``fonds`` is empty for all fonds without their own, ``profile`` for every profile."""

    id: int
    fonds: str
    category: str
    profile: str
    rule: CodeRule
    data: Mapping[str, Any]
    defaults: Mapping[str, str]
    valid_from: date
    valid_to: date | None


def code_schemes(*, fonds: str, on: date | None = None) -> list[CodeSchemeView]:
    """The rules of this fonds and the general ones, the newest first; with *on* only those in force that day."""
    found = CodeScheme.objects.filter(Q(fonds__code=fonds) | Q(fonds__isnull=True)).select_related("fonds")
    if on is not None:
        found = found.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), valid_from__lte=on)
    return [
        CodeSchemeView(
            id=each.pk,
            fonds=each.fonds.code if each.fonds else "",
            category=each.category,
            profile=each.profile,
            rule=_rule(json.dumps(each.rule, sort_keys=True)),
            data=each.rule,
            defaults=each.defaults,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
        )
        for each in found.order_by("category", "-valid_from", "-pk")
    ]


def governing_scheme(*, schemes: Sequence[CodeSchemeView], category: str, profile: str = "") -> CodeSchemeView | None:
    """The narrowest of *schemes* for records of that category and package profile: the fonds' own goes first."""
    fitting = [each for each in schemes if each.category == category and each.profile in ("", profile)]
    return max(fitting, key=lambda each: (bool(each.fonds), bool(each.profile), each.valid_from), default=None)


@lru_cache(maxsize=256)
def _rule(text: str) -> CodeRule:
    return rule_from_data(json.loads(text))
