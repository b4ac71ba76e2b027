"""Remind departments of what they owe (催办): by hand for chosen rows, by rule around the day something is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from lantai.administration.queries import organisations_by_id
from lantai.ingest.models import (
    SUBMISSION_REPORT_BYTES,
    CorrectionRequest,
    HandledCase,
    Reminder,
    ReminderContact,
    ReminderRule,
    SubmissionState,
)
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, notify, queue_mail

HANDOVER, CORRECTION, MATERIAL = "handover", "correction", "material"
CASE, PACKAGE = "case:", "package:"
"""What the keys of cases owed and of corrections begin with, before a row's number and a 电子文件号."""
MOST_LINES = 50
"""A message lists so many; the rest is counted and stands on the department's page."""
CATCH_UP = 7
"""A reminder missed because nobody ran is sent so many days later at most."""
MOST_AT_ONCE = 1000
PLACES = {
    HANDOVER: "/handover/cases/?state=closed",
    MATERIAL: "/handover/cases/?state=awaited",
    CORRECTION: "/corrections/",
}


_WHAT = {
    HANDOVER: "办结后尚未移交",
    MATERIAL: "办理中，应当收齐的材料尚缺",
    CORRECTION: "移交包已退回，尚未补正重交",
}


class AlreadyReminded(Exception):
    """Nothing is left to remind of: all of it was reminded of today, or has come meanwhile."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing a department owes: of which kind, its number, its title for people who signed in, what it is called in
    mail (no names of persons leave the archive), and until when; ``lacking`` names the materials a running case lacks,
    ``key`` is its row in a list."""

    kind: str
    subject: str
    title: str
    plain: str
    organisation_id: int
    due_on: date | None
    key: str = ""
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What one body will be told, and where the mail goes; empty *address* where no contact is known."""

    organisation_id: int
    body: str
    subject: str
    words: str
    address: str
    owed: tuple[Owed, ...]


def owed_by(*, cases: Sequence[int] = (), packages: Sequence[str] = ()) -> list[Owed]:
    """What is still owed of these cases (row numbers) and returned packages (电子文件号)."""
    owing = HandledCase.objects.filter(
        Q(submission=None, closed_at__isnull=False)
        | Q(submission=None, awaited_on__isnull=False)
        | Q(submission__state=SubmissionState.REJECTED),
        pk__in=cases,
    )
    found = [_owed_case(each) for each in owing.order_by("organisation_id", "due_on", "pk")]
    returned = CorrectionRequest.objects.filter(submission__record_code__in=packages, answered_at=None)
    return found + [
        _owed(each)
        for each in returned.select_related("submission", "submission__report").defer(*SUBMISSION_REPORT_BYTES)
    ]


def messages_for(*, owed: Iterable[Owed], note: str = "", today: date) -> list[Message]:
    """The words each body will read, in the archive's language."""
    by_body: dict[int, list[Owed]] = defaultdict(list)
    for each in owed:
        by_body[each.organisation_id].append(each)
    names = organisations_by_id(ids=by_body)
    contacts = dict(
        ReminderContact.objects.filter(organisation_id__in=by_body).values_list("organisation_id", "address")
    )
    return [
        Message(
            organisation_id=body,
            body=names[body].name,
            subject=f"【{settings.LANTAI_ARCHIVE_NAME}】请及时移交：{len(lines)} 件",
            words=_words(names[body].name, lines, note, today),
            address=contacts.get(body, ""),
            owed=tuple(lines),
        )
        for body, lines in by_body.items()
    ]


def not_yet_reminded(*, owed: Sequence[Owed], now: datetime) -> list[Owed]:
    """What of this nobody reminded of by hand today: a form sent twice reminds once."""
    begin = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    told = set(
        Reminder.objects.filter(rule=None, at__gte=begin, subject__in=[each.subject for each in owed]).values_list(
            "organisation_id", "subject"
        )
    )
    return [each for each in owed if (each.organisation_id, each.subject) not in told]


def remind_departments(*, owed: Sequence[Owed], note: str = "", by: str, role: str, now: datetime) -> int:
    """Send one message a body about all it owes of *owed*: a notice, and a mail where a contact is known. Returns how
    many things were reminded of. Raises AlreadyReminded when nothing is left."""
    with transaction.atomic():
        left = not_yet_reminded(owed=owed, now=now)
        if not left:
            raise AlreadyReminded
        for message in messages_for(owed=left, note=note, today=timezone.localdate(now)):
            _send(message, None, by, role, now)
    return len(left)


def remind_by_rules(*, now: datetime) -> int:
    """Send the reminders whose day has come by the rules; each once for one thing and one day. Returns how many."""
    today, sent = timezone.localdate(now), 0
    for rule in ReminderRule.objects.filter(ended_at=None).order_by("pk"):
        due = today - timedelta(days=rule.days)
        owed = [each for each in _due(rule, due) if not _reminded_by(rule, each)]
        for message in messages_for(owed=owed, today=today):
            try:
                with transaction.atomic():
                    _send(message, rule, f"rule:{rule.pk}", "system", now)
            except IntegrityError:
                continue  # another steward reminded in this moment
            sent += len(message.owed)
    return sent


def _due(rule: ReminderRule, due: date) -> list[Owed]:
    """What is due on the day *due*; what fell due some days before it while nobody ran is caught up with."""
    days = Q(due_on__lte=due, due_on__gt=due - timedelta(days=CATCH_UP))
    if rule.kind == HANDOVER:
        cases = HandledCase.objects.filter(days, submission=None, closed_at__isnull=False).order_by("pk")
        return [_owed_case(each) for each in cases[:MOST_AT_ONCE]]
    if rule.kind == MATERIAL:
        awaited = Q(awaited_on__lte=due, awaited_on__gt=due - timedelta(days=CATCH_UP))
        running = HandledCase.objects.filter(awaited, submission=None, closed_at=None).order_by("pk")
        return [_owed_case(each) for each in running[:MOST_AT_ONCE]]
    asked = CorrectionRequest.objects.filter(days, answered_at=None).order_by("pk")
    return [
        _owed(each)
        for each in asked.select_related("submission", "submission__report").defer(*SUBMISSION_REPORT_BYTES)[
            :MOST_AT_ONCE
        ]
    ]


def _owed_case(each: HandledCase) -> Owed:
    """What a case owes: its package once it is closed, a correction of the one that went back, else materials."""
    kind = CORRECTION if each.submission_id is not None else HANDOVER if each.closed_at is not None else MATERIAL
    due = {HANDOVER: each.due_on, MATERIAL: each.awaited_on, CORRECTION: None}
    return Owed(
        kind,
        each.case_number,
        each.title or each.item_name,
        each.item_name,
        each.organisation_id,
        due[kind],
        f"{CASE}{each.pk}",
        "、".join(names for _rule, _type, names, _due in each.awaited)[:300] if kind == MATERIAL else "",
    )


def _reminded_by(rule: ReminderRule, each: Owed) -> bool:
    return Reminder.objects.filter(
        rule=rule, organisation_id=each.organisation_id, subject=each.subject, due_on=each.due_on
    ).exists()


def _owed(each: CorrectionRequest) -> Owed:
    report = getattr(each.submission, "report", None)
    title = (report.title if report else "") or each.submission.name
    case, body = report.case_number if report else "", each.submission.organisation_id
    code = each.submission.record_code
    return Owed(CORRECTION, code, title, case, body, each.due_on, PACKAGE + code)


def _send(message: Message, rule: ReminderRule | None, by: str, role: str, now: datetime) -> None:
    """Notice, mail, log and ledger of one message, in the caller's transaction."""
    kind = next(kind for kind in PLACES if any(each.kind == kind for each in message.owed))
    values = {"n": len(message.owed), "what": "、".join(each.title or each.subject for each in message.owed[:3])[:300]}
    notify(text=Sentence("reminder", values), link=PLACES[kind], organisation_id=message.organisation_id)
    if message.address:
        queue_mail(address=message.address, subject=message.subject, body=message.words, about=kind, now=now)
    Reminder.objects.bulk_create(
        [
            Reminder(
                kind=each.kind,
                subject=each.subject,
                organisation_id=each.organisation_id,
                rule=rule,
                due_on=each.due_on,
                words=message.words[:1000],
                mailed_to=message.address,
                by=by,
                at=now,
            )
            for each in message.owed
        ]
    )
    append_entries(
        entries=[
            NewEntry(
                kind="case.reminded",
                subject=each.subject,
                actor=by,
                role=role,
                at=now,
                detail={"organisation": each.organisation_id, "mail": bool(message.address), "what": each.kind},
            )
            for each in message.owed
        ]
    )


def _words(body: str, owed: Sequence[Owed], note: str, today: date) -> str:
    """The message as the department reads it: what, until when, how late, and what to do."""
    lines = [f"{body}：", "", f"以下 {len(owed)} 件请及时办理：", ""]
    for number, each in enumerate(owed[:MOST_LINES], start=1):
        what = _WHAT[each.kind] + (f"：{each.lacking}" if each.lacking else "")
        plain = f"（{each.plain}）" if each.plain else ""
        lines.append(f"{number}. {each.subject}{plain}：{what}{_when(each.due_on, today)}")
    if len(owed) > MOST_LINES:
        lines.append(f"……另有 {len(owed) - MOST_LINES} 件，见系统“待归档与移交”。")
    if note:
        lines += ["", f"说明：{note}"]
    lines += ["", "请登录系统，在“待归档与移交”和“补正”中办理。", settings.LANTAI_ARCHIVE_NAME, today.isoformat()]
    return "\n".join(lines)


def _when(due_on: date | None, today: date) -> str:
    if due_on is None:
        return ""
    late = (today - due_on).days
    return f"，期限 {due_on.isoformat()}" + (f"，已逾期 {late} 天" if late > 0 else "")
