"""The read door of storage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha512
from pathlib import Path
from typing import BinaryIO

from django.db.models import Count, Q, Sum

from lantai.archival import ocfl
from lantai.archival.vault import SUFFIX, SealBroken, StoredFile, VaultFault
from lantai.storage.keyring import has_key_store
from lantai.storage.models import KeyDestruction, Location, SealingRule, StoredObject
from lantai.storage.other_copies import Held, held_in_other_copy
from lantai.storage.roots import location_root
from lantai.storage.sealed import SealedFact as SealedFact
from lantai.storage.sealed import digest_key_at, keyed_facts, rule_for, sealed_file, stored_name
from lantai.storage.sealed import new_fingerprint as new_fingerprint
from lantai.storage.stores import open_store


class ContentMissing(LookupError):
    """No such object, or no such file in it."""


@dataclass(frozen=True, slots=True)
class ObjectOnShelf:
    """An object as it lies in a storage root, whether or not a row tells of it: what a rebuild walks over."""

    location: str
    folder: str
    object_id: str
    head: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Destruction:
    """Why and by whom the keys of a subject were destroyed, and the digests of those keys."""

    reason: str
    by: str
    role: str
    address: str
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StorageFigures:
    """Objects, files and bytes kept at a location; objects checked, and found damaged at the last check."""

    location: str
    objects: int
    files: int
    bytes: int
    damaged: int


def content_files(*, wanted: Sequence[tuple[str, str]]) -> list[StoredFile]:
    """The files that hold the contents *wanted* by object id and logical path, of the objects' newest versions, in the
    order asked for, each with the key that opens it where it is sealed; out of another verified copy where the first
    fails. Read them, never change them. Raises ContentMissing, ocfl.InventoryBroken, OSError, and vault.VaultFault (an
    OSError too) where keys are missing, wrong or destroyed.
    """
    stored = StoredObject.objects.select_related("location").filter(object_id__in={each for each, _path in wanted})
    objects = {each.object_id: each for each in stored}
    files = []
    for object_id, path in wanted:
        if object_id not in objects:
            raise ContentMissing(f"no object {object_id}")
        files.append(_file_of(object_id, path, _held(objects[object_id], path)))
    return files


def destroyed_subjects() -> dict[str, Destruction]:
    """Whose keys were destroyed to the end, by subject, with who decided it and why."""
    found: dict[str, Destruction] = {}
    for row in KeyDestruction.objects.exclude(finished_at=None).order_by("pk"):
        before = found.get(row.subject)
        proofs = sorted({*(before.proofs if before else ()), *row.proofs})
        found[row.subject] = Destruction(row.reason, row.by, row.role, row.address, tuple(proofs))
    for subject in KeyDestruction.objects.filter(finished_at=None).values_list("subject", flat=True):
        found.pop(subject, None)
    return found


def content_file(*, object_id: str, path: str) -> StoredFile:
    """The file that holds one content, as ``content_files`` tells of many."""
    return content_files(wanted=[(object_id, path)])[0]


def content_path(*, object_id: str, path: str) -> Path:
    """Where one content lies, as it lies: of sealed content that is the sealed file. Raises as ``content_files``, but
    needs no key."""
    return _held(_stored(object_id), path).path


def open_content(*, object_id: str, path: str) -> BinaryIO:
    """The content at the logical *path* of an object, open for reading, through its seal where it has one; the caller
    closes it. Raises ContentMissing, ocfl.InventoryBroken, OSError, and VaultFault also while it is read.
    """
    try:
        return content_file(object_id=object_id, path=path).open()
    except OSError as error:
        if (other := _other_file(object_id, path, error)) is not None:
            return other.open()
        if isinstance(error, FileNotFoundError):
            raise ContentMissing(f"{object_id} has lost {path}") from error
        raise


def read_range(*, object_id: str, path: str, offset: int, length: int) -> bytes:
    """*length* bytes from *offset* on; fewer only at the file's end. Raises ContentMissing, OSError."""
    try:
        with open_content(object_id=object_id, path=path) as stream:
            return _read_part(stream, offset, length)
    except OSError as error:
        if (other := _other_file(object_id, path, error)) is None:
            raise
        with other.open() as stream:
            return _read_part(stream, offset, length)


def read_whole(*, object_id: str, path: str) -> bytes:
    """All bytes of a small content, proven to be what was deposited, by its digest or its seal. Raises ContentMissing
    when they are not, VaultFault, OSError."""
    file = content_file(object_id=object_id, path=path)
    with file.open() as stream:
        data = stream.read()
    if not file.key and sha512(data).hexdigest() != content_digests(object_id=object_id)[path]:
        raise ContentMissing(f"{object_id} {path} is not what was deposited")
    return data


def content_digests(*, object_id: str) -> dict[str, str]:
    """Logical paths of an object's newest version, each with the SHA-512 of what is stored: of sealed content that is
    what lies sealed. Raises ContentMissing."""
    logical = _inventory(object_id)[1].logical
    return {path.removesuffix(SUFFIX): digest for path, digest in logical.items()}


def content_facts(*, object_id: str, cleartexts: Mapping[str, str]) -> dict[str, SealedFact]:
    """What may be told for ever of the sealed contents among *cleartexts* (logical path to the cleartext's SHA-512);
    contents in the clear are left out. Raises ContentMissing, VaultFault."""
    root, inventory = _inventory(object_id)
    folder = Path(root.object_path(object_id))
    return {
        path: keyed_facts(place=folder / inventory.content_path(path + SUFFIX), sha512=digest)
        for path, digest in cleartexts.items()
        if path + SUFFIX in inventory.logical
    }


def digest_keys(*, contents: Sequence[tuple[str, str]]) -> dict[str, bytes]:
    """The keys of the keyed digests of sealed *contents* (object id, logical path), by the proofs of their data keys;
    those in the clear have none. Who has one can confirm the content he holds, and open nothing. Raises ContentMissing,
    VaultFault.
    """
    return dict(digest_key_at(held.path) for each in contents if (held := _held(_stored(each[0]), each[1])).sealed)


def unsearchable_objects(*, object_ids: Collection[str]) -> set[str]:
    """Those of *object_ids* whose text may not stand in the clear in the search index (rule of sealing)."""
    rules = list(SealingRule.objects.all())
    return {each for each in object_ids if rules and (rule := rule_for(each, rules)) and not rule.searchable}


def sealed_objects(*, object_ids: Collection[str]) -> set[str]:
    """Those of these objects that hold sealed content; an object whose inventory cannot be read is taken for one."""
    if not has_key_store():
        return set()
    found = set()
    for row in StoredObject.objects.select_related("location").filter(object_id__in=object_ids):
        try:
            _root, inventory = _inventory_of(row)
        except (ContentMissing, ocfl.InventoryBroken, OSError):
            found.add(row.object_id)
        else:
            found |= {row.object_id} if any(path.endswith(SUFFIX) for path in inventory.logical) else set()
    return found


def find_objects(*, prefix: str, after: str = "", limit: int = 1000) -> list[StoredObject]:
    """Rows of objects whose id begins with *prefix*, in order of their ids, those behind *after* only."""
    rows = StoredObject.objects.filter(object_id__startswith=prefix, object_id__gt=after)
    return list(rows.order_by("object_id")[:limit])


def enumerate_objects(*, location: str = "main", after: str = "") -> Iterator[ObjectOnShelf]:
    """Every object that lies at a location, read from the shelf and not from the database, in order of folders.

    *after* is the folder of the last object seen, to go on after a break. Raises ocfl.InventoryBroken at an object
    whose inventory cannot be used: a rebuild must not pass over it.
    """
    store = open_store(Location.objects.get(code=location))
    for folder in store.folders(after=after):
        inventory = ocfl.parse_inventory(ocfl.read_whole(store, folder, "inventory.json"))
        yield ObjectOnShelf(location, folder, inventory.object_id, inventory.head, tuple(inventory.logical))


def locations_to_look_at(*, there: datetime, away: datetime) -> list[str]:
    """Codes of locations last looked at before *there*, or before *away* when they were away then."""
    old = Q(looked_at=None) | Q(looked_at__lt=there) | Q(looked_at__lt=away, away_since__isnull=False)
    return list(Location.objects.filter(old).order_by("pk").values_list("code", flat=True))


def storage_figures() -> list[StorageFigures]:
    """What is kept at every location."""
    rows = Location.objects.order_by("code").annotate(
        count=Count("kept"), file_sum=Sum("kept__files"), byte_sum=Sum("kept__bytes")
    )
    damaged = dict(StoredObject.objects.filter(sound=False).values_list("location__code").annotate(count=Count("pk")))
    return [
        StorageFigures(each.code, each.count, each.file_sum or 0, each.byte_sum or 0, damaged.get(each.code, 0))
        for each in rows
    ]


def _held(stored: StoredObject, path: str) -> Held:
    """The file of one content: of the first copy, unless that fails or is known to be damaged and another has it."""
    failure: Exception | None = None
    first: Held | None = None
    try:
        root, inventory = _inventory_of(stored)
        name = stored_name(inventory, path)
        first = Held(Path(root.object_path(stored.object_id)) / inventory.content_path(name), name != path)
        first.path.stat()
    except ocfl.PathMissing as error:
        raise ContentMissing(str(error)) from error
    except (ContentMissing, ocfl.InventoryBroken, OSError) as error:
        failure = error
    if failure is None and first is not None and stored.sound is not False:
        return first
    if (other := held_in_other_copy(stored, path)) is not None:
        return other
    if failure is None and first is not None:
        return first
    if isinstance(failure, FileNotFoundError):
        raise ContentMissing(f"{stored.object_id} has lost {path}") from failure
    raise failure or ContentMissing(path)


def _file_of(object_id: str, path: str, held: Held) -> StoredFile:
    return sealed_file(held.path, object_id, path) if held.sealed else StoredFile(held.path)


def _other_file(object_id: str, path: str, error: OSError) -> StoredFile | None:
    """The content in another copy, after *error* in the first; another copy mends no fault of the keys."""
    if isinstance(error, VaultFault) and not isinstance(error, SealBroken):
        return None
    held = held_in_other_copy(_stored(object_id), path)
    return _file_of(object_id, path, held) if held is not None else None


def _read_part(stream: BinaryIO, offset: int, length: int) -> bytes:
    stream.seek(offset)
    return stream.read(length)


def _stored(object_id: str) -> StoredObject:
    stored = StoredObject.objects.select_related("location").filter(object_id=object_id).first()
    if stored is None:
        raise ContentMissing(f"no object {object_id}")
    return stored


def _inventory(object_id: str) -> tuple[ocfl.StorageRoot, ocfl.Inventory]:
    return _inventory_of(_stored(object_id))


def _inventory_of(stored: StoredObject) -> tuple[ocfl.StorageRoot, ocfl.Inventory]:
    root = location_root(stored.location)
    return root, _read_inventory(root, stored.object_id, stored.inventory_digest)


@lru_cache(maxsize=64)
def _read_inventory(root: ocfl.StorageRoot, object_id: str, digest: str) -> ocfl.Inventory:
    """An inventory, remembered under its digest: what lies there under another digest is not what was deposited."""
    try:
        inventory = ocfl.read_inventory(root, object_id)
    except ocfl.ObjectMissing as error:
        raise ContentMissing(f"{object_id} is gone from its place") from error
    if inventory.digest != digest:
        raise ocfl.InventoryBroken(f"the inventory of {object_id} is not the one that was deposited")
    return inventory
