"""The files that come with a catalogue in one ZIP: which there are, and which line each belongs to by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from lantai.archival.codes import normalise_code
from lantai.archival.packages.limits import Limits
from lantai.archival.packages.model import Component
from lantai.archival.packages.source import Source
from lantai.archival.packages.zip_directory import list_zip

MOST_FILES = 500_000
_LIMITS = replace(Limits(), entries=MOST_FILES, total_size=1 << 42, entry_size=1 << 36)
_PLAIN = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_COUNTER = re.compile(r"-[0-9]{1,4}$|\([0-9]{1,4}\)$|_[0-9]{1,4}$|-p[0-9]{1,4}$")
_LITTER = ("thumbs.db", ".ds_store", "desktop.ini")


@dataclass(frozen=True, slots=True)
class AttachedFiles:
    """The files of the ZIP with the places of their bytes; ``problems`` are codes and details that forbid reading."""

    files: tuple[Component, ...]
    problems: tuple[tuple[str, str], ...] = ()


def list_attached(path: Path) -> AttachedFiles:
    """The files in the ZIP at *path*, litter of operating systems left out. Raises OSError."""
    with Source(path) as source:
        if source.at(0, 2) != b"PK":
            return AttachedFiles((), (("container.unknown", ""),))
        listing = list_zip(source, _LIMITS)
    problems = tuple((each.code, each.path or each.detail) for each in listing.problems)
    files = tuple(
        Component(
            each.path, each.raw_name, each.name_encoding, each.size, each.stored_size, each.offset, each.method,
            each.modified,
        )
        for each in listing.entries
        if PurePosixPath(each.path).name.lower() not in _LITTER and not each.path.startswith("__MACOSX/")
    )  # fmt: skip
    return AttachedFiles(() if problems else files, problems)


def name_key(text: str) -> str:
    """What two spellings of one code have in common: case and the kind of separators do not count."""
    return _PLAIN.sub("-", normalise_code(text).casefold()).strip("-")


def files_by_key(paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The files by every key they may be meant for: own name, own name without a page counter, name of their folder."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        pure = PurePosixPath(path)
        stem = pure.name.removesuffix(pure.suffix).casefold()
        keys = [name_key(stem)]
        if _COUNTER.search(stem):
            keys.append(name_key(_COUNTER.sub("", stem)))
        keys += [name_key(part) for part in pure.parts[:-1]]
        for key in dict.fromkeys(filter(None, keys)):
            found.setdefault(key, []).append(path)
    return {key: tuple(each) for key, each in found.items()}
