"""The classification scheme (分类方案) on a day: which classes there are, what they are called, where records go."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import DateField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from lantai.administration.models import ClassAct, RecordClass, SchemeChange

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class of records by its path from the category down (ZY·XK), from `since` (None: from the beginning) to
    `until`, both days counting; `successor` is the class that takes the records of a closed one."""

    path: str
    name: str
    name_en: str
    level: int
    item_type: str = ""
    since: date | None = None
    until: date | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True)
class SchemeChangeView:
    """One change of the scheme; `state` is waiting, in-force or withdrawn."""

    id: int
    day: date
    act: str
    act_label: str
    path: str
    name: str
    successor: str
    basis: str
    state: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class ClassChanged:
    """What a change of the scheme says, as far as the scheme of a day goes by it."""

    day: date
    id: int
    act: str
    path: str
    name: str
    name_en: str
    item_type: str
    successor: str


@dataclass(slots=True)
class ClassScheme:
    """All classes with all their changes, read once and asked for many days. `known` are all classes there ever are,
    in order of path, by the name they have last."""

    classes: Sequence[ClassView]
    changes: Sequence[ClassChanged]
    known: Mapping[str, ClassView] = field(init=False)
    _days: list[date] = field(init=False)
    _made: dict[int, Mapping[str, ClassView]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        spans: dict[str, ClassView] = {each.path: each for each in self.classes}
        for change in self.changes:
            each = spans[change.path]
            if change.act == ClassAct.ADDED:
                spans[change.path] = replace(each, since=change.day)
            elif change.act == ClassAct.CLOSED:
                spans[change.path] = replace(each, until=change.day - ONE_DAY, successor=change.successor)
        self._days = [each.day for each in self.changes]
        self.known = {path: self._named(each, len(self.changes)) for path, each in sorted(spans.items())}

    def _named(self, each: ClassView, count: int) -> ClassView:
        """A class by the name it has after the first *count* changes."""
        for change in self.changes[:count]:
            if change.path == each.path and change.act != ClassAct.CLOSED:
                each = replace(each, name=change.name, name_en=change.name_en, item_type=change.item_type)
        return each

    def on(self, day: date) -> Mapping[str, ClassView]:
        """The classes in force on *day*, by path, with their names of that day."""
        count = bisect_right(self._days, day)
        if count not in self._made:
            there = [
                each
                for each in self.known.values()
                if (each.since is None or each.since <= day) and (each.until is None or each.until >= day)
            ]
            base = {each.path: each for each in self.classes}
            named = [(self._named(base[each.path], count), each) for each in there]
            self._made[count] = {
                each.path: replace(name, since=each.since, until=each.until, successor=each.successor)
                for name, each in named
            }
        return self._made[count]

    def place_of(self, path: str, day: date) -> str:
        """Where a record of *day* goes that belongs to *path*: there, while it is in force; else the class that took
        its place, else the nearest class above that is in force. A path nobody registered stays as it is."""
        if path not in self.known:
            return path
        there, passed = self.on(day), set()
        while path and path not in there:
            passed.add(path)
            each = self.known[path]
            taken = each.successor if each.until is not None and each.until < day else ""
            path = taken if taken and taken not in passed else path.rpartition("·")[0]
        return path


def class_scheme() -> ClassScheme:
    """The classification scheme with all its changes, in one query."""
    never = Cast(Value(None), DateField())
    held = RecordClass.objects.order_by().values_list(
        never, "level", Value(""), "path", "name", "name_en", "item_type", Value("")
    )
    rows = (
        SchemeChange.objects.filter(withdrawn_at__isnull=True)
        .order_by()
        .values_list("day", "id", "act", "path", "name", "name_en", "item_type", "successor")
    )
    classes, changes = [], []
    for row in held.union(rows, all=True):
        day, number, act, path, name, name_en, item_type, successor = row
        if act:
            changes.append(ClassChanged(day, number, act, path, name, name_en, item_type, successor))
        else:
            classes.append(ClassView(path, name, name_en, number, item_type))
    return ClassScheme(
        sorted(classes, key=lambda each: each.path), sorted(changes, key=lambda each: (each.day, each.id))
    )


def list_classes(*, on: date | None = None) -> list[ClassView]:
    """Every class there ever is, by path and by the name it has last; or those in force *on* a day by their names of
    that day. One query."""
    scheme = class_scheme()
    return list(scheme.known.values() if on is None else scheme.on(on).values())


def scheme_changes() -> list[SchemeChangeView]:
    """Every change of the scheme, those withdrawn too, the last day first."""
    today = timezone.localdate()
    return [
        SchemeChangeView(
            id=each.pk,
            day=each.day,
            act=each.act,
            act_label=str(each.get_act_display()),
            path=each.path,
            name=each.name,
            successor=each.successor,
            basis=each.basis,
            state="withdrawn" if each.withdrawn_at else "waiting" if each.day > today else "in-force",
            recorded_at=each.recorded_at,
            recorded_by=each.recorded_by,
            withdrawn_reason=each.withdrawn_reason,
        )
        for each in SchemeChange.objects.order_by("-day", "-id")
    ]
