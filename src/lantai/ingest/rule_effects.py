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
from lantai.ingest.models import ExaminationReport, SubmissionState
from lantai.ingest.profiles import profile_of
from lantai.ingest.value_lists import dated_lists, own_day

MOST = 500
"""Packages that are judged again."""
SECONDS = 4.0
"""How long judging may take while somebody waits for the page."""


def compare_rules(held: RulePack, changed: RulePack) -> tuple[int, list[JudgedOtherwise]]:
    """How many packages were judged by both, those that wait for a decision first, then the newest; and which of them
    come out otherwise.
    """
    today, lists = timezone.localdate(), dated_lists()
    until, tried, found = time.monotonic() + SECONDS, 0, []
    for report in _reports():
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


def _reports() -> Iterator[ExaminationReport]:
    first = Case(When(submission__state=SubmissionState.EXAMINED, then=Value(0)), default=Value(1))
    rows = ExaminationReport.objects.exclude(facts=b"").select_related("submission").order_by(first, "-pk")
    yield from rows[:MOST].iterator(chunk_size=50)
