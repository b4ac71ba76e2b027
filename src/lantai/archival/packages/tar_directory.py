"""The entries of a TAR file (POSIX ustar and pax, GNU long names), from its headers alone."""

from __future__ import annotations

from datetime import UTC, datetime

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Entry, Listing
from lantai.archival.packages.names import choose_encoding, judge_names
from lantai.archival.packages.source import Source

_BLOCK = 512
_MOST_EXTRA = 64 * 1024
_MOST_PADDING = 1024 * 1024
_SPECIAL = {b"1": "entry.link", b"2": "entry.link", b"3": "entry.device", b"4": "entry.device", b"6": "entry.device"}


def is_tar(head: bytes) -> bool:
    """Whether *head*, the first 512 bytes of a file, is a TAR header by its check sum."""
    return len(head) == _BLOCK and _checks(head)


def list_tar(source: Source, limits: Limits) -> Listing:
    """The entries of the TAR file in *source*. Nothing is raised: what is wrong stands in the listing's problems."""
    listing = Listing(limits, "tar", source.size)
    found: list[tuple[bytes, bool, Entry]] = []
    folders: list[tuple[bytes, bool]] = []
    position, total, count = 0, 0, 0
    pax: dict[str, bytes] = {}
    everywhere: dict[str, bytes] = {}
    while True:
        header = source.at(position, _BLOCK)
        if not header.strip(b"\0"):
            _judge_end(source, listing, position, len(header))
            break
        if len(header) < _BLOCK or not _checks(header):
            listing.refuse("container.truncated", detail=f"no header at byte {position}")
            break
        kind, size = header[156:157], _number(header[124:136])
        data = position + _BLOCK
        if kind in b"xgLK" and kind:
            if not 0 <= size <= _MOST_EXTRA or data + size > source.size:
                listing.refuse("container.too-large", detail=f"a header of {size} bytes")
                break
            told = _told(kind, source.at(data, size))
            (everywhere if kind == b"g" else pax).update(told)
            position = data + -(-size // _BLOCK) * _BLOCK
            continue
        known = everywhere | pax
        pax = {}
        size = _decimal(known.get("size", b""), size)
        raw_name, declared = _name(header, known)
        shown = raw_name.decode("utf-8", "backslashreplace")
        count += 1
        if count > limits.entries:
            listing.refuse("container.too-many-entries", detail=f"more than {limits.entries}")
            break
        if kind in _SPECIAL:
            listing.refuse(_SPECIAL[kind], shown)
            size = 0
        elif kind == b"5":
            folders.append((raw_name, declared))
            size = 0
        elif kind not in (b"0", b"\0", b"7") or any(each.startswith("GNU.sparse") for each in known):
            listing.refuse("entry.method", shown, f"kind {kind!r}")
        elif raw_name.endswith(b"/"):
            folders.append((raw_name, declared))
        else:
            if size > limits.entry_size:
                listing.refuse("entry.too-large", shown, f"{size} > {limits.entry_size}")
            entry = Entry("", raw_name, "", size, size, data, "stored", _time(header, known), None)
            found.append((raw_name, declared, entry))
        total += size
        if size < 0 or data + size > source.size:
            listing.refuse("container.truncated", shown)
            break
        position = data + -(-size // _BLOCK) * _BLOCK
    if total > limits.total_size:
        listing.refuse("container.too-large", detail=f"{total} > {limits.total_size}")
    _name_all(listing, found, folders)
    return listing


def _name_all(listing: Listing, found: list[tuple[bytes, bool, Entry]], folders: list[tuple[bytes, bool]]) -> None:
    silent = [each[0] for each in found if not each[1]] + [raw for raw, declared in folders if not declared]
    encoding = choose_encoding(silent)

    def read(raw: bytes, declared: bool) -> tuple[str, str] | None:
        used = "utf-8" if declared or raw.isascii() else encoding
        try:
            # `tar -C folder .` writes every name with ./ in front.
            return raw.removeprefix(b"./").decode(used), used
        except UnicodeDecodeError:
            listing.refuse("name.undecodable", raw.decode("utf-8", "backslashreplace"), used)
            return None

    entries: list[Entry] = []
    for raw, declared, entry in found:
        if name := read(raw, declared):
            entries.append(entry._replace(path=name[0], name_encoding=name[1]))
    listing.entries = entries
    named = [name[0] for raw, declared in folders if (name := read(raw, declared))]
    judge_names(listing, [each.path for each in entries], [each for each in named if each not in ("", ".")])


def _checks(header: bytes) -> bool:
    told = _number(header[148:156])
    plain = sum(header) - sum(header[148:156]) + 8 * 32
    return told == plain or told == plain - 256 * sum(1 for each in header[:148] + header[156:] if each > 127)


def _number(text: bytes) -> int:
    """An octal field, or GNU's base 256; -1 where it is neither."""
    if text[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(text[1:], "big") if text[:1] == b"\x80" else -1
    try:
        return int(text.split(b"\0", 1)[0].strip() or b"0", 8)
    except ValueError:
        return -1


def _decimal(text: bytes, default: int) -> int:
    if not text:
        return default
    return int(text) if text.isdigit() and len(text) < 20 else -1


def _told(kind: bytes, data: bytes) -> dict[str, bytes]:
    """What a pax header (``length key=value`` lines) or a GNU long name says of the next entry."""
    if kind == b"L":
        return {"GNU.name": data.rstrip(b"\0")}
    if kind == b"K":
        return {}
    found: dict[str, bytes] = {}
    while data:
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not len(length) < int(length[:9]) <= len(data):
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        found[key.decode("utf-8", "replace")] = value
        data = data[int(length) :]
    return found


def _name(header: bytes, known: dict[str, bytes]) -> tuple[bytes, bool]:
    """The raw name and whether its encoding is declared to be UTF-8 (a pax ``path``)."""
    if "path" in known:
        return known["path"], known.get("hdrcharset", b"") != b"BINARY"
    if "GNU.name" in known:
        return known["GNU.name"], False
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name), False


def _time(header: bytes, known: dict[str, bytes]) -> str:
    text = known.get("mtime", b"").split(b".")[0]
    seconds = _decimal(text, _number(header[136:148]))
    if not 0 <= seconds < 253402300800:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _judge_end(source: Source, listing: Listing, position: int, length: int) -> None:
    """The rest of the file is zero blocks; a file that just stops was cut off."""
    rest = source.size - position
    if length < _BLOCK:
        listing.refuse("container.truncated", detail="the end mark is missing")
    elif rest > _MOST_PADDING or source.at(position, rest).strip(b"\0"):
        listing.refuse("container.trailing-data")
