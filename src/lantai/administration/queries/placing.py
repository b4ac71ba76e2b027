"""Where a record belongs: its fonds, category and classes, and the rule its archive code is written by."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Q
from django.utils import timezone

from lantai.administration.models import Agreement, CodeScheme, Fonds, Organisation
from lantai.administration.queries.classes import ClassScheme, class_scheme
from lantai.administration.queries.dated_changes import ItemClasses, item_classes
from lantai.administration.queries.profiles import profile_on
from lantai.archival.checks.moments import read_moment
from lantai.archival.codes import CodeRule, preset_rules, rule_from_data

_CLASSES = ("class2", "class3", "class4")
# Without any code scheme a record cannot be numbered; this rule then says what is missing.
_NO_SCHEME = "approval-item"


@dataclass(frozen=True, slots=True)
class PlacementQuestion:
    """A package that asks for its place: who sent it, by which profile, and what it says of itself."""

    organisation_id: int
    profile: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of a record. `values` are the components of the archive code known by now (all but year, retention and
    running number, as a rule); `classes` the class codes below the category; `function` the organisation or function.

    Where something is missing (no fonds, no rule) it stays empty, and writing the code names what is missing.
    """

    organisation_id: int
    organisation_name: str
    fonds_code: str
    category: str
    classes: tuple[str, ...]
    function: str
    rule: CodeRule
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables say that matters for one batch of questions."""

    names: Mapping[int, str]
    fonds: Mapping[int, Sequence[str]]
    agreed: Mapping[tuple[int, str], Sequence[str]]
    items: ItemClasses
    classes: ClassScheme
    schemes: Sequence[tuple[CodeScheme, str]]


def placements(*, asked: Sequence[PlacementQuestion], at: datetime | None = None) -> list[Placement]:
    """The place of each package of *asked*, in order, by the rules in force at *at* (now, when None).

    The fonds is the one the package names, when it is one of the sender's; else the one agreed for the profile; else
    the sender's only one. The class is that of the record's own date, by the scheme of that date, a closed one's
    successor. Eight queries for any number of questions.
    """
    day = timezone.localdate(at)
    fields = {each.profile: profile_on(code=each.profile, day=day).fields for each in asked}
    known = _known(asked, fields, day)
    return [_place(each, fields[each.profile], known, day) for each in asked]


def _said(question: PlacementQuestion, fields: Mapping[str, str], column: str) -> str:
    return question.metadata.get(fields.get(column, column), "").strip()


def _known(asked: Sequence[PlacementQuestion], fields: Mapping[str, Mapping[str, str]], day: date) -> _Known:
    ids = {each.organisation_id for each in asked}
    fonds: dict[int, list[str]] = defaultdict(list)
    for organisation_id, code in (
        Fonds.objects.filter(organisation_id__in=ids).order_by("code").values_list("organisation_id", "code")
    ):
        fonds[organisation_id].append(code)
    agreed: dict[tuple[int, str], list[str]] = defaultdict(list)
    rows = Agreement.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day, organisation_id__in=ids
    )
    for organisation_id, profile, code in rows.order_by("number").values_list(
        "organisation_id", "profile", "fonds__code"
    ):
        agreed[organisation_id, profile].append(code)
    items = {_said(each, fields[each.profile], "item_code") for each in asked} - {""}
    schemes = CodeScheme.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
    return _Known(
        names=dict(Organisation.objects.filter(pk__in=ids).values_list("pk", "name")),
        fonds=fonds,
        agreed=agreed,
        items=item_classes(codes=items),
        classes=class_scheme(),
        schemes=[(each, each.fonds.code if each.fonds else "") for each in schemes.select_related("fonds")],
    )


def _fonds(question: PlacementQuestion, fields: Mapping[str, str], known: _Known) -> str:
    own = known.fonds.get(question.organisation_id, ())
    agreed = known.agreed.get((question.organisation_id, question.profile), ())
    named = _said(question, fields, "fonds_code")
    if named and (named in own or named in agreed):
        return named
    if len(set(agreed)) == 1:
        return agreed[0]
    return own[0] if len(own) == 1 else ""


def _own_day(question: PlacementQuestion, fields: Mapping[str, str], otherwise: date) -> date:
    """The day the record was formed as its package says, closed or else accepted."""
    moments = (read_moment(_said(question, fields, column)) for column in ("date", "accepted_at"))
    return next((each.date() for each in moments if each is not None), otherwise)


def _class_of(question: PlacementQuestion, fields: Mapping[str, str], known: _Known, day: date) -> str:
    """The class of a record of *day*: its item's, else its type's, else what the package says; where that is not in
    force on the day, the one that took its place, or the nearest above."""
    path = known.items.on(_said(question, fields, "item_code"), day)
    item_type = _said(question, fields, "item_type")
    if not path and item_type:
        path = next((each.path for each in known.classes.on(day).values() if each.item_type == item_type), "")
    return known.classes.place_of(path or _said(question, fields, "category_code"), day)


def _place(question: PlacementQuestion, fields: Mapping[str, str], known: _Known, day: date) -> Placement:
    fonds = _fonds(question, fields, known)
    path = _class_of(question, fields, known, _own_day(question, fields, day))
    category, *below = path.split("·") if path else [""]
    scheme = _scheme(known.schemes, fonds, category, question.profile)
    rule = preset_rules()[_NO_SCHEME] if scheme is None else _rule(json.dumps(scheme.rule, sort_keys=True))
    names = [each.name for each in rule.components]
    values = dict(scheme.defaults) if scheme is not None else {}
    values["category"] = scheme.category if scheme is not None else category
    values |= dict(zip(_CLASSES, below, strict=False)) if category == values["category"] else {}
    if fonds:
        values["fonds"] = fonds
    department = _said(question, fields, "department")
    if department and "organisation" not in values:
        values["organisation"] = department
    return Placement(
        organisation_id=question.organisation_id,
        organisation_name=known.names.get(question.organisation_id, ""),
        fonds_code=fonds,
        category=values["category"],
        classes=tuple(values[name] for name in _CLASSES if name in values),
        function=values.get("organisation", ""),
        rule=rule,
        values={name: value for name, value in values.items() if name in names and value},
    )


def _scheme(schemes: Sequence[tuple[CodeScheme, str]], fonds: str, category: str, profile: str) -> CodeScheme | None:
    """The narrowest scheme that fits. Where the category is known it must be the scheme's, and one of the fonds goes
    before one of the profile; else the profile tells the kind of records, and goes first."""
    fitting = []
    for each, owner in schemes:
        if owner in ("", fonds) and each.profile in ("", profile) and category in ("", each.category):
            narrow = (owner == fonds, each.profile == profile)
            fitting.append((narrow if category else narrow[::-1], each.pk, each))
    return max(fitting, key=lambda found: found[:2])[2] if fitting else None


@lru_cache(maxsize=256)
def _rule(text: str) -> CodeRule:
    return rule_from_data(json.loads(text))
