"""Packages judged by the rules in force and by changed ones, from what their examinations read."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db.models import Case, Value, When
from django.utils import timezone

from lantai.administration.queries.rule_effects import JudgedOtherwise
from lantai.archival.checks import Examination, Holdings, RulePack, judge_again
from lantai.archival.checks.wire import unpack
from lantai.archival.packages import Package
from lantai.ingest.models import ExaminationReport, Submission, SubmissionState
from lantai.ingest.profiles import profile_of
from lantai.ingest.value_lists import dated_lists, own_day

MOST = 500
"""Packages that are judged again."""
SECONDS = 4.0
"""How long judging may take while somebody waits for the page."""
NOT_TAKEN_IN = (SubmissionState.EXAMINED, SubmissionState.APPROVED, SubmissionState.REJECTED)
"""States in which what was read of a package is still kept, and rules still matter to it."""
_AT_ONCE = 100


def compare_rules(held: RulePack, changed: RulePack) -> tuple[int, list[JudgedOtherwise]]:
    """How many packages were judged by both, those that wait for a decision first, then the newest; and which of them
    come out otherwise.
    """
    today, lists = timezone.localdate(), dated_lists()
    until, tried, found = time.monotonic() + SECONDS, 0, []
    for report in reports_kept(most=MOST):
        if time.monotonic() > until:
            break
        package, stored = unpack(bytes(report.facts), tuple[Package, Examination])
        profile = profile_of(report.submission)
        day = own_day(profile=profile, metadata=package.metadata) or today
        holdings = Holdings(today=today.isoformat(), lists=lists.on(day))
        before = judge_again(package, stored, profile=profile, pack=held, holdings=holdings)
        after = judge_again(package, stored, profile=profile, pack=changed, holdings=holdings)
        tried += 1
        if before.decision != after.decision:
            told = {(each.code, each.verdict, each.reason, each.severity) for each in before.faults}
            now = {(each.code, each.verdict, each.reason, each.severity) for each in after.faults}
            checks = tuple(sorted({code for code, *_rest in told ^ now}))
            code, name = report.submission.record_code, report.title or report.submission.name
            found.append(JudgedOtherwise(code, name, before.decision, after.decision, checks))
    return tried, found


def reports_kept(*, most: int) -> Iterator[ExaminationReport]:
    """The reports of up to *most* packages that are not in the archive yet, with what was read of each: those that wait
    for a decision first, then the newest."""
    coming = Submission.objects.filter(state__in=NOT_TAKEN_IN)
    first = Case(When(state=SubmissionState.EXAMINED, then=Value(0)), default=Value(1))
    ids = list(coming.order_by(first, "-pk").values_list("pk", flat=True)[:most])
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        rows = ExaminationReport.objects.exclude(facts=b"").defer("body").select_related("submission").in_bulk(part)
        yield from (rows[each] for each in part if each in rows)
