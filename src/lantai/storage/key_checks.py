"""Keys against what they open: every sealed content must have its key, and no destroyed key may be back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lantai.archival import ocfl
from lantai.archival.vault import (
    SUFFIX,
    KeyDestroyed,
    KeyMissing,
    KeyWrong,
    SealBroken,
    VaultFault,
    read_header,
)
from lantai.archival.vault.keys import Keyring, KeyStore
from lantai.archival.verification import Found
from lantai.storage.keyring import has_key_store, key_folder, key_store, keyring
from lantai.storage.models import KeyDestruction, SealingRule, StoredObject
from lantai.storage.roots import location_root


@dataclass(frozen=True, slots=True)
class KeysChecked:
    """What one call of ``verify_keys`` did. *after* is the row of the last object seen; *done* ends it."""

    after: int
    contents: int
    findings: tuple[Found, ...]
    done: bool


def verify_keys(*, after: int = 0, limit: int = 50) -> KeysChecked:
    """Look at the sealed contents of up to *limit* objects behind the row *after*: each one's header must be its own,
    its key be kept, and open where the keys above can be opened. The first call looks at the key store too.

    Raises OSError when a location cannot be read.
    """
    if not has_key_store() and not SealingRule.objects.exists():
        return KeysChecked(after, 0, (), done=True)
    findings: list[Found] = [] if after else list(_store_findings())
    try:
        store = key_store()
    except VaultFault:
        return KeysChecked(after, 0, tuple(findings), done=True)
    try:
        ring: Keyring | None = keyring()
    except VaultFault:
        ring = None
    rows = list(StoredObject.objects.select_related("location").filter(pk__gt=after).order_by("pk")[:limit])
    contents = 0
    for row in rows:
        root = location_root(row.location)
        try:
            inventory = ocfl.read_inventory(root, row.object_id)
        except (ocfl.ObjectMissing, ocfl.InventoryBroken, OSError):
            continue  # the check of the objects tells of it
        folder = Path(root.object_path(row.object_id))
        for path in (each for each in inventory.logical if each.endswith(SUFFIX)):
            contents += 1
            findings += _content_findings(folder / inventory.content_path(path), row.object_id, path, store, ring)
    return KeysChecked(rows[-1].pk if rows else after, contents, tuple(findings), done=len(rows) < limit)


def _store_findings() -> Iterator[Found]:
    """What is wrong with the key store as a whole."""
    place = str(key_folder())
    try:
        store = key_store()
        for problem in store.check():
            yield Found("key.store", place, {"detail": problem})
        for row in KeyDestruction.objects.order_by("pk").iterator():
            if row.finished_at is None:
                yield Found("key.destruction-open", row.object_id, {"unit": row.unit})
            elif store.keys_of(row.object_id, row.unit):
                yield Found("key.destruction-undone", row.object_id, {"unit": row.unit})
        for recipient in store.recipients():
            if missing := len(store.without_escrow(recipient.recipient)):
                yield Found("key.no-escrow", recipient.name, {"n": str(missing)})
        held = set(keyring().provider.identifiers())
        for kek in store.keks("destroyed_at IS NULL"):
            if kek.identifier not in held:
                yield Found("key.above-missing", kek.identifier, {"shelf": kek.shelf})
    except VaultFault as fault:
        yield Found(f"key.{fault.code}", place, {"detail": str(fault)})


def _content_findings(place: Path, object_id: str, path: str, store: KeyStore, ring: Keyring | None) -> Iterator[Found]:
    where = f"{object_id} {path}"
    try:
        header = read_header(place)
        header.check_identity(object_id=object_id, path=path.removesuffix(SUFFIX))
        row = store.find_key(header.key)
        if ring is not None:
            ring.open_keys([row])
    except KeyDestroyed as fault:
        unit = path.partition("/")[0]
        if not KeyDestruction.objects.filter(object_id=object_id, unit=unit).exists():
            yield Found("key.destroyed-unasked", where, {"detail": str(fault)})
    except (KeyMissing, KeyWrong, SealBroken) as fault:
        yield Found(f"key.{fault.code}", where, {"detail": str(fault)})
    except OSError:
        return  # unreadable: the check of the objects tells of it; keys that cannot be opened were told of at the store
