"""The tree 全宗—类别—年度/案卷—件 as a reader may see it: counts out of one index, children by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.models import Arrangement, Level, Record
from lantai.catalog.queries.access import visible
from lantai.work.services import Neighbours

Portion = Literal["volumes", "items", "unnumbered"]
PORTIONS: tuple[Portion, ...] = ("volumes", "items", "unnumbered")


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree: a fonds, its class (类别, joined from the category down), a year of that, or a volume."""

    fonds: str
    classes: str = ""
    year: int | None = None
    volume: str = ""

    @property
    def category(self) -> str:
        """The category (档案门类) the class begins with."""
        return self.classes.partition("·")[0]

    @property
    def class_code(self) -> str:
        """The class below the category."""
        return self.classes.partition("·")[2]


@dataclass(frozen=True, slots=True)
class YearCount:
    """How many records and volumes of a class and year the reader may see."""

    classes: str
    year: int
    items: int
    volumes: int


@dataclass(frozen=True, slots=True)
class VolumeView:
    """A volume (案卷) as the place of other records."""

    id: int
    record_code: str
    archive_code: str
    title: str
    node: Node
    retention: str
    number: int | None
    organisation_id: int


@dataclass(frozen=True, slots=True)
class Children:
    """One page of a node's children in order, and the keys before and after which more lie, if any."""

    rows: tuple[Record, ...]
    previous: str = ""
    following: str = ""


def _seen(reader: Reader) -> QuerySet[Record]:
    """What the reader may know of; a department arranges and browses its own records only."""
    found = Record.objects.filter(visible(reader))
    return found.filter(organisation_id=reader.organisation_id or 0) if reader.role == Role.DEPARTMENT else found


def records_by_fonds(*, reader: Reader) -> dict[str, int]:
    """How many records of each fonds the reader may see; a fonds without any is not in the answer."""
    rows = _seen(reader).order_by().values_list("fonds_code").annotate(n=Count("pk"))
    return dict(rows.order_by("fonds_code"))


def years_of_fonds(*, fonds: str, reader: Reader) -> list[YearCount]:
    """Every class and year of a fonds with the records and volumes the reader may see, by class, the newest year first.

    One pass over one index, whatever the number of records.
    """
    rows = (
        _seen(reader)
        .filter(fonds_code=fonds)
        .values_list("category_code", "class_code", "year")
        .annotate(n=Count("pk"), volumes=Count("pk", filter=Q(level=Level.VOLUME)))
        .order_by("category_code", "class_code", "-year")
    )
    return [
        YearCount("·".join(filter(None, (category, below))), year, n - volumes, volumes)
        for category, below, year, n, volumes in rows
    ]


def volume_at(*, code: str, reader: Reader) -> VolumeView | None:
    """The volume of this 电子文件号 or archive code, None where there is none or the reader may not know of it."""
    row = _seen(reader).filter(Q(record_code=code) | Q(archive_code=code), level=Level.VOLUME).first()
    return None if row is None else volume_view(row)


def volume_view(row: Record) -> VolumeView:
    """The volume *row* as a place."""
    return VolumeView(
        id=row.pk,
        record_code=row.record_code,
        archive_code=row.archive_code or "",
        title=row.title,
        node=Node(
            row.fonds_code, "·".join(filter(None, (row.category_code, row.class_code))), row.year, row.record_code
        ),
        retention=row.retention,
        number=row.volume_number,
        organisation_id=row.organisation_id,
    )


def _below(node: Node, reader: Reader) -> QuerySet[Record]:
    found = _seen(reader)
    if node.volume:
        return found.filter(parent__record_code=node.volume)
    return found.filter(
        fonds_code=node.fonds,
        category_code=node.category,
        class_code=node.class_code,
        year=node.year or 0,
        parent__isnull=True,
    )


def _portion(node: Node, portion: Portion, reader: Reader) -> QuerySet[Record]:
    found = _below(node, reader)
    if portion == "volumes":
        return found.filter(level=Level.VOLUME)
    return found.filter(level=Level.ITEM, archive_code__isnull=portion == "unnumbered")


def counts_of(*, node: Node, reader: Reader) -> dict[Portion, int]:
    """How many volumes, numbered and unnumbered items lie directly in this year or volume."""
    item = Q(level=Level.ITEM)
    found: dict[str, Any] = _below(node, reader).aggregate(
        volumes=Count("pk", filter=Q(level=Level.VOLUME)),
        items=Count("pk", filter=item & Q(archive_code__isnull=False)),
        unnumbered=Count("pk", filter=item & Q(archive_code__isnull=True)),
    )
    return {each: found[each] for each in PORTIONS}


def children_of(
    *, node: Node, portion: Portion, reader: Reader, after: str = "", before: str = "", limit: int = 50
) -> Children:
    """One page of the children: numbered items by archive code, volumes and unnumbered items as they came.

    *after* and *before* are the keys another page gave; nonsense gives the first page.
    """
    column = "archive_code" if portion == "items" else "pk"
    found = _portion(node, portion, reader)
    key = before or after
    backwards = bool(before)
    if key and (column == "archive_code" or (key.isascii() and key.isdecimal() and len(key) < 19)):
        found = found.filter(**{f"{column}__{'lt' if backwards else 'gt'}": key})
    else:
        key, backwards = "", False
    found = found.defer("description", "abstract", "sealed")
    rows = list(found.order_by(f"-{column}" if backwards else column)[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        return Children(())
    first, last = str(getattr(rows[0], column)), str(getattr(rows[-1], column))
    return Children(
        rows=tuple(rows),
        previous=first if (backwards and more) or (key and not backwards) else "",
        following=last if backwards or more else "",
    )


def child_codes(
    *, node: Node, portion: Portion, reader: Reader, among: Sequence[str] | None = None, limit: int
) -> list[str]:
    """The 电子文件号 of the first *limit* children in the order of the pages; with *among* only those of these."""
    column = "archive_code" if portion == "items" else "pk"
    found = _portion(node, portion, reader)
    if among is not None:
        found = found.filter(record_code__in=list(among))
    return list(found.order_by(column).values_list("record_code", flat=True)[:limit])


def child_neighbours(*, node: Node, portion: Portion, reader: Reader, code: str) -> Neighbours | None:
    """What stands before and after a child; None when it lies here no more."""
    column = "archive_code" if portion == "items" else "pk"
    found = _portion(node, portion, reader).order_by()
    less, more = Q(**{f"{column}__lt": OuterRef(column)}), Q(**{f"{column}__gt": OuterRef(column)})
    every = found.annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    row = (
        found.filter(record_code=code)
        .annotate(
            behind=Subquery(found.filter(less).order_by(f"-{column}").values("record_code")[:1]),
            ahead=Subquery(found.filter(more).order_by(column).values("record_code")[:1]),
            total=Subquery(every),
            before=Subquery(every.filter(less)),
        )
        .values_list("behind", "ahead", "before", "total")
        .first()
    )
    if row is None:
        return None
    previous, following, before, total = row
    return Neighbours(previous or "", following or "", (before or 0) + 1, total or 0, listed=True)


def ids_of(*, record_codes: Sequence[str], reader: Reader) -> list[int]:
    """The primary keys of those of these records the reader may know of, in the order given."""
    found = dict(_seen(reader).filter(record_code__in=list(record_codes)).values_list("record_code", "pk"))
    return [found[code] for code in dict.fromkeys(record_codes) if code in found]


@dataclass(frozen=True, slots=True)
class ArrangementView:
    """An act of arranging as its pages show it."""

    id: int
    kind: str
    state: str
    members: tuple[int, ...]
    target: dict[str, Any]
    reason: str
    changed: int
    failures: tuple[dict[str, Any], ...]
    task_id: str


def draft_of(*, person: str) -> ArrangementView | None:
    """What this person has chosen and not yet done, if anything; *person* as the ledger names them."""
    row = Arrangement.objects.filter(by=person, state=Arrangement.State.DRAFT).first()
    return None if row is None else _view(row)


def arrangement_of(*, number: int, person: str) -> ArrangementView | None:
    """An act of arranging of this person, or None."""
    row = Arrangement.objects.filter(pk=number, by=person).first()
    return None if row is None else _view(row)


def _view(row: Arrangement) -> ArrangementView:
    return ArrangementView(
        id=row.pk,
        kind=row.kind,
        state=row.state,
        members=tuple(row.members),
        target=dict(row.target),
        reason=row.reason,
        changed=row.changed,
        failures=tuple(row.failures),
        task_id=str(row.task_id or ""),
    )
