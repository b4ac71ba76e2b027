"""One running Lantai for the tests of this folder; what a test killed is started again for the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.house import House, living_house


@pytest.fixture(scope="session")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with living_house(tmp_path_factory.mktemp("house"), LANTAI_EXAMINERS="1") as living:
        yield living


@pytest.fixture
def house(_house: House) -> House:
    """Server, worker and steward, running."""
    running = {name for name, process in _house.programs if process.poll() is None}
    for name in ("serve", "work", "follow"):
        if name not in running:
            _house.start(name)
    return _house
