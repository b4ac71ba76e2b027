"""What a child of the sandbox does with one stranger's package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lantai.archival.formats import characterise
from lantai.archival.packages import read_package
from lantai.archival.packages.model import HandoverLine, Package
from lantai.archival.packages.profile import Profile, load_profile, profile_from_data

_with_text = partial(characterise, text=True)
_plainly = partial(characterise, text=False)
_made: dict[str, Profile] = {}


def read_stranger(
    path: Path,
    profile: str | Mapping[str, Any],
    handover: HandoverLine | None,
    name: str,
    want_text: bool,
    known_digests: Mapping[str, str],
) -> Package:
    """Read the package at *path* and characterise every component. Raises OSError of the medium."""
    return read_package(
        path,
        profile=_profile(profile),
        handover=handover,
        name=name,
        known_digests=known_digests,
        characterise=_with_text if want_text else _plainly,
    )


def _profile(profile: str | Mapping[str, Any]) -> Profile:
    if isinstance(profile, str):
        return load_profile(profile)
    key = f"{profile.get('code')}/{profile.get('version')}"
    if key not in _made:
        _made[key] = profile_from_data(profile)
    return _made[key]
