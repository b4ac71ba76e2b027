"""Bytes by range: of a file, of a part of a file, and of a deflated or encoded part. Nothing is ever extracted."""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from lantai.archival.eep import Base64Reader, NotBase64
from lantai.archival.packages.model import Component
from lantai.archival.vault import StoredFile

SMALL = 4 * 1024 * 1024
_PIECE = 256 * 1024


class ContentDamaged(OSError):
    """The bytes of a component are not what its container declares: deflated wrongly, too long, too short."""


class Source:
    """A received file, read by range. A small one is read once and kept, a large one is read where asked."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size
        self.held: bytes | None = _read_at(self._descriptor, 0, self.size) if self.size <= SMALL else None

    def at(self, offset: int, length: int) -> bytes:
        """The *length* bytes from *offset*, fewer at the end of the file; none where a lying offset lies beyond it."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        if self.held is not None:
            return self.held[offset : offset + length]
        return _read_at(self._descriptor, offset, length)

    def stream(self, offset: int, length: int) -> BinaryIO:
        """A seekable stream over a part of the file, valid until the source is closed."""
        return cast(BinaryIO, io.BufferedReader(RangeReader(os.dup(self._descriptor), offset, length), _PIECE))

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _read_at(descriptor: int, offset: int, length: int) -> bytes:
    pieces: list[bytes] = []
    while length > 0 and (piece := os.pread(descriptor, length, offset)):
        pieces.append(piece)
        offset += len(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class RangeReader(io.RawIOBase):
    """The bytes [offset, offset + length) of an open file as a seekable stream; closes the descriptor it was given."""

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._length = length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._length - self._position)
        if wanted <= 0:
            return 0
        count = os.preadv(self._descriptor, [memoryview(buffer)[:wanted]], self._offset + self._position)
        if count == 0:
            raise ContentDamaged("the file ends before its part does")
        self._position += count
        return count

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class WindowReader(io.RawIOBase):
    """The bytes [offset, offset + length) of a seekable stream as a stream of its own, which closes it at its end."""

    def __init__(self, stream: BinaryIO, offset: int, length: int) -> None:
        self._stream = stream
        self._offset = offset
        self._length = length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._length - self._position)
        if wanted <= 0:
            return 0
        self._stream.seek(self._offset + self._position)
        piece = self._stream.read(wanted)
        if not piece:
            raise ContentDamaged("the file ends before its part does")
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


class InflatingReader(io.RawIOBase):
    """A raw-deflated stream, inflated as it is read and never beyond the *size* bytes declared.

    It can seek: forwards by reading on, backwards by beginning again. Raises `ContentDamaged` where the data is not
    deflated, is longer or shorter than *size*, or leaves bytes unused.
    """

    def __init__(self, deflated: BinaryIO, size: int) -> None:
        self._deflated = deflated
        self._size = size
        self._begin()

    def _begin(self) -> None:
        self._deflated.seek(0)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        target = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if target < 0:
            raise ValueError("a position before the beginning")
        if target < self._position:
            self._begin()
        while self._position < target and self._inflate(min(_PIECE, target - self._position)):
            pass
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._inflate(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _inflate(self, wanted: int) -> bytes:
        while True:
            try:
                pending = self._inflater.unconsumed_tail or self._deflated.read(_PIECE)
                data = self._inflater.decompress(pending, wanted)
            except zlib.error as error:
                raise ContentDamaged(str(error)) from error
            self._position += len(data)
            if self._position > self._size:
                raise ContentDamaged(f"longer than the {self._size} bytes declared")
            if data:
                return data
            if self._inflater.eof:
                if self._position != self._size:
                    raise ContentDamaged(f"{self._position} bytes where {self._size} are declared")
                if self._inflater.unused_data or self._deflated.read(1):
                    raise ContentDamaged("bytes are left over after the deflated data")
                return b""
            if not pending:
                raise ContentDamaged("the deflated data ends too early")

    def close(self) -> None:
        self._deflated.close()
        super().close()


def inflate(data: bytes, size: int) -> bytes:
    """The *size* bytes deflated in *data*. Raises `ContentDamaged` like `InflatingReader`."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = inflater.decompress(data, size + 1)
    except zlib.error as error:
        raise ContentDamaged(str(error)) from error
    if len(found) > size or inflater.unconsumed_tail:
        raise ContentDamaged(f"longer than the {size} bytes declared")
    if not inflater.eof:
        raise ContentDamaged("the deflated data ends too early")
    if len(found) != size:
        raise ContentDamaged(f"{len(found)} bytes where {size} are declared")
    if inflater.unused_data:
        raise ContentDamaged("bytes are left over after the deflated data")
    return found


class EncodedReader(Base64Reader):
    """Base64 text in place, as the bytes it stands for. Raises `ContentDamaged` where it is not."""

    def _next(self, wanted: int) -> bytes:
        try:
            return super()._next(wanted)
        except NotBase64 as wrong:
            raise ContentDamaged(str(wrong)) from wrong


def decode_base64(text: bytes, size: int) -> bytes:
    """The *size* bytes that *text* stands for. Raises `ContentDamaged` like `EncodedReader`."""
    with EncodedReader(cast(BinaryIO, io.BytesIO(text)), size) as reader:
        return reader.readall() or b""


def open_component(package: Path | StoredFile, component: Component) -> BinaryIO:
    """A seekable stream of the bytes of *component*, read in place from the *package*, sealed or not.

    Raises OSError when the package cannot be opened; reading raises `ContentDamaged` (an OSError) when the bytes are
    not what the container declares.
    """
    path = package.path if isinstance(package, StoredFile) else package
    if component.offset is None:
        return open_in_folder(path, component.raw_name)
    part: io.RawIOBase
    if isinstance(package, StoredFile) and package.key:
        part = WindowReader(package.open(), component.offset, component.stored_size)
    else:
        part = RangeReader(os.open(path, os.O_RDONLY | os.O_CLOEXEC), component.offset, component.stored_size)
    stored = io.BufferedReader(part, _PIECE)
    if component.method == "stored":
        return cast(BinaryIO, stored)
    if component.method == "base64":
        return cast(BinaryIO, io.BufferedReader(EncodedReader(cast(BinaryIO, stored), component.size), _PIECE))
    return cast(BinaryIO, io.BufferedReader(InflatingReader(cast(BinaryIO, stored), component.size), _PIECE))


def open_in_folder(folder: Path, raw_name: bytes) -> BinaryIO:
    """Open a file of a folder by its name's own bytes, never through a link at its end."""
    descriptor = os.open(os.fsencode(folder) + b"/" + raw_name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    return open(descriptor, "rb")  # noqa: PTH123 (a descriptor, handed to the caller)
