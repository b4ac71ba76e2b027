"""The history of bodies and what a change of them would touch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q

from lantai.administration.models import (
    Agreement,
    ChangedOrganisation,
    Credential,
    DatedKind,
    Fonds,
    FondsSuccession,
    Organisation,
    OrganisationChange,
    Person,
    ServiceItem,
    Side,
)
from lantai.administration.queries.bodies import standing_on
from lantai.administration.queries.dated_changes import waiting_changes, waiting_of_bodies


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change with the bodies on both sides (code and name), and the fonds it touched with who goes on."""

    id: int
    kind: str
    kind_label: str
    day: date
    basis: str
    note: str
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    fonds: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """What hangs on the bodies that would end."""

    fonds: tuple[str, ...]
    agreements: tuple[str, ...]
    credentials: int
    accounts: int
    items: int


@dataclass(frozen=True, slots=True)
class BodyRow:
    """One body in the list of bodies."""

    code: str
    name: str
    kind_label: str
    credit_code: str
    region_code: str
    parent: str
    active_from: date | None
    active_to: date | None
    fonds: int
    waiting: date | None


def list_bodies(
    *, words: str = "", kind: str = "", state: str = "", on: date, offset: int, limit: int
) -> tuple[list[BodyRow], int]:
    """Bodies by code; by `state` those that stand on *on* ("standing"), no more ("ended"), or that a change to come is
    about ("waiting"); *words* in name, code or credit code."""
    found = Organisation.objects.order_by("code")
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(credit_code__icontains=words))
    if kind:
        found = found.filter(kind=kind)
    if state == "waiting":
        coming = [each.content for each in waiting_changes(kinds=[DatedKind.BODY])]
        found = found.filter(code__in={code for each in coming for code in (*each["before"], *each["after"])})
    elif state:
        found = found.filter(Q(active_to__lt=on) if state == "ended" else standing_on(on))
    rows = list(found.select_related("parent").annotate(fonds_count=Count("fonds"))[offset : offset + limit])
    to_come = waiting_of_bodies(codes=[each.code for each in rows])
    return [
        BodyRow(
            code=each.code,
            name=each.name,
            kind_label=str(each.get_kind_display()),
            credit_code=each.credit_code,
            region_code=each.region_code,
            parent=each.parent.name if each.parent else "",
            active_from=each.active_from,
            active_to=each.active_to,
            fonds=each.fonds_count,
            waiting=to_come[each.code][0].day if each.code in to_come else None,
        )
        for each in rows
    ], found.count()


def changes_of(*, organisation: Organisation) -> list[ChangeView]:
    """Every change this body stood in, newest first."""
    rows = OrganisationChange.objects.filter(bodies__organisation=organisation).distinct()
    return _changes(rows.values_list("pk", flat=True))


def changes_of_fonds(*, fonds: Fonds) -> list[ChangeView]:
    """Every change that touched this fonds, newest first."""
    return _changes(fonds.successions.values_list("change_id", flat=True))


def _changes(ids: Collection[int]) -> list[ChangeView]:
    rows = OrganisationChange.objects.filter(pk__in=list(ids)).prefetch_related(
        Prefetch("bodies", ChangedOrganisation.objects.select_related("organisation")),
        Prefetch("fonds", FondsSuccession.objects.select_related("fonds", "heir")),
    )
    return [
        ChangeView(
            id=row.pk,
            kind=row.kind,
            kind_label=str(row.get_kind_display()),
            day=row.day,
            basis=row.basis,
            note=row.note,
            before=_side(row, Side.BEFORE),
            after=_side(row, Side.AFTER),
            fonds=tuple(
                (each.fonds.code, each.fonds.name, each.heir.name if each.heir else "") for each in row.fonds.all()
            ),
        )
        for row in rows
    ]


def _side(row: OrganisationChange, side: Side) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each.organisation.code, each.organisation.name) for each in row.bodies.all() if each.side == side.value
    )


def touched_by_ending(*, codes: Sequence[str], day: date) -> Touched:
    """What hangs on the bodies of *codes*, should they end before *day*."""
    of_them = {"organisation__code__in": list(codes)}
    return Touched(
        fonds=tuple(
            Fonds.objects.filter(ends_on__isnull=True, **of_them).order_by("code").values_list("code", flat=True)
        ),
        agreements=tuple(
            Agreement.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), **of_them)
            .order_by("number")
            .values_list("number", flat=True)
        ),
        credentials=Credential.objects.filter(revoked_at__isnull=True, **of_them).count(),
        accounts=Person.objects.filter(is_active=True, **of_them).count(),
        items=ServiceItem.objects.filter(**of_them).count(),
    )
