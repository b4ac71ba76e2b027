"""Making a storage root, with the README that explains it to a stranger."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lantai.archival.ocfl.deposits import batch_folder
from lantai.archival.ocfl.layout import LAYOUT, TUPLE_SIZE, TUPLES, StorageRoot
from lantai.archival.ocfl.stores import ROOT_DECLARATION

README = (Path(__file__).parent / "root_readme.md").read_text(encoding="utf-8")


class RootUnusable(Exception):
    """The folder is no storage root of ours and cannot become one; the message says why."""


def create_root(root: StorageRoot, *, archive: str) -> None:
    """Make the storage root, or finish one whose making was broken off; nothing happens to one that is whole.

    *archive* is the name of the institution, for the README. The declaration comes last: a folder without it is
    no storage root yet, and two processes may make it at the same time. Raises RootUnusable when the folder holds
    something else, or when the deposit folder beside it lies on another file system.
    """
    files, path = root.files, str(root.path)
    os.makedirs(path, exist_ok=True)  # noqa: PTH103
    os.makedirs(root.deposit, exist_ok=True)  # noqa: PTH103
    if os.stat(path).st_dev != os.stat(root.deposit).st_dev:  # noqa: PTH116
        raise RootUnusable(f"{path} is a mount point: choose a folder inside of it, so that renames stay within it")
    if files.exists(f"{path}/{ROOT_DECLARATION}"):
        _check_layout(root)
        return
    extension = f"{path}/extensions/{LAYOUT}"
    known = {"README.md", "ocfl_layout.json", "extensions", ROOT_DECLARATION}
    strange = [name for name in files.names(path) if name not in known]
    if strange:
        raise RootUnusable(f"{path} is no storage root and not empty: {', '.join(sorted(strange)[:5])}")
    os.makedirs(extension, exist_ok=True)  # noqa: PTH103
    with batch_folder(root) as folder:
        for target, data in root_files(archive=archive).items():
            files.write_file(f"{folder}/new", data)
            files.rename(f"{folder}/new", f"{path}/{target}")
        files.sync(path, [path])


def root_files(*, archive: str) -> dict[str, bytes]:
    """The files of a storage root's own, by their paths, in the order in which they are to be written."""
    return {
        "README.md": README.replace("{archive}", archive).encode(),
        "ocfl_layout.json": _json({"extension": LAYOUT, "description": "SHA-256 of the id in 3 folders of 3"}),
        f"extensions/{LAYOUT}/config.json": _json(_layout_config()),
        ROOT_DECLARATION: b"ocfl_1.1\n",
    }


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
