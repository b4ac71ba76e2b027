"""PRONOM's word on files, through siegfried (pygfried): the exact identifier, and whose signatures said it."""

from __future__ import annotations

import functools
import importlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from lantai.archival.formats.model import Format
from lantai.archival.formats.registry import by_puid

_MEMORY_FILES = Path("/dev/shm")


class ForkedAfterPronom(RuntimeError):
    """This process was forked from one that had already asked PRONOM; siegfried's threads did not come along."""


@functools.cache
def _loaded() -> tuple[int, Any]:
    # One thread is quickest a processor second: the children of a sandbox keep all cores busy already.
    os.environ.setdefault("GOMAXPROCS", "1")
    return os.getpid(), importlib.import_module("pygfried")


def _siegfried() -> Any:
    """siegfried, loaded when first asked for: its Go runtime starts threads, and a child forked after that would wait
    for them for ever. A parent that forks may import this module, but must leave the asking to its children.

    Raises:
        ForkedAfterPronom: it was loaded before this process was forked.
    """
    process, module = _loaded()
    if process != os.getpid():
        raise ForkedAfterPronom("ask PRONOM only after forking, or in a process started afresh")
    return module


@functools.cache
def pronom_version() -> str:
    """The tool and the signature files that identify: siegfried's version, DROID's and the container signatures'."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"%PDF-1.4\n")
        file.flush()
        said = _siegfried().identify(file.name, detailed=True)
    return f"siegfried {said['siegfried']}; {said['identifiers'][0]['details']}"


def identify_by_pronom(many: Sequence[bytes | Path], *, names: Sequence[str] | None = None) -> list[Format | None]:
    """Name the formats of files by PRONOM.

    Args:
        many: files by path, or their bytes.
        names: the name of each, whose suffix PRONOM weighs where content alone leaves two formats possible.

    Returns:
        For each the format in the order given; None where PRONOM knows none, and for an empty file.

    Raises:
        OSError: a path cannot be read.
        ForkedAfterPronom: PRONOM was asked before this process was forked.
    """
    found: list[Format | None] = []
    folder_of_memory = _MEMORY_FILES if _MEMORY_FILES.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="lantai-pronom-", dir=folder_of_memory) as folder:
        for index, each in enumerate(many):
            if isinstance(each, Path):
                found.append(_identify(each))
                continue
            suffix = PurePosixPath(names[index]).suffix if names else ""
            path = Path(folder, "file" + (suffix if suffix.isascii() and len(suffix) < 16 else ""))
            path.write_bytes(each)
            found.append(_identify(path))
            path.unlink()
    return found


def _identify(path: Path) -> Format | None:
    if path.stat().st_size == 0:
        return None
    siegfried = _siegfried()
    try:
        said = siegfried.identify(str(path), detailed=True)
    except siegfried.EmptySourceError:
        return None
    except siegfried.GoError as failure:
        raise OSError(f"{path}: {failure}") from failure
    match = said["files"][0]["matches"][0]
    puid = match["id"]
    if puid == "UNKNOWN":
        return None
    known = by_puid(puid)
    return known or Format(
        key=puid,
        name=match["format"] or puid,
        puid=puid,
        version=match["version"],
        mime=match["mime"] or "application/octet-stream",
    )
