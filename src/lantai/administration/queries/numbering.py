"""By which rule records of a fonds and category get their archive codes, when no package says more of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from lantai.administration.models import CodeScheme
from lantai.archival.codes import CodeRule, rule_from_data


@dataclass(frozen=True, slots=True)
class CodingScheme:
    """The rule of one fonds and category, and the components it gives by itself."""

    rule: CodeRule
    values: Mapping[str, str]


def coding_schemes(
    *, places: Collection[tuple[str, str]], at: datetime | None = None
) -> dict[tuple[str, str], CodingScheme]:
    """The scheme in force at *at* (now, when None) of each fonds number and category code of *places*; none left out.

    A scheme of the fonds itself goes before a general one; schemes of a package profile count for packages only. One
    query for any number of places.
    """
    day = timezone.localdate(at)
    rows = list(
        CodeScheme.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day, profile="",
            category__in={category for _fonds, category in places},
        ).select_related("fonds").order_by("pk")
    )  # fmt: skip
    found: dict[tuple[str, str], CodingScheme] = {}
    rules: dict[str, CodeRule] = {}
    for fonds, category in places:
        fitting = [
            (each.fonds is not None, each.pk, each)
            for each in rows
            if each.category == category and (each.fonds is None or each.fonds.code == fonds)
        ]
        if fitting:
            scheme = max(fitting, key=lambda one: one[:2])[2]
            text = json.dumps(scheme.rule, sort_keys=True)
            rule = rules.setdefault(text, rule_from_data(scheme.rule))
            found[fonds, category] = CodingScheme(rule, {"category": category, **scheme.defaults})
    return found
