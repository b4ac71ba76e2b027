"""One running Lantai for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.house import House, living_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Server, worker and steward, running."""
    with living_house(tmp_path_factory.mktemp("house"), LANTAI_EXAMINERS="1") as living:
        for name in ("serve", "work", "follow"):
            living.start(name)
        yield living
