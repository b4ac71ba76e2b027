"""What an act of arranging will do to each record, told before it is done and asked again when it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_noop

from lantai.administration.queries import class_scheme
from lantai.administration.queries.code_schemes import CodeSchemeView, code_schemes, governing_scheme
from lantai.archival.codes import (
    CodeError,
    CodeRule,
    format_code,
    preset_rules,
    rule_from_data,
    rule_to_data,
    rules_for_code,
    scope_of,
)
from lantai.catalog.models import CodeAssignment, CodeScope, Level, Record, RecordState

_CLASSES = ("class2", "class3", "class4")
REFUSALS = {
    "not-held": gettext_noop("不在馆藏中（已移交、销毁或并入），不能整理"),
    "other-fonds": gettext_noop("与目标不属同一全宗；跨全宗须办理移交"),
    "other-body": gettext_noop("与目标案卷的立档单位不同"),
    "already-there": gettext_noop("已在目标位置"),
    "volume-in-volume": gettext_noop("案卷不能放入案卷"),
    "retention-longer": gettext_noop("保管期限长于目标案卷，放入后会随案卷提前到期"),
    "has-code": gettext_noop("已有档号；档号给定后不变"),
    "no-code": gettext_noop("没有档号"),
    "no-rule": gettext_noop("本全宗和门类没有现行的档号规则"),
    "no-volume-rule": gettext_noop("现行档号规则按件编号，没有案卷号，案卷不编档号"),
    "not-written": gettext_noop("不能编档号：%(detail)s"),
    "no-volume": gettext_noop("没有这个案卷"),
    "no-class": gettext_noop("没有这个类别"),
    "class-of-other-days": gettext_noop("形成日期 %(day)s 的分类方案里没有这个类别"),
    "volume-not-numbered": gettext_noop("新案卷按现行规则编不出档号，请先检查档号规则"),
}
"""Why something is refused, by key."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where records are to go: a class of a fonds, or a volume in it (with its primary key)."""

    fonds: str
    category: str
    class_code: str
    volume_id: int | None = None
    volume_code: str = ""
    volume_number: int | None = None
    retention: str = ""
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to one record. ``refused`` is the key of why not, ``values`` what it says of; ``code`` is the code
    it gets, ``frozen`` says that its old code no longer tells its place."""

    id: int
    record_code: str
    archive_code: str
    title: str
    refused: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    frozen: bool = False


def longest_retention(codes: Sequence[str]) -> str:
    """The longest of these retention periods: Y before D30 before D10."""
    return max(codes, key=_rank, default="Y")


def _rank(code: str) -> int:
    digits = code[1:]
    return 10_000 if code == "Y" else int(digits) if digits.isascii() and digits.isdecimal() else 0


def move_effects(*, rows: Sequence[Record], to: Destination) -> list[Effect]:
    """What moving *rows* will do. Three queries: the codes given to them, the rules of the fonds, the classes.

    Moving never renumbers: where the printed code names another class or volume, ``frozen`` is set. A record goes into
    classes of the scheme of its own date only.
    """
    scheme, path = class_scheme(), "·".join(filter(None, (to.category, to.class_code)))
    scopes = dict(
        CodeAssignment.objects.filter(code__in=[each.archive_code for each in rows if each.archive_code]).values_list(
            "code", "scope"
        )
    )
    rules = [each.rule for each in code_schemes(fonds=to.fonds)] + list(preset_rules().values())
    effects = []
    for row in rows:
        refused, frozen = _move_refused(row, to), False
        if not refused and path in scheme.known and path not in scheme.on(row.formed_on):
            refused = "class-of-other-days"
        if row.archive_code and not refused:
            frozen = _misplaced(_printed(row.archive_code, scopes.get(row.archive_code, ""), rules), to)
        effects.append(
            Effect(
                row.pk,
                row.record_code,
                row.archive_code or "",
                row.title,
                refused=refused,
                values={"day": row.formed_on.isoformat()} if refused == "class-of-other-days" else {},
                frozen=frozen,
            )
        )
    return effects


def _move_refused(row: Record, to: Destination) -> str:
    if row.state != RecordState.HELD:
        return "not-held"
    if row.fonds_code != to.fonds:
        return "other-fonds"
    if to.volume_id is not None:
        if row.level == Level.VOLUME:
            return "volume-in-volume"
        if row.parent_id == to.volume_id:
            return "already-there"
        if to.organisation_id is not None and row.organisation_id != to.organisation_id:
            return "other-body"
        return "retention-longer" if _rank(row.retention) > _rank(to.retention) else ""
    there = (row.category_code, row.class_code, row.parent_id) == (to.category, to.class_code, None)
    return "already-there" if there else ""


def _printed(code: str, scope: str, rules: Sequence[CodeRule]) -> Mapping[str, str]:
    """What a code says of its place: out of the scope it was given in, else read by the first rule it fits."""
    if scope:
        return dict(each.partition("=")[::2] for each in scope.split("/"))
    return next((values for _rule, values in rules_for_code(code, rules)), {})


def _misplaced(printed: Mapping[str, str], to: Destination) -> bool:
    classes = [printed[name] for name in _CLASSES if name in printed]
    volume = printed.get("volume", "")
    return (
        ("category" in printed and printed["category"] != to.category)
        or (bool(classes) and "·".join(classes) != to.class_code)
        or (volume.isdecimal() and int(volume) != (to.volume_number or 0))
    )


def volume_rule(rule: CodeRule) -> CodeRule | None:
    """The rule by which the volumes themselves are numbered: *rule* up to its volume number; None where it has none."""
    names = [each.name for each in rule.components]
    if "volume" not in names:
        return None
    kept = rule.components[: names.index("volume") + 1]
    structure = "".join(
        f"{each.separator}{each.name}" + (_width(each.width, each.widest) if each.form == "number" else "")
        for each in kept
    )
    inside = {each.name for each in kept}
    return rule_from_data(
        {
            **rule_to_data(rule),
            "key": f"{rule.key}-volumes",
            "structure": structure,
            "running": "volume",
            "scope": [each.name for each in kept[:-1]],
            "allow": {name: list(values) for name, values in rule.allow.items() if name in inside},
            "patterns": {name: value for name, value in rule.patterns.items() if name in inside},
        }
    )


def _width(width: int, widest: int) -> str:
    return f":{width}" if width == widest else f":{width}-{widest}"


def code_values(
    *, row: Record, rule: CodeRule, defaults: Mapping[str, str], volume_number: int | None = None
) -> dict[str, str]:
    """The values of the rule's components for *row* where it stands; what it has no value for is left out."""
    values = dict(defaults) | {
        "fonds": row.fonds_code,
        "category": row.category_code,
        "year": str(row.year),
        "retention": row.retention,
    }
    if row.class_code:
        values = {name: value for name, value in values.items() if name not in _CLASSES}
        values |= dict(zip(_CLASSES, row.class_code.split("·"), strict=False))
    if row.function_code:
        values["organisation"] = row.function_code
    if volume_number:
        values["volume"] = str(volume_number)
    names = {each.name for each in rule.components}
    return {name: value for name, value in values.items() if name in names and value}


@dataclass(frozen=True, slots=True)
class NumberingRule:
    """By which rule a record is numbered, and with which values; ``refused`` when by none."""

    rule: CodeRule | None
    values: Mapping[str, str]
    refused: str = ""


def numbering_rules(*, rows: Sequence[Record], on: date) -> dict[int, NumberingRule]:
    """The rule and values of each of *rows* by primary key, as the rules of its fonds hold on that day."""
    schemes: dict[str, list[CodeSchemeView]] = {}
    found: dict[int, NumberingRule] = {}
    for row in rows:
        if row.fonds_code not in schemes:
            schemes[row.fonds_code] = code_schemes(fonds=row.fonds_code, on=on)
        scheme = governing_scheme(schemes=schemes[row.fonds_code], category=row.category_code, profile=row.profile)
        if scheme is None:
            found[row.pk] = NumberingRule(None, {}, "no-rule")
            continue
        rule: CodeRule | None = scheme.rule
        if row.level == Level.VOLUME:
            rule = volume_rule(scheme.rule)
            if rule is None:
                found[row.pk] = NumberingRule(None, {}, "no-volume-rule")
                continue
        assert rule is not None
        number = row.parent.volume_number if row.parent_id and row.parent else None
        found[row.pk] = NumberingRule(
            rule, code_values(row=row, rule=rule, defaults=scheme.defaults, volume_number=number)
        )
    return found


def numbering_effects(*, rows: Sequence[Record], on: date) -> list[Effect]:
    """The codes that *rows* will get, in this order, were nobody else to number in between."""
    rules = numbering_rules(rows=rows, on=on)
    scopes: dict[int, str] = {}
    refusals: dict[int, tuple[str, Mapping[str, str]]] = {}
    for row in rows:
        rule = rules[row.pk]
        if row.archive_code:
            refusals[row.pk] = ("has-code", {})
        elif row.state != RecordState.HELD:
            refusals[row.pk] = ("not-held", {})
        elif rule.rule is None:
            refusals[row.pk] = (rule.refused, {})
        else:
            try:
                scopes[row.pk] = scope_of(rule.rule, rule.values)
            except CodeError as error:
                refusals[row.pk] = ("not-written", _detail(error))
    last: dict[str, int] = defaultdict(int)
    last |= dict(CodeScope.objects.filter(scope__in=set(scopes.values())).values_list("scope", "last"))
    effects = []
    for row in rows:
        code = ""
        if row.pk in scopes:
            rule = rules[row.pk]
            assert rule.rule is not None
            try:
                code = format_code(rule.rule, rule.values, last[scopes[row.pk]] + 1)
                last[scopes[row.pk]] += 1
            except CodeError as error:
                refusals[row.pk] = ("not-written", _detail(error))
        refused, values = refusals.get(row.pk, ("", {}))
        effects.append(Effect(row.pk, row.record_code, row.archive_code or "", row.title, refused, values, code=code))
    return effects


def _detail(error: CodeError) -> Mapping[str, str]:
    return {"detail": error.problem.sentence("zh"), "detail_en": error.problem.sentence("en")}


def void_effects(*, rows: Sequence[Record]) -> list[Effect]:
    """What voiding the codes of *rows* will do: the number keeps its reason, the record is without code again."""
    return [
        Effect(
            row.pk,
            row.record_code,
            row.archive_code or "",
            row.title,
            refused="" if row.archive_code else "no-code",
        )
        for row in rows
    ]


ORDERS: Mapping[str, tuple[str, ...]] = {
    "chosen": (),
    "date": ("formed_on", "document_number"),
    "document": ("document_number", "formed_on"),
    "title": ("title", "formed_on"),
}
"""Orders within the lowest class before numbering (排列, DA/T 22): as chosen, by time, by document number, by title."""


def members_of(*, ids: Sequence[int], order: str = "chosen") -> list[Record]:
    """The records of these primary keys in their order, or in one of ``ORDERS``; descriptions are not read."""
    rows = Record.objects.defer("description", "abstract", "sealed").select_related("parent").in_bulk(list(ids))
    found = [rows[each] for each in ids if each in rows]
    columns = ORDERS.get(order, ())
    return sorted(found, key=lambda row: _sortable(row, columns)) if columns else found


def _sortable(row: Record, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, each) for each in columns)
