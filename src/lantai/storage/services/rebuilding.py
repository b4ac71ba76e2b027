"""Fill an empty database from what lies in a storage root: the small interface a rebuild reads storage through.

``survey_shelf`` says what is there; ``read_kept`` reads one file and believes nothing that its digest does not say;
``rebuild_rows`` and ``register_shelf`` put back rows and objects. All of them may be repeated.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha512
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from django.db import transaction

from lantai.archival import ocfl
from lantai.archival.verification import Found
from lantai.common.rows import KeptTable, held_keys, put_rows
from lantai.ledger.services import advance_cursor
from lantai.storage.models import Copy, Location, StoredObject
from lantai.storage.roots import MAIN
from lantai.storage.sealed import sealed_file, stored_name
from lantai.storage.services.keep_ledger import (
    CHECKPOINTS,
    ENTRIES,
    LEDGER_FOLLOWER,
    PREFIX,
    RESERVED,
    parse_batch_id,
)
from lantai.storage.services.row_batches import FORMAT, ROWS, ROWS_FILE, ROWS_FOLLOWER, rows_number

READERS = 2
"""Threads that read and digest: the interpreter lets go of its lock meanwhile."""
_MOST_PROBLEMS = 5
_LONG = 100


class KeptDamaged(ValueError):
    """Something in storage that is needed cannot be read or is not what was kept; the message says what and why."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in a storage root: *rows* the batches of rows, the newest first; *ledger* the batches of the ledger in
    order, of each the newest writing; *folders* of all objects, in order; *findings* about what is no object.
    """

    root: ocfl.StorageRoot
    rows: tuple[str, ...]
    ledger: tuple[tuple[int, int, str], ...]
    folders: tuple[str, ...]
    findings: tuple[Found, ...]


@dataclass(slots=True)
class Past:
    """What newer batches said that older ones must not undo: rows that are *gone*, and tables that stand *whole* from a
    batch of that number on.
    """

    gone: dict[str, list[Any]] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)


def survey_shelf(*, path: Path) -> Survey:
    """Walk the storage root at *path* without reading its objects. Raises ocfl.RootUnusable where there is none."""
    if not path.is_dir() or not any(path.glob("0=ocfl_1.*")):
        raise ocfl.RootUnusable(f"{path} is no storage root")
    root = ocfl.StorageRoot(path)
    folders: list[str] = []
    findings: list[Found] = []
    rows: list[tuple[int, str]] = []
    ledger: dict[int, tuple[int, int, str]] = {}
    for place in ocfl.walk_root(path):
        findings += [
            Found(each.code, each.path, {"detail": each.detail} if each.detail else {})
            for each in place.problems
            if each.is_error
        ]
        if not place.is_object:
            continue
        folders.append(place.folder)
        object_id = _id_of(path, place.folder)
        if object_id.startswith(ROWS):
            rows.append((rows_number(object_id=object_id), object_id))
        elif object_id.startswith(PREFIX):
            first, last, revision = parse_batch_id(object_id=object_id)
            if first not in ledger or revision > ledger[first][1]:
                ledger[first] = (last, revision, object_id)
    return Survey(
        root,
        tuple(each for _number, each in sorted(rows, reverse=True)),
        tuple((first, last, each) for first, (last, _revision, each) in sorted(ledger.items())),
        tuple(folders),
        tuple(findings),
    )


def read_kept(*, root: ocfl.StorageRoot, object_id: str, path: str) -> bytes:
    """The file at the logical *path* of an object, its digest compared, opened where it is sealed.

    Raises KeptDamaged; LookupError without it; vault.VaultFault (an OSError) where the keys that open it are not here.
    """
    try:
        inventory = ocfl.read_inventory(root, object_id, verify=True)
        stored = stored_name(inventory, path)
        if stored not in inventory.logical:
            raise LookupError(path)
        place = Path(root.object_path(object_id)) / inventory.content_path(stored)
        data = root.files.read_file(str(place))
    except (ocfl.ObjectMissing, ocfl.InventoryBroken, OSError) as error:
        raise KeptDamaged(f"{object_id}: {error}") from error
    if sha512(data).hexdigest() != inventory.logical[stored]:
        raise KeptDamaged(f"{object_id}: {path} is not what its digest says")
    if stored == path:
        return data
    with sealed_file(place, object_id, path).open() as stream:
        return stream.read()


def read_row_lines(*, root: ocfl.StorageRoot, object_id: str) -> list[dict[str, Any]]:
    """The lines of a batch of rows behind its first one. Raises KeptDamaged, and vault.VaultFault as ``read_kept``."""
    try:
        packed = read_kept(root=root, object_id=object_id, path=ROWS_FILE)
    except LookupError as error:
        raise KeptDamaged(f"{object_id} has no {ROWS_FILE}") from error
    try:
        data = gzip.decompress(packed)
        lines: list[dict[str, Any]] = msgspec.json.decode(b"[" + b",".join(data.splitlines()) + b"]")
    except (EOFError, gzip.BadGzipFile, zlib.error, msgspec.DecodeError) as error:
        raise KeptDamaged(f"{object_id}: {error}") from error
    if not lines or lines[0].get("format") != FORMAT:
        raise KeptDamaged(f"{object_id}: not of the format {FORMAT}")
    return lines[1:]


def read_ledger_lines(*, root: ocfl.StorageRoot, object_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Entries and checkpoints of a batch of the ledger. Raises KeptDamaged."""
    entries = _lines(read_kept(root=root, object_id=object_id, path=ENTRIES), object_id)
    try:
        checkpoints = _lines(read_kept(root=root, object_id=object_id, path=CHECKPOINTS), object_id)
    except LookupError:
        checkpoints = []
    return entries, checkpoints


def _lines(data: bytes, object_id: str) -> list[dict[str, Any]]:
    try:
        read: list[dict[str, Any]] = msgspec.json.decode(b"[" + b",".join(data.splitlines()) + b"]")
    except msgspec.DecodeError as error:
        raise KeptDamaged(f"{object_id}: {error}") from error
    return read


def rebuild_rows(
    *, tables: Mapping[str, KeptTable], number: int, lines: Sequence[Mapping[str, Any]], past: Past
) -> int:
    """Put back the rows of batch *number* that no newer batch spoke of, in the caller's transaction; returns how many.

    Batches come the newest first; *past* is brought up to date. Tables that are not kept any more are passed over.
    """
    past.whole |= {
        each["table"]: each["whole"] for each in lines if "whole" in each and each["table"] not in past.whole
    }
    found: dict[str, dict[Any, Mapping[str, Any]]] = {}
    for line in lines:
        if line["table"] in tables and "key" in line and number >= past.whole.get(line["table"], 0):
            found.setdefault(line["table"], {})[line["key"]] = line
    count = 0
    for label, rows in found.items():
        table = tables[label]
        gone = {table.key.to_python(each) for each in past.gone.get(label, ())}
        keys = {each: table.key.to_python(each) for each in rows}
        passed = held_keys(table=table, keys=keys.values()) | gone
        wanted = [line for key, line in rows.items() if keys[key] not in passed]
        put_rows(table=table, images=[each["row"] for each in wanted if "row" in each])
        count += sum("row" in each for each in wanted)
        left = [each["key"] for each in wanted if each.get("gone")]
        if left:
            past.gone[label] = [*past.gone.get(label, ()), *left]
    return count


def open_main_location(*, path: str) -> None:
    """Say where the first copies lie, in the caller's transaction: in the storage root at *path* (empty: the one of the
    settings).
    """
    place, made = Location.objects.get_or_create(code=MAIN, defaults={"path": path})
    if not made and place.path != path:
        Location.objects.filter(pk=place.pk).update(path=path)


def register_shelf(*, root: ocfl.StorageRoot, folders: Sequence[str], check: bool) -> tuple[int, list[Found]]:
    """Make the rows of the objects in *folders*; returns how many, and what is wrong with them.

    With *check* every byte is read and digested. An object whose inventory cannot be used gets no row; one with another
    fault is registered as it was kept, so that later rounds go on finding its fault until it is mended.
    """
    location = Location.objects.get(code=MAIN)
    with ThreadPoolExecutor(READERS) as readers:
        looked = list(readers.map(lambda folder: _looked_at(root, folder, check), folders))
    rows = [
        StoredObject(
            object_id=inventory.object_id,
            location=location,
            head=inventory.head,
            inventory_digest=inventory.digest,
            bytes=size,
            files=len(inventory.logical),
            deposited_at=datetime.fromisoformat(inventory.document["versions"]["v1"]["created"]),
        )
        for inventory, size, _findings in looked
        if inventory is not None
    ]
    with transaction.atomic():
        held = set(
            StoredObject.objects.filter(object_id__in=[each.object_id for each in rows]).values_list(
                "object_id", flat=True
            )
        )
        made = StoredObject.objects.bulk_create([each for each in rows if each.object_id not in held])
        Copy.objects.bulk_create([Copy(stored=each, location=location) for each in made])
    return len(rows), [each for _inventory, _size, findings in looked for each in findings]


def _looked_at(root: ocfl.StorageRoot, folder: str, check: bool) -> tuple[ocfl.Inventory | None, int, list[Found]]:
    """An object's inventory, the bytes of its newest version, and what is wrong with it."""
    path = f"{root.path}/{folder}"
    try:
        data = root.files.read_file(f"{path}/inventory.json")
        sidecar = root.files.read_file(f"{path}/inventory.json.sha512")
        inventory = ocfl.parse_inventory(data, sidecar)
    except (ocfl.InventoryBroken, OSError) as error:
        return None, 0, [Found("rebuild.object-unreadable", _id_of(root.path, folder), {"detail": str(error)})]
    findings = []
    if check:
        problems = ocfl.check_object(root, inventory.object_id, inventory_digest=inventory.digest)
        findings = [
            Found(each.code, f"{inventory.object_id} {each.path}", {"detail": each.detail} if each.detail else {})
            for each in problems[:_MOST_PROBLEMS]
        ]
    size = 0
    for digest in inventory.logical.values():
        try:
            size += root.files.size(f"{path}/{inventory.manifest[digest][0]}")
        except OSError as error:
            if not check:
                findings.append(
                    Found("E092", f"{inventory.object_id} {inventory.manifest[digest][0]}", {"detail": str(error)})
                )
    return inventory, size, findings


def resume_followers(*, rows: str, entries: int) -> None:
    """Let keeping go on behind what lies in storage, in the caller's transaction: the id of the newest batch of *rows*
    (empty for none), and the number of *entries* kept.
    """
    if rows:
        advance_cursor(follower=ROWS_FOLLOWER, position=rows_number(object_id=rows))
    for follower in (LEDGER_FOLLOWER, RESERVED):
        advance_cursor(follower=follower, position=entries)


def _id_of(path: Path, folder: str) -> str:
    """The id of the object in *folder*, by the layout where its name is whole, else by its inventory."""
    name = folder.rpartition("/")[2]
    return unquote(name) if len(name) <= _LONG else ocfl.told_id(f"{path}/{folder}")
