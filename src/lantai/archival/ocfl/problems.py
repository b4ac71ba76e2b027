"""What a validator says: codes of the OCFL specification as data (E: error, W: warning), and ours (L)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_MESSAGES: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "codes.json").read_text(encoding="utf-8"))
CODES = tuple(_MESSAGES)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: the code, where in the object, and what exactly was seen."""

    code: str
    path: str
    detail: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the object is invalid or damaged; False for a warning."""
        return not self.code.startswith("W")

    def message(self, language: str = "zh") -> str:
        """The finding as a sentence in "zh" or "en"."""
        text = _MESSAGES[self.code]["en" if language.startswith("en") else "zh"]
        stop = "：" if text == _MESSAGES[self.code]["zh"] else ": "
        return f"{text}{stop}{' '.join(part for part in (self.path, self.detail) if part)}"
