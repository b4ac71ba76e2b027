"""Archive codes (档号): reserved before the bytes, used with the record, frozen, never given twice (DA/T 13, 22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from lantai.archival.codes import CodeError, CodeRule, format_code, scope_of
from lantai.catalog.models import CodeAssignment, CodeScope, Level, Record
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, said

LONGEST_CODE, LONGEST_SCOPE = 120, 200
_ATTEMPTS = 5


class CodeRefused(Exception):
    """No archive code could be given; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A record that needs a code: its 电子文件号, the rule of its category, and the rule's component values."""

    record_code: str
    rule: CodeRule
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReservedCode:
    """A code held for one record; ``number`` is its running number in ``scope``."""

    code: str
    scope: str
    number: int


@dataclass(frozen=True, slots=True)
class Reservations:
    """What asking for codes came to, by 电子文件号: the codes held, and for each refused record why, and what to do."""

    held: dict[str, ReservedCode] = field(default_factory=dict)
    refused: dict[str, Sentence] = field(default_factory=dict)


def reserve_codes(*, requests: Sequence[CodeRequest], by: str, now: datetime) -> Reservations:
    """Hold the next archive code for each record, in a short transaction of its own.

    A record that holds a code already gets the same one again, so that a run after a crash goes on where it stopped.
    Numbers run on without gap in each scope, in the order of *requests*; the scope's row is the lock. A record whose
    values no code can be written of, whose number has grown too wide for its rule, or whose code is another record's
    already (two schemes that write the same codes) is refused alone; the others get theirs. A number that is passed
    over because its code is taken is told to the ledger: an explained gap.
    """
    attempt = 1
    while True:
        try:
            with transaction.atomic():
                return _reserve(requests, by, now)
        except IntegrityError:  # another process took the same code, under another scope, in this moment
            if attempt == _ATTEMPTS:
                raise
            attempt += 1


def _reserve(requests: Sequence[CodeRequest], by: str, now: datetime) -> Reservations:
    made = Reservations()
    for each in CodeAssignment.objects.filter(
        record_code__in=[each.record_code for each in requests],
        state__in=[CodeAssignment.State.RESERVED, CodeAssignment.State.USED],
    ):
        made.held[each.record_code] = ReservedCode(each.code, each.scope, each.number)
    scopes: dict[str, list[CodeRequest]] = defaultdict(list)
    for request in requests:
        if request.record_code in made.held:
            continue
        try:
            scope = scope_of(request.rule, request.values)
            longest = max(len(format_code(request.rule, request.values, 1)), len(scope) - LONGEST_SCOPE + LONGEST_CODE)
        except CodeError as error:
            made.refused[request.record_code] = Sentence("code-not-written", _told(error))
            continue
        if longest > LONGEST_CODE:
            made.refused[request.record_code] = Sentence("code-too-long", {"limit": LONGEST_CODE})
            continue
        scopes[scope].append(request)
    wanted: list[tuple[CodeRequest, ReservedCode]] = []
    for scope in sorted(scopes):
        CodeScope.objects.bulk_create([CodeScope(scope=scope)], ignore_conflicts=True)
        counter = CodeScope.objects.select_for_update().get(scope=scope)
        for request in scopes[scope]:
            try:
                code = format_code(request.rule, request.values, counter.last + 1)
            except CodeError as error:
                made.refused[request.record_code] = Sentence("code-run-out", {**_told(error), "scope": scope})
                continue
            counter.last += 1
            wanted.append((request, ReservedCode(code, scope, counter.last)))
        counter.save(update_fields=["last"])
    _keep(wanted, made, by, now)
    return made


def _told(error: CodeError) -> dict[str, str]:
    return {"detail": error.problem.sentence("zh"), "detail_en": error.problem.sentence("en")}


def _keep(wanted: Sequence[tuple[CodeRequest, ReservedCode]], made: Reservations, by: str, now: datetime) -> None:
    """Make the rows of the codes nobody has; pass over the others, and tell the ledger."""
    taken = dict(
        CodeAssignment.objects.filter(code__in=[each.code for _request, each in wanted]).values_list(
            "code", "record_code"
        )
    )
    rows: list[CodeAssignment] = []
    passed: list[NewEntry] = []
    for request, reserved in wanted:
        holder = taken.get(reserved.code)
        if holder is not None:
            made.refused[request.record_code] = Sentence(
                "code-taken", {"scheme": request.rule.key, "code": reserved.code, "holder": holder}
            )
            detail = {"code": reserved.code, "scope": reserved.scope, "number": reserved.number, "held_by": holder}
            passed.append(
                NewEntry(kind="code.passed-over", subject=request.record_code, actor=by, at=now, detail=detail)
            )
            continue
        taken[reserved.code] = request.record_code
        made.held[request.record_code] = reserved
        rows.append(
            CodeAssignment(
                code=reserved.code,
                record_code=request.record_code,
                scope=reserved.scope,
                number=reserved.number,
                by=by,
                at=now,
            )
        )
    CodeAssignment.objects.bulk_create(rows)
    append_entries(entries=passed)


def give_up_codes(*, record_codes: Sequence[str], reason: str, by: str, now: datetime) -> int:
    """Void the reserved codes of records that will not come, with *reason*: an explained gap. Returns how many."""
    with transaction.atomic():
        found = list(
            CodeAssignment.objects.select_for_update().filter(
                record_code__in=record_codes, state=CodeAssignment.State.RESERVED
            )
        )
        CodeAssignment.objects.filter(pk__in=[each.pk for each in found]).update(
            state=CodeAssignment.State.VOID, reason=reason[:300], by=by, at=now
        )
        append_entries(
            entries=[
                NewEntry(
                    kind="code.voided",
                    subject=each.record_code,
                    actor=by,
                    at=now,
                    detail={"code": each.code, "reason": reason},
                )
                for each in found
            ]
        )
    return len(found)


def change_archive_code(
    *, record_code: str, rule: CodeRule, values: Mapping[str, str], reason: str, by: str, now: datetime
) -> str:
    """Give a record a new code for a stated *reason*; the old one stays resolvable and is never given again.

    Raises Record.DoesNotExist when there is no such record, ValueError without a reason, CodeRefused when the new code
    cannot be given.
    """
    if not reason.strip():
        raise ValueError("a change of the archive code needs a reason")
    with transaction.atomic():
        record = Record.objects.select_for_update().get(record_code=record_code)
        old = record.archive_code
        CodeAssignment.objects.filter(record_code=record_code, state=CodeAssignment.State.USED).update(
            state=CodeAssignment.State.REPLACED, reason=reason[:300]
        )
        reserved = reserve_codes(requests=[CodeRequest(record_code, rule, values)], by=by, now=now)
        if record_code in reserved.refused:
            raise CodeRefused(said(reserved.refused[record_code]))
        new = reserved.held[record_code]
        CodeAssignment.objects.filter(code=new.code).update(state=CodeAssignment.State.USED)
        number = "volume_number" if record.level == Level.VOLUME else "item_number"
        record.archive_code = new.code
        setattr(record, number, new.number)
        record.changed_at = now
        record.save(update_fields=["archive_code", number, "changed_at"])
        append_entries(
            entries=[
                NewEntry(
                    kind="code.changed",
                    subject=record_code,
                    actor=by,
                    at=now,
                    detail={"before": old, "after": new.code, "reason": reason},
                )
            ]
        )
    return new.code
