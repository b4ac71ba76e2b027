"""The entries of a ZIP file, from its central directory, held against every local header (APPNOTE 6.3).

A ZIP file tells everything twice, and programs differ in whom they believe. Here both must agree, and every byte of
the file must belong to exactly one entry, the directory or its end: then every program sees the same files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Entry, Listing
from lantai.archival.packages.names import choose_encoding, judge_names, unicode_path
from lantai.archival.packages.source import Source

_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR = struct.Struct("<IIQI")
_CENTRAL = struct.Struct("<IBBHHHHHIIIHHHHHII")
_LOCAL = struct.Struct("<IHHHHHIIIHH")

_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR, _PATCH, _UTF8 = 0x0008, 0x0020, 0x0800
# Bits of the general purpose flag by which local and central header must not differ: bits 1 and 2 only tell how hard
# the deflater tried.
_MEANING = _ENCRYPTED | _DESCRIPTOR | _PATCH | _UTF8
_FORMATS = {
    0xA000: "entry.link",
    0x2000: "entry.device",
    0x6000: "entry.device",
    0x1000: "entry.device",
    0xC000: "entry.device",
}


@dataclass(slots=True)
class _Header:
    """What the central directory says of one entry."""

    raw_name: bytes
    extra: bytes
    flags: int
    method: int
    crc: int
    size: int
    stored_size: int
    offset: int
    mode: int
    when: tuple[int, int]
    data: int = 0


def list_zip(source: Source, limits: Limits) -> Listing:
    """The entries of the ZIP file in *source*. Nothing is raised: what is wrong stands in the listing's problems."""
    listing = Listing(limits, "zip", source.size)
    directory = _find_directory(source, listing)
    if directory is None:
        return listing
    headers = _read_directory(source, listing, *directory)
    if listing.problems:
        return listing
    names = _read_names(listing, headers)
    files = [(name, each) for name, each in zip(names, headers, strict=True) if not name[0].endswith("/")]
    readable = [name for name, encoding in names if encoding]
    judge_names(
        listing,
        [name for name in readable if not name.endswith("/")],
        [name for name in readable if name.endswith("/")],
    )
    for (name, _), each in zip(names, headers, strict=True):
        _judge_entry(listing, name, each)
    _judge_layout(source, listing, [name for name, _ in names], headers, directory[0])
    listing.entries = [
        Entry(
            path=name,
            raw_name=each.raw_name,
            name_encoding=encoding,
            size=each.size,
            stored_size=each.stored_size,
            offset=each.data,
            method="deflated" if each.method else "stored",
            modified=_time(each.when),
            crc=each.crc,
        )
        for (name, encoding), each in files
    ]
    return listing


def _find_directory(source: Source, listing: Listing) -> tuple[int, int, int] | None:
    """Offset, length and entry count of the central directory, or None with a problem noted."""
    tail_at = max(0, source.size - _END.size - _FULL16)
    tail = source.at(tail_at, source.size - tail_at)
    position = tail.rfind(b"PK\5\6")
    beyond = 0
    while position >= 0:
        if position + _END.size <= len(tail):
            comment = int.from_bytes(tail[position + 20 : position + 22], "little")
            if position + _END.size + comment == len(tail):
                break
            beyond = beyond or (1 if position + _END.size + comment < len(tail) else 2)
        position = tail.rfind(b"PK\5\6", 0, position)
    if position < 0:
        listing.refuse("container.trailing-data" if beyond == 1 else "container.truncated")
        return None
    end_at = tail_at + position
    _, disk, first_disk, here, count, length, offset, _ = _END.unpack_from(tail, position)
    locator = source.at(end_at - _LOCATOR.size, _LOCATOR.size) if end_at >= _LOCATOR.size else b""
    directory_end = end_at
    if locator[:4] == b"PK\6\7":
        _, disk64, directory_end, disks = _LOCATOR.unpack(locator)
        record = source.at(directory_end, _END64.size)
        if len(record) < _END64.size or record[:4] != b"PK\6\6":
            listing.refuse("container.truncated", detail="the ZIP64 end record is not where its locator says")
            return None
        _, extent, _, _, number, first, here64, count64, length64, offset64 = _END64.unpack(record)
        for short, full, true in (
            (count, _FULL16, count64), (here, _FULL16, here64), (length, _FULL32, length64), (offset, _FULL32, offset64)
        ):  # fmt: skip
            if short not in (full, true):
                listing.refuse("container.disagreement", detail="the two end records of the directory disagree")
                return None
        if directory_end + 12 + extent != end_at - _LOCATOR.size:
            listing.refuse("container.hidden-data", detail="between the two end records of the directory")
            return None
        disk, first_disk, here, count, length, offset = number, first, here64, count64, length64, offset64
        disk = max(disk, disk64, disks - 1)
    elif _FULL32 in (length, offset) or _FULL16 in (count, disk):
        listing.refuse("container.truncated", detail="the ZIP64 end record is missing")
        return None
    if disk or first_disk or here != count:
        listing.refuse("container.multi-disk")
    elif count > listing.limits.entries:
        listing.refuse("container.too-many-entries", detail=f"{count} > {listing.limits.entries}")
    elif offset + length > directory_end:
        listing.refuse("container.truncated", detail="the central directory reaches beyond its end record")
    elif offset + length < directory_end:
        before = source.at(0, 4) != b"PK\3\4" and source.at(directory_end - length, 4) == b"PK\1\2"
        listing.refuse(
            "container.prefix-data" if before else "container.hidden-data", detail="before the directory's end"
        )
    elif length > (count + 1) * (_CENTRAL.size + 3 * 4096):
        listing.refuse("container.too-large", detail=f"a central directory of {length} bytes")
    else:
        return offset, length, count
    return None


def _read_directory(source: Source, listing: Listing, offset: int, length: int, count: int) -> list[_Header]:
    data = source.at(offset, length)
    headers: list[_Header] = []
    position = 0
    for _ in range(count):
        if data[position : position + 4] != b"PK\1\2" or position + _CENTRAL.size > length:
            break
        (_, _, _, _, flags, method, clock, day, crc, stored, size, name_length, extra_length, comment_length,
         disk, _, attributes, local) = _CENTRAL.unpack_from(data, position)  # fmt: skip
        name_at = position + _CENTRAL.size
        extra_at = name_at + name_length
        position = extra_at + extra_length + comment_length
        if position > length:
            break
        extra = data[extra_at : extra_at + extra_length]
        raw_name = data[name_at:extra_at]
        if _FULL32 in (size, stored, local) or disk == _FULL16:
            wide = _wide_values(extra, size, stored, local, disk)
            if wide is None:
                listing.refuse("entry.header-disagrees", _plain(raw_name), "the ZIP64 field is missing or too short")
                continue
            size, stored, local, disk = wide
        if disk:
            listing.refuse("container.multi-disk", _plain(raw_name))
        headers.append(
            _Header(raw_name, extra, flags, method, crc, size, stored, local, attributes >> 16, (day, clock))
        )
    if position != length or len(headers) != count:
        listing.refuse("container.disagreement", detail=f"the directory does not hold exactly {count} entries")
    return headers


def _wide_values(extra: bytes, size: int, stored: int, local: int, disk: int) -> tuple[int, int, int, int] | None:
    """The values that stand in the ZIP64 field (0x0001) because they do not fit their own place."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind == 1:
            body = extra[position + 4 : position + 4 + length]
            found: list[int] = []
            for value in (size, stored, local):
                if value == _FULL32:
                    if len(body) < 8:
                        return None
                    value, body = int.from_bytes(body[:8], "little"), body[8:]
                found.append(value)
            if disk == _FULL16:
                if len(body) < 4:
                    return None
                disk = int.from_bytes(body[:4], "little")
            return found[0], found[1], found[2], disk
        position += 4 + length
    return None


def _read_names(listing: Listing, headers: list[_Header]) -> list[tuple[str, str]]:
    """Each header's name with the encoding it was read by, "" where it could not be."""
    silent = [each.raw_name for each in headers if not each.flags & _UTF8 and not each.raw_name.isascii()]
    encoding = choose_encoding(silent) if silent else "utf-8"
    names: list[tuple[str, str]] = []
    for each in headers:
        told = unicode_path(each.extra, each.raw_name) if each.extra else None
        if told is not None:
            names.append((told, "utf-8"))
            continue
        used = "utf-8" if each.flags & _UTF8 or each.raw_name.isascii() else encoding
        try:
            names.append((each.raw_name.decode(used), used))
        except UnicodeDecodeError:
            names.append((_plain(each.raw_name), ""))
            listing.refuse("name.undecodable", _plain(each.raw_name), used)
    return names


def _judge_entry(listing: Listing, path: str, header: _Header) -> None:
    limits = listing.limits
    if header.flags & _ENCRYPTED or header.method == 99:
        listing.refuse("entry.encrypted", path)
    elif header.method not in (0, 8) or header.flags & _PATCH:
        listing.refuse("entry.method", path, str(header.method))
    elif header.method == 0 and header.size != header.stored_size:
        listing.refuse("entry.size-lies", path, f"stored, yet {header.size} bytes in {header.stored_size}")
    elif header.stored_size > header.size + header.size // 64 + 1024:
        listing.refuse("entry.size-lies", path, f"{header.size} bytes deflated to {header.stored_size}")
    if special := _FORMATS.get(header.mode & 0xF000):
        listing.refuse(special, path)
    if path.endswith("/") and header.size:
        listing.refuse("entry.size-lies", path, f"a folder of {header.size} bytes")
    if header.size > limits.entry_size:
        listing.refuse("entry.too-large", path, f"{header.size} > {limits.entry_size}")
    if header.size > limits.ratio_floor and header.size > limits.ratio * header.stored_size:
        listing.refuse("entry.ratio", path, f"{header.size} bytes in {header.stored_size}")


def _judge_layout(source: Source, listing: Listing, names: list[str], headers: list[_Header], end: int) -> None:
    """Hold every local header against the directory, and see that the entries fill the file without gap or overlap."""
    expected = 0
    order = sorted(range(len(headers)), key=lambda index: headers[index].offset)
    for index, following in zip(order, [*order[1:], None], strict=False):
        header, name = headers[index], names[index]
        limit = end if following is None else headers[following].offset
        local = source.at(header.offset, _LOCAL.size + len(header.raw_name))
        if len(local) < _LOCAL.size + len(header.raw_name) or local[:4] != b"PK\3\4":
            listing.refuse("entry.header-disagrees", name, "no local header where the directory says")
            return
        (_, _, flags, method, _, _, crc, stored, size, name_length, extra_length) = _LOCAL.unpack_from(local)
        header.data = header.offset + _LOCAL.size + name_length + extra_length
        if _FULL32 in (stored, size):
            extra = source.at(header.data - extra_length, extra_length)
            wide = _wide_values(extra, size, stored, 0, 0)
            size, stored = (wide[0], wide[1]) if wide else (size, stored)
        told = (crc, stored, size) != (0, 0, 0) or not header.flags & _DESCRIPTOR
        if local[_LOCAL.size :] != header.raw_name or name_length != len(header.raw_name):
            listing.refuse("entry.header-disagrees", name, "name")
        elif method != header.method or (flags ^ header.flags) & _MEANING:
            listing.refuse("entry.header-disagrees", name, "method or flags")
        elif told and (crc, stored, size) != (header.crc, header.stored_size, header.size):
            listing.refuse("entry.header-disagrees", name, "size or check sum")
        if header.offset > expected:
            listing.refuse("container.hidden-data" if expected else "container.prefix-data", name)
        after = limit - header.data - header.stored_size
        if header.offset < expected or after < 0:
            listing.refuse("entry.overlap", name)
        elif after and not (header.flags & _DESCRIPTOR and _is_descriptor(source, header, after)):
            listing.refuse("container.hidden-data", name, f"{after} bytes after the entry")
        elif not after and header.flags & _DESCRIPTOR and not told:
            listing.refuse("entry.header-disagrees", name, "the data descriptor is missing")
        expected = limit
    if not order and end:
        listing.refuse("container.prefix-data")
    total, packed = sum(each.size for each in headers), sum(each.stored_size for each in headers)
    limits = listing.limits
    if total > limits.total_size:
        listing.refuse("container.too-large", detail=f"{total} > {limits.total_size}")
    known = any(each.code == "entry.ratio" for each in listing.problems)
    if not known and total > limits.ratio_floor and total > limits.ratio * packed:
        listing.refuse("container.ratio", detail=f"{total} bytes in {packed}")


def _is_descriptor(source: Source, header: _Header, length: int) -> bool:
    """Whether the *length* bytes after the data are its descriptor, with or without signature, short or wide."""
    if length not in (12, 16, 20, 24):
        return False
    data = source.at(header.data + header.stored_size, length)
    if length in (16, 24):
        if data[:4] != b"PK\7\x08":
            return False
        data = data[4:]
    form = "<III" if len(data) == 12 else "<IQQ"
    return struct.unpack(form, data) == (header.crc, header.stored_size, header.size)


def _plain(raw_name: bytes) -> str:
    """A name for a message, whatever its bytes are."""
    return raw_name.decode("utf-8", "backslashreplace")


def _time(when: tuple[int, int]) -> str:
    day, clock = when
    date = f"{(day >> 9) + 1980:04d}-{day >> 5 & 15:02d}-{day & 31:02d}"
    return f"{date}T{clock >> 11:02d}:{clock >> 5 & 63:02d}:{(clock & 31) * 2:02d}"
