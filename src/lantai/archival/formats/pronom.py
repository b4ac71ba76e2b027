"""PRONOM's word on files, through siegfried (pygfried): the exact identifier, and whose signatures said it."""

from __future__ import annotations

import functools
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from lantai.archival.formats.model import Format
from lantai.archival.formats.registry import TABLE_DATE, by_puid

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


@functools.cache
def edition_key() -> str:
    """What is installed to identify by, PRONOM's signatures and ours, without asking; it changes with each update."""
    return f"pygfried {version('pygfried')}, lantai {TABLE_DATE}"


@functools.cache
def edition_told() -> str:
    """The same in full, as the tools say it. Raises ForkedAfterPronom."""
    return f"{pronom_version()}; lantai {TABLE_DATE}"


def identify_by_pronom(many: Sequence[bytes | Path], *, names: Sequence[str] | None = None) -> list[Format | None]:
    """Name the formats of files by PRONOM, in one question to siegfried.

    Args:
        many: files by path, or their bytes.
        names: the name of each, whose suffix PRONOM weighs where content alone leaves two formats possible.

    Returns:
        For each the format in the order given; None where PRONOM knows none, and for an empty file.

    Raises:
        OSError: a path cannot be read.
        ForkedAfterPronom: PRONOM was asked before this process was forked.
    """
    found: list[Format | None] = [None] * len(many)
    with _folder_in_memory() as folder:
        asked: list[tuple[int, Path]] = []
        for index, each in enumerate(many):
            if isinstance(each, Path):
                if each.stat().st_size:
                    asked.append((index, each))
            elif each:
                suffix = PurePosixPath(names[index]).suffix if names else ""
                path = folder / (str(index) + (suffix if suffix.isascii() and len(suffix) < 16 else ""))
                path.write_bytes(each)
                asked.append((index, path))
        if asked:
            said = _siegfried().identify_many([str(path) for _index, path in asked])
            for (index, path), word in zip(asked, said["files"], strict=True):
                found[index] = _format(path, word)
    return found


@contextmanager
def _folder_in_memory() -> Iterator[Path]:
    """A folder in memory where there is such a place. (A TemporaryDirectory costs more than naming a small file
    does.)"""
    parent = _MEMORY_FILES if _MEMORY_FILES.is_dir() else None
    folder = tempfile.mkdtemp(prefix="lantai-pronom-", dir=parent)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder)


def _format(path: Path, word: Mapping[str, Any]) -> Format | None:
    """siegfried's *word* on one file as a format."""
    if not word["matches"]:
        raise OSError(f"{path}: {word['errors']}")
    match = word["matches"][0]
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
