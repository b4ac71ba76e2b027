"""What a child of the sandbox does with one stranger's package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lantai.archival.packages import read_package
from lantai.archival.packages.handover import HandoverListRefused, read_handover_list
from lantai.archival.packages.model import HandoverLine, Package
from lantai.archival.packages.profile import Profile, load_profile, profile_from_data, profiles
from lantai.archival.sealing import Trust
from lantai.archival.sealing.looking import characterise_signed

_made: dict[str, Profile] = {}


def read_stranger(
    path: Path,
    profile: str | Mapping[str, Any],
    handover: HandoverLine | None,
    name: str,
    want_text: bool,
    known_digests: Mapping[str, str],
    trust: Trust,
) -> Package:
    """Read the package at *path*, characterise every component and judge the signatures inside by *trust*. Raises
    OSError of the medium."""
    return read_package(
        path,
        profile=_profile(profile),
        handover=handover,
        name=name,
        known_digests=known_digests,
        characterise=partial(characterise_signed, trust=trust, text=want_text),
        trust=trust,
    )


def _profile(profile: str | Mapping[str, Any]) -> Profile:
    if isinstance(profile, str):
        return load_profile(profile)
    key = f"{profile.get('code')}/{profile.get('version')}"
    if key not in _made:
        _made[key] = profile_from_data(profile)
    return _made[key]


def recognise_profile(path: Path) -> str:
    """The code of the shipped profile whose base information the package at *path* holds, the first of several;
    empty when none fits. Reads names and descriptions only. Raises OSError of the medium."""
    fitting = ""
    for code, profile in profiles().items():
        package = read_package(path, profile=profile, digests=())
        if package.metadata:
            return code
        if "base" in package.metadata_paths:
            fitting = fitting or code
    return fitting


def read_list(path: Path) -> tuple[tuple[HandoverLine, ...], str]:
    """The lines of the hand-over list in the file *path*, or none and why it cannot be read. Raises OSError."""
    try:
        return tuple(read_handover_list(path.read_bytes())), ""
    except HandoverListRefused as refused:
        return (), str(refused)
