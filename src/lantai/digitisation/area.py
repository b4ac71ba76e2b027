"""The scan area (扫描件暂存区): what scanners deliver, and each batch's own copy of it, never altered."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def incoming_folder() -> Path:
    """Where scanners and contractors put folders: one folder, one batch."""
    folder: Path = settings.LANTAI_HOME / "scans" / "incoming"
    return folder


def batch_folder(batch_id: int) -> Path:
    """Where the files of a batch lie, under the names they came with."""
    folder: Path = settings.LANTAI_HOME / "scans" / "batches"
    return folder / str(batch_id)


def derived_folder(batch_id: int) -> Path:
    """Where pictures made of a batch's pages lie: repaired ones, and what is made for records. All can be made anew."""
    folder: Path = settings.LANTAI_HOME / "scans" / "derived"
    return folder / str(batch_id)


def derivative_path(batch_id: int, page_id: int) -> Path:
    """Where the repaired picture of a page lies, when there is one."""
    return derived_folder(batch_id) / f"{page_id}.jpg"
