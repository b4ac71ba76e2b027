"""PRONOM's word on files, through siegfried (pygfried): the exact identifier, and whose signatures said it."""

from __future__ import annotations

import functools
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
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


def identify_by_pronom(many: Iterable[bytes | Path], *, names: Sequence[str] | None = None) -> list[Format | None]:
    """Name the formats of files by PRONOM.

    Args:
        many: files by path, or their bytes; one after the other is asked for and let go.
        names: the name of each, whose suffix PRONOM weighs where content alone leaves two formats possible.

    Returns:
        For each the format in the order given; None where PRONOM knows none, and for an empty file.

    Raises:
        OSError: a path cannot be read.
        ForkedAfterPronom: PRONOM was asked before this process was forked.
    """
    found: list[Format | None] = []
    with ExitStack() as stack:
        folder: Path | None = None
        for index, each in enumerate(many):
            if isinstance(each, Path):
                found.append(_identify(each))
                continue
            if folder is None:
                folder = stack.enter_context(_folder_in_memory())
            suffix = PurePosixPath(names[index]).suffix if names else ""
            path = folder / ("file" + (suffix if suffix.isascii() and len(suffix) < 16 else ""))
            path.write_bytes(each)
            found.append(_identify(path))
            path.unlink()
    return found


@contextmanager
def _folder_in_memory() -> Iterator[Path]:
    """A folder for one file at a time, in memory where there is such a place. (A TemporaryDirectory costs more than
    naming a small file does.)"""
    parent = _MEMORY_FILES if _MEMORY_FILES.is_dir() else None
    folder = tempfile.mkdtemp(prefix="lantai-pronom-", dir=parent)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder)


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
