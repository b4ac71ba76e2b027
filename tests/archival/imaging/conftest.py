"""One reader of each mode for all tests: a network takes a second to load."""

from __future__ import annotations

import pytest

from lantai.archival.imaging.models import installed_models
from lantai.archival.imaging.reading import Reader


@pytest.fixture(scope="session")
def exact() -> Reader:
    return Reader(installed_models("exact"))


@pytest.fixture(scope="session")
def fast() -> Reader:
    return Reader(installed_models("fast"))
