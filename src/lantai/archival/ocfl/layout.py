"""The storage root (存储根): where objects lie (extension 0003), and the README that explains it to a stranger."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from lantai.archival.ocfl.files import POSIX, FileSystem

LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
TUPLE_SIZE = 3
TUPLES = 3
DECLARATION = "0=ocfl_1.1"
README = (Path(__file__).parent / "root_readme.md").read_text(encoding="utf-8")
_UNSAFE = re.compile(rb"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class StorageRoot:
    """A storage root at *path*. Unfinished work lies beside it in ``<path>.deposit``, on the same file system."""

    path: Path
    files: FileSystem = POSIX

    @property
    def deposit(self) -> str:
        """Folder of unfinished work. Nothing in it counts; leftovers of the dead are swept away."""
        return f"{self.path}.deposit"

    def object_path(self, object_id: str) -> str:
        """Absolute path of the object with that id, whether or not it exists."""
        return f"{self.path}/{object_folder(object_id)}"


class RootUnusable(Exception):
    """The folder is no storage root of ours and cannot become one; the message says why."""


def object_folder(object_id: str) -> str:
    """Path of an object below the root, by layout 0003: three folders of its SHA-256, then the encoded id."""
    digest = sha256(object_id.encode()).hexdigest()
    name = _UNSAFE.sub(lambda found: b"%%%02x" % found[0][0], object_id.encode()).decode("ascii")
    if len(name) > 100:
        name = f"{name[:100]}-{digest}"
    tuples = (digest[at : at + TUPLE_SIZE] for at in range(0, TUPLE_SIZE * TUPLES, TUPLE_SIZE))
    return "/".join((*tuples, name))


def create_root(root: StorageRoot, *, archive: str) -> None:
    """Make the storage root, or finish one whose making was broken off; nothing happens to one that is whole.

    *archive* is the name of the institution, for the README. The declaration comes last: a folder without it is
    no storage root yet. Raises RootUnusable when the folder holds something else, or when the deposit folder
    beside it lies on another file system.
    """
    files, path = root.files, str(root.path)
    os.makedirs(path, exist_ok=True)  # noqa: PTH103
    os.makedirs(root.deposit, exist_ok=True)  # noqa: PTH103
    if os.stat(path).st_dev != os.stat(root.deposit).st_dev:  # noqa: PTH116
        raise RootUnusable(f"{path} is a mount point: choose a folder inside of it, so that renames stay within it")
    if files.exists(f"{path}/{DECLARATION}"):
        _check_layout(root)
        return
    extension = f"{path}/extensions/{LAYOUT}"
    wanted = {
        f"{path}/README.md": README.replace("{archive}", archive).encode(),
        f"{path}/ocfl_layout.json": _json({"extension": LAYOUT, "description": "SHA-256 of the id in 3 folders of 3"}),
        f"{extension}/config.json": _json(_layout_config()),
        f"{path}/{DECLARATION}": b"ocfl_1.1\n",
    }
    known = {"README.md", "ocfl_layout.json", "extensions"}
    strange = [name for name in files.names(path) if name not in known and not name.endswith(".new")]
    if strange:
        raise RootUnusable(f"{path} is no storage root and not empty: {', '.join(sorted(strange)[:5])}")
    os.makedirs(extension, exist_ok=True)  # noqa: PTH103
    for target, data in wanted.items():
        if files.exists(f"{target}.new"):
            files.remove_file(f"{target}.new")
        files.write_file(f"{target}.new", data)
        files.rename(f"{target}.new", target)
    files.sync(path, [path])


def object_folders(root: StorageRoot, *, after: str = "") -> Iterator[str]:
    """Paths below the root of all objects, in order, those behind *after* only: how a rebuild or an audit walks."""
    yield from _walk(str(root.path), "", after)


def _walk(base: str, prefix: str, after: str) -> Iterator[str]:
    with os.scandir(f"{base}/{prefix}") as found:
        names = sorted(each.name for each in found if each.is_dir(follow_symlinks=False))
    for name in names:
        folder = f"{prefix}{name}"
        if (not prefix and name == "extensions") or folder < after[: len(folder)]:
            continue
        inside = os.listdir(f"{base}/{folder}")  # noqa: PTH208
        if any(each.startswith("0=ocfl_object_") for each in inside):
            if folder > after:
                yield folder
        else:
            yield from _walk(base, f"{folder}/", after)


def _check_layout(root: StorageRoot) -> None:
    try:
        config = json.loads(root.files.read_file(f"{root.path}/extensions/{LAYOUT}/config.json"))
    except (FileNotFoundError, ValueError) as error:
        raise RootUnusable(f"{root.path} does not use the layout {LAYOUT}") from error
    if config != _layout_config():
        raise RootUnusable(f"{root.path} uses the layout {LAYOUT} with other parameters than ours")


def _layout_config() -> dict[str, str | int]:
    return {"extensionName": LAYOUT, "digestAlgorithm": "sha256", "tupleSize": TUPLE_SIZE, "numberOfTuples": TUPLES}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
