"""Examine what was received (四性检测): read in limited children, judge in batches, sign the report, decide by
policy.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from lantai.administration.queries import AgreementView, agreements_of, rule_pack, trust_list
from lantai.administration.services import changes_in_force
from lantai.archival.checks import Examination, RulePack, examine, report
from lantai.archival.checks.sandbox import ReadRequest, Sandbox
from lantai.archival.checks.wire import pack
from lantai.archival.packages import HandoverLine, Package
from lantai.archival.sealing import Trust
from lantai.common.keys import signing_key
from lantai.ingest.area import receiving_path
from lantai.ingest.models import ExaminationReport, Receipt, ReportedFault, Submission, SubmissionState
from lantai.ingest.profiles import profile_for_reader, profile_of
from lantai.ingest.services.cases import MISSING, PackagedCase, note_packaged_cases
from lantai.ingest.services.correcting import (
    MOST_REASONS,
    Returned,
    ask_corrections,
    correct_until,
    faults_told,
    finish_corrections_alike,
    reason_of,
    told_faults,
)
from lantai.ingest.services.holdings import agreement_for, gather_holdings
from lantai.ingest.services.receipts import NewReceipt, last_receipts, write_receipts
from lantai.ingest.services.sandboxes import sandbox
from lantai.ingest.services.telling import tell_departments
from lantai.ingest.services.waiting import queue_accession
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import DutyToRaise, Sentence, current_job, raise_work

CHUNK = 50
DECIDE_WITHIN = timedelta(days=5)
REPORTS = "reports"
_JSON = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Examined:
    """One submission with what was read of it and what the checks made of that."""

    submission: Submission
    package: Package
    examination: Examination


@task()
def examine_submissions() -> int:
    """Examine all received packages, the oldest first, in chunks of 50; returns how many.

    While one chunk is judged and written, the children read the next. A chunk is one transaction: reports, receipts,
    ledger entries, states, and the queue row of the accession. Run again after a crash it goes on with what is still
    received.
    """
    done = 0
    job = current_job()
    box = sandbox()
    with ThreadPoolExecutor(1, thread_name_prefix="lantai-reading") as reading:
        for chunk, packages in _read_ahead(reading, box):
            done += len(judge_packages(read=list(zip(chunk, packages, strict=True)), now=timezone.now()))
            if job is not None:
                job.report(done=done)
    return done


def _read_ahead(reading: ThreadPoolExecutor, box: Sandbox) -> Iterator[tuple[list[Submission], list[Package]]]:
    """The received submissions chunk by chunk, each with its packages read; the next chunk is read meanwhile."""
    last = 0
    ahead: tuple[list[Submission], Future[list[Package]]] | None = None
    while True:
        chunk = list(
            Submission.objects.filter(Q(batch=None) | Q(batch__closed_at__isnull=False), state=SubmissionState.RECEIVED)
            .filter(pk__gt=last)
            .select_related("batch")
            .order_by("pk")[:CHUNK]
        )
        if chunk:
            last = chunk[-1].pk
            requests = _requests(chunk, trust_list(at=timezone.now()))  # what they need of the database is asked here
            following = (chunk, reading.submit(_read, box, requests))
        if ahead is not None:
            yield ahead[0], ahead[1].result()
        if not chunk:
            return
        ahead = following


def _requests(chunk: Sequence[Submission], trust: Trust) -> list[ReadRequest]:
    return [
        ReadRequest(
            path=receiving_path(each.record_code),
            profile=profile_for_reader(each),
            handover=_handover(each),
            name=each.name,
            want_text=False,
            known_digests=each.digests,
            trust=trust,
        )
        for each in chunk
    ]


def _read(box: Sandbox, requests: Sequence[ReadRequest]) -> list[Package]:
    return list(box.read_many(requests))


def _handover(submission: Submission) -> HandoverLine | None:
    """What the department declared of the package, by list or by request."""
    if not submission.handover and not submission.declared_digest:
        return None
    return HandoverLine(
        name=submission.name,
        size=submission.handover.get("size", submission.declared_size),
        digest_algorithm=submission.declared_algorithm,
        digest=submission.declared_digest,
        batch=str(submission.handover.get("batch", "")),
        values=submission.handover.get("values", {}),
    )


def judge_packages(*, read: Sequence[tuple[Submission, Package]], now: datetime) -> list[Examined]:
    """Check *read* packages against what the archive holds and write the outcome, in one transaction.

    The holdings of the whole batch are asked for at once; a package whose twin comes before it in the same batch sees
    that twin as held. Blocking faults reject, what needs a person waits for one, the rest is approved where the
    agreement with the department says so.
    """
    changes_in_force(now=now)
    rules = rule_pack(at=now)
    agreements = agreements_of(organisation_ids={each.organisation_id for each, _package in read}, at=now)
    examined = [
        Examined(submission, package, examine(package, profile=profile_of(submission), pack=rules, holdings=known))
        for (submission, package), known in zip(read, gather_holdings(read=read, rules=rules, now=now), strict=True)
    ]
    reports = dict(zip((each.submission.pk for each in examined), _reports(examined, rules, now), strict=True))
    with transaction.atomic():
        received = Submission.objects.select_for_update().filter(pk__in=reports, state=SubmissionState.RECEIVED)
        waiting = set(received.values_list("pk", flat=True))  # a worker that lost its lease may have come too late
        examined = [each for each in examined if each.submission.pk in waiting]
        _write(examined, [reports[each.submission.pk] for each in examined], agreements, now)
    return examined


def _reports(examined: Sequence[Examined], rules: RulePack, now: datetime) -> list[ExaminationReport]:
    """The signed reports of one chunk, made before the transaction so that nobody waits for their making."""
    key = signing_key(REPORTS)
    reports = []
    for each in examined:
        body = _JSON.encode(
            report(each.examination, each.package) | {"record_code": each.submission.record_code, "at": now.isoformat()}
        )
        profile = profile_of(each.submission)
        faults = each.examination.faults
        reports.append(
            ExaminationReport(
                submission_id=each.submission.pk,
                decision=each.examination.decision,
                faults=min(len(faults), 9999),
                first_fault=faults[0].code if faults else "",
                title=profile.value(each.package.metadata, "title")[:1000],
                case_number=profile.value(each.package.metadata, "case_number")[:100],
                source_code=profile.value(each.package.metadata, "record_code").strip()[:120],
                rule_pack=rules.label,
                body=zlib.compress(body, 1),
                facts=pack((each.package, each.examination)),
                signature=base64.b64encode(key.sign(body)).decode("ascii"),
                examined_at=now,
            )
        )
    return reports


def _write(
    examined: Sequence[Examined],
    reports: Sequence[ExaminationReport],
    agreements: dict[int, AgreementView],
    now: datetime,
) -> None:
    """Reports, receipts, ledger entries, states, duties and follow-ups of one chunk."""
    ExaminationReport.objects.bulk_create(reports)
    ReportedFault.objects.bulk_create(_faults(examined), ignore_conflicts=True)
    outcome = {each.submission.pk: _state(each, agreements) for each in examined}
    for state in set(outcome.values()):
        Submission.objects.filter(pk__in=[pk for pk, found in outcome.items() if found == state]).update(state=state)
    _tell(examined, reports, outcome, agreements, now)
    note_packaged_cases(packaged=[_packaged(each, outcome[each.submission.pk]) for each in examined])
    if SubmissionState.APPROVED in outcome.values():
        queue_accession()


def _faults(examined: Sequence[Examined]) -> list[ReportedFault]:
    """The faults of these packages, one row for each check and reason."""
    return [
        ReportedFault(
            submission=each.submission,
            code=fault.code,
            reason=fault.reason[:60],
            verdict=fault.verdict,
            severity=fault.severity,
        )
        for each in examined
        for fault in each.examination.faults
    ]


def _packaged(each: Examined, state: str) -> PackagedCase:
    """What a package says of the case it closes."""
    profile, metadata = profile_of(each.submission), each.package.metadata
    return PackagedCase(
        submission=each.submission,
        state=state,
        case_number=profile.value(metadata, "case_number").strip()[:100],
        item_code=profile.value(metadata, "item_code").strip()[:120],
        item_name=profile.value(metadata, "item_name").strip()[:300],
        title=profile.value(metadata, "title").strip()[:1000],
        lacking=any(fault.reason.startswith(MISSING) for fault in each.examination.faults),
    )


def _state(each: Examined, agreements: dict[int, AgreementView]) -> str:
    """Where a submission goes after its examination: by the checks' decision and the department's agreement."""
    if each.examination.decision == "rejected":
        return SubmissionState.REJECTED
    agreement = agreement_for(submission=each.submission, agreements=agreements)
    if each.examination.decision == "manual" or agreement is None or not agreement.automatic:
        return SubmissionState.EXAMINED
    return SubmissionState.APPROVED


def _tell(
    examined: Sequence[Examined],
    reports: Sequence[ExaminationReport],
    outcome: dict[int, str],
    agreements: dict[int, AgreementView],
    now: datetime,
) -> None:
    """Receipts to the departments, entries to the ledger, duties to archivists and departments."""
    before = last_receipts(submission_ids=[each.submission.pk for each in examined])
    verdicts, entries, duties, returned = [], [], [], []
    for each, written in zip(examined, reports, strict=True):
        number, previous = before.get(each.submission.pk, (0, ""))
        state = outcome[each.submission.pk]
        faults = [
            {"check": fault.code, "verdict": fault.verdict, "severity": fault.severity, "reason": fault.reason}
            | ({"path": fault.path} if fault.path else {})
            | ({"values": dict(fault.values)} if fault.values else {})
            | ({"advice": fault.advice} if fault.advice else {})
            for fault in each.examination.faults
        ]
        verdicts.append(
            NewReceipt(
                submission=each.submission,
                number=number + 1,
                kind=Receipt.Kind.VERDICT,
                previous=previous,
                content={
                    "decision": each.examination.decision,
                    "rule_pack": written.rule_pack,
                    "faults": faults,
                    "report_signature": written.signature,
                },
            )
        )
        entries.append(
            NewEntry(
                kind="submission.examined",
                subject=each.submission.record_code,
                actor="system",
                at=now,
                result=each.examination.decision,
                detail={
                    "rule_pack": written.rule_pack,
                    "faults": [f"{fault['check']} {fault['reason']}" for fault in faults][:40],
                    "report_signature": written.signature,
                    "state": state,
                },
            )
        )
        if state == SubmissionState.EXAMINED:
            duties.append(
                DutyToRaise(
                    kind="submission",
                    subject=each.submission.record_code,
                    title=written.title or each.submission.name,
                    reason=_why_a_person(each),
                    role="archivist",
                    due_on=(now + DECIDE_WITHIN).date(),
                )
            )
        elif state == SubmissionState.REJECTED:
            until = correct_until(agreement=agreement_for(submission=each.submission, agreements=agreements), now=now)
            found = each.examination.faults
            why = faults_told(faults=found)
            reasons = [reason_of(finding=fault) for fault in found if fault.severity != "note"][:MOST_REASONS]
            returned.append(Returned(each.submission, written.title, why, until, reasons))
    made = write_receipts(receipts=verdicts, now=now)
    days = {each.submission.pk: {"correct_by": each.until.isoformat()} for each in returned if each.until}
    by_policy = [
        NewReceipt(
            submission=each.submission,
            number=verdict.number + 1,
            kind=Receipt.Kind.DECISION,
            previous=verdict.digest,
            content={"decision": outcome[each.submission.pk], "by": "policy"} | days.get(each.submission.pk, {}),
        )
        for each, verdict in zip(examined, made, strict=True)
        if outcome[each.submission.pk] != SubmissionState.EXAMINED
    ]
    write_receipts(receipts=by_policy, now=now)
    append_entries(entries=entries)
    raise_work(duties=duties, now=now)
    ask_corrections(returned=returned, now=now)
    finish_corrections_alike(
        kept=[
            (each.submission, written.source_code)
            for each, written in zip(examined, reports, strict=True)
            if outcome[each.submission.pk] != SubmissionState.REJECTED
        ],
        now=now,
    )
    tell_departments(submissions=[each.submission for each in examined], now=now)


def _why_a_person(each: Examined) -> Sentence:
    """The sentence of the work queue: what a person has to look at."""
    faults = each.examination.faults
    if each.examination.decision != "manual":
        return Sentence("agreement-remarks", {"n": len(faults)}) if faults else Sentence("agreement-asks")
    doubts = [found for found in faults if found.severity != "note"] or faults
    if doubts:
        return Sentence("checks-doubt", {"n": len(doubts), **told_faults(faults=doubts)})
    asked = [found.code for found in each.examination.findings if found.verdict == "manual"]
    return Sentence("checks-ask", {"n": len(asked), "checks": list(dict.fromkeys(asked))})
