"""Archive codes that records bring with them (已有档号): taken over as they are, frozen, and never given again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from lantai.archival.codes import CodeError, CodeRule, normalise_code, parse_code, scope_of
from lantai.catalog.models import CodeAssignment, CodeScope, Record
from lantai.catalog.services.codes import LONGEST_CODE, LONGEST_SCOPE, Reservations, ReservedCode
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence

BROUGHT = "brought"
"""The sequence of codes that no rule of ours reads."""
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class BroughtCode:
    """A record, the archive code it has borne so far, and the rule of its category, None where there is none."""

    record_code: str
    code: str
    rule: CodeRule | None


def take_over_codes(*, requests: Sequence[BroughtCode], by: str, now: datetime) -> Reservations:
    """Hold the codes that records bring, as they are written, in a short transaction of its own (DA/T 13-2022).

    A record that holds a code already keeps it, so that a run after a crash goes on where it stopped. Where the rule
    reads the code, its sequence goes on behind the highest number taken over, and the ledger is told of the step; where
    not, the code stands in a sequence of its own. A code that was ever given to another record, even if void or
    replaced, is refused alone.
    """
    attempt = 1
    while True:
        try:
            with transaction.atomic():
                return _take_over(requests, by, now)
        except IntegrityError:  # another process took the same code or number in this moment
            if attempt == _ATTEMPTS:
                raise
            attempt += 1


def _take_over(requests: Sequence[BroughtCode], by: str, now: datetime) -> Reservations:
    made = Reservations()
    living = [CodeAssignment.State.RESERVED, CodeAssignment.State.USED]
    for kept in CodeAssignment.objects.filter(record_code__in=[one.record_code for one in requests], state__in=living):
        made.held[kept.record_code] = ReservedCode(kept.code, kept.scope, kept.number)
    wanted = [each for each in requests if each.record_code not in made.held]
    codes = [each.code for each in wanted]
    taken = dict(CodeAssignment.objects.filter(code__in=codes).values_list("code", "record_code"))
    held = Record.objects.filter(archive_code__in=codes).values_list("archive_code", "record_code")
    taken |= {str(code): record_code for code, record_code in held}
    fresh: list[tuple[BroughtCode, str, int]] = []
    for each in wanted:
        if len(each.code) > LONGEST_CODE:
            made.refused[each.record_code] = Sentence("code-too-long", {"limit": LONGEST_CODE})
        elif each.code in taken:
            told = {"code": each.code, "holder": taken[each.code]}
            made.refused[each.record_code] = Sentence("code-brought-taken", told)
        else:
            taken[each.code] = each.record_code
            fresh.append((each, *_place(each)))
    _keep(fresh, made, by, now)
    return made


def _place(brought: BroughtCode) -> tuple[str, int]:
    """The sequence and number that the rule reads in the code; BROUGHT and 0 where it reads none."""
    if brought.rule is None:
        return BROUGHT, 0
    try:
        values = parse_code(brought.rule, normalise_code(brought.code))
        scope = scope_of(brought.rule, values)
    except CodeError:
        return BROUGHT, 0
    return (scope, int(values[brought.rule.running])) if len(scope) <= LONGEST_SCOPE else (BROUGHT, 0)


def _keep(fresh: Sequence[tuple[BroughtCode, str, int]], made: Reservations, by: str, now: datetime) -> None:
    rows: list[CodeAssignment] = []
    steps: list[NewEntry] = []
    spare: list[BroughtCode] = []
    scopes = sorted({scope for _each, scope, number in fresh if number})
    for scope in [*scopes, BROUGHT]:
        mine = [(each, number) for each, place, number in fresh if place == scope and number]
        members = mine if scope != BROUGHT else []
        spare += [each for each, place, number in fresh if place == scope and not number]
        if scope == BROUGHT and not spare:
            continue
        CodeScope.objects.bulk_create([CodeScope(scope=scope)], ignore_conflicts=True)
        counter = CodeScope.objects.select_for_update().get(scope=scope)
        before = counter.last
        if scope == BROUGHT:
            members = [(each, before + place) for place, each in enumerate(spare, 1)]
        given = set(
            CodeAssignment.objects.filter(scope=scope, number__in=[number for _each, number in members]).values_list(
                "number", flat=True
            )
        )
        for each, number in members:
            if number in given:  # written otherwise before, with other padding for instance
                spare.append(each)
                continue
            given.add(number)
            counter.last = max(counter.last, number)
            made.held[each.record_code] = ReservedCode(each.code, scope, number)
            rows.append(
                CodeAssignment(
                    code=each.code, record_code=each.record_code, scope=scope, number=number, by=by, at=now
                )
            )  # fmt: skip
        if counter.last != before:
            counter.save(update_fields=["last"])
        if counter.last != before and scope != BROUGHT:
            detail = {"before": before, "after": counter.last, "taken_over": len(members)}
            steps.append(NewEntry(kind="code.sequence-moved", subject=scope, actor=by, at=now, detail=detail))
    CodeAssignment.objects.bulk_create(rows)
    append_entries(entries=steps)
