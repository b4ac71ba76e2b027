"""The fault library, written and read once; a sound package, read; the pack and profile they go by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.archival.checks import Holdings, ReadRequest, RulePack, Sandbox, default_pack
from lantai.archival.checks.faults import Fault, build_fault_library, sound_case
from lantai.archival.checks.reading import read_stranger
from lantai.archival.packages import Package, Profile, load_profile
from lantai.archival.packages.handover import read_handover_list
from lantai.archival.sealing import Trust


@pytest.fixture(scope="session")
def profile() -> Profile:
    return load_profile("fuzhou")


@pytest.fixture(scope="session")
def pack() -> RulePack:
    return default_pack()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Fault]]:
    folder = tmp_path_factory.mktemp("faults")
    return folder, build_fault_library(folder)


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    with Sandbox(workers=2, seconds=30) as made:
        yield made


@pytest.fixture(scope="session")
def read_library(library: tuple[Path, list[Fault]], box: Sandbox) -> list[tuple[Fault, Package, Holdings]]:
    """Every fault with its package, read in children, and what a lone machine knows of it."""
    folder, faults = library
    lines = [read_handover_list((folder / each.handover).read_bytes())[0] for each in faults]
    requests = [
        ReadRequest(folder / each.package, each.profile, line, want_text=True)
        for each, line in zip(faults, lines, strict=True)
    ]
    holdings = [
        Holdings(known=frozenset({"batch"}), batch_count=int(line.values["send_number"]), batch_count_found=1)
        for line in lines
    ]
    return list(zip(faults, box.read_many(requests), holdings, strict=True))


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Package:
    case = sound_case(1)
    data, listed = case.write()
    path = tmp_path_factory.mktemp("sound") / f"{case.name}.zip"
    path.write_bytes(data)
    return read_stranger(path, "fuzhou", read_handover_list(listed)[0], "", True, {}, Trust())
