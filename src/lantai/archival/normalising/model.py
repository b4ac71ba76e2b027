"""What a normalised copy is made by, and how its check is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lantai.archival.render.office import OFFICE_SUFFIXES
from lantai.archival.render.pages import IMAGES

TARGET = "pdfa-2b"
"""The one target there is: PDF/A-2b (ISO 19005-2)."""

AGENT = "lantai normalising 1"
"""Who makes copies; the number changes with the way they are made."""

WAYS = ("pdf", "image", "office", "ofd")
CHECKS = ("original", "valid", "pages", "text", "pictures", "complete")
"""Each line of a copy's check: the original is still what it was; the copy is valid; as many pages; says the same;
looks the same; holds all that is shown."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a copy's check. ``passed`` is None where nothing could be compared, with the reason in ``why``; the
    numbers found stand in ``told``, fractions as text.
    """

    code: str
    passed: bool | None
    why: str = ""
    told: Mapping[str, str | int] = field(default_factory=dict)


class NotNormalised(Exception):
    """No copy is made, or none that stands its check. ``code`` names the kind of reason; both languages say it."""

    def __init__(self, code: str, zh: str, en: str, checks: Sequence[CheckLine] = ()) -> None:
        super().__init__(f"{zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.checks = tuple(checks)


def way_of(key: str) -> str:
    """How a format (our short key) becomes PDF/A: one of ``WAYS``, empty where there is no way."""
    if key in ("pdf", "ofd"):
        return key
    if key in IMAGES:
        return "image"
    return "office" if key in OFFICE_SUFFIXES else ""
