"""Each package of the library shows its planted fault first, and exactly what is expected; states likewise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lantai.archival.checks import Examination, Holdings, RulePack, definitions, examine, message, wire
from lantai.archival.checks.faults import PLANTS, STATES, Fault, State, build_fault_library, read_manifest
from lantai.archival.packages import Package, Profile

# What no package can fail by itself: the archive's own database and antivirus (states), and a clean scan.
OF_THE_SYSTEM = {"GD-3-2", "GD-4-1", "GD-4-2"}


def test_every_automatic_check_has_its_fault() -> None:
    planted = {each.check for each in PLANTS}
    automatic = {code for code, each in definitions().items() if each.method == "A"}
    assert automatic - planted == OF_THE_SYSTEM
    assert {each.check for each in STATES} >= OF_THE_SYSTEM
    assert len({each.name for each in PLANTS}) == len(PLANTS)


def test_each_package_shows_its_fault_first_and_nothing_unexpected(
    read_library: list[tuple[Fault, Package, Holdings]], profile: Profile, pack: RulePack
) -> None:
    wrong = {}
    for fault, package, holdings in read_library:
        found = examine(package, profile=profile, pack=pack, holdings=holdings).faults
        told = tuple(f"{each.code}:{each.reason}" for each in found)
        if told != fault.expected:
            wrong[fault.name] = (told, fault.expected)
        if fault.check:
            assert found[0].code == fault.check
    assert not wrong


def test_all_that_is_read_and_found_can_be_kept(
    read_library: list[tuple[Fault, Package, Holdings]], profile: Profile, pack: RulePack
) -> None:
    for _fault, package, holdings in read_library:
        examination = examine(package, profile=profile, pack=pack, holdings=holdings)
        kept = wire.pack((package, examination))
        assert wire.unpack(kept, tuple[Package, Examination]) == (package, examination)


def test_decisions(read_library: list[tuple[Fault, Package, Holdings]], profile: Profile, pack: RulePack) -> None:
    decisions = {
        fault.name: examine(package, profile=profile, pack=pack, holdings=holdings).decision
        for fault, package, holdings in read_library
    }
    assert decisions.pop("sound") == "accepted"
    for_a_person = {"closed-before-accepted", "private-use-character", "number-gap", "negative-list"}
    assert {name for name, decision in decisions.items() if decision == "manual"} == for_a_person
    assert {decision for name, decision in decisions.items() if name not in for_a_person} == {"rejected"}


@pytest.mark.parametrize("state", STATES, ids=lambda each: each.name)
def test_faults_of_the_system_are_states(state: State, sound: Package, profile: Profile, pack: RulePack) -> None:
    first = examine(sound, profile=profile, pack=pack, holdings=state.holdings).faults[0]
    assert (first.code, first.reason) == (state.check, state.reason)
    assert message(first, "zh")


def test_the_manifest_says_what_was_written(library: tuple[Path, list[Fault]]) -> None:
    folder, faults = library
    assert read_manifest(folder) == faults
    assert all((folder / each.package).is_file() and (folder / each.handover).is_file() for each in faults)
    sizes = {(folder / each.package).read_bytes() for each in faults}
    assert len(sizes) == len(faults), "every package is distinct"


def test_the_library_is_the_same_again(library: tuple[Path, list[Fault]], tmp_path: Path) -> None:
    folder, faults = library
    again = build_fault_library(tmp_path)
    salted = {"encrypted-pdf"}
    assert again == faults
    for each in faults:
        if each.name not in salted:
            assert (tmp_path / each.package).read_bytes() == (folder / each.package).read_bytes(), each.name


def test_a_secret_is_taken_in_a_classified_environment_only(
    read_library: list[tuple[Fault, Package, Holdings]], profile: Profile, pack: RulePack
) -> None:
    package, holdings = next((package, known) for fault, package, known in read_library if fault.name == "state-secret")
    assert examine(package, profile=profile, pack=pack, holdings=holdings).decision == "rejected"
    classified = replace(holdings, classified_environment=True)
    assert examine(package, profile=profile, pack=pack, holdings=classified).decision == "accepted"
