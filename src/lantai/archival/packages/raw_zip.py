"""Write ZIP files byte by byte, the forbidden ones too: what the fault library and tests are made of."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IBBHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_DAY = (2000 - 1980) << 9 | 1 << 5 | 1


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry exactly as it is to be written. What is left None is told truly; the rest is a lie of the directory:
    ``told_name``, ``told_size``, ``told_stored``, ``told_crc`` and ``told_offset`` stand there only, while the local
    header keeps to the data. ``stored`` replaces the bytes that deflating (or storing) *data* would give; ``method``
    and ``flags`` stand in both places; ``mode`` is the Unix mode; ``descriptor`` puts sizes after the data."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    extra: bytes = b""
    mode: int = 0o100644
    stored: bytes | None = None
    told_name: bytes | None = None
    told_size: int | None = None
    told_stored: int | None = None
    told_crc: int | None = None
    told_offset: int | None = None
    descriptor: bool = False


def write_raw_zip(
    entries: Sequence[RawEntry],
    *,
    prefix: bytes = b"",
    between: bytes = b"",
    suffix: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
) -> bytes:
    """A ZIP file of *entries*; *prefix* stands before all, *between* before the directory, *suffix* after the end;
    *count* and *disk* are what the end record tells. Offsets are true, the prefix counted."""
    made = bytearray(prefix)
    directory = bytearray()
    for each in entries:
        offset = len(made)
        stored = each.stored if each.stored is not None else _pack(each)
        crc = zlib.crc32(each.data)
        flags = each.flags | (8 if each.descriptor else 0)
        told = (0, 0, 0) if each.descriptor else (crc, len(stored), len(each.data))
        made += _LOCAL.pack(
            0x04034B50, 20, flags, each.method, 0, _DAY, *told, len(each.name), len(each.extra)
        )  # fmt: skip
        made += each.name + each.extra + stored
        if each.descriptor:
            made += struct.pack("<IIII", 0x08074B50, crc, len(stored), len(each.data))
        name = each.name if each.told_name is None else each.told_name
        directory += _CENTRAL.pack(
            0x02014B50, 20, 3, 20, flags, each.method, 0, _DAY,
            crc if each.told_crc is None else each.told_crc,
            len(stored) if each.told_stored is None else each.told_stored,
            len(each.data) if each.told_size is None else each.told_size,
            len(name), len(each.extra), 0, 0, 0, each.mode << 16,
            offset if each.told_offset is None else each.told_offset,
        )  # fmt: skip
        directory += name + each.extra
    made += between
    told_count = len(entries) if count is None else count
    end = _END.pack(0x06054B50, disk, disk, told_count, told_count, len(directory), len(made), len(comment))
    return bytes(made + directory + end + comment + suffix)


def _pack(entry: RawEntry) -> bytes:
    if entry.method != 8:
        return entry.data
    deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(entry.data) + deflater.flush()
