"""The signatures of one file of a stored package, judged again. For a limited child."""

from __future__ import annotations

from pathlib import Path

from lantai.archival.formats.model import SignatureFact
from lantai.archival.packages import Component, open_component
from lantai.archival.sealing import Trust
from lantai.archival.sealing.looking import judge_signatures
from lantai.archival.vault import StoredFile


def judge_component(path: Path, component: Component, trust: Trust, key: bytes) -> tuple[SignatureFact, ...]:
    """Judge the signatures of *component* in the stored package at *path*; *key* opens a sealed one
    (``vault.StoredFile``). Raises OSError of the medium."""
    with open_component(StoredFile(path, key), component) as stream:
        return judge_signatures(stream.read(), component.path, trust)
