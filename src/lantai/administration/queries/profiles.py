"""The package profiles (包方案) that hold on a day: those the archive published, else those delivered."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone

from lantai.administration.models import PackageProfile
from lantai.archival.packages import Profile, load_profile, profile_from_data, profiles

REMEMBERED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One version of a profile: delivered ones hold from the beginning (``effective_from`` None)."""

    code: str
    version: str
    name: str
    name_en: str
    effective_from: date | None
    note: str
    digest: str
    profile: Profile

    @property
    def delivered(self) -> bool:
        """Whether it came with the product."""
        return self.effective_from is None


_remembered: tuple[float, tuple[tuple[int, str, str, date], ...]] = (0.0, ())
_remembering = threading.Lock()


def profile_versions() -> list[ProfileRow]:
    """Every version of every profile, by code, the one that begins last first, delivered ones last."""
    rows = [
        ProfileRow(each.code, each.version, each.name, each.name_en, None, "", "", each) for each in profiles().values()
    ]
    for row in PackageProfile.objects.order_by("effective_from"):
        made = _made(row.pk, row.digest)
        rows.append(
            ProfileRow(row.code, row.version, made.name, made.name_en, row.effective_from, row.note, row.digest, made)
        )
    return sorted(rows, key=lambda each: (each.code, -(each.effective_from or date.min).toordinal()))


def profile_on(*, code: str, day: date | None = None) -> Profile:
    """The profile *code* as it holds on *day* (today, when None). Raises KeyError for one that does not."""
    number, digest = _published(code, day or timezone.localdate())
    return _made(number, digest) if number else load_profile(code)


def profile_to_read(*, code: str, day: date | None = None) -> str | dict[str, Any]:
    """The profile *code* as readers of packages take it: the code of a delivered one, else its data."""
    number, digest = _published(code, day or timezone.localdate())
    return dict(_data(number, digest)) if number else code


def profiles_on(*, day: date | None = None) -> Mapping[str, Profile]:
    """Every profile that holds on *day* (today, when None), by code."""
    day = day or timezone.localdate()
    published = {code for _number, code, _digest, first in _listed() if first <= day}
    return {code: profile_on(code=code, day=day) for code in sorted({*profiles(), *published})}


def forget_profiles() -> None:
    """Forget which profiles this process knows to be published."""
    global _remembered  # noqa: PLW0603 - a cache of one value for the whole process
    with _remembering:
        _remembered = (0.0, ())


def _published(code: str, day: date) -> tuple[int, str]:
    """Number and digest of the published version that holds; 0 when the delivered one does."""
    held = [(first, number, digest) for number, each, digest, first in _listed() if each == code and first <= day]
    return max(held)[1:] if held else (0, "")


def _listed() -> tuple[tuple[int, str, str, date], ...]:
    """Number, code, digest and first day of all published versions, asked of the database once a second at most."""
    global _remembered  # noqa: PLW0603 - a cache of one value for the whole process
    now = time.monotonic()
    with _remembering:
        at, found = _remembered
        if now - at > REMEMBERED_SECONDS:
            rows = PackageProfile.objects.order_by("pk").values_list("pk", "code", "digest", "effective_from")
            found = tuple(rows)
            _remembered = (now, found)
    return found


@lru_cache(maxsize=64)
def _made(number: int, digest: str) -> Profile:
    return profile_from_data(_data(number, digest))


@lru_cache(maxsize=64)
def _data(number: int, digest: str) -> dict[str, Any]:
    """The data of a version; its digest tells it from one that was rolled back."""
    found: dict[str, Any] = PackageProfile.objects.filter(digest=digest).values_list("data", flat=True).get(pk=number)
    return found
