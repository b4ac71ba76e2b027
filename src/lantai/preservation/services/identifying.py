"""Formats named again when signatures were updated (重新识别): the same is noted, what differs is for a person."""

from __future__ import annotations

import atexit
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import ParserError, Sandbox
from lantai.archival.formats import edition_key
from lantai.catalog.queries.forms import PackageToIdentify, count_to_identify, packages_to_identify
from lantai.catalog.services import FormatCorrection, as_component, correct_formats, note_identified
from lantai.ledger.services import NewEntry, append_entries
from lantai.preservation.models import NewVerdict
from lantai.storage.queries import ContentMissing, content_file
from lantai.work.queries import key_rests
from lantai.work.services import (
    DutyToRaise,
    Sentence,
    current_job,
    finish_work,
    others_wait,
    queue_job,
    raise_work,
)

KEY = "preservation.identify"
DECIDE_KEY = "preservation.verdicts"
CHANGED = "record.verdict-changed"
DECIDED = "preservation.verdicts-decided"
DUTY = "preservation-verdicts"
OPEN = "open"
CHUNK = 30
COUNTED = 1_000_000
_TITLE = gettext_noop("按新的特征库重新识别格式")
_DECIDING = gettext_noop("办理识别结果变化")
_CHILD = "lantai.archival.checks.confirming"


class VerdictsRefused(ValueError):
    """What was decided about verdicts cannot be carried out: nothing is open there, or no reason was given."""


def queue_identification(*, now: datetime, by: str = "system") -> bool:
    """Have files named again that were named by other signatures than those installed; whether a job was queued."""
    if not key_rests(key=KEY, since=now - timedelta(hours=1)):
        return False
    waiting = count_to_identify(edition_key=edition_key(), most=COUNTED)
    if not waiting:
        return False
    return (
        queue_job(task=identify_packages, title=_TITLE, key=KEY, total=waiting, background=True, asked_by=by)
        is not None
    )


@task()
def identify_packages() -> int:
    """Name the files of every package anew that other signatures named, some at a time; returns how many packages.

    One that was named is not found again, so a job that died goes on where it stood. Other work goes before.
    """
    done, job = 0, current_job()
    after = int(job.position.get("after", 0)) if job is not None else 0
    done = int(job.position.get("done", 0)) if job is not None else 0
    troubles: list[str] = []
    while packages := packages_to_identify(edition_key=edition_key(), after=after, limit=CHUNK):
        after = packages[-1].representation_id
        _identify(packages, troubles)
        done += len(packages)
        if job is not None:
            job.report(done=done, position={"after": after, "done": done}, troubles=troubles)
            if others_wait():
                with transaction.atomic():
                    queue_job(task=identify_packages, title=_TITLE, key=KEY, background=True)
                break
    return done


@cache
def _children() -> Sandbox:
    box = Sandbox(
        workers=1,
        seconds=settings.LANTAI_EXAMINER_SECONDS,
        memory_bytes=settings.LANTAI_EXAMINER_MEMORY,
        modules=(_CHILD,),
    )
    atexit.register(box.close)
    return box


def _identify(packages: Sequence[PackageToIdentify], troubles: list[str]) -> None:
    """Ask about some packages and write down what was said, in one transaction."""
    asked: list[PackageToIdentify] = []
    calls: list[tuple[str, tuple[Any, ...]]] = []
    for each in packages:
        try:
            file = content_file(object_id=each.package.object_id, path=each.package.path)
        except (ContentMissing, OSError) as fault:
            troubles.append(f"{each.record_code}: {fault}")
            continue
        asked.append(each)
        files = tuple(as_component(one) for one in each.package.components)
        calls.append((f"{_CHILD}:identify_again", (file.path, files, file.key)))
    answered: list[tuple[PackageToIdentify, Mapping[str, Any]]] = []
    for each, outcome in zip(asked, _children().call_many(calls), strict=True):
        if outcome.error is not None or outcome.value is None:
            why = outcome.error.code if isinstance(outcome.error, ParserError) else str(outcome.error)
            troubles.append(f"{each.record_code}: {why}")
        else:
            answered.append((each, outcome.value))
    if answered:
        _note(answered, timezone.now())


def _note(answered: Sequence[tuple[PackageToIdentify, Mapping[str, Any]]], now: datetime) -> None:
    edition = edition_key(), str(answered[0][1]["signatures"])
    verdicts = [verdict for each, told in answered for verdict in _changed(each, told["formats"], edition[1], now)]
    by_record: dict[str, list[NewVerdict]] = defaultdict(list)
    for each in verdicts:
        by_record[each.record_code].append(each)
    with transaction.atomic():
        NewVerdict.objects.filter(
            record_id__in=[each.record_id for each, _told in answered], state=NewVerdict.State.OPEN
        ).delete()
        NewVerdict.objects.bulk_create(verdicts)
        note_identified(
            records={each.representation_id: each.record_code for each, _told in answered},
            edition=edition,
            changed=Counter(each.record_code for each in verdicts),
            now=now,
        )
        append_entries(
            entries=[
                NewEntry(
                    kind=CHANGED,
                    subject=code,
                    actor="system:preservation",
                    at=now,
                    result=OPEN,
                    detail={
                        "edition": edition[1],
                        "files": [{"path": each.path, "before": each.before, "after": each.after} for each in found],
                    },
                )
                for code, found in by_record.items()
            ]
        )
        settle_verdict_duty(now=now)


def _changed(
    package: PackageToIdentify, formats: Sequence[Mapping[str, str]], edition: str, now: datetime
) -> list[NewVerdict]:
    """The files of a package that have another name now. One that was too large to be read keeps its own."""
    found = []
    for file, told in zip(package.package.components, formats, strict=True):
        same = told["puid"] == file.puid and (not told["own"] or not file.format or told["own"] == file.format)
        if same or told.get("unread"):
            continue
        found.append(
            NewVerdict(
                record_id=package.record_id,
                record_code=package.record_code,
                path=file.path,
                before=file.puid,
                before_name=(file.format_name or file.format)[:300],
                after=told["puid"],
                after_name=told["name"][:300],
                own=told["own"],
                edition=edition[:400],
                found_at=now,
            )
        )
    return found


def settle_verdict_duty(*, now: datetime) -> None:
    """Raise the work of deciding while verdicts are open, and finish it when none is, in the caller's transaction."""
    waiting = NewVerdict.objects.filter(state=NewVerdict.State.OPEN).count()
    if not waiting:
        finish_work(kind=DUTY, subjects=[OPEN], by="system:preservation", now=now)
        return
    reason = Sentence("verdicts-changed", {"n": waiting})
    duty = DutyToRaise(DUTY, OPEN, "格式识别结果变化", reason, Role.ARCHIVIST, None)
    raise_work(duties=[duty], now=now)


def order_verdicts(*, before: str, after: str, accept: bool, reason: str, by: Actor, now: datetime) -> int:
    """A person decides about every file that was named *before* and is named *after* now: take the new name, or keep
    the old one. It is carried out in the background; returns how many files. Raises VerdictsRefused.
    """
    reason = reason.strip()
    open_now = NewVerdict.objects.filter(state=NewVerdict.State.OPEN, before=before, after=after)
    waiting, last = open_now.count(), open_now.order_by("-pk").values_list("pk", flat=True).first()
    if not waiting or not reason:
        raise VerdictsRefused(before)
    with transaction.atomic():
        arguments = {
            "before": before,
            "after": after,
            "accept": accept,
            "reason": reason[:300],
            "last": last,
            "by": [by.person_id, by.username, by.role, by.address],
        }
        queued = queue_job(
            task=carry_out_verdicts,
            title=_DECIDING,
            arguments=arguments,
            key=f"{DECIDE_KEY}:{before}>{after}",
            asked_by=by.reference,
            total=waiting,
        )
        if queued is None:
            raise VerdictsRefused(before)
        append_entries(
            entries=[
                NewEntry(
                    kind=DECIDED,
                    subject=f"format:{before or '-'}>{after or '-'}",
                    actor=by.reference,
                    role=by.role,
                    address=by.address,
                    at=now,
                    result="accepted" if accept else "kept",
                    detail={"before": before, "after": after if accept else before, "reason": reason, "files": waiting},
                )
            ]
        )
    return waiting


@task()
def carry_out_verdicts(*, before: str, after: str, accept: bool, reason: str, last: int, by: list[Any]) -> int:
    """Carry out what was decided about verdicts up to number *last*, some files in a transaction; returns how many."""
    actor, job, done = Actor(*by), current_job(), 0
    rows = NewVerdict.objects.filter(state=NewVerdict.State.OPEN, before=before, after=after, pk__lte=last)
    while part := list(rows.order_by("pk")[: CHUNK * 5]):
        now = timezone.now()
        with transaction.atomic():
            if accept:
                correct_formats(
                    corrections=[
                        FormatCorrection(
                            each.record_id, each.record_code, each.path, each.after, each.after_name, each.own
                        )
                        for each in part
                    ],
                    reason=reason,
                    by=actor,
                    now=now,
                )
            state = NewVerdict.State.ACCEPTED if accept else NewVerdict.State.KEPT
            NewVerdict.objects.filter(pk__in=[each.pk for each in part]).update(
                state=state, reason=reason, decided_by=actor.reference, decided_at=now
            )
            settle_verdict_duty(now=now)
        done += len(part)
        if job is not None:
            job.report(done=done)
    return done
