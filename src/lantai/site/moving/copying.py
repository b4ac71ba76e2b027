"""Stored objects and packages on their way in, copied so that a run broken off goes on, and each read back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha512
from itertools import islice
from pathlib import Path

from lantai.archival.fixity import digest_stream
from lantai.archival.ocfl import StorageRoot, object_folder
from lantai.archival.ocfl.copying import Copied, Wanted, copy_objects
from lantai.archival.ocfl.store_posix import PosixStore
from lantai.archival.ocfl.stores import ObjectStore
from lantai.archival.verification import Found
from lantai.common.durability import flush_file

AT_ONCE = 64
"""Objects of one flush; how far a run has come is written down after each."""


def copy_all(
    *,
    objects: Mapping[str, str],
    source_of: Callable[[str], ObjectStore],
    target: StorageRoot,
    state: Path,
    done: Callable[[int], object],
) -> tuple[int, list[Found]]:
    """Copy *objects* (id to SHA-512 of the inventory) into the root *target*; returns their bytes, and what is wrong.

    *state* is the file that says how far an earlier run came: what it copied and read back is not read again unless it
    is another version now. Raises OSError when the target fails.
    """
    past = json.loads(state.read_bytes()) if state.exists() else {}
    copied: dict[str, list[object]] = dict(past)
    findings: list[Found] = []
    waiting = iter([each for each in objects.items() if copied.get(each[0], [""])[0] != each[1]])
    count = len(objects) - sum(1 for each, digest in objects.items() if copied.get(each, [""])[0] == digest)
    done(len(objects) - count)
    finished = len(objects) - count
    while chunk := list(islice(waiting, AT_ONCE)):
        for outcome in _copied(chunk, source_of, PosixStore(target)):
            if outcome.fault:
                findings += [Found(each.code, f"{outcome.object_id}/{each.path}", {"detail": each.detail or "-"})
                             for each in outcome.problems]  # fmt: skip
            else:
                copied[outcome.object_id] = [objects[outcome.object_id], outcome.bytes]
        finished += len(chunk)
        write_durably(state, json.dumps(copied).encode())
        done(finished)
    return sum(int(str(copied[each][1])) for each in objects if each in copied), findings


def _copied(
    chunk: Sequence[tuple[str, str]], source_of: Callable[[str], ObjectStore], target: PosixStore
) -> Iterator[Copied]:
    stores: dict[int, tuple[ObjectStore, list[Wanted]]] = {}
    for object_id, digest in chunk:
        store = source_of(object_id)
        stores.setdefault(id(store), (store, []))[1].append(Wanted(object_id, digest))
    for store, wanted in stores.values():
        yield from copy_objects(store, target, wanted)


def remove_others(*, target: StorageRoot, objects: Mapping[str, str]) -> int:
    """Remove objects of the root *target* that are none of *objects*: they left the archive since an earlier run."""
    store = PosixStore(target)
    wanted = {object_folder(each) for each in objects}
    strays = [each for each in store.folders() if each not in wanted]
    return sum(store.remove(each) for each in strays)


def copy_file(*, source: Path, target: Path, digest: str = "") -> str:
    """Copy a file durably and return its SHA-512; one that lies there with *digest* is left. Raises OSError."""
    if digest and target.is_file() and sha512_of(target) == digest:
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    running = sha512()
    with source.open("rb") as stream, fresh.open("wb") as sink:
        while piece := stream.read(1 << 20):
            running.update(piece)
            sink.write(piece)
    flush_file(fresh)
    fresh.replace(target)
    return running.hexdigest()


def sha512_of(path: Path) -> str:
    """The SHA-512 of a file. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        return digest_stream(stream, ("sha512",))[1]["sha512"]


def write_durably(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    flush_file(fresh)
    fresh.replace(path)
