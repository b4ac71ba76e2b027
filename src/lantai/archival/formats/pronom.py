"""PRONOM's word on files, through siegfried (pygfried): the exact identifier, and whose signatures said it."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pygfried

from lantai.archival.formats.model import Format
from lantai.archival.formats.registry import by_puid

_MEMORY_FILES = Path("/dev/shm")


@functools.cache
def pronom_version() -> str:
    """The tool and the signature files that identify: siegfried's version, DROID's and the container signatures'."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"%PDF-1.4\n")
        file.flush()
        said = pygfried.identify(file.name, detailed=True)
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
    try:
        said = pygfried.identify(str(path), detailed=True)
    except pygfried.EmptySourceError:
        return None
    except pygfried.GoError as failure:
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
