"""What newer signatures name otherwise and waits for a decision; and which files were refused a copy, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max
from django.utils.translation import get_language

from lantai.administration.queries.people import Reader
from lantai.catalog.queries import summaries
from lantai.preservation.models import NewVerdict, RefusedCopy


@dataclass(frozen=True, slots=True)
class VerdictGroup:
    """Files that were named *before* and are named *after* now: how many, in how many records."""

    before: str
    before_name: str
    after: str
    after_name: str
    files: int
    records: int
    edition: str

    @property
    def key(self) -> str:
        """The group in an address."""
        return f"{self.before or '-'}>{self.after or '-'}"


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One file of such a group; ``code`` and ``title`` of its record are empty where the reader may not see it."""

    code: str
    title: str
    path: str
    before: str
    after: str
    found_at: datetime
    state: str
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A file that has no copy, and why, in the reader's language."""

    path: str
    code: str
    why: str
    checks: Sequence[dict[str, Any]]
    agent: str
    at: datetime


def verdict_groups() -> list[VerdictGroup]:
    """What is to be decided, by what it was and is, the most files first."""
    rows = NewVerdict.objects.filter(state=NewVerdict.State.OPEN).values("before", "after")
    told = rows.annotate(
        files=Count("pk"),
        records=Count("record", distinct=True),
        one=Max("before_name"),
        other=Max("after_name"),
        by=Max("edition"),
    )
    return [
        VerdictGroup(
            each["before"], each["one"], each["after"], each["other"], each["files"], each["records"], each["by"]
        )
        for each in told.order_by("-files", "before", "after")[:500]
    ]


def verdict_lines(
    *, reader: Reader, before: str = "", after: str = "", decided: bool = False, offset: int = 0, limit: int = 50
) -> tuple[list[VerdictLine], int]:
    """The files of one group, or with *decided* those decided last; and how many there are."""
    rows = NewVerdict.objects.exclude(state=NewVerdict.State.OPEN).order_by("-decided_at", "-pk")
    if not decided:
        rows = NewVerdict.objects.filter(state=NewVerdict.State.OPEN, before=before, after=after).order_by("pk")
    part = list(rows[offset : offset + limit])
    seen = {each.id: each for each in summaries(record_ids=[each.record_id for each in part], reader=reader)}
    lines = [
        VerdictLine(
            code=each.record_code if each.record_id in seen else "",
            title=seen[each.record_id].title if each.record_id in seen else "",
            path=each.path if each.record_id in seen else "",
            before=each.before,
            after=each.after,
            found_at=each.found_at,
            state=each.state,
            decided_by=each.decided_by,
            reason=each.reason,
        )
        for each in part
    ]
    return lines, rows.count()


def undecided_count() -> int:
    """How many files wait for a decision."""
    return NewVerdict.objects.filter(state=NewVerdict.State.OPEN).count()


def refused_copies(*, record_id: int) -> list[RefusalView]:
    """The files of a record the caller may read that have no copy, and why."""
    english = get_language() == "en"
    rows = RefusedCopy.objects.filter(record_id=record_id).order_by("path")
    return [
        RefusalView(each.path, each.code, each.en if english else each.zh, each.checks, each.agent, each.at)
        for each in rows
    ]
