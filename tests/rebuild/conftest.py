"""One archive that is lost, for all tests of rebuilding."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.house import House, living_house
from tests.rebuild.lost import FILL, Lost


@pytest.fixture(scope="session")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    """An archive in which everything happened, all of it kept in its storage."""
    with living_house(tmp_path_factory.mktemp("lost"), LANTAI_EXAMINERS="1") as house:
        records = house.ask(FILL)
        house.command("keep")
        yield Lost(house, records)


@pytest.fixture
def fresh(lost: Lost, tmp_path: Path) -> Iterator[House]:
    """An empty house beside a copy of the storage, with the keys as the key backup has them."""
    home = tmp_path / "home"
    shutil.copytree(lost.house.home / "storage", tmp_path / "storage")
    shutil.copytree(lost.house.home / "keys", home / "keys")
    with living_house(home, prepared=False, LANTAI_STORAGE=str(tmp_path / "storage")) as house:
        yield house
