"""Text made fit for an index: no control characters, no stray spaces between Chinese characters."""

from __future__ import annotations

import re

TEXT_LIMIT = 2_000_000
"""Characters of text kept of one file: some 1,500 dense pages."""

_HAN = "\u2e80-\u303f\u31c0-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])[ \u3000\t\u00a0]+(?=[{_HAN}])")
_BLANKS = re.compile("[ \t\u00a0\u3000]+")
_LINES = re.compile(r"[ \t]*[\r\n\f]+[ \t\r\n\f]*")


def clean(text: str) -> str:
    """The text without control and direction characters, blanks run together, lines kept, cut at ``TEXT_LIMIT``."""
    text = _CONTROLS.sub("", text[:TEXT_LIMIT])
    text = _LINES.sub("\n", _BETWEEN_HAN.sub("", text))
    return _BLANKS.sub(" ", text).strip()
