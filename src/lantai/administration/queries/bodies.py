"""Bodies and fonds, as other rooms ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lantai.administration.models import ClassAct, Fonds, Organisation, RecordClass, SchemeChange


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """A body as other rooms know it."""

    id: int
    code: str
    name: str
    credit_code: str
    region_code: str
    kind: str
    active_from: date | None
    active_to: date | None


@dataclass(frozen=True, slots=True)
class FondsView:
    """A fonds and the body that made it."""

    code: str
    name: str
    organisation_id: int
    organisation_name: str


def standing_on(day: date, path: str = "") -> Q:
    """The bodies that stand on *day* (both days count); *path* leads to them from another table ("organisation__")."""
    begun = Q(**{f"{path}active_from__isnull": True}) | Q(**{f"{path}active_from__lte": day})
    return begun & (Q(**{f"{path}active_to__isnull": True}) | Q(**{f"{path}active_to__gte": day}))


class NoSuchOrganisation(LookupError):
    """No body of that code is registered."""


_VIEW = ("id", "code", "name", "credit_code", "region_code", "kind", "active_from", "active_to")


def organisation_of(*, code: str) -> OrganisationView:
    """The body of that code, or the one standing today of that unified social credit code. Raises
    NoSuchOrganisation."""
    row = Organisation.objects.filter(code=code).values_list(*_VIEW).first()
    if row is None and code:
        today = standing_on(timezone.localdate())
        row = Organisation.objects.filter(today, credit_code=code).values_list(*_VIEW).first()
    if row is None:
        raise NoSuchOrganisation(code)
    return OrganisationView(*row)


def organisations_by_id(*, ids: Collection[int]) -> dict[int, OrganisationView]:
    """These bodies by number; unknown numbers are left out."""
    rows = Organisation.objects.filter(pk__in=ids).values_list(*_VIEW)
    return {row[0]: OrganisationView(*row) for row in rows}


def list_organisations() -> list[OrganisationView]:
    """Every body, by code."""
    return [OrganisationView(*row) for row in Organisation.objects.order_by("code").values_list(*_VIEW)]


def fonds_codes(*, organisation_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The numbers of the fonds of each of these bodies; a body without fonds is not in the answer."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Fonds.objects.filter(organisation_id__in=organisation_ids).values_list("organisation_id", "code")
    for organisation_id, code in rows:
        found[organisation_id].add(code)
    return {organisation_id: frozenset(codes) for organisation_id, codes in found.items()}


def list_fonds(*, codes: Collection[str] | None = None) -> list[FondsView]:
    """Every fonds, or those of *codes*, by number."""
    rows = Fonds.objects.order_by("code")
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return [FondsView(*row) for row in rows.values_list("code", "name", "organisation_id", "organisation__name")]


def body_and_class(*, organisation_id: int, class_path: str, on: date) -> tuple[str, str, str]:
    """The name of a body, and those a record class has *on* a day in Chinese and in English, in one query; empty where
    unknown."""
    body = Organisation.objects.filter(pk=organisation_id).order_by().values_list(Value("body"), "name", Value(""))
    renames = SchemeChange.objects.filter(path=OuterRef("path"), day__lte=on, withdrawn_at__isnull=True)
    last = renames.exclude(act=ClassAct.CLOSED).order_by("-day", "-id")
    named = (
        RecordClass.objects.filter(path=class_path)
        .order_by()
        .annotate(
            zh=Coalesce(Subquery(last.values("name")[:1]), "name"),
            en=Coalesce(Subquery(last.values("name_en")[:1]), "name_en"),
        )
        .values_list(Value("class"), "zh", "en")
    )
    found = {kind: (name, english) for kind, name, english in body.union(named, all=True)}
    return found.get("body", ("", ""))[0], *found.get("class", ("", ""))
