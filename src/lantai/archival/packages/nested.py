"""Archives inside the package (嵌套压缩包): told by their names before, and by their first bytes while reading."""

from __future__ import annotations

import tomllib
from pathlib import Path

_DATA = tomllib.loads((Path(__file__).parent / "nested.toml").read_text(encoding="utf-8"))
_NAMES = tuple(_DATA["archive_suffixes"])
_HEADS = tuple(bytes.fromhex(each) for each in _DATA["archive_heads"])
_ZIP_DOCUMENTS = tuple(_DATA["zip_document_suffixes"])


def is_archive_by_name(path: str) -> bool:
    """Whether the name is that of an archive."""
    return path.lower().endswith(_NAMES)


def is_archive_by_content(path: str, head: bytes) -> bool:
    """Whether a file that begins with *head* (512 bytes are enough) is an archive under whatever name; ZIP files whose
    names are those of documents (OFD, OOXML, ODF ...) are left to the identification of formats."""
    if head.startswith(b"PK\3\4"):
        return not path.lower().endswith(_ZIP_DOCUMENTS)
    return head.startswith(_HEADS) or head[257:262] == b"ustar"
