"""The bytes of one file, whether they lie in memory or in a seekable file too large to hold."""

from __future__ import annotations

import io
from functools import cached_property
from typing import BinaryIO

IN_MEMORY = 32 * 1024 * 1024
"""Files up to this many bytes are held whole; larger ones are read where they lie."""

WINDOW = 64 * 1024
"""How much of the start and of the end signatures look at, in bytes."""


class Content:
    """One file's bytes, with cheap looks at both ends.

    Args:
        data: the bytes, or a seekable binary file positioned anywhere; the caller keeps it open and closes it.
    """

    def __init__(self, data: bytes | BinaryIO) -> None:
        if isinstance(data, bytes):
            self._file: BinaryIO | None = None
            self.whole: bytes | None = data
            self.size = len(data)
            return
        self.size = data.seek(0, io.SEEK_END)
        data.seek(0)
        self._file = data
        self.whole = data.read() if self.size <= IN_MEMORY else None

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most ``WINDOW``."""
        return self.part(0, WINDOW)

    @cached_property
    def tail(self) -> bytes:
        """The last bytes, at most ``WINDOW``."""
        return self.part(max(0, self.size - WINDOW), WINDOW)

    def part(self, start: int, length: int) -> bytes:
        """*length* bytes from *start*, fewer at the end of the file."""
        if self.whole is not None:
            return self.whole[start : start + length]
        assert self._file is not None
        self._file.seek(start)
        return self._file.read(length)

    def file(self) -> BinaryIO:
        """A seekable file over the bytes, at its start. For large files it is the caller's own file."""
        if self.whole is not None:
            return io.BytesIO(self.whole)
        assert self._file is not None
        self._file.seek(0)
        return self._file

    def searchable(self) -> bytes:
        """What patterns that may stand anywhere are looked for in: everything, or 1 MiB from both ends."""
        if self.whole is not None:
            return self.whole
        return self.part(0, 1 << 20) + self.part(self.size - (1 << 20), 1 << 20)
