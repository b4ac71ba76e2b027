"""Digests of bytes and of streams: SHA-512 (OCFL's default), SHA-256, and SM3 (GB/T 32905, the national hash)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from queue import Queue
from threading import Thread
from typing import BinaryIO, Protocol

from cryptography.hazmat.primitives import hashes

ALGORITHMS: tuple[str, ...] = ("sha512", "sha256", "sm3")

_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128, "sm3": 64}
_INLINE = 4 * 1024 * 1024
_QUEUED_CHUNKS = 4


class Digester(Protocol):
    """What hashlib's objects and SM3's share."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _SM3:
    """SM3 by `cryptography`, which carries its own OpenSSL: the system's may lack it, and is slower."""

    __slots__ = ("_hash",)

    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.finalize().hex()


def digester(algorithm: str) -> Digester:
    """A fresh digest of *algorithm*, one of md5, sha1, sha256, sha384, sha512, sm3 (the first two are only ever read
    where somebody's manifest names them). Raises ValueError for any other."""
    if algorithm == "sm3":
        return _SM3()
    if algorithm not in _LENGTHS:
        raise ValueError(f"no digest algorithm is called {algorithm!r}")
    return hashlib.new(algorithm)


def algorithm_name(declared: str) -> str:
    """Our name of an algorithm declared as ``SHA-256``, ``sha_512`` or ``国密SM3``; "" if unknown."""
    plain = "".join(each for each in declared.lower().removeprefix("国密") if each.isalnum())
    return plain if plain in _LENGTHS else ""


def is_digest(algorithm: str, text: str) -> bool:
    """Whether *text* has the length and the letters of a hexadecimal digest of *algorithm*."""
    return len(text) == _LENGTHS.get(algorithm, -1) and all(each in "0123456789abcdefABCDEF" for each in text)


def digest_bytes(data: bytes | memoryview, algorithms: Sequence[str] = ALGORITHMS) -> dict[str, str]:
    """The digests of *data*, algorithm to lower-case hex."""
    found: dict[str, str] = {}
    for algorithm in algorithms:
        if algorithm == "sm3":
            sm3 = hashes.Hash(hashes.SM3())
            sm3.update(data)
            found["sm3"] = sm3.finalize().hex()
        elif algorithm == "sha512":
            found["sha512"] = hashlib.sha512(data).hexdigest()
        elif algorithm == "sha256":
            found["sha256"] = hashlib.sha256(data).hexdigest()
        else:
            each = digester(algorithm)
            each.update(bytes(data))
            found[algorithm] = each.hexdigest()
    return found


def digest_stream(
    stream: BinaryIO | io.RawIOBase,
    algorithms: Sequence[str] = ALGORITHMS,
    *,
    sink: Callable[[memoryview], object] | None = None,
    chunk: int = 1024 * 1024,
) -> tuple[int, dict[str, str]]:
    """Read *stream* to its end once; return its length in bytes and its digests.

    *sink* is given the same bytes in order (writing while hashing). A stream of more than 4 MiB is digested by one
    thread an algorithm, so that the slowest algorithm alone sets the pace; at most a few chunks of *chunk* bytes are
    in memory. What *stream* or *sink* raises is raised here, after the threads have ended.
    """
    digesters = [digester(each) for each in algorithms]
    length = 0
    while length < _INLINE:
        data = stream.read(chunk)
        if not data:
            return length, {name: each.hexdigest() for name, each in zip(algorithms, digesters, strict=True)}
        length += len(data)
        for each in digesters:
            each.update(data)
        if sink is not None:
            sink(memoryview(data))
    length += _digest_in_threads(stream, digesters, sink, chunk)
    return length, {name: each.hexdigest() for name, each in zip(algorithms, digesters, strict=True)}


def _digest_in_threads(
    stream: BinaryIO | io.RawIOBase,
    digesters: Sequence[Digester],
    sink: Callable[[memoryview], object] | None,
    chunk: int,
) -> int:
    queues: list[Queue[bytes]] = [Queue(_QUEUED_CHUNKS) for _ in digesters]
    threads = [Thread(target=_follow, args=pair, daemon=True) for pair in zip(digesters, queues, strict=True)]
    for thread in threads:
        thread.start()
    length = 0
    try:
        while data := stream.read(chunk):
            length += len(data)
            for queue in queues:
                queue.put(data)
            if sink is not None:
                sink(memoryview(data))
    finally:
        for queue in queues:
            queue.put(b"")
        for thread in threads:
            thread.join()
    return length


def _follow(digest: Digester, queue: Queue[bytes]) -> None:
    while data := queue.get():
        digest.update(data)
