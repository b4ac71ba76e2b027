"""The directory of an OLE2 compound file (MS-CFB), as far as telling Word from Excel, WPS and encryption needs it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lantai.archival.formats.content import Content

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA
_DIRECTORY_LIMIT = 4096
_MINI_CUTOFF = 4096


@dataclass(frozen=True, slots=True)
class Stream:
    """One entry of the directory: name, kind (1 storage, 2 stream, 5 root), first sector, size in bytes."""

    name: str
    kind: int
    start: int
    size: int


class CompoundFile:
    """Names and first bytes of the streams of an OLE2 file.

    Raises:
        ValueError: the header or the allocation table cannot be followed.
    """

    def __init__(self, content: Content) -> None:
        head = content.part(0, 512)
        if len(head) < 512 or not head.startswith(SIGNATURE):
            raise ValueError("no compound file header")
        self._content = content
        shift, self._mini_shift = struct.unpack_from("<HH", head, 30)
        if shift not in (9, 12) or self._mini_shift != 6:
            raise ValueError("sector size out of range")
        self._sector = 1 << shift
        self._fat_sectors = [n for n in struct.unpack_from("<109I", head, 76) if n < _END]
        self.streams = tuple(self._read_directory(struct.unpack_from("<I", head, 48)[0]))

    def first_bytes(self, name: str, length: int = 512) -> bytes:
        """The first bytes of the stream of that name (at most one sector); empty when there is none."""
        stream = next((each for each in self.streams if each.name == name and each.kind == 2), None)
        if stream is None:
            return b""
        if stream.size >= _MINI_CUTOFF:
            return self._at(stream.start)[: min(length, stream.size)]
        root = next((each for each in self.streams if each.kind == 5), None)
        if root is None:
            return b""
        offset = stream.start << self._mini_shift
        sectors = list(self._chain(root.start))
        index = offset // self._sector
        if index >= len(sectors):
            return b""
        inside = offset % self._sector
        return self._at(sectors[index])[inside : inside + min(length, stream.size)]

    def _at(self, sector: int) -> bytes:
        return self._content.part((sector + 1) * self._sector, self._sector)

    def _next(self, sector: int) -> int:
        per_sector = self._sector // 4
        block, index = divmod(sector, per_sector)
        if block >= len(self._fat_sectors):
            raise ValueError("sector outside the allocation table")
        table = self._at(self._fat_sectors[block])
        if len(table) < (index + 1) * 4:
            raise ValueError("allocation table cut short")
        value: int = struct.unpack_from("<I", table, index * 4)[0]
        return value

    def _chain(self, sector: int) -> Iterator[int]:
        seen: set[int] = set()
        while sector < _END:
            if sector in seen or len(seen) > _DIRECTORY_LIMIT:
                raise ValueError("sector chain does not end")
            seen.add(sector)
            yield sector
            sector = self._next(sector)

    def _read_directory(self, first: int) -> Iterator[Stream]:
        for sector in self._chain(first):
            block = self._at(sector)
            for at in range(0, len(block) - 127, 128):
                length, kind = struct.unpack_from("<HB", block, at + 64)
                if kind in (1, 2, 5) and 2 <= length <= 64:
                    name = block[at : at + length - 2].decode("utf-16-le", "replace")
                    start, size = struct.unpack_from("<II", block, at + 116)
                    yield Stream(name, kind, start, size)
