"""Packages and records judged by material rules and retention tables as they stand and as they are being written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from lantai.administration.queries.people import Reader
from lantai.administration.queries.profiles import profile_on
from lantai.administration.queries.rule_effects import (
    Kept,
    KeptOtherwise,
    Lacking,
    LackingOtherwise,
    MaterialEffects,
    RetentionEffects,
)
from lantai.archival.checks import (
    Examination,
    RulePack,
    choose_retention,
    rule_values,
    rules_in_force,
    unmet_rules,
)
from lantai.archival.checks.pack import MaterialRule
from lantai.archival.checks.reasonableness_checks import accepted_on
from lantai.archival.checks.scheme import scheme_of
from lantai.archival.checks.wire import unpack
from lantai.archival.packages import Material, Package, Profile
from lantai.catalog.queries import RuledRecord, count_ruled_records, ruled_records
from lantai.ingest.models import Submission
from lantai.ingest.profiles import profile_of
from lantai.ingest.rule_effects import MOST, NOT_TAKEN_IN, SECONDS, reports_kept

Judged = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""Code and name of a package or record, and the names of what it lacks by both rules."""
EXAMPLES = 12
"""Examples of what changes, of packages and of records each."""


class _Rules:
    """The material rules in force under both packs, found once for each item, region, fonds and day; None where they
    are the same."""

    def __init__(self, before: RulePack, after: RulePack) -> None:
        self.packs = (before, after)
        self.known: dict[tuple[str, str, str, str], tuple[Sequence[MaterialRule], Sequence[MaterialRule]] | None] = {}

    def of(
        self, item: str, region: str, unit: str, accepted: str
    ) -> tuple[Sequence[MaterialRule], Sequence[MaterialRule]] | None:
        key = (item, region, unit, accepted)
        if key not in self.known:
            before, after = (
                rules_in_force(pack, item=item, region=region, unit=unit, accepted=accepted).rules
                for pack in self.packs
            )
            self.known[key] = None if before == after else (before, after)
        return self.known[key]


class _Tally:
    """How many were judged so far, against the clock."""

    def __init__(self, until: float) -> None:
        self.until, self.tried = until, 0

    def goes_on(self) -> bool:
        """Whether there is time for one more; counts it."""
        if time.monotonic() > self.until:
            return False
        self.tried += 1
        return True


def compare_materials(
    *, before: RulePack, after: RulePack, day: date, item: str, fonds: str, reader: Reader
) -> MaterialEffects:
    """What packages on their way and records would lack by *before* and by *after*.

    Packages are judged by the day their case was accepted, as their examination would; records, which nothing changes
    any more, as if theirs were accepted on *day*. Judging ends after ``SECONDS``; how many were judged is told.
    """
    began = time.monotonic()
    rules = _Rules(before, after)
    coming = _coming_lacking(before, rules, began + SECONDS / 2)
    return MaterialEffects(coming, _held_lacking(rules, day, item, fonds, reader, began + SECONDS))


def _coming_lacking(pack: RulePack, rules: _Rules, until: float) -> Lacking:
    tally = _Tally(until)
    found: list[Judged] = []
    for name, code, profile, package in _packages(tally):
        scheme = scheme_of(profile, pack)

        def said(element: str) -> str:
            return scheme.value(package.metadata, element)  # noqa: B023 - asked before the next package

        force = rules.of(
            said("item_code"), said("region_code"), said("fonds_code"), accepted_on(scheme, package.metadata)
        )
        if force is not None:
            values = rule_values(profile, package.metadata)
            before, after = (_names(each, package.materials, values) for each in force)
            found.append((code, name, before, after))
    return _lacking(Submission.objects.filter(state__in=NOT_TAKEN_IN).count(), tally.tried, found)


def _held_lacking(rules: _Rules, day: date, item: str, fonds: str, reader: Reader, until: float) -> Lacking:
    tally = _Tally(until)
    found: list[Judged] = []
    for record in ruled_records(reader=reader, item=item, fonds=fonds, with_files=True):
        if not tally.goes_on():
            break
        profile = _profile(record.profile)
        if profile is None:
            continue
        force = rules.of(
            _said(profile, record, "item_code"),
            _said(profile, record, "region_code"),
            _said(profile, record, "fonds_code") or record.fonds_code,
            day.isoformat(),
        )
        if force is not None:
            materials, values = _materials(record), rule_values(profile, _texts(record))
            before, after = (_names(each, materials, values) for each in force)
            found.append((record.record_code, record.title, before, after))
    return _lacking(count_ruled_records(reader=reader, item=item, fonds=fonds), tally.tried, found)


def _names(rules: Sequence[MaterialRule], materials: Sequence[Material], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _rule, names in unmet_rules(rules, materials, values) for name in names))


def _lacking(total: int, tried: int, found: Sequence[Judged]) -> Lacking:
    changed = [LackingOtherwise(*each) for each in found if each[2] != each[3]]
    return Lacking(
        total=max(total, tried),
        tried=tried,
        newly=sum(not each.before for each in changed),
        no_longer=sum(not each.after for each in changed),
        otherwise=sum(bool(each.before and each.after) for each in changed),
        examples=tuple(changed[:EXAMPLES]),
    )


def compare_retention(*, before: RulePack, after: RulePack, reader: Reader) -> RetentionEffects:
    """Which retention period packages on their way and records get by the tables of *before* and of *after*.

    Records keep the period they have; theirs is what the tables would say if it were decided anew. Looking up ends
    after ``SECONDS``; how many were looked up is told.
    """
    began = time.monotonic()
    tables = _Tables(before, after)
    tally, coming = _Tally(began + SECONDS / 2), []
    for name, code, profile, package in _packages(tally):
        coming.append((code, name, *tables.of(profile, package.metadata)))
    told = _kept(Submission.objects.filter(state__in=NOT_TAKEN_IN).count(), tally.tried, coming)
    tally, held = _Tally(began + SECONDS), []
    for record in ruled_records(reader=reader):
        if not tally.goes_on():
            break
        profile_or_none = _profile(record.profile)
        if profile_or_none is not None:
            held.append((record.record_code, record.title, *tables.of(profile_or_none, _texts(record))))
    return RetentionEffects(told, _kept(count_ruled_records(reader=reader), tally.tried, held))


class _Tables:
    """The period by both tables, found once for each combination of the elements that their conditions ask for."""

    def __init__(self, before: RulePack, after: RulePack) -> None:
        self.packs = (before, after)
        asked = {each.element for pack in self.packs for rule in pack.retention.rules for each in rule.when}
        self.elements = tuple(sorted(asked))
        self.known: dict[tuple[str, ...], tuple[str, str]] = {}

    def of(self, profile: Profile, metadata: Mapping[str, str]) -> tuple[str, str]:
        values = rule_values(profile, metadata)
        key = tuple(values.get(each, "") for each in self.elements)
        if key not in self.known:
            before, after = (choose_retention(pack, values).code for pack in self.packs)
            self.known[key] = (before, after)
        return self.known[key]


def _kept(total: int, tried: int, found: Sequence[tuple[str, str, str, str]]) -> Kept:
    changed = [KeptOtherwise(*each) for each in found if each[2] != each[3]]
    moves = Counter((each.before, each.after) for each in changed)
    return Kept(max(total, tried), tried, dict(moves.most_common()), tuple(changed[:EXAMPLES]))


def _packages(tally: _Tally) -> Iterator[tuple[str, str, Profile, Package]]:
    """Packages on their way as they were read, with name, code and profile, while there is time."""
    for report in reports_kept(most=MOST):
        if not tally.goes_on():
            return
        package, _examination = unpack(bytes(report.facts), tuple[Package, Examination])
        submission = report.submission
        yield report.title or submission.name, submission.record_code, profile_of(submission), package


def _profile(code: str) -> Profile | None:
    """The profile as it holds today; None for one that is no longer known."""
    try:
        return profile_on(code=code)
    except KeyError:
        return None


def _texts(record: RuledRecord) -> dict[str, str]:
    return {tag: value for tag, value in record.said.items() if isinstance(value, str)}


def _said(profile: Profile, record: RuledRecord, element: str) -> str:
    value = record.said.get(profile.fields.get(element, element), "")
    return value.strip() if isinstance(value, str) else ""


def _materials(record: RuledRecord) -> list[Material]:
    """The files of a record as the list of its package declared them, as far as the catalogue keeps it."""
    return [
        Material("", "", each.stage, "", each.listed or each.material, each.material, path=each.path)
        for each in record.files()
    ]
