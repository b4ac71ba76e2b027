"""Bytes first, then rows (law 1): depositing, changing and removing objects."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from lantai.archival import ocfl
from lantai.storage.models import Copy, Location, StoredObject
from lantai.storage.roots import MAIN, location_root
from lantai.storage.sealed import forget_object, forget_unused_keys, seal_objects, seal_version
from lantai.storage.services.copying import want_removals


def deposit_objects(*, objects: Sequence[ocfl.NewObject], location: str = MAIN) -> list[StoredObject]:
    """Keep *objects* durably, with one flush for all, then make their rows; return the rows in order.

    Idempotent by object id: an object already on the shelf is verified and taken as it is. One that has no row yet
    (the run that wrote it died before telling anybody) and holds something else is replaced. Not to be called inside
    a transaction. Raises ocfl.ObjectDiffers when an object with a row holds something else, ocfl.ContentDiffers when
    a file is not what its declared digest says, ocfl.PathRefused, OSError (disk full); then it may be repeated. Content
    is sealed where the rules say so; without keys to seal with nothing is kept (vault.VaultFault, an OSError).
    """
    place, _ = Location.objects.get_or_create(code=location)
    root = location_root(place)
    ids = [each.object_id for each in objects]
    if len(set(ids)) != len(ids):
        raise ValueError("an object id stands twice in one deposit")
    now = timezone.now()
    known = set(StoredObject.objects.filter(object_id__in=ids).values_list("object_id", flat=True))
    objects = seal_objects(root=root, objects=objects, known=known, now=now)
    try:
        written = ocfl.write_objects(root, objects)
    except ocfl.ObjectDiffers:
        for each in objects:
            if each.object_id not in known:
                ocfl.remove_object(root, each.object_id)
        written = ocfl.write_objects(root, objects)
    rows = [
        StoredObject(
            object_id=each.object_id,
            location=place,
            head=each.head,
            inventory_digest=each.inventory_digest,
            bytes=each.size,
            files=each.files,
            deposited_at=now,
        )
        for each in written
    ]
    with transaction.atomic(durable=True):
        StoredObject.objects.bulk_create(rows, ignore_conflicts=True)
        stored = StoredObject.objects.in_bulk(ids, field_name="object_id")
        Copy.objects.bulk_create(
            [Copy(stored=each, location=place) for each in stored.values() if each.object_id not in known],
            ignore_conflicts=True,
        )
    for one in written:
        forget_unused_keys(root=root, written=one)
    return [stored[each] for each in ids]


def deposit_version(*, version: ocfl.NewVersion) -> StoredObject:
    """Keep a new version of an object durably, then change its row. A broken-off run is mended by running again.

    Raises StoredObject.DoesNotExist, ocfl.VersionConflict, ocfl.PathMissing, ocfl.PathRefused, ocfl.ContentDiffers,
    OSError.
    """
    row = StoredObject.objects.select_related("location").get(object_id=version.object_id)
    root = location_root(row.location)
    written = ocfl.write_version(root, seal_version(root=root, version=version, now=timezone.now()))
    with transaction.atomic(durable=True):
        row = StoredObject.objects.select_for_update().get(pk=row.pk)
        row.head, row.inventory_digest = written.head, written.inventory_digest
        row.bytes, row.files = written.size, written.files
        row.safe, row.plan_due = False, True
        row.save(update_fields=["head", "inventory_digest", "bytes", "files", "safe", "plan_due"])
        row.copies.exclude(state=Copy.State.DAMAGED).update(state=Copy.State.WANTED, tried_at=None)
    return row


def remove_stored_object(*, object_id: str) -> bool:
    """Remove an object from its shelf and its row, and have its copies removed; False when neither is there. For
    disposal and rewriting.

    The bytes go first: a crash between leaves a row whose removal is repeated. Copies at other locations go in the
    background; one that is offline or written once becomes work for a person. Keys of sealed content go at once. The
    caller tells the ledger.
    """
    row = StoredObject.objects.select_related("location").filter(object_id=object_id).first()
    if row is None:
        return False
    ocfl.remove_object(location_root(row.location), object_id)
    now = timezone.now()
    forget_object(object_id=object_id, now=now)
    with transaction.atomic():
        for copy in row.copies.select_related("location").exclude(location=row.location):
            want_removals(object_ids=[object_id], location=copy.location, reason="object removed", now=now)
        row.delete()
    return True


def discard_object(*, object_id: str, location: str = MAIN) -> None:
    """Remove what a deposit that was broken off may have left of an object that nothing tells of: bytes, keys, row and
    copies. For whoever reserved its id before it was written. Idempotent. Raises OSError.
    """
    if remove_stored_object(object_id=object_id):
        return
    place = Location.objects.filter(code=location).first()
    if place is not None:
        ocfl.remove_object(location_root(place), object_id)
        forget_object(object_id=object_id, now=timezone.now())
