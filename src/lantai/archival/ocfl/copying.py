"""Copying objects whole from one store to another, byte for byte, and reading back what arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha512
from typing import Literal

from lantai.archival.ocfl.inventory import (
    OBJECT_DECLARATION,
    SIDECAR,
    Inventory,
    InventoryBroken,
    inventory_places,
    named_files,
    parse_inventory,
    sidecar_bytes,
)
from lantai.archival.ocfl.layout import object_folder
from lantai.archival.ocfl.problems import Problem
from lantai.archival.ocfl.stores import Incoming, ObjectStore, SourceDamaged, files_now, read_whole

_DECLARATIONS = "0=ocfl_object_"
_INVENTORY = "inventory.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object to be copied: its id, and the SHA-512 its inventory must have by the register."""

    object_id: str
    inventory_digest: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one: *fault* is empty when the copy lies there and was read back, and otherwise says which end is
    at fault. *bytes* and *files* count all versions with their inventories; *source_read* says that every byte of the
    source was read and sound, and not only what the target lacked.
    """

    object_id: str
    head: str
    bytes: int
    files: int
    fault: Literal["", "source", "target"] = ""
    problems: tuple[Problem, ...] = ()
    source_read: bool = False


def copy_objects(
    source: ObjectStore,
    target: ObjectStore,
    wanted: Sequence[Wanted],
    *,
    pace: Callable[[int], None] = lambda _count: None,
) -> list[Copied]:
    """Copy *wanted* with one flush for all, then read every copy back and compare it with what was read at its source;
    one that differs is written once more without using anything that lay there before.

    What the source holds is compared with the inventory on the way: a damaged object is not copied. *pace* is told of
    bytes as they are read, and may wait. Returns the outcomes in order. Raises OSError when the target fails.
    """
    comings = [_Coming(source, each, pace) for each in wanted]
    for each in comings:
        each.look()
    _put(target, [each for each in comings if not each.damage], fresh=False)
    again = [each for each in comings if not each.damage and each.compare(target)]
    _put(target, again, fresh=True)
    for each in again:
        if not each.damage:
            each.problems = each.compare(target)
    return [each.outcome() for each in comings]


def compare_files(store: ObjectStore, folder: str, digests: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the files of an object, which must be those of *digests* (SHA-512) and no others."""
    try:
        there = files_now(store, folder, digests.keys())
    except OSError as error:
        return [Problem("L003", folder, error.strerror or str(error))]
    if not there:
        return [Problem("L001", folder)]
    problems = [Problem("E023", path) for path in sorted(there.keys() - digests.keys())]
    problems += [Problem("E092", path, "missing") for path in sorted(digests.keys() - there.keys())]
    present = sorted(digests.keys() & there.keys())
    for path, found in zip(present, _digests(store, folder, present), strict=True):
        if isinstance(found, FileNotFoundError):  # listed still, and gone
            problems.append(Problem("E092", path, "missing"))
        elif isinstance(found, OSError):
            problems.append(Problem("L003", path, found.strerror or str(found)))
        elif found != digests[path]:
            problems.append(Problem("E092", path, f"sha512 is {found}"))
    return problems


def check_copy(store: ObjectStore, object_id: str, *, inventory_digest: str) -> list[Problem]:
    """Read an object in any store again and compare it with its inventory, which must have the SHA-512 of the register:
    declaration, sidecars, the newest version's inventory, the file set, every content. Empty when all is well.

    A file that cannot be read is a problem (L003); only the root as a whole raises OSError.
    """
    folder = object_folder(object_id)
    try:
        inventory = parse_inventory(read_whole(store, folder, _INVENTORY))
        if inventory.digest != inventory_digest:
            return [Problem("L002", _INVENTORY, inventory.digest)]
        there = files_now(store, folder, named_files(inventory))
        digests = dict(_contents(inventory))
        digests |= {path: sha512(data).hexdigest() for path, data in _fixed(inventory).items()}
        digests |= {_INVENTORY: inventory.digest, f"{inventory.head}/{_INVENTORY}": inventory.digest}
        for path in sorted(path for path in _books(inventory, there) if path not in digests):
            if path.endswith(f"/{_INVENTORY}"):  # of an older version: no digest of it is known but in its sidecar
                told = read_whole(store, folder, path)
                digests[path] = sha512(told).hexdigest()
                digests[f"{path}.sha512"] = sha512(sidecar_bytes(digests[path])).hexdigest()
    except InventoryBroken as error:
        return [Problem("E033", _INVENTORY, str(error))]
    except FileNotFoundError:
        return [_without_inventory(store, folder)]
    except OSError as error:
        return [Problem("L003", folder, error.strerror or str(error))]
    return compare_files(store, folder, digests)


@dataclass(slots=True)
class _Coming:
    """One object on its way: what its source tells of it, and the digests found while it was read there."""

    source: ObjectStore
    wanted: Wanted
    pace: Callable[[int], None]
    folder: str = ""
    head: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    damage: tuple[Problem, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def look(self) -> None:
        """Read the inventory and the file set at the source."""
        self.folder = object_folder(self.wanted.object_id)
        try:
            inventory = parse_inventory(read_whole(self.source, self.folder, _INVENTORY))
            there = files_now(self.source, self.folder, named_files(inventory))
        except FileNotFoundError:
            self.damage = (Problem("L001", self.folder),)
            return
        except InventoryBroken as error:
            self.damage = (Problem("E033", _INVENTORY, str(error)),)
            return
        except OSError as error:
            self.damage = (Problem("L003", _INVENTORY, error.strerror or str(error)),)
            return
        self.head = inventory.head
        self.contents = dict(_contents(inventory))
        if inventory.digest != self.wanted.inventory_digest:
            self.damage = (Problem("L002", _INVENTORY, inventory.digest),)
        elif missing := sorted(self.contents.keys() - there.keys()):
            self.damage = tuple(Problem("E092", path, "missing") for path in missing)
        else:
            names = (*self.contents, *_books(inventory, there), *_fixed(inventory))
            self.sizes = {path: there[path] for path in dict.fromkeys(names) if path in there}
            self.found = dict(self.contents) | {_INVENTORY: inventory.digest}

    def read(self, path: str) -> Iterator[bytes]:
        """The file's bytes. Raises SourceDamaged at its end when they are not those the inventory tells of."""
        digest = sha512()
        try:
            for part in self.source.read(self.folder, path):
                digest.update(part)
                self.pace(len(part))
                yield part
        except OSError as error:
            self.damage = (Problem("L003", path, error.strerror or str(error)),)
            raise SourceDamaged(f"{path}: {error}") from error
        self.seen.add(path)
        found = digest.hexdigest()
        if self.found.setdefault(path, found) != found:
            self.damage = (Problem("E092", path, f"sha512 is {found}"),)
            raise SourceDamaged(f"{path} is not what the inventory says")

    def compare(self, target: ObjectStore) -> list[Problem]:
        """What is wrong with the copy at *target*."""
        self.problems = compare_files(target, self.folder, self.found)
        self.pace(sum(self.sizes.values()))
        return self.problems

    def outcome(self) -> Copied:
        """As the caller sees it."""
        fault: Literal["", "source", "target"] = "source" if self.damage else "target" if self.problems else ""
        return Copied(
            self.wanted.object_id,
            self.head,
            sum(self.sizes.values()),
            len(self.sizes),
            fault,
            self.damage or tuple(self.problems),
            source_read=not self.damage and self.seen == self.sizes.keys(),
        )


def _put(target: ObjectStore, comings: Iterable[_Coming], *, fresh: bool) -> None:
    """Put them, those that turn out to be damaged on the way left out."""
    target.put(
        [
            Incoming(each.folder, each.sizes, each.read, frozenset() if fresh else frozenset(each.contents))
            for each in comings
        ]
    )


def _without_inventory(store: ObjectStore, folder: str) -> Problem:
    try:
        return Problem("E063", _INVENTORY) if store.files(folder) else Problem("L001", folder)
    except OSError as error:
        return Problem("L003", folder, error.strerror or str(error))


def _contents(inventory: Inventory) -> Iterator[tuple[str, str]]:
    for digest, paths in inventory.manifest.items():
        for path in paths:
            yield path, digest


def _books(inventory: Inventory, there: Mapping[str, int]) -> list[str]:
    """The inventories, sidecars and the declaration among the files that are there."""
    names = [f"{place}{name}" for place in inventory_places(inventory) for name in (_INVENTORY, SIDECAR)]
    return [*(name for name in there if name.startswith(_DECLARATIONS)), *(name for name in names if name in there)]


def _fixed(inventory: Inventory) -> dict[str, bytes]:
    """Files whose bytes follow from the inventory: the declaration and the sidecars of the newest version."""
    sidecar = sidecar_bytes(inventory.digest)
    return {OBJECT_DECLARATION: b"ocfl_object_1.1\n", SIDECAR: sidecar, f"{inventory.head}/{SIDECAR}": sidecar}


def _digests(store: ObjectStore, folder: str, paths: Sequence[str]) -> list[str | OSError]:
    if store.at_once == 1 or len(paths) < 2:
        return [_digest(store, folder, path) for path in paths]
    with ThreadPoolExecutor(store.at_once) as pool:
        return list(pool.map(lambda path: _digest(store, folder, path), paths))


def _digest(store: ObjectStore, folder: str, path: str) -> str | OSError:
    digest = sha512()
    try:
        for part in store.read(folder, path):
            digest.update(part)
    except OSError as error:
        return error
    return digest.hexdigest()
