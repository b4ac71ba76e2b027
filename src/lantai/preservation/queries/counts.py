"""What the archive holds by format and risk, out of the kept counts, as far as a reader may know of the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from lantai.administration.queries.people import Reader
from lantai.catalog.queries import Act, RecordSummary, clauses, summaries
from lantai.preservation.models import FormatCount, HeldFormat
from lantai.preservation.queries.register import RuleView, copied_families, copy_rules, format_register
from lantai.preservation.register import GRADES, FormatEntry, unknown_format

BOUND = 20_000
"""Records of a list that is not kept counted are counted no further than this."""
PLACES = 200
"""Fonds and classes told of one format."""
_SUMS = ("records", "files", "bytes", "copied", "refused")
_FIELDS = ("fonds_code", "secrecy")
"""Rule fields of a record that the counts are kept by."""


@dataclass(frozen=True, slots=True)
class FormatLine:
    """One format with what is held of it: records, files, bytes; files with a copy, and files that were refused one."""

    entry: FormatEntry
    records: int
    files: int
    bytes: int
    copied: int
    refused: int


@dataclass(frozen=True, slots=True)
class Scope:
    """One format in one fonds and class, and how many of its files are to get a copy."""

    puid: str
    fonds: str
    category: str
    class_code: str
    waiting: int

    @property
    def key(self) -> list[str]:
        """What tells it from others, in order."""
        return [self.puid, self.fonds, self.category, self.class_code]


def format_lines(*, reader: Reader) -> list[FormatLine]:
    """Every format held, the riskiest first, then by files. Two queries."""
    register = format_register()
    rows = FormatCount.objects.filter(_known(reader), files__gt=0).order_by().values("puid")
    told = rows.values_list("puid", *(Sum(each) for each in _SUMS))
    names = dict(FormatCount.objects.exclude(puid__in=list(register)).values_list("puid", "name").distinct())
    lines = [FormatLine(register.get(puid) or unknown_format(puid, names.get(puid, "")), *sums) for puid, *sums in told]
    order = {"high": 0, "unjudged": 1, "medium": 2, "low": 3}
    assert order.keys() == GRADES.keys()
    return sorted(lines, key=lambda each: (order[each.entry.grade], -each.files, each.entry.puid))


def places_of_format(*, puid: str, reader: Reader) -> list[tuple[str, str, str, dict[str, int]]]:
    """In which fonds and classes a format is held, with the figures of each; those with most files first."""
    rows = FormatCount.objects.filter(_known(reader), puid=puid, files__gt=0)
    scopes = rows.order_by().values("fonds_code", "category_code", "class_code")
    told = scopes.values_list("fonds_code", "category_code", "class_code", *(Sum(each) for each in _SUMS))
    found = [(fonds, category, of, dict(zip(_SUMS, sums, strict=True))) for fonds, category, of, *sums in told]
    return sorted(found, key=lambda each: (-each[3]["files"], each[:3]))[:PLACES]


def records_behind(
    *, puid: str, reader: Reader, which: str = "", fonds: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[tuple[RecordSummary, int, int, int]], int]:
    """The records that hold files of a format, the newest first, each with files, copies and refusals; and how many
    there are. *which*: all, ``waiting`` for a copy, or ``refused`` one; these are counted up to BOUND.
    """
    rows = HeldFormat.objects.filter(_known(reader), puid=puid)
    rows = rows.filter(fonds_code=fonds) if fonds else rows
    if which == "waiting":
        rows = rows.filter(files__gt=F("copied") + F("refused"))
    elif which == "refused":
        rows = rows.filter(refused__gt=0)
    if which:
        total = rows[:BOUND].count()
    else:
        counts = FormatCount.objects.filter(_known(reader), puid=puid)
        counts = counts.filter(fonds_code=fonds) if fonds else counts
        total = counts.aggregate(total=Sum("records"))["total"] or 0
    told = rows.order_by("-record_id").values_list("record_id", "files", "copied", "refused")[offset : offset + limit]
    figures = {record: figures for record, *figures in told}
    return [(each, *figures[each.id]) for each in summaries(record_ids=list(figures), reader=reader)], total  # type: ignore[misc]


def scopes_to_copy(*, rules: Sequence[RuleView] | None = None) -> list[Scope]:
    """Every format in every fonds and class whose files get copies by the rules and have none yet."""
    register, rules = format_register(), copy_rules() if rules is None else rules
    wanted = {puid for puid, each in register.items() if each.target and each.way}
    return [
        scope
        for scope in _scopes(Q(puid__in=wanted))
        if scope.waiting > 0 and register[scope.puid].family in _families(scope, rules)
    ]


def unplanned_formats() -> dict[str, str]:
    """The formats held that are at risk and have no plan, by identifier: ``no-target`` (nothing was decided) or
    ``no-rule`` (copies are the plan, and no rule has them made where files still wait).
    """
    register = format_register()
    rules: Sequence[RuleView] | None = None  # asked for where a copy is the plan
    found: dict[str, str] = {}
    for scope in _scopes(Q()):
        entry = register.get(scope.puid) or unknown_format(scope.puid, "")
        if not entry.at_risk:
            continue
        if not entry.target:
            if not entry.decided:
                found[scope.puid] = "no-target"
        elif scope.waiting > 0:
            rules = copy_rules() if rules is None else rules
            if entry.family not in _families(scope, rules):
                found[scope.puid] = "no-rule"
    return found


def _families(scope: Scope, rules: Sequence[RuleView]) -> tuple[str, ...]:
    return copied_families(rules=rules, fonds=scope.fonds, category=scope.category, class_code=scope.class_code)


def _scopes(wanted: Q) -> list[Scope]:
    places = ("puid", "fonds_code", "category_code", "class_code")
    rows = FormatCount.objects.filter(wanted, files__gt=0).order_by(*places).values(*places)
    told = rows.values_list(*places, Sum("files"), Sum("copied"), Sum("refused"))
    return [
        Scope(puid, fonds, category, class_code, files - copied - refused)
        for puid, fonds, category, class_code, files, copied, refused in told
    ]


def _known(reader: Reader) -> Q:
    """The counts of the records a reader may know of. A clause that asks for more than the counts are kept by opens
    none of them.
    """
    found = Q(pk__in=[])
    for clause in clauses(reader, Act.EXIST):
        if all(each.field in _FIELDS for each in clause):
            every = Q()
            for each in clause:
                every &= each.as_q()
            found |= every
    return found
