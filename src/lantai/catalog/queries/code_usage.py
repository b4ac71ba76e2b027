"""Which archive codes were given in which sequence, what became of each, where numbers are missing (档号使用情况)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from lantai.catalog.models import CodeAssignment, CodeScope

State = CodeAssignment.State


@dataclass(frozen=True, slots=True)
class ScopeUse:
    """One sequence of running numbers: the last number, and how many codes stand in which state."""

    scope: str
    last: int
    used: int
    reserved: int
    replaced: int
    void: int

    @property
    def missing(self) -> int:
        """How many numbers up to the last no code was written for."""
        return max(0, self.last - self.used - self.reserved - self.replaced - self.void)


@dataclass(frozen=True, slots=True)
class CodeUse:
    """One code; or with ``until`` above ``number`` - 1 and no code, a gap: numbers no code was written for."""

    number: int
    code: str = ""
    record_code: str = ""
    state: str = ""
    state_name: str = ""
    reason: str = ""
    by: str = ""
    until: int = 0


def scope_uses(*, fonds: str = "", limit: int = 200, offset: int = 0) -> tuple[list[ScopeUse], int]:
    """The sequences, of a fonds if given, by name, and how many there are. Two queries."""
    found = CodeScope.objects.filter(scope__startswith="fonds=")
    if fonds:
        found = found.filter(scope__startswith=f"fonds={fonds}/")
    total = found.count()
    rows = list(found.order_by("scope")[offset : offset + limit])
    counted: dict[tuple[str, str], int] = {
        (scope, state): n
        for scope, state, n in CodeAssignment.objects.filter(scope__in=[each.scope for each in rows])
        .order_by()
        .values_list("scope", "state")
        .annotate(n=Count("pk"))
    }
    return [
        ScopeUse(
            scope=row.scope,
            last=row.last,
            used=counted.get((row.scope, State.USED), 0),
            reserved=counted.get((row.scope, State.RESERVED), 0),
            replaced=counted.get((row.scope, State.REPLACED), 0),
            void=counted.get((row.scope, State.VOID), 0),
        )
        for row in rows
    ], total


def codes_in_scope(
    *, scope: str, after: int = 0, limit: int = 100, states: Sequence[str] = ()
) -> tuple[list[CodeUse], int]:
    """The codes of a sequence behind the number *after*, by number, with the gaps between them; and the number to go on
    behind, 0 at the end. With *states* only those codes, and no gaps.
    """
    found = CodeAssignment.objects.filter(scope=scope, number__gt=after)
    if states:
        found = found.filter(state__in=list(states))
    rows = list(found.order_by("number")[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    uses: list[CodeUse] = []
    expected = after + 1
    for row in rows:
        if row.number > expected and not states:
            uses.append(CodeUse(expected, until=row.number - 1))
        uses.append(
            CodeUse(row.number, row.code, row.record_code, row.state, str(row.get_state_display()), row.reason, row.by)
        )
        expected = row.number + 1
    if not more and not states:
        last = CodeScope.objects.filter(scope=scope).values_list("last", flat=True).first() or 0
        if last >= expected:
            uses.append(CodeUse(expected, until=last))
    return uses, rows[-1].number if more else 0
