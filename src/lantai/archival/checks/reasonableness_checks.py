"""GD-1-5, whether the values of one case fit each other (数据值合理性): order of moments, retention, item version,
check digits, legal time limits (Licensing Law Art. 42 to 45). Digits and limits are only ever reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from lantai.archival.checks.conditions import compiled, holds
from lantai.archival.checks.materials import rules_in_force
from lantai.archival.checks.metadata_checks import shown
from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.moments import day, is_day_only, read_moment
from lantai.archival.checks.pack import DigitRule, RulePack, TimeLimit
from lantai.archival.checks.retention import choose_retention
from lantai.archival.checks.scheme import Scheme, rule_values, scheme_of
from lantai.archival.checks.verdicts import check, fail, not_applicable, passed, warn
from lantai.archival.checks.workdays import covers, working_days
from lantai.archival.codes import check_identity_number, check_region_code, check_social_credit_code
from lantai.archival.packages.model import Package
from lantai.archival.packages.profile import Profile

CODE = "GD-1-5"
_SUSPENDED = "挂起"
_DIGITS = {
    "identity": check_identity_number,
    "credit": check_social_credit_code,
    "region": check_region_code,
}


@check(CODE)
def reasonable(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """All rules over several values of the case, and over its acts."""
    if not package.metadata:
        return [not_applicable(CODE, "ground-metadata")]
    scheme = scheme_of(profile, pack)
    values = rule_values(profile, package.metadata)
    findings = [
        *_order(package.metadata, scheme),
        *_numbers(package.metadata, scheme),
        *_future(package.metadata, scheme, holdings),
        *_retention(package.metadata, values, scheme),
        *_item_version(package.metadata, scheme),
        *_digits(package.metadata, values, scheme),
        *_time_limits(package, values, scheme),
    ]
    return findings or passed(CODE, elements=len(package.metadata))


def accepted_on(scheme: Scheme, metadata: Mapping[str, str]) -> str:
    """The day of acceptance (受理时间) as ISO text, else the day of the record; empty when neither can be read."""
    found = day(scheme.value(metadata, "accepted_at")) or day(scheme.value(metadata, "date"))
    return found.isoformat() if found else ""


def _order(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.pack.reasonableness.order:
        first, second = scheme.value(metadata, rule.earlier), scheme.value(metadata, rule.later)
        earlier, later = read_moment(first), read_moment(second)
        if earlier is None or later is None:
            continue
        backwards = earlier.date() > later.date() if is_day_only(first) or is_day_only(second) else earlier > later
        if backwards:
            yield fail(
                CODE,
                "order",
                scheme.tag(rule.later),
                **scheme.named(rule.earlier, "earlier"),
                first=first,
                **scheme.named(rule.later, "later"),
                second=second,
            )


def _numbers(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for element in scheme.pack.reasonableness.positive:
        value = scheme.value(metadata, element)
        if value.isascii() and value.isdecimal() and int(value) == 0:
            yield fail(CODE, "not-positive", scheme.tag(element), **scheme.named(element), found=value)


def _future(metadata: Mapping[str, str], scheme: Scheme, holdings: Holdings) -> Iterator[Finding]:
    today = day(holdings.today)
    if today is None:
        return
    for element in scheme.pack.reasonableness.not_future:
        value = scheme.value(metadata, element)
        found = day(value)
        # One day of grace: the department's clock may lie in another day.
        if found is not None and found > today + timedelta(days=1):
            yield fail(CODE, "future", scheme.tag(element), **scheme.named(element), found=value, today=holdings.today)


def _retention(metadata: Mapping[str, str], values: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    declared = scheme.value(metadata, scheme.pack.reasonableness.retention)
    chosen = choose_retention(scheme.pack, values)
    order = scheme.pack.retention.order
    if declared not in order or chosen.code not in order or declared == chosen.code:
        return
    shorter = order.index(declared) > order.index(chosen.code)
    told = fail if shorter else warn
    yield told(
        CODE,
        "retention-shorter" if shorter else "retention-longer",
        scheme.tag(scheme.pack.reasonableness.retention),
        declared=declared,
        expected=chosen.code,
        rule=chosen.rule or "-",
        table=chosen.table,
    )


def _item_version(metadata: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    item, declared = scheme.value(metadata, "item_code"), scheme.value(metadata, "item_version")
    accepted = accepted_on(scheme, metadata)
    if not item or not accepted or not declared:
        return
    known = rules_in_force(scheme.pack, item=item, region="", unit="", accepted=accepted)
    if not known.known:
        return
    if known.version is None:
        yield fail(CODE, "no-version-then", scheme.tag("item_version"), item=item, accepted=accepted)
    elif known.version.version != declared:
        yield fail(
            CODE,
            "other-version",
            scheme.tag("item_version"),
            item=item,
            accepted=accepted,
            declared=declared,
            expected=known.version.version,
        )


def _digits(metadata: Mapping[str, str], values: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for rule in scheme.pack.digits:
        value = scheme.value(metadata, rule.element)
        if not value or not holds(rule.when, values):
            continue
        fault = _digit_fault(rule, value)
        if fault:
            element = scheme.by_tag.get(scheme.tag(rule.element))
            yield warn(
                CODE,
                f"digit-{fault}",
                scheme.tag(rule.element),
                **scheme.named(rule.element),
                found=shown(element, value),
            )


def _digit_fault(rule: DigitRule, value: str) -> str:
    if rule.kind == "item":
        return "" if not rule.pattern or compiled(rule.pattern).fullmatch(value) else "form"
    return _DIGITS[rule.kind](value.upper()).fault


def _time_limits(package: Package, values: Mapping[str, str], scheme: Scheme) -> Iterator[Finding]:
    for limit in scheme.pack.time_limits:
        start = day(scheme.value(package.metadata, limit.start))
        end = day(scheme.value(package.metadata, limit.end))
        if start is None or end is None or end <= start or not holds(limit.when, values):
            continue
        allowed = _allowed_days(limit, scheme, package.metadata)
        if (end - start).days <= allowed:
            continue
        suspended = _suspended_days(package, scheme, start, end)
        used = working_days(scheme.pack.calendar, start, end) - suspended
        if used > allowed:
            yield warn(
                CODE,
                "time-limit" if covers(scheme.pack.calendar, start, end) else "time-limit-uncertain",
                scheme.tag(limit.end),
                limit=limit.name_zh,
                limit_en=limit.name_en,
                start=start,
                end=end,
                used=used,
                allowed=allowed,
                suspended=suspended,
                clause=limit.clause,
            )


def _allowed_days(limit: TimeLimit, scheme: Scheme, metadata: Mapping[str, str]) -> int:
    item = scheme.pack.item(scheme.value(metadata, "item_code")) if limit.promised else None
    return min(limit.days, item.promised_days) if item and item.promised_days else limit.days


def _suspended_days(package: Package, scheme: Scheme, start: date, end: date) -> int:
    """Working days from each recorded suspension (挂起) to the act after it, within the two days."""
    acts = sorted((read_moment(each.time), each.step) for each in package.process if read_moment(each.time) is not None)
    total = 0
    for number, (at, step) in enumerate(acts[:-1]):
        resumed = acts[number + 1][0]
        if scheme.profile.steps.get(step, step) == _SUSPENDED and at is not None and resumed is not None:
            total += working_days(scheme.pack.calendar, max(start, at.date()), min(end, resumed.date()))
    return total
