"""The second look at the files of a stored package: PRONOM's identifier of each, and their text for search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lantai.archival.formats import Format, agree, by_puid, extract_text, identify_by_pronom
from lantai.archival.packages import Component, open_component

TEXT_CHARACTERS = 400_000
LARGEST = 256 * 1024 * 1024
WITHOUT_TEXT = frozenset(["jpeg", "png", "tiff", "gif", "bmp", "jp2", "wav", "mp3", "mp4", "mpg", "avi", "flv"])


def confirm_package(
    path: Path, components: Sequence[Component], formats: Sequence[str], read: Sequence[bool]
) -> dict[str, Any]:
    """Identify and read the files of the stored package at *path*.

    *formats* are the PRONOM identifiers the first look gave, in the order of *components*, and *read* says which of
    these are documents whose text is wanted. Returns ``formats``: for each file PRONOM's ``puid`` and ``name``, and
    ``disagrees`` where it names another family than the first look did; and ``text``, all texts in order, at most
    TEXT_CHARACTERS. Files beyond LARGEST bytes are left unread and said so by an empty ``puid``. For a limited child.
    """
    small = [each for each in components if each.size <= LARGEST]
    named = identify_by_pronom((_content(path, each) for each in small), names=[each.path for each in small])
    found = {each.path: format for each, format in zip(small, named, strict=True)}
    said: list[dict[str, str]] = []
    texts: list[str] = []
    room = TEXT_CHARACTERS
    for component, first, wanted in zip(components, formats, read, strict=True):
        known = by_puid(first) if first else None
        said.append(_word(found.get(component.path), known))
        if wanted and room > 0 and component.size <= LARGEST and (known is None or known.key not in WITHOUT_TEXT):
            text = extract_text(_content(path, component), component.path)[:room]
            if text:
                texts.append(text)
                room -= len(text)
    return {"formats": tuple(said), "text": "\n\f\n".join(texts)}


def _content(path: Path, component: Component) -> bytes:
    with open_component(path, component) as stream:
        return stream.read()


def _word(found: Format | None, known: Format | None) -> dict[str, str]:
    """PRONOM's word on one file, and whether it is another than the first look's."""
    if found is None:
        return {}
    disagrees = {"disagrees": "yes"} if known is not None and not agree(known, found) else {}
    return {"puid": found.puid, "name": found.name} | disagrees
