"""The files of one line as one package, the same bytes each time, so that a run broken off goes on with it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from lantai.archival.fixity import digest_stream
from lantai.archival.packages import Component, open_component
from lantai.archival.packages.limits import Limits
from lantai.archival.packages.source import Source
from lantai.archival.packages.zip_directory import list_zip
from lantai.catalog.services import StoredComponent
from lantai.ingest.services.imports.drafting import PackedFiles

_MODIFIED = (2000, 1, 1, 0, 0, 0)
_PIECE = 1024 * 1024


def pack_files(*, source: Path, files: Sequence[Component], target: Path) -> PackedFiles:
    """Write *files*, read in place out of the ZIP at *source*, into a ZIP file at *target*, stored and not deflated.

    Files are called by their own names; equal names of different folders keep their folders. Raises ContentDamaged when
    a file is not what its ZIP declares, OSError.
    """
    names = _names([each.path for each in files])
    digests: dict[str, str] = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as package:
        for each, name in zip(files, names, strict=True):
            entry = zipfile.ZipInfo(name, _MODIFIED)
            entry.create_system, entry.external_attr, entry.file_size = 3, 0o100644 << 16, each.size
            digest = hashlib.sha256()
            with open_component(source, each) as stream, package.open(entry, "w") as sink:
                while piece := stream.read(_PIECE):
                    digest.update(piece)
                    sink.write(piece)
            digests[name] = digest.hexdigest()
    return placed_files(target=target, digests=digests)


def placed_files(*, target: Path, digests: dict[str, str]) -> PackedFiles:
    """Where the files lie in the package just made, and its own size and digest."""
    with target.open("rb") as stream:
        size, found = digest_stream(stream, ("sha512",))
    with Source(target) as made:
        entries = list_zip(made, Limits(entries=1_000_000, total_size=1 << 42, entry_size=1 << 36)).entries
    return PackedFiles(
        size,
        found["sha512"],
        [
            StoredComponent(
                path=each.path, size=each.size, offset=each.offset, stored_size=each.stored_size, method=each.method,
                sha256=digests[each.path], material=PurePosixPath(each.path).stem,
            )
            for each in entries
        ],
    )  # fmt: skip


def _names(paths: Sequence[str]) -> list[str]:
    """Own names where they differ from each other, else the whole paths."""
    short = [PurePosixPath(each).name for each in paths]
    return short if len({each.casefold() for each in short}) == len(short) else list(paths)
