"""The kinds of document that are known by name (文件种类); people may add others, called as they call them."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

_DATA: dict[str, Any] = tomllib.loads(files(__package__).joinpath("kinds.toml").read_text(encoding="utf-8"))
KINDS: dict[str, tuple[str, str]] = {code: (str(each["zh"]), str(each["en"])) for code, each in _DATA.items()}
"""Each kind in Chinese and English."""
TITLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern)) for code, each in _DATA.items() for pattern in each["titles"]
)
"""Titles that tell a kind, in the order they are looked for."""


def kind_words(kind: str) -> tuple[str, str]:
    """What a kind is called in Chinese and English; one that people added is called so in both."""
    return KINDS.get(kind, (kind, kind))
