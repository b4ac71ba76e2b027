"""The receiving area (接收区): where packages lie, untouched, until they are deposited."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def receiving_path(record_code: str) -> Path:
    """Where the bytes of a submission lie until they are deposited."""
    folder: Path = settings.LANTAI_HOME / "receiving"
    return folder / record_code[-2:] / record_code


def import_path(catalogue_id: int, name: str) -> Path:
    """Where a file of a catalogue import lies: ``table`` as it was uploaded, ``files.zip``, packages on their way."""
    folder: Path = settings.LANTAI_HOME / "imports"
    return folder / str(catalogue_id) / name
