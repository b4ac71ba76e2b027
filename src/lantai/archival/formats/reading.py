"""What opening one file gave: the common answer of every format's reader, and the faults they name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

_SENTENCES: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A format's reader's answer; the fields mean what those of ``FileFacts`` mean."""

    readable: bool | None = True
    fault: str = ""
    pages: int | None = None
    encrypted: bool = False
    active_content: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


def fault(key: str, detail: object = "") -> str:
    """One line ``key: detail``, the key being a row of ``sentences.toml``."""
    assert key in _SENTENCES, key
    text = " ".join(str(detail).split())[:300]
    return f"{key}: {text}" if text else key


def unreadable(key: str, detail: object = "", *, encrypted: bool = False) -> Reading:
    """A file that does not open, with the parser's reason."""
    return Reading(readable=False, fault=fault(key, detail), encrypted=encrypted)


def sentence(lines: str, language: Literal["zh", "en"] = "zh") -> str:
    """Say a ``fault`` of ``FileFacts`` or a ``detail`` of ``SignatureFact`` to people.

    Args:
        lines: lines ``key`` or ``key: detail``.
        language: ``zh`` or ``en``.
    """
    said = []
    for line in lines.splitlines():
        key, _, detail = line.partition(": ")
        words = _SENTENCES[key][language] if key in _SENTENCES else line
        joint = "：" if language == "zh" else ": "
        said.append(f"{words}{joint}{detail}" if key in _SENTENCES and detail else words)
    return ("；" if language == "zh" else "; ").join(said)
