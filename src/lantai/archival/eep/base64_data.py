"""Base64 (RFC 2045) piece by piece: decoded strictly as it streams past, encoded in lines of 76, read in place."""

from __future__ import annotations

import binascii
import io
from collections.abc import Iterator
from typing import BinaryIO

LINE_BYTES = 57
"""Bytes that make one line of 76 characters."""
_AT_ONCE = LINE_BYTES * 16384
_TEXT_AT_ONCE = 1 << 20
_BLANK = b" \t\r\n"


class NotBase64(ValueError):
    """Text that is no Base64: the message says what stands where."""


class Decoder:
    """Decodes Base64 handed over in pieces of any length; blanks and line breaks may stand anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False
        self._before = 0
        self.size = 0

    def decode(self, text: bytes) -> bytes:
        """The bytes of the next piece of *text*, as far as it is whole groups of four. Raises NotBase64."""
        tight = text.translate(None, _BLANK) if any(each in text for each in _BLANK) else text
        if not tight:
            return b""
        if self._ended:
            raise NotBase64(f"character {self._before + 1}: more after the end")
        tight = self._rest + tight if self._rest else tight
        whole = len(tight) & ~3
        now, self._rest = tight[:whole], tight[whole:]
        if not now:
            return b""
        try:
            data = binascii.a2b_base64(now, strict_mode=True)
        except binascii.Error:
            raise NotBase64(self._fault(now)) from None
        self._before += whole
        self._ended = now.endswith(b"=")
        if self._ended and self._rest:
            raise NotBase64(f"character {self._before + 1}: more after the end")
        self.size += len(data)
        return data

    def finish(self) -> None:
        """The text is at its end. Raises NotBase64 where it was broken off."""
        if self._rest:
            raise NotBase64(f"it ends after {self._before + len(self._rest)} characters, in the middle of four")

    def _fault(self, text: bytes) -> str:
        """Where the first character stands that is none of Base64, or is not where it belongs."""
        for at, each in enumerate(text):
            if not (48 <= each <= 57 or 65 <= each <= 90 or 97 <= each <= 122 or each in b"+/="):
                return f"character {self._before + at + 1}: {chr(each)!r}"
        padding = text.find(b"=")
        return f"character {self._before + padding + 1}: '=' before the end" if padding >= 0 else "not Base64"


def encoded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of *stream* as lines of 76 characters, each piece ending with a line break, in bounded memory."""
    held = b""
    while piece := stream.read(_AT_ONCE - len(held)):
        held += piece
        if len(held) == _AT_ONCE:
            yield _lines(held)
            held = b""
    if held:
        yield _lines(held)


def _lines(data: bytes) -> bytes:
    text = binascii.b2a_base64(data, newline=False)
    return b"\n".join([text[at : at + 76] for at in range(0, len(text), 76)]) + b"\n"


class Base64Reader(io.RawIOBase):
    """Base64 text as the seekable stream of the *size* bytes it stands for.

    Forwards it reads on, backwards it begins again. Raises NotBase64 where the text is not, or not of *size* bytes.
    """

    def __init__(self, text: BinaryIO, size: int) -> None:
        self._text = text
        self._size = size
        self._begin()

    def _begin(self) -> None:
        self._text.seek(0)
        self._decoder = Decoder()
        self._held = b""
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if target < 0:
            raise ValueError("a position before the beginning")
        if target < self._position:
            self._begin()
        while self._position < target and self._next(target - self._position):
            pass
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next(self, wanted: int) -> bytes:
        while not self._held:
            text = self._text.read(_TEXT_AT_ONCE)
            if not text:
                self._decoder.finish()
                if self._position != self._size:
                    raise NotBase64(f"{self._position} bytes where {self._size} are declared")
                return b""
            self._held = self._decoder.decode(text)
            if self._decoder.size > self._size:
                raise NotBase64(f"longer than the {self._size} bytes declared")
        data, self._held = self._held[:wanted], self._held[wanted:]
        self._position += len(data)
        return data

    def close(self) -> None:
        self._text.close()
        super().close()
