"""Content sealed in chunks, so that any range of it can be read and every change of it is seen.

A sealed file is one line of JSON, which a text editor shows, and the chunks. The line names the algorithm, the size of
a chunk, the identifier of the data key (never the key), the object, version and path it was sealed for, and the size of
the cleartext. Chunks follow the STREAM construction: each has the nonce *prefix (7 bytes), counter (4), last flag (1)*
and a tag of 16 bytes, and is bound to the SHA-256 of the line. So a chunk that is altered, moved, left out, doubled or
taken from another file does not open, nor does a file that was cut.

The key of a file is drawn from its data key by HKDF with the line's digest, so that one data key serves all
files of one record in one version of an object.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lantai.archival.vault.ciphers import ALGORITHMS, KEY_BYTES, TAG_BYTES, ChunkCipher, chunk_cipher
from lantai.archival.vault.faults import ChunkAltered, ContentSwapped, ContentTruncated, HeaderBroken
from lantai.archival.vault.gcrypt import TagDiffers

SUFFIX = ".vault"
"""What the logical path of sealed content ends with."""
CHUNK = 1 << 20
DATA_KEY_BYTES = 32
_VERSION = 1
_LARGEST_CHUNK = 1 << 26
_PREFIX_BYTES = 7
_LONGEST_HEADER = 16 * 1024
_COUNTER = struct.Struct(">IB")
_HELD_CHUNKS = 4


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of sealed content. ``key`` identifies the data key, ``size`` counts the bytes of the cleartext."""

    algorithm: str
    chunk: int
    key: str
    object_id: str
    version: str
    path: str
    prefix: bytes
    size: int

    def line(self) -> bytes:
        """The header as it is written, with its line end."""
        said = {
            "lantai-vault": _VERSION,
            "algorithm": self.algorithm,
            "chunk": self.chunk,
            "key": self.key,
            "object": self.object_id,
            "version": self.version,
            "path": self.path,
            "prefix": self.prefix.hex(),
            "size": self.size,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def chunks(self) -> int:
        """How many chunks follow; empty content has one."""
        return max(1, -(-self.size // self.chunk))

    def sealed_size(self) -> int:
        """How many bytes the sealed file has, header included."""
        return len(self.line()) + self.size + TAG_BYTES * self.chunks()

    def check_identity(self, *, object_id: str, path: str) -> None:
        """Raise ContentSwapped unless it was sealed for this object and path."""
        if (self.object_id, self.path) != (object_id, path):
            raise ContentSwapped(f"{object_id} {path}: sealed as {self.object_id} {self.path}")


def parse_header(data: bytes) -> Header:
    """The header that *data* begins with. Raises HeaderBroken."""
    line, end, _rest = data[:_LONGEST_HEADER].partition(b"\n")
    try:
        said = json.loads(line)
        header = Header(
            algorithm=str(said["algorithm"]),
            chunk=int(said["chunk"]),
            key=str(said["key"]),
            object_id=str(said["object"]),
            version=str(said["version"]),
            path=str(said["path"]),
            prefix=bytes.fromhex(said["prefix"]),
            size=int(said["size"]),
        )
        version = said["lantai-vault"]
    except (ValueError, TypeError, LookupError) as reason:
        raise HeaderBroken("not the first line of sealed content") from reason
    sound = header.size >= 0 and 0 < header.chunk <= _LARGEST_CHUNK and len(header.prefix) == _PREFIX_BYTES
    if version != _VERSION or header.algorithm not in ALGORITHMS or not sound or header.line() != line + end:
        raise HeaderBroken(f"sealed content of another kind or version: {version}, {header.algorithm}")
    return header


def draw_file_key(data_key: bytes, header: Header) -> bytes:
    """The key of the one file with *header*, out of the data key."""
    info = b"lantai vault 1 content " + hashlib.sha256(header.line()).digest()
    return HKDF(SHA256(), KEY_BYTES[header.algorithm], salt=None, info=info).derive(data_key)


def digest_key(data_key: bytes) -> bytes:
    """The key of the keyed digests of cleartext sealed under *data_key*: it is destroyed with it."""
    return HKDF(SHA256(), 32, salt=None, info=b"lantai vault 1 digest").derive(data_key)


def keyed_content_digest(key: bytes, sha512: str) -> str:
    """HMAC-SHA-256, under a key of ``digest_key``, of cleartext that is known by its SHA-512 in lower-case hex.

    A plain digest would let whoever guesses a destroyed document confirm the guess; this one tells nothing without the
    key.
    """
    return hmac.new(key, bytes.fromhex(sha512), hashlib.sha256).hexdigest()


def key_proof(data_key: bytes) -> str:
    """SHA-256 of a data key, in hex: tells which key was destroyed, and nothing of what it opened."""
    return hashlib.sha256(b"lantai vault 1 data key\x00" + data_key).hexdigest()


class SealingReader(io.RawIOBase):
    """Reads as the sealed form of *cleartext*, chunk by chunk; never holds more than two chunks.

    *seen* is handed every piece of cleartext in order, for digests. Reading raises ContentTruncated when there is
    another number of bytes than the header says. Closes the cleartext.
    """

    def __init__(
        self, cleartext: BinaryIO, header: Header, file_key: bytes, *, seen: Callable[[bytes], object] | None = None
    ) -> None:
        self._cleartext = cleartext
        self._header = header
        self._cipher = chunk_cipher(header.algorithm, file_key)
        line = header.line()
        self._bound = hashlib.sha256(line).digest()
        self._ready: bytes | memoryview = line
        self._counter = 0
        self._seen = seen

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next piece: a whole chunk where *size* has room for it, so that nothing is copied."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(self._header.chunk + TAG_BYTES), b""))
        if not self._ready and self._counter < self._header.chunks():
            self._ready = self._next()
        if len(self._ready) <= size:
            piece, self._ready = self._ready, b""
            return bytes(piece)
        view = memoryview(self._ready)
        self._ready = view[size:]
        return bytes(view[:size])

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self) -> bytes:
        header = self._header
        last = self._counter + 1 == header.chunks()
        wanted = header.size - self._counter * header.chunk if last else header.chunk
        data = _read_exactly(self._cleartext, wanted)
        if len(data) != wanted or (last and self._cleartext.read(1)):
            raise ContentTruncated(f"{header.path}: the content is not the {header.size} bytes announced")
        if self._seen is not None:
            self._seen(data)
        nonce = header.prefix + _COUNTER.pack(self._counter, last)
        self._counter += 1
        return self._cipher.seal(nonce, data, self._bound)

    def close(self) -> None:
        self._cleartext.close()
        super().close()


class OpenedReader(io.RawIOBase):
    """Sealed content as a seekable stream of its cleartext; only the chunks that are asked for are read and opened.

    Raises HeaderBroken, ContentTruncated at once, ChunkAltered at the chunk. Closes the descriptor it is given.
    """

    def __init__(self, descriptor: int, file_key: Callable[[Header], bytes]) -> None:
        self._descriptor = descriptor
        try:
            self.header = parse_header(os.pread(descriptor, _LONGEST_HEADER, 0))
            line = self.header.line()
            size = os.fstat(descriptor).st_size
            if size != self.header.sealed_size():
                raise ContentTruncated(
                    f"{self.header.path}: {size} bytes where {self.header.sealed_size()} were sealed"
                )
            self._cipher: ChunkCipher = chunk_cipher(self.header.algorithm, file_key(self.header))
        except BaseException:
            os.close(descriptor)
            super().close()
            raise
        self._start = len(line)
        self._bound = hashlib.sha256(line).digest()
        self._position = 0
        self._held: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.header.size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self.read_at(self._position, len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes from *offset* on, to the end of their chunk at most; none behind the end."""
        length = min(length, self.header.size - offset)
        if length <= 0:
            return b""
        number, within = divmod(offset, self.header.chunk)
        return self._chunk(number)[within : within + length]

    def _chunk(self, number: int) -> bytes:
        if number in self._held:
            return self._held[number]
        header = self.header
        last = number + 1 == header.chunks()
        stored = (header.size - number * header.chunk if last else header.chunk) + TAG_BYTES
        place = self._start + number * (header.chunk + TAG_BYTES)
        sealed = _pread_exactly(self._descriptor, stored, place)
        nonce = header.prefix + _COUNTER.pack(number, last)
        try:
            data = self._cipher.open(nonce, sealed, self._bound)
        except TagDiffers as reason:
            raise ChunkAltered(f"{header.path}: chunk {number} of {header.chunks()} does not open") from reason
        if len(self._held) >= _HELD_CHUNKS:
            del self._held[next(iter(self._held))]
        self._held[number] = data
        return data

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the shelf as it is read: plain, or sealed, with the one key that opens it (see ``draw_file_key``)."""

    path: Path
    key: bytes = b""

    def open(self) -> BinaryIO:
        """Its cleartext as a seekable stream. Raises OSError, VaultFault."""
        if not self.key:
            return self.path.open("rb")
        return cast(BinaryIO, io.BufferedReader(self._reader(), 1 << 16))

    def size(self) -> int:
        """How many bytes of cleartext it has. Raises OSError, HeaderBroken."""
        if not self.key:
            return self.path.stat().st_size
        return read_header(self.path).size

    def _reader(self) -> OpenedReader:
        return OpenedReader(os.open(self.path, os.O_RDONLY | os.O_CLOEXEC), lambda _header: self.key)


def seal_file(source: Path, target: Path, key: bytes, name: str) -> Path:
    """Seal a file made from sealed content under a key drawn from that content's own *key*; returns *target*.

    ``key_of_sealed`` draws the key again. Raises OSError.
    """
    algorithm = next(each for each, size in KEY_BYTES.items() if size == len(key))
    header = Header(algorithm, CHUNK, "-", "-", "-", name, os.urandom(_PREFIX_BYTES), source.stat().st_size)
    with SealingReader(source.open("rb"), header, draw_file_key(key, header)) as sealed, target.open("xb") as stream:
        while piece := sealed.read(CHUNK + TAG_BYTES):
            stream.write(piece)
    return target


def key_of_sealed(path: Path, key: bytes) -> bytes:
    """The key of what ``seal_file`` made at *path*. Raises OSError, HeaderBroken."""
    return draw_file_key(key, read_header(path))


def read_header(path: Path) -> Header:
    """The header of the sealed file at *path*. Raises OSError, HeaderBroken."""
    with path.open("rb") as stream:
        return parse_header(stream.read(_LONGEST_HEADER))


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    """*length* bytes, fewer only at the end."""
    data = stream.read(length)
    if len(data) == length or not data:
        return data
    pieces = [data]
    missing = length - len(data)
    while missing > 0 and (piece := stream.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _pread_exactly(descriptor: int, length: int, offset: int) -> bytes:
    pieces: list[bytes] = []
    while length > 0 and (piece := os.pread(descriptor, length, offset)):
        pieces.append(piece)
        offset, length = offset + len(piece), length - len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
