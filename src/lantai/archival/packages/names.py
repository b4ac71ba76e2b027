"""Names of entries are data (文件名即数据): read soundly, judged by name, never changed."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Listing

_DRIVE = re.compile(r"[A-Za-z]:")
# Control characters, and the marks that turn the direction of writing and so disguise a name.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def choose_encoding(raw_names: Iterable[bytes]) -> str:
    """The one reading (``utf-8``, ``gb18030`` or ``cp437``) of the names that do not say their encoding.

    All names of a package are read alike, because one program wrote them. UTF-8 where all fit it, unless all they
    hold beyond ASCII are two-byte characters (Latin, Greek, Cyrillic ...) that read as Chinese in GB 18030: Chinese
    names in GBK now and then happen to be such UTF-8. Then GB 18030, where every character it yields is one that names
    are written with. Else CP437, which reads any byte.
    """
    joined = b"\n".join(raw_names)
    if joined.isascii():
        return "utf-8"
    chinese = _read_chinese(joined)
    try:
        text = joined.decode()
    except UnicodeDecodeError:
        return "gb18030" if chinese else "cp437"
    return "gb18030" if chinese and all(ord(each) < 0x800 for each in text) else "utf-8"


def _read_chinese(raw: bytes) -> bool:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    # GB 2312 holds what Chinese names are written with; rarer characters pass if most of the name is common ones.
    foreign = {each for each in text if ord(each) > 0x7F}
    common = sum(1 for each in foreign if _is_gb2312(each))
    return common * 2 > len(foreign) and all(unicodedata.category(each) not in ("Co", "Cn", "Cc") for each in foreign)


def _is_gb2312(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


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
