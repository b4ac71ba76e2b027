"""The second look at the files of a stored package: PRONOM's identifier of each, and their text for search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lantai.archival.formats import (
    Format,
    agree,
    by_puid,
    edition_told,
    extract_text,
    identify_by_pronom,
    identify_quickly,
)
from lantai.archival.packages import Component, open_component
from lantai.archival.vault import StoredFile

TEXT_CHARACTERS = 400_000
LARGEST = 256 * 1024 * 1024
AT_ONCE = 32 * 1024 * 1024
WITHOUT_TEXT = frozenset(["jpeg", "png", "tiff", "gif", "bmp", "jp2", "wav", "mp3", "mp4", "mpg", "avi", "flv"])
_Asked = tuple[Component, str, bool]


def confirm_package(
    path: Path, components: Sequence[Component], formats: Sequence[str], read: Sequence[bool], key: bytes = b""
) -> dict[str, Any]:
    """Identify and read the files of the stored package at *path*.

    *key* opens a sealed one (``vault.StoredFile``). *formats* are the PRONOM identifiers the first look gave, in the
    order of *components*, and *read* says which of these are documents whose text is wanted. Returns ``formats``: for
    each file PRONOM's ``puid`` and ``name``, and ``disagrees`` where it names another family than the first look did;
    ``text``, all texts in order, at most TEXT_CHARACTERS; and ``signatures``, by whose word. Files beyond LARGEST bytes
    are left unread and said so by an empty ``puid``. For a limited child.
    """
    package = StoredFile(path, key)
    said: list[dict[str, str]] = []
    texts: list[str] = []
    room = TEXT_CHARACTERS
    for batch in _batches(list(zip(components, formats, read, strict=True))):
        contents = [_content(package, component) if component.size <= LARGEST else b"" for component, *_rest in batch]
        named = identify_by_pronom(contents, names=[component.path for component, *_rest in batch])
        for (component, first, wanted), content, found in zip(batch, contents, named, strict=True):
            known = by_puid(first) if first else None
            said.append(_word(found, known))
            if wanted and content and room > 0 and (known is None or known.key not in WITHOUT_TEXT):
                text = extract_text(content, component.path)[:room]
                if text:
                    texts.append(text)
                    room -= len(text)
    return {"formats": tuple(said), "text": "\n\f\n".join(texts), "signatures": edition_told()}


def identify_again(path: Path, components: Sequence[Component], key: bytes = b"") -> dict[str, Any]:
    """Name the formats of the files of the stored package at *path* by the signatures installed now.

    Args:
        path: where the package lies.
        components: its files.
        key: what opens a sealed one (``vault.StoredFile``).

    Returns ``formats``: for each file ``own`` (the key our signatures give it), ``puid`` and ``name`` (PRONOM's, ours
    where PRONOM has none), all empty for one nobody knows and for one beyond LARGEST bytes, which also says ``unread``;
    and ``signatures``, by whose word. For a limited child.
    """
    package = StoredFile(path, key)
    said: list[dict[str, str]] = []
    for batch in _batches([(each, "", False) for each in components]):
        contents = [_content(package, component) if component.size <= LARGEST else b"" for component, *_rest in batch]
        named = identify_by_pronom(contents, names=[component.path for component, *_rest in batch])
        for (component, *_rest), content, pronoms in zip(batch, contents, named, strict=True):
            ours = identify_quickly(content, component.path) if content else None
            found = pronoms or ours
            word = {
                "own": ours.key if ours else "",
                "puid": found.puid if found else "",
                "name": found.name if found else "",
            }
            said.append(word | ({"unread": "yes"} if component.size > LARGEST else {}))
    return {"formats": tuple(said), "signatures": edition_told()}


def _batches(asked: Sequence[_Asked]) -> Iterator[list[_Asked]]:
    """The files of a package, as many together as AT_ONCE bytes hold; a larger one alone."""
    batch: list[_Asked] = []
    filled = 0
    for each in asked:
        if batch and filled + each[0].size > AT_ONCE:
            yield batch
            batch, filled = [], 0
        batch.append(each)
        filled += each[0].size
    if batch:
        yield batch


def _content(package: StoredFile, component: Component) -> bytes:
    with open_component(package, component) as stream:
        return stream.read()


def _word(found: Format | None, known: Format | None) -> dict[str, str]:
    """PRONOM's word on one file, and whether it is another than the first look's."""
    if found is None:
        return {}
    disagrees = {"disagrees": "yes"} if known is not None and not agree(known, found) else {}
    return {"puid": found.puid, "name": found.name} | disagrees
