"""Where the files of exports lie until they are fetched."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def export_folder(export_id: int) -> Path:
    """The folder of one export: packages being made, then the one file."""
    folder: Path = settings.LANTAI_HOME / "exports"
    return folder / str(export_id)
