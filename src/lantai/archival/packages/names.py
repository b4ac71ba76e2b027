"""Names of entries are data (文件名即数据): read soundly, judged by name, never changed."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Listing

# Rows 16 to 55 of GB 2312, the common characters; the letters with accents of CP437; a foreign letter in a Latin word.
_COMMON = (b"\xb0", b"\xd7")
_ACCENTS = frozenset((*range(0x80, 0x9B), *range(0xA0, 0xA6)))
_IN_WORD = re.compile("[A-Za-z][\x80-\u07ff]|[\x80-\u07ff][A-Za-z]")
_DRIVE = re.compile(r"[A-Za-z]:")
# Control characters, and the marks that turn the direction of writing and so disguise a name.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def choose_encoding(raw_names: Iterable[bytes]) -> str:
    """The one reading (``utf-8``, ``gb18030`` or ``cp437``) of the names that do not say their encoding.

    All names of a package are read alike, because one program wrote them. UTF-8 where all fit it, unless they would be
    as good Chinese in GBK: now and then a Chinese name happens to be UTF-8 of Latin or Cyrillic letters. It counts as
    Chinese when every character is one of the 3,755 common ones of GB 2312 and none of those letters touches an ASCII
    letter, as it would in a word. Names that are not UTF-8 are GB 18030, unless they do not fit it, or would yield rare
    characters where CP437, which reads any byte, yields words with accents.
    """
    joined = b"\n".join(raw_names)
    if joined.isascii():
        return "utf-8"
    try:
        text = joined.decode()
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(joined) else "cp437"
    if all(ord(each) < 0x800 for each in text) and not _IN_WORD.search(text) and _is_common_chinese(joined):
        return "gb18030"
    return "utf-8"


def _is_chinese(raw: bytes) -> bool:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    foreign = {each for each in text if ord(each) > 0x7F}
    if any(unicodedata.category(each) in ("Co", "Cn", "Cc") for each in foreign):
        return False
    accents_only = all(byte < 0x80 or byte in _ACCENTS for byte in raw)
    return not accents_only or all(_gb2312(each) for each in foreign)


def _is_common_chinese(raw: bytes) -> bool:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return all(_COMMON[0] <= _gb2312(each)[:1] <= _COMMON[1] for each in text if ord(each) > 0x7F)


def _gb2312(letter: str) -> bytes:
    """The two bytes of *letter* in GB 2312, none when it is not there."""
    try:
        return letter.encode("gb2312")
    except UnicodeEncodeError:
        return b""


def unicode_path(extra: bytes, raw_name: bytes) -> str | None:
    """The name in an Info-ZIP Unicode Path field (0x7075) that belongs to *raw_name*, or None: a field whose CRC-32
    is of another name is stale and does not count (APPNOTE 4.6.9)."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        body = extra[position + 4 : position + 4 + length]
        if kind == 0x7075 and len(body) > 5 and body[0] == 1:
            if int.from_bytes(body[1:5], "little") != zlib.crc32(raw_name):
                return None
            try:
                return body[5:].decode()
            except UnicodeDecodeError:
                return None
        position += 4 + length
    return None


def name_fault(path: str, limits: Limits) -> str:
    """The code of what forbids *path* as a name, "" when nothing does. A folder's name ends with ``/``."""
    if not path:
        return "name.empty"
    if _CONTROL.search(path):
        return "name.control"
    if "\\" in path:
        return "name.backslash"
    if path[0] == "/":
        return "name.absolute"
    if _DRIVE.match(path):
        return "name.drive"
    parts = path.removesuffix("/").split("/")
    if ".." in parts:
        return "name.traversal"
    if "" in parts or "." in parts:
        return "name.empty-part"
    if len(path) > limits.path_length or max(map(len, parts)) > limits.part_length:
        return "name.too-long"
    if len(parts) > limits.depth:
        return "name.too-deep"
    return ""


def fold(path: str) -> str:
    """*path* as a file system sees it that knows neither case nor Unicode composition."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def judge_names(listing: Listing, files: list[str], folders: list[str]) -> None:
    """Refuse every forbidden, duplicate or colliding name, and tell *listing* its folders, the implied ones too."""
    known: dict[str, str] = {}
    for path in folders:
        plain = path.removesuffix("/")
        if fault := name_fault(path, listing.limits):
            listing.refuse(fault, path)
        else:
            _judge_folder(listing, plain, known)
    for path in files:
        if fault := name_fault(path, listing.limits):
            listing.refuse(fault, path)
            continue
        parent, slash, _ = path.rpartition("/")
        if slash and known.get(fold(parent)) != parent + "/":
            _judge_folder(listing, parent, known)
        key = fold(path)
        if key in known:
            listing.refuse("name.duplicate" if known[key] == path else "name.collision", path, known[key])
        known.setdefault(key, path)
    listing.folders = [each.removesuffix("/") for each in known.values() if each.endswith("/")]


def _judge_folder(listing: Listing, path: str, known: dict[str, str]) -> None:
    """Note *path* and the folders above it; a folder carries ``/`` in *known*, so that a file never equals it."""
    position = 0
    while position >= 0:
        position = path.find("/", position + 1)
        folder = path if position < 0 else path[:position]
        other = known.setdefault(fold(folder), folder + "/")
        if other != folder + "/":
            listing.refuse("name.collision", folder, other)
