"""A storage root of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def storage_root(tmp_path: Path, settings) -> Path:
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    return settings.LANTAI_STORAGE_ROOT
