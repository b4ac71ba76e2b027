"""A storage root of its own for every test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def storage_root(tmp_path: Path, settings: Any) -> Path:
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    return settings.LANTAI_STORAGE_ROOT
