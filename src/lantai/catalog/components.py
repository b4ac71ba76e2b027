"""How a representation lists its computer files (组件): compact, because a province has sixty million of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lantai.archival.packages import Component


@dataclass(frozen=True, slots=True)
class StoredComponent:
    """One computer file inside a stored package: its names, where its bytes lie, what it is.

    ``offset``, ``stored_size`` and ``method`` place it inside the package, in bytes; ``format`` is our key, ``puid``
    PRONOM's. ``material`` names the declared file (归档文件) it is, with ``stage`` (A, B0-B99, C) and ``nature`` (B,
    P, R); ``listed`` is the name of the item's material it was declared as, where that is another. ``role`` is what it
    is in an item that people composed, ``held_in`` the OCFL object and path of its package where that is not the
    item's own, ``read`` says that its text was read on scans (识别); none of these is stored with it.
    """

    path: str
    size: int
    offset: int | None
    stored_size: int
    method: str
    sha256: str
    format: str = ""
    puid: str = ""
    format_name: str = ""
    pages: int | None = None
    material: str = ""
    stage: str = ""
    nature: str = ""
    share: str = ""
    raw_name: str = ""
    name_encoding: str = "utf-8"
    listed: str = ""
    role: str = ""
    held_in: tuple[str, str] | None = None
    read: bool = False


_KEYS = {
    "p": "path",
    "s": "size",
    "o": "offset",
    "z": "stored_size",
    "m": "method",
    "d": "sha256",
    "f": "format",
    "u": "puid",
    "n": "format_name",
    "g": "pages",
    "t": "material",
    "e": "stage",
    "a": "nature",
    "h": "share",
    "r": "raw_name",
    "c": "name_encoding",
    "l": "listed",
}
_SHORT = {long: short for short, long in _KEYS.items()}


def as_component(stored: StoredComponent) -> Component:
    """The same file as archival.packages knows it, so that its bytes can be opened in place."""
    return Component(
        path=stored.path,
        raw_name=bytes.fromhex(stored.raw_name) if stored.raw_name else stored.path.encode(),
        name_encoding=stored.name_encoding,
        size=stored.size,
        stored_size=stored.stored_size,
        offset=stored.offset,
        method=stored.method,  # type: ignore[arg-type]  # only what a Component had comes in
        digests={"sha256": stored.sha256} if stored.sha256 else {},
    )


def pack_components(components: Sequence[StoredComponent | Mapping[str, Any]]) -> bytes:
    """The list as it is stored: JSON with one-letter keys, empty values left out, compressed."""
    rows = []
    for each in components:
        values = each if isinstance(each, Mapping) else {name: getattr(each, name) for name in _SHORT}
        rows.append({_SHORT[name]: value for name, value in values.items() if value not in ("", None)})
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpack_components(packed: bytes) -> tuple[StoredComponent, ...]:
    """The list as it was given to ``pack_components``."""
    if not packed:
        return ()
    rows = json.loads(zlib.decompress(packed))
    return tuple(
        StoredComponent(**({"offset": None, "sha256": ""} | {_KEYS[short]: value for short, value in row.items()}))
        for row in rows
    )
