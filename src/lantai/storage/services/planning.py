"""Which locations shall hold a copy of each object, and whether an object is safe (安全：策略已满足)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Copy, CopyPolicy, Location, Removal, StoredObject
from lantai.storage.policy import DEFAULT, Demand, Holding, choose, lacks, strictest
from lantai.storage.roots import MAIN
from lantai.storage.services.locations import LocationRefused, main_location, require_keeper


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy may name of a record: fonds, category and class."""

    fonds: str
    category: str
    record_class: str


NOWHERE = Scope("", "", "")
"""Of what holds no record: only what is asked of all applies."""


def due_objects(*, limit: int = 500) -> list[str]:
    """Ids of objects for which it is to be decided where their copies lie."""
    return list(StoredObject.objects.filter(plan_due=True).order_by("id").values_list("object_id", flat=True)[:limit])


def plan_copies(*, scopes: Mapping[str, Sequence[Scope]]) -> int:
    """Decide for each object of *scopes* (what its records are of; nothing for one that holds none) which locations
    shall have a copy, and judge whether it is safe. Returns how many there were.
    """
    locations = [main_location(), *Location.objects.filter(in_service=True).exclude(code=MAIN).order_by("pk")]
    policies = list(CopyPolicy.objects.all())
    with transaction.atomic():
        rows = list(
            StoredObject.objects.select_for_update().filter(object_id__in=list(scopes)).prefetch_related("copies")
        )
        missing: list[Copy] = []
        for row in rows:
            held = {each.location_id for each in row.copies.all()}
            demand = strictest(demand_for(policies=policies, scope=each) for each in scopes[row.object_id] or [NOWHERE])
            row.demand = asdict(demand)
            row.plan_due = False
            ordered = sorted(locations, key=lambda each: (each.pk not in held, each.offline, each.pk))
            chosen = set(choose([holding_of(location=each) for each in ordered], demand))
            missing += [
                Copy(stored=row, location=each) for each in ordered if each.code in chosen - _codes(held, ordered)
            ]
        Copy.objects.bulk_create(missing, ignore_conflicts=True)
        for each in missing:
            Removal.objects.filter(object_id=each.stored.object_id, location=each.location).delete()
        StoredObject.objects.bulk_update(rows, ["demand", "plan_due"])
        judge_objects(stored_ids=[each.pk for each in rows])
    return len(rows)


def judge_objects(*, stored_ids: Iterable[int]) -> None:
    """Write down whether these objects are safe, and what they lack; in the caller's transaction."""
    copies: dict[int, list[Holding]] = defaultdict(list)
    rows = list(StoredObject.objects.filter(pk__in=list(stored_ids)))
    digests = {each.pk: each.inventory_digest for each in rows}
    sound = Copy.objects.filter(stored__in=rows, state=Copy.State.VERIFIED).select_related("location")
    for each in sound:
        if counts(copy=each, inventory_digest=digests[each.stored_id]):
            copies[each.stored_id].append(holding_of(location=each.location))
    changed = []
    for row in rows:
        lacking = [asdict(each) for each in lacks(copies[row.pk], _demand(row))]
        if (row.safe, row.lacking) != (not lacking, lacking):
            row.safe, row.lacking = not lacking, lacking
            changed.append(row)
    StoredObject.objects.bulk_update(changed, ["safe", "lacking"])


def counts(*, copy: Copy, inventory_digest: str) -> bool:
    """Whether a copy counts for the policy: verified, of the newest version, at a location in service that is there, or
    whose being away is its nature.
    """
    place = copy.location
    return (
        copy.state == Copy.State.VERIFIED
        and copy.inventory_digest == inventory_digest
        and place.in_service
        and (place.offline or place.away_since is None)
    )


def holding_of(*, location: Location) -> Holding:
    """A location as the policy sees it."""
    return Holding(
        location.code,
        location.device or f"unmeasured:{location.code}",
        location.medium,
        location.place,
        detached=location.offline or location.write_once,
        first=location.code == MAIN,
    )


def demand_for(*, policies: Sequence[CopyPolicy], scope: Scope) -> Demand:
    """What the most particular of *policies* asks for a record: of fonds and class, of the fonds, of the class (the
    longer the more particular), of all; the default where there is none.
    """
    fitting = [
        each
        for each in policies
        if each.fonds_code in ("", scope.fonds)
        and (
            each.class_code in ("", scope.category, scope.record_class)
            or scope.record_class.startswith(f"{each.class_code}·")
        )
    ]
    if not fitting:
        return DEFAULT
    best = max(fitting, key=lambda each: (bool(each.fonds_code), len(each.class_code)))
    return Demand(best.copies, best.media, best.elsewhere, best.detached)


def set_policy(*, fonds_code: str, class_code: str, demand: Demand | None, by: Actor, now: datetime) -> None:
    """Set how many copies records of a fonds and class need; None takes the rule away. Every object is judged anew.

    Raises LocationRefused for a demand that contradicts itself, Refused.
    """
    require_keeper(by=by)
    if demand is not None and (
        not 1 <= demand.copies <= 9
        or demand.media > demand.copies
        or demand.elsewhere >= demand.copies
        or demand.detached >= demand.copies
    ):
        raise LocationRefused(_("副本 1 至 9 份；载体种类不多于份数；异地、离线的份数须少于总份数。"))
    with transaction.atomic():
        row = CopyPolicy.objects.select_for_update().filter(fonds_code=fonds_code, class_code=class_code).first()
        before = asdict(Demand(row.copies, row.media, row.elsewhere, row.detached)) if row else None
        after = asdict(demand) if demand else None
        if demand is not None:
            CopyPolicy.objects.update_or_create(fonds_code=fonds_code, class_code=class_code, defaults=asdict(demand))
        elif row is not None:
            row.delete()
        StoredObject.objects.update(plan_due=True)
        append_entries(
            entries=[
                NewEntry(
                    kind="storage.policy-set", subject=f"policy:{fonds_code or '*'}:{class_code or '*'}",
                    actor=by.reference, role=by.role, address=by.address, at=now,
                    detail={"before": before, "after": after},
                )
            ]
        )  # fmt: skip


def plan_anew(*, object_ids: Collection[str]) -> None:
    """Have these objects decided anew: their records have come into the catalogue, or have another class now."""
    StoredObject.objects.filter(object_id__in=list(object_ids)).update(plan_due=True)


def _demand(row: StoredObject) -> Demand:
    return Demand(**row.demand) if row.demand else DEFAULT


def _codes(held: Iterable[int], locations: Sequence[Location]) -> set[str]:
    return {each.code for each in locations if each.pk in held}
