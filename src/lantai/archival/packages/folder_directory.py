"""The files of a folder, by their names' own bytes; links are never followed."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Entry, Listing
from lantai.archival.packages.names import choose_encoding, judge_names


def list_folder(path: Path, limits: Limits) -> Listing:
    """Every file below the folder *path*, sorted by name. Raises OSError when it cannot be read."""
    listing = Listing(limits, "folder")
    files: list[tuple[bytes, os.stat_result]] = []
    folders: list[bytes] = []
    top = os.fsencode(path)
    waiting = [b""]
    while waiting:
        inner = waiting.pop()
        with os.scandir(top + b"/" + inner) as found:
            for each in found:
                name = inner + b"/" + each.name if inner else each.name
                facts = each.stat(follow_symlinks=False)
                if stat.S_ISDIR(facts.st_mode):
                    folders.append(name)
                    if name.count(b"/") < limits.depth:
                        waiting.append(name)
                elif stat.S_ISREG(facts.st_mode):
                    files.append((name, facts))
                else:
                    shown = name.decode("utf-8", "backslashreplace")
                    listing.refuse("entry.link" if stat.S_ISLNK(facts.st_mode) else "entry.device", shown)
                if len(files) + len(folders) > limits.entries:
                    listing.refuse("container.too-many-entries", detail=f"more than {limits.entries}")
                    return listing
    files.sort(key=lambda each: each[0])
    folders.sort()
    silent = [raw for raw in (*(name for name, _ in files), *folders) if not raw.isascii()]
    encoding = choose_encoding(silent) if silent else "utf-8"
    entries: list[Entry] = []
    for raw, facts in files:
        used = "utf-8" if raw.isascii() else encoding
        modified = datetime.fromtimestamp(int(facts.st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        path_read = raw.decode(used, "backslashreplace")
        entries.append(Entry(path_read, raw, used, facts.st_size, facts.st_size, None, "file", modified, None))
        if facts.st_size > limits.entry_size:
            listing.refuse("entry.too-large", path_read, f"{facts.st_size} > {limits.entry_size}")
    listing.size = sum(each.size for each in entries)
    if listing.size > limits.total_size:
        listing.refuse("container.too-large", detail=f"{listing.size} > {limits.total_size}")
    listing.entries = entries
    named = [raw.decode("utf-8" if raw.isascii() else encoding, "backslashreplace") + "/" for raw in folders]
    judge_names(listing, [each.path for each in entries], named)
    return listing
