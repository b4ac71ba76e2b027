"""The text of an item (全文) as it is stored; when its files change hands it is joined, or divided line by line."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Sequence
from typing import Any

_SPACE = re.compile(r"\s+")


def unpacked_text(packed: bytes) -> str:
    """A text as it was stored; empty bytes are an empty text."""
    return zlib.decompress(packed).decode("utf-8", "surrogatepass") if packed else ""


def packed_text(text: str) -> bytes:
    """A text as it is stored."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 3) if text else b""


def whole_text(body: bytes, scanned: bytes) -> str:
    """All that search reads of a record: the text of its files, and what was read on the scans of its paper."""
    return "\n".join(each for each in (unpacked_text(body), unpacked_text(scanned)) if each)


def joined_texts(bodies: Sequence[bytes]) -> str:
    """The texts of several stored bodies, one below the other."""
    return "\n".join(each for each in map(unpacked_text, bodies) if each)


def without_lines(old: str, moved: Collection[str], kept: Collection[str]) -> str:
    """*old* without the lines that stand in *moved* and not in *kept*, spaces aside."""
    gone = {_bare(each) for each in moved} - {_bare(each) for each in kept}
    return "\n".join(each for each in old.split("\n") if _bare(each) not in gone or not _bare(each))


def only_lines(old: str, moved: Collection[str]) -> str:
    """Those of the lines *moved* that stand in *old*, spaces aside: *old* has no identity number in it."""
    whole = _bare(old)
    return "\n".join(each for each in moved if _bare(each) and _bare(each) in whole)


def stored_text(text: str, scanned: str = "") -> dict[str, Any]:
    """The columns of a text as it is stored, with what was read on scans."""
    packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 3)
    return {"body": packed, "scanned": packed_text(scanned), "characters": len(text) + len(scanned)}


def _bare(text: str) -> str:
    return _SPACE.sub("", text)
