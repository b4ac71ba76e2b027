"""The text of an item (全文) when its files change hands: joined, or divided line by line."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Sequence
from typing import Any

_SPACE = re.compile(r"\s+")


def joined_texts(bodies: Sequence[bytes]) -> str:
    """The texts of several stored bodies, one below the other."""
    return "\n".join(zlib.decompress(each).decode("utf-8", "surrogatepass") for each in bodies)


def without_lines(old: str, moved: Collection[str], kept: Collection[str]) -> str:
    """*old* without the lines that stand in *moved* and not in *kept*, spaces aside."""
    gone = {_bare(each) for each in moved} - {_bare(each) for each in kept}
    return "\n".join(each for each in old.split("\n") if _bare(each) not in gone or not _bare(each))


def only_lines(old: str, moved: Collection[str]) -> str:
    """Those of the lines *moved* that stand in *old*, spaces aside: *old* has no identity number in it."""
    whole = _bare(old)
    return "\n".join(each for each in moved if _bare(each) and _bare(each) in whole)


def stored_text(text: str) -> dict[str, Any]:
    """The columns of a text as it is stored."""
    return {"body": zlib.compress(text.encode("utf-8", "surrogatepass"), 3), "characters": len(text)}


def _bare(text: str) -> str:
    return _SPACE.sub("", text)
