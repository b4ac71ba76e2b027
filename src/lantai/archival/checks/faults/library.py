"""Write the fault library to a folder: each fault in a folder of its own, package and hand-over list, and one
manifest."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lantai.archival.checks.faults.case import PROFILE, Case, sound_case
from lantai.archival.checks.faults.plants import PLANTS, UNSCANNED
from lantai.archival.checks.model import Holdings

MANIFEST = "faults.json"
HANDOVER = "移交清单.xml"
FORMAT = "lantai/fault-library/1"


@dataclass(frozen=True, slots=True)
class Fault:
    """One package of the library. Paths are relative to its folder; ``check`` is empty for the sound one.
    ``expected`` is the full list of faults, most serious first, as ``check:reason``, found without archive and
    antivirus."""

    name: str
    check: str
    title_zh: str
    title_en: str
    expected: tuple[str, ...]
    package: str
    handover: str
    profile: str = PROFILE


@dataclass(frozen=True, slots=True)
class State:
    """A fault of the system and not of a package: holdings under which a sound package shows it first."""

    name: str
    check: str
    reason: str
    holdings: Holdings


STATES = (
    State("no-antivirus", "GD-4-1", "no-engine", Holdings()),
    State(
        "database-down",
        "GD-3-2",
        "catalogue-unreadable",
        Holdings(known=frozenset({"catalogue_readable"}), catalogue_readable=False, virus_engine="ClamAV 1.4.3"),
    ),
    State(
        "virus",
        "GD-4-2",
        "virus",
        Holdings(
            known=frozenset({"virus"}),
            virus_engine="ClamAV 1.4.3",
            virus_found={"申报文件/营业执照.jpg": "Lantai.Test"},
        ),
    ),
    State(
        "known-code",
        "GD-1-8",
        "record-known",
        Holdings(
            known=frozenset({"record_codes"}),
            record_codes=frozenset({sound_case(1).name}),
            virus_engine="ClamAV 1.4.3",
        ),
    ),
)
"""Faults that no package carries by itself, for ``sound_case(1)``."""


def build_fault_library(target: Path) -> list[Fault]:
    """Write the library into the folder *target*, made where it is not there, and return what lies in it: first the
    sound package, then the planted faults. The same every time, but for encrypted files, which are salted."""
    target.mkdir(parents=True, exist_ok=True)
    faults = [_write(target, "sound", "", "没有故障的信息包", "A package without fault", (UNSCANNED,), sound_case(1))]
    for number, each in enumerate(PLANTS, start=2):
        case = sound_case(number)
        each.change(case)
        faults.append(_write(target, each.name, each.check, each.title_zh, each.title_en, each.expected, case))
    manifest = {"format": FORMAT, "faults": [asdict(each) for each in faults]}
    (target / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return faults


def read_manifest(target: Path) -> list[Fault]:
    """What ``build_fault_library`` wrote into *target*. Raises OSError, ValueError."""
    data = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    if data.get("format") != FORMAT:
        raise ValueError(f"{target / MANIFEST} is no fault library")
    return [Fault(**{**each, "expected": tuple(each["expected"])}) for each in data["faults"]]


def _write(
    target: Path, name: str, check: str, title_zh: str, title_en: str, expected: tuple[str, ...], case: Case
) -> Fault:
    folder = target / (f"{check}-{name}" if check else name)
    folder.mkdir(exist_ok=True)
    package, handover = case.write()
    path = folder / f"{case.name}.{case.container}"
    path.write_bytes(package)
    (folder / HANDOVER).write_bytes(handover)
    return Fault(
        name=name,
        check=check,
        title_zh=title_zh,
        title_en=title_en,
        expected=expected,
        package=str(path.relative_to(target)),
        handover=str((folder / HANDOVER).relative_to(target)),
    )
