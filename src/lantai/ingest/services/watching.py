"""A folder of packages with its hand-over list, as departments drop it (监控目录) or a person names it (命令行)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from lantai.archival.packages import HandoverLine, read_handover_list
from lantai.ingest.models import Batch, ChannelKind
from lantai.ingest.services.receiving import NewSubmission, open_batch, receive_packages

PACKAGES = (".zip", ".tar", ".tar.gz", ".tgz")
LISTS = ("transfer_info.xml", "移交清单.xml", "移交清单.csv", "transfer_info.csv")
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What was taken from a folder: how many packages, which listed ones are missing, which present ones unlisted."""

    batch: str
    taken: int
    known: int
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]


def take_folder(
    *,
    folder: Path,
    organisation_id: int,
    profile: str,
    channel: str = ChannelKind.FOLDER,
    keep_source: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> FolderReport:
    """Receive every package in *folder* as one batch, by its hand-over list if it has one.

    Idempotent: a package of this folder that was received before (same batch, name and bytes) is not received again,
    so an interrupted run is simply repeated. Packages the list names and the folder lacks are told, not waited for.
    Raises HandoverRefused when the list cannot be read, ingest's NoSpace when the disk is full.
    """
    lines, batch = _open(folder, organisation_id, channel)
    sources = sorted(each for each in folder.iterdir() if each.is_file() and each.name.lower().endswith(PACKAGES))
    named = {each.name for each in lines.values()} if lines else set()
    taken = known = 0
    for start in range(0, len(sources), AT_ONCE):
        chunk = sources[start : start + AT_ONCE]
        found = receive_packages(
            packages=[
                (_submission(each, lines.get(_stem(each.name)), batch, organisation_id, profile, channel), each)
                for each in chunk
            ],
            now=timezone.now(),
            keep_source=keep_source,
        )
        fresh = sum(1 for _each, new in found if new)
        taken += fresh
        known += len(found) - fresh
        if progress is not None:
            progress(start + len(chunk), len(sources))
    present = {_stem(each.name) for each in sources}
    return FolderReport(
        batch=batch.number,
        taken=taken,
        known=known,
        missing=tuple(sorted(each for each in named if _stem(each) not in present)),
        unlisted=tuple(sorted(each.name for each in sources if lines and _stem(each.name) not in lines)),
    )


def _open(folder: Path, organisation_id: int, channel: str) -> tuple[dict[str, HandoverLine], Batch]:
    """The hand-over lines by package name, and the batch they make."""
    found = next((folder / name for name in LISTS if (folder / name).is_file()), None)
    lines: list[HandoverLine] = read_handover_list(found.read_bytes()) if found is not None else []
    number = (
        next((each.batch for each in lines if each.batch), "")
        or hashlib.sha256(f"{organisation_id}{folder.resolve()}".encode()).hexdigest()[:16]
    )
    sizes = [each.size for each in lines if each.size is not None]
    batch = open_batch(
        organisation_id=organisation_id,
        channel=channel,
        number=f"{organisation_id}-{number}"[:40],
        name=folder.name[:200],
        count=len(lines) or None,
        size=sum(sizes) if lines and len(sizes) == len(lines) else None,
        now=timezone.now(),
    )
    return {_stem(each.name): each for each in lines}, batch


def _submission(
    source: Path, line: HandoverLine | None, batch: Batch, organisation_id: int, profile: str, channel: str
) -> NewSubmission:
    size = source.stat().st_size
    return NewSubmission(
        organisation_id=organisation_id,
        name=source.name,
        profile=profile,
        size=size,
        channel=channel,
        batch_id=batch.pk,
        idempotency_key=f"{batch.number}/{source.name}/{size}/{source.stat().st_mtime_ns}"[:200],
        digest_algorithm=line.digest_algorithm if line else "",
        digest=line.digest if line else "",
        handover={"size": line.size, "batch": line.batch, "values": dict(line.values)} if line else {},
    )


def _stem(name: str) -> str:
    for suffix in PACKAGES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def watched_folders(*, root: Path) -> Iterator[tuple[str, str, Path]]:
    """Folders that are ready: root/<organisation>/<profile>/<batch>/ with a hand-over list or a file named
    ``ready``.
    """
    for folder in sorted(root.glob("*/*/*")):
        if folder.is_dir() and any((folder / name).is_file() for name in (*LISTS, "ready")):
            yield folder.parts[-3], folder.parts[-2], folder
