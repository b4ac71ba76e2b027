"""An archive of its own for every test of preservation."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.administration.models import Organisation
from tests.ingest.county import found_county


@pytest.fixture(autouse=True)
def storage_root(tmp_path: Path, settings) -> Path:
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    return settings.LANTAI_STORAGE_ROOT


@pytest.fixture
def body() -> Organisation:
    """The body that hands over; what it sends is taken in without being asked."""
    return found_county()
