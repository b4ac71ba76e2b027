"""A folder of packages with its hand-over list, as departments drop it (监控目录) or a person names it (命令行)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from lantai.archival.packages import HandoverLine, read_handover_list
from lantai.ingest.models import Batch, ChannelKind
from lantai.ingest.services.batches import close_batch, open_batch
from lantai.ingest.services.receiving import NewSubmission, receive_packages

PACKAGES = (".zip", ".tar", ".tar.gz", ".tgz", ".eep")
LISTS = ("transfer_info.xml", "移交清单.xml", "移交清单.csv", "transfer_info.csv")
AT_ONCE = 200
TAKEN = re.compile(r"\.taken(-\d+)?$")


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
    Links are left where they lie: a package is a file of the folder itself. With a hand-over list nothing is examined
    before the last package has come, so that totals and gaps are judged of the whole. Raises HandoverRefused when the
    list cannot be read, ingest's NoSpace when the disk is full.
    """
    lines, batch = _open(folder, organisation_id, channel)
    sources = sorted(
        each
        for each in folder.iterdir()
        if each.name.lower().endswith(PACKAGES) and each.is_file() and not each.is_symlink()
    )
    named = {each.name for each in lines.values()} if lines else set()
    taken = known = 0
    for start in range(0, len(sources), AT_ONCE):
        chunk = sources[start : start + AT_ONCE]
        found = receive_packages(
            packages=[(_submission(each, lines, batch, organisation_id, profile, channel), each) for each in chunk],
            now=timezone.now(),
            keep_source=keep_source,
        )
        fresh = sum(1 for _each, new in found if new)
        taken += fresh
        known += len(found) - fresh
        if progress is not None:
            progress(start + len(chunk), len(sources))
    close_batch(batch=batch, now=timezone.now())
    present = {_stem(_readable(each.name)): _readable(each.name) for each in sources}
    return FolderReport(
        batch=batch.number,
        taken=taken,
        known=known,
        missing=tuple(sorted(each for each in named if _stem(each) not in present)),
        unlisted=tuple(sorted(name for stem, name in present.items() if lines and stem not in lines)),
    )


def _open(folder: Path, organisation_id: int, channel: str) -> tuple[dict[str, HandoverLine], Batch]:
    """The hand-over lines by package name, and the batch they make."""
    found = next((folder / name for name in LISTS if (folder / name).is_file()), None)
    lines: list[HandoverLine] = read_handover_list(found.read_bytes()) if found is not None else []
    number = (
        next((each.batch for each in lines if each.batch), "")
        or hashlib.sha256(f"{organisation_id}{folder.resolve()}".encode()).hexdigest()[:16]
    )
    head = lines[0].values if lines else {}
    batch = open_batch(
        organisation_id=organisation_id,
        channel=channel,
        number=f"{organisation_id}-{number}"[:40],
        name=folder.name[:200],
        count=_number(head.get("send_number", "")) or len(lines) or None,
        size=_number(head.get("send_size", "")),
        now=timezone.now(),
    )
    return {_stem(each.name): each for each in lines}, batch


def _submission(
    source: Path, lines: Mapping[str, HandoverLine], batch: Batch, organisation_id: int, profile: str, channel: str
) -> NewSubmission:
    size, name = source.stat().st_size, _readable(source.name)
    line = lines.get(_stem(name))
    identity = hashlib.sha256(f"{name}/{size}/{source.stat().st_mtime_ns}".encode()).hexdigest()
    return NewSubmission(
        organisation_id=organisation_id,
        name=name,
        profile=profile,
        size=size,
        channel=channel,
        batch_id=batch.pk,
        idempotency_key=f"{batch.number}/{identity}",
        digest_algorithm=line.digest_algorithm if line else "",
        digest=line.digest if line else "",
        handover={"size": line.size, "batch": line.batch, "values": dict(line.values)} if line else {},
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _readable(name: str) -> str:
    """A file's name as text: names that are not UTF-8 are read as GB 18030, as older systems write them."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "replace")
    return name


def _stem(name: str) -> str:
    for suffix in PACKAGES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def watched_folders(*, root: Path) -> Iterator[tuple[str, str, Path]]:
    """Folders that are ready: root/<organisation>/<profile>/<batch>/ with a hand-over list or a file named ``ready``;
    those taken before are passed over.
    """
    for folder in sorted(root.glob("*/*/*")):
        if (
            TAKEN.search(folder.name) is None
            and folder.is_dir()
            and any((folder / name).is_file() for name in (*LISTS, "ready"))
        ):
            yield folder.parts[-3], folder.parts[-2], folder
