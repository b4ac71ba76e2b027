"""Due work of every kind as one queue: by legal due day, the overdue first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Value
from django.utils import timezone

from lantai.work.lists import Neighbours
from lantai.work.models import DueWork
from lantai.work.sentences import Sentence, said

WEEK = timedelta(days=7)
_ORDERS = {"": ("due_order", "id"), "oldest": ("id",), "newest": ("-id",)}


@dataclass(frozen=True, slots=True)
class DutyView:
    """One open duty, in the language it is read in; ``overdue`` by the day given. ``put_off_until`` is None unless it
    is put off now.
    """

    kind: str
    subject: str
    title: str
    reason: str
    due_on: date | None
    overdue: bool
    due_today: bool
    raised_at: datetime
    put_off_until: date | None = None

    @property
    def key(self) -> str:
        """What names the duty in a selection."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """Which duties: of a kind, with a text, ``due`` "overdue", "today", "week" (today and seven days on) or "put-off";
    ``sort`` is "" (by due day), "oldest" or "newest".
    """

    kind: str = ""
    text: str = ""
    due: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class DutyFigures:
    """Counts for the head of the queue; those of ``kinds`` and ``late_kinds`` (overdue) by kind."""

    overdue: int
    today: int
    week: int
    put_off: int
    finished: int
    kinds: Mapping[str, int]
    late_kinds: Mapping[str, int]

    @property
    def open(self) -> int:
        """All that is to be done now."""
        return sum(self.kinds.values())


def open_duties(
    *,
    role: str,
    today: date,
    organisation_id: int | None = None,
    chosen: DutyFilter = DutyFilter(),
    limit: int = 50,
    offset: int = 0,
) -> list[DutyView]:
    """What people of *role* have to do, by due day, the overdue first; within an organisation if one is given."""
    found = _found(role, organisation_id, chosen, today)
    rows = list(found.order_by(*_ORDERS.get(chosen.sort, _ORDERS[""]))[offset : offset + limit])
    return [_view(each, today) for each in rows]


def count_duties(
    *,
    role: str,
    organisation_id: int | None = None,
    chosen: DutyFilter = DutyFilter(),
    today: date | None = None,
) -> int:
    """How many open duties those are."""
    return _found(role, organisation_id, chosen, today or timezone.localdate()).count()


def duty_keys(
    *,
    role: str,
    today: date,
    organisation_id: int | None,
    chosen: DutyFilter,
    among: Sequence[str] | None = None,
    limit: int,
) -> list[str]:
    """The keys of the first *limit* of those duties in the order of the queue; with *among* only of these."""
    found = _found(role, organisation_id, chosen, today)
    if among is not None:
        found = found.filter(subject__in=[key.partition(":")[2] for key in among])
    rows = found.order_by(*_ORDERS.get(chosen.sort, _ORDERS[""])).values_list("kind", "subject")[:limit]
    keys = [f"{kind}:{subject}" for kind, subject in rows]
    wanted = set(among) if among is not None else set(keys)
    return [key for key in keys if key in wanted]


def duties_by_key(*, role: str, organisation_id: int | None, keys: Sequence[str]) -> list[DutyView]:
    """Those of the duties *keys* that are open for this role, put off or not."""
    today, wanted = timezone.localdate(), set(keys)
    subjects = list({key.partition(":")[2] for key in keys})
    found = []
    for start in range(0, len(subjects), 5000):
        rows = open_rows(role, organisation_id).filter(subject__in=subjects[start : start + 5000])
        found += [view for each in rows if (view := _view(each, today)).key in wanted]
    return found


def duty_figures(*, role: str, organisation_id: int | None, today: date) -> DutyFigures:
    """The counts above the queue, in one query.

    What is put off is due later than today, so only the counts of all and of the week are without it; each part is
    counted from an index alone.
    """
    every = open_rows(role, organisation_id)
    away_now = every.filter(put_off_until__gt=today)
    done = open_rows(role, organisation_id, finished=True).filter(finished_at__gte=timezone.now() - WEEK)
    parts = [
        _by_kind("open", every),
        _by_kind("away", away_now),
        _by_kind("late", every.filter(due_order__lt=today)),
        _in_all("today", every.filter(due_order=today)),
        _in_all("week", every.filter(due_order__gte=today, due_order__lte=today + WEEK)),
        _in_all("week-away", away_now.filter(due_order__lte=today + WEEK)),
        _in_all("done", done),
    ]
    counts: dict[str, dict[str, int]] = {}
    for what, kind, n in parts[0].union(*parts[1:], all=True):
        counts.setdefault(what, {})[kind] = n
    away = counts.get("away", {})
    left = {kind: n - away.get(kind, 0) for kind, n in counts.get("open", {}).items()}
    totals = {what: sum(kinds.values()) for what, kinds in counts.items()}
    return DutyFigures(
        overdue=totals.get("late", 0),
        today=totals.get("today", 0),
        week=totals.get("week", 0) - totals.get("week-away", 0),
        put_off=totals.get("away", 0),
        finished=totals.get("done", 0),
        kinds={kind: left[kind] for kind in sorted(left) if left[kind]},
        late_kinds=dict(sorted(counts.get("late", {}).items())),
    )


def _by_kind(what: str, rows: QuerySet[DueWork]) -> QuerySet[DueWork, tuple[str, str, int]]:
    """The counts of *rows* by kind, each with the word *what*, so that several of these are one query."""
    named = rows.order_by().annotate(what=Value(what)).values("what", "kind")
    return named.annotate(n=Count("pk")).values_list("what", "kind", "n")


def _in_all(what: str, rows: QuerySet[DueWork]) -> QuerySet[DueWork, tuple[str, str, int]]:
    """The same without kinds: a count that any index of the condition gives."""
    named = rows.order_by().annotate(what=Value(what), every=Value("")).values("what", "every")
    return named.annotate(n=Count("pk")).values_list("what", "every", "n")


def duty_neighbours(
    *, role: str, today: date, organisation_id: int | None, chosen: DutyFilter, key: str
) -> Neighbours | None:
    """What stands before and after the duty *key* in a queue; None when there never was such a duty for this role.

    A duty that was done in the meantime keeps its place, so that one goes on from where one stood.
    """
    kind, _, subject = key.partition(":")
    here = open_rows(role, organisation_id, finished=True).filter(kind=kind, subject=subject).order_by("-id").first()
    if here is None:
        return None
    found = _found(role, organisation_id, chosen, today)
    others = found.exclude(pk=here.pk)
    if chosen.sort in ("oldest", "newest"):
        lower, higher = others.filter(id__lt=here.pk), others.filter(id__gt=here.pk)
        if chosen.sort == "newest":
            before, after = higher.order_by("id"), lower.order_by("-id")
        else:
            before, after = lower.order_by("-id"), higher.order_by("id")
    else:
        before = others.filter(due_order__lte=here.due_order).exclude(due_order=here.due_order, id__gt=here.pk)
        after = others.filter(due_order__gte=here.due_order).exclude(due_order=here.due_order, id__lt=here.pk)
        before, after = before.order_by("-due_order", "-id"), after.order_by("due_order", "id")
    beside = [next(iter(rows.values_list("kind", "subject")[:1]), None) for rows in (before, after)]
    previous, following = (":".join(each) if each else "" for each in beside)
    total, listed = found.count(), here.finished_at is None and found.filter(pk=here.pk).exists()
    return Neighbours(previous, following, before.count() + 1, total, listed)


def open_rows(role: str, organisation_id: int | None, *, finished: bool = False) -> QuerySet[DueWork]:
    """The open duties of a role, put off or not, with *finished* those done too; for counts of this room."""
    found = DueWork.objects.filter(role=role)
    if not finished:
        found = found.filter(finished_at=None)
    return found if organisation_id is None else found.filter(organisation_id=organisation_id)


def here(today: date) -> Q:
    """What is not put off, or is back."""
    return Q(put_off_until=None) | Q(put_off_until__lte=today)


def _found(role: str, organisation_id: int | None, chosen: DutyFilter, today: date) -> QuerySet[DueWork]:
    found = open_rows(role, organisation_id)
    found = found.filter(put_off_until__gt=today) if chosen.due == "put-off" else found.filter(here(today))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.text:
        found = found.filter(Q(title__icontains=chosen.text) | Q(subject__icontains=chosen.text))
    match chosen.due:
        case "overdue":
            return found.filter(due_order__lt=today)
        case "today":
            return found.filter(due_order=today)
        case "week":
            return found.filter(due_order__gte=today, due_order__lte=today + WEEK)
    return found


def _view(each: DueWork, today: date) -> DutyView:
    away = each.put_off_until is not None and each.put_off_until > today
    return DutyView(
        kind=each.kind,
        subject=each.subject,
        title=each.title,
        reason=said(Sentence(each.reason, each.values)),
        due_on=each.due_on,
        overdue=each.due_on is not None and each.due_on < today,
        due_today=each.due_on == today,
        raised_at=each.raised_at,
        put_off_until=each.put_off_until if away else None,
    )
