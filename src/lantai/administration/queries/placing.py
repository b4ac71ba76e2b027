"""Where an incoming package belongs: agreement, fonds, class, and the rule its archive code is made by."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q

from lantai.administration.models import AccessionPolicy, Agreement, CodeScheme, Fonds, RecordClass, ServiceItem
from lantai.archival.codes import CodeRule, rule_from_data
from lantai.archival.packages import load_profile

PROFILE_CATEGORY = {"wenshu": "WS"}
"""The category (档案门类) of a profile's records where no service item says so; every other profile is ZY."""


class NoPlace(Exception):
    """A package belongs nowhere: no agreement, no fonds, or no code rule. The message says which is missing."""


@dataclass(frozen=True, slots=True)
class AgreementView:
    """What was agreed with a body: fonds, profile, and whether a package without fault is taken in by itself."""

    number: str
    organisation_id: int
    fonds_code: str
    profile: str
    automatic: bool
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlacementQuestion:
    """A package to be placed: whose it is, of which profile, and its metadata by canonical tag."""

    organisation_id: int
    profile: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a record stands: fonds, category with classes below it, function, and its code rule with fixed values."""

    organisation_id: int
    organisation_name: str
    fonds_code: str
    category: str
    classes: tuple[str, ...]
    function: str
    rule: CodeRule
    values: Mapping[str, str]


def agreements_of(*, organisation_ids: Collection[int], on: date | None = None) -> dict[int, list[AgreementView]]:
    """The agreements of each body that hold *on* this day (all open ones when no day is given)."""
    found = Agreement.objects.filter(organisation_id__in=organisation_ids).select_related("fonds").order_by("pk")
    found = found.filter(_in_force(on)) if on is not None else found.filter(valid_to=None)
    views: dict[int, list[AgreementView]] = {}
    for each in found:
        views.setdefault(each.organisation_id, []).append(
            AgreementView(
                number=each.number,
                organisation_id=each.organisation_id,
                fonds_code=each.fonds.code,
                profile=each.profile,
                automatic=each.policy == AccessionPolicy.AUTOMATIC,
                terms={
                    "number": each.number,
                    "profile": each.profile,
                    "formats": each.formats,
                    "items": each.items,
                    "limits": each.limits,
                },
            )
        )
    return views


def fonds_codes(*, organisation_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The numbers of the fonds each body forms."""
    found: dict[int, tuple[str, ...]] = {}
    for owner, code in Fonds.objects.filter(organisation_id__in=organisation_ids).values_list(
        "organisation_id", "code"
    ):
        found[owner] = (*found.get(owner, ()), code)
    return found


def placements(*, asked: Sequence[PlacementQuestion], at: datetime) -> list[Placement | NoPlace]:
    """Where each package belongs, in order, asked of the tables once for all.

    The fonds is the one the package names when it is the body's own, else the one agreed on for its profile. The class
    is the service item's, else the profile's category. A package that belongs nowhere gets a NoPlace that says why.
    """
    day = at.date()
    owners = {each.organisation_id for each in asked}
    fonds = {
        (each.organisation_id, each.code): each
        for each in Fonds.objects.filter(organisation_id__in=owners).select_related("organisation")
    }
    agreed = agreements_of(organisation_ids=owners, on=day)
    items = {
        each.code: each
        for each in ServiceItem.objects.filter(code__in={_said(each, "item_code") for each in asked}).select_related(
            "record_class"
        )
    }
    schemes = list(CodeScheme.objects.filter(_in_force(day)).select_related("fonds").order_by("-valid_from", "-pk"))
    types = {
        each.item_type: each.path for each in RecordClass.objects.exclude(item_type="").filter(level=2).order_by("path")
    }
    found: list[Placement | NoPlace] = []
    for each in asked:
        try:
            found.append(_placement(each, fonds, agreed.get(each.organisation_id, []), items, schemes, types))
        except NoPlace as error:
            found.append(error)
    return found


def _placement(
    asked: PlacementQuestion,
    fonds: Mapping[tuple[int, str], Fonds],
    agreed: Sequence[AgreementView],
    items: Mapping[str, ServiceItem],
    schemes: Sequence[CodeScheme],
    types: Mapping[str, str],
) -> Placement:
    own = fonds.get((asked.organisation_id, _said(asked, "fonds_code")))
    if own is None:
        code = next((each.fonds_code for each in agreed if each.profile == asked.profile), "")
        own = fonds.get((asked.organisation_id, code)) or next(
            (each for (owner, _code), each in sorted(fonds.items()) if owner == asked.organisation_id), None
        )
    if own is None:
        raise NoPlace(f"organisation {asked.organisation_id} forms no fonds: open one")
    item = items.get(_said(asked, "item_code"))
    category = PROFILE_CATEGORY.get(asked.profile, "ZY")
    path = item.record_class.path if item is not None and item.record_class is not None else ""
    if not path:
        kind = item.type if item is not None else _said(asked, "item_type")
        path = types.get(kind, category) if category == "ZY" else category
    category, *classes = path.split("·")
    scheme = _scheme(schemes, own, category, asked.profile)
    values = {"fonds": own.code, "category": category} | scheme.defaults
    values |= {f"class{level}": code for level, code in enumerate(classes, 2)}
    function = _said(asked, "department") or str(scheme.defaults.get("organisation", ""))
    return Placement(
        organisation_id=asked.organisation_id,
        organisation_name=own.organisation.name,
        fonds_code=own.code,
        category=category,
        classes=tuple(classes),
        function=function[:40],
        rule=_rule(json.dumps(scheme.rule, sort_keys=True)),
        values={name: str(value) for name, value in values.items()},
    )


def _scheme(schemes: Sequence[CodeScheme], fonds: Fonds, category: str, profile: str) -> CodeScheme:
    """The narrowest code scheme in force: of this fonds before all fonds, of this profile before all profiles."""
    fitting = [
        each
        for each in schemes
        if each.category == category and each.fonds_id in (None, fonds.pk) and each.profile in ("", profile)
    ]
    if not fitting:
        raise NoPlace(f"no archive-code rule holds for category {category} in fonds {fonds.code}: publish one")
    return max(fitting, key=lambda each: (each.fonds_id is not None, each.profile != ""))


@lru_cache(maxsize=256)
def _rule(data: str) -> CodeRule:
    """The rule told by *data* (JSON), made once."""
    return rule_from_data(json.loads(data))


def _said(asked: PlacementQuestion, field: str) -> str:
    return load_profile(asked.profile).value(asked.metadata, field).strip()


def _in_force(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))
