"""What is to be kept, and the single reading that digests and stores it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256, sha512
from pathlib import Path
from typing import BinaryIO

from lantai.archival.fixity import digest_bytes, digest_stream
from lantai.archival.ocfl.files import FileSystem
from lantai.archival.ocfl.inventory import ALGORITHM

SMALL = 1 << 20
NAME_BYTES = 255

Opener = Callable[[], BinaryIO]
"""Opens, anew each time, bytes that are made while they are read."""


class ContentDiffers(ValueError):
    """The bytes are not those the caller declared: the file has changed since it was examined."""


class PathRefused(ValueError):
    """A logical path cannot stand in an object; the message says why (OCFL E052, E053, E095)."""


@dataclass(frozen=True, slots=True)
class Content:
    """One file to keep under the logical *path* ("/"-separated).

    *source* is the bytes themselves, a file, or what opens a stream. *digests* (algorithm to lower-case hex) is what
    the caller knows them to be: never trusted, every one is computed again from the bytes while they are read, once,
    to be stored. *owed* names algorithms whose digests he wants from the same reading, beside SHA-512.
    *fingerprint* is that of the bytes (``vault.Fingerprint``), when whoever digested them last took it: where content
    is sealed it is proven instead of *digests*, which costs nearly nothing.
    *link* says that the source file is ours and nobody writes to it any more: it then gets a second name instead of
    a copy where the file system allows it, and is read through that name.
    """

    path: str
    source: bytes | Path | Opener
    digests: Mapping[str, str] = field(default_factory=dict)
    link: bool = False
    owed: tuple[str, ...] = ()
    fingerprint: str = ""

    def algorithms(self) -> tuple[str, ...]:
        """Every digest to compute, SHA-512 first."""
        return tuple(dict.fromkeys((ALGORITHM, *self.owed, *self.digests)))


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object to write: its id (a URI), its content, and who made it when and why (OCFL version block).

    *created* bears a time zone; *address* is a URI, mailto: or urn:.
    """

    object_id: str
    contents: tuple[Content, ...]
    created: datetime
    message: str
    user: str
    address: str = "urn:lantai:system"


@dataclass(frozen=True, slots=True)
class StoredContent:
    """What was stored for one logical path: where below the object, its size in bytes, its digests."""

    content_path: str
    size: int
    digests: dict[str, str]


def check_paths(paths: Iterable[str]) -> None:
    """Raise PathRefused when one of the logical paths is malformed, stands twice or is also a folder of another."""
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        parts = path.split("/")
        if not path or "" in parts or "." in parts or ".." in parts or "\x00" in path:
            raise PathRefused(f"no logical path: {path!r}")
        try:
            path.encode()
        except UnicodeEncodeError as error:
            raise PathRefused(f"no logical path, not Unicode: {path!r}") from error
        if path in seen:
            raise PathRefused(f"the logical path stands twice: {path!r}")
        seen.add(path)
        at = path.rfind("/")
        while at > 0 and path[:at] not in folders:
            folders.add(path[:at])
            at = path.rfind("/", 0, at)
    if both := seen & folders:
        raise PathRefused(f"a logical path is also a folder: {min(both)!r}")


def physical_path(path: str) -> str:
    """Path below the content folder: the logical one, or its SHA-256 where a name is too long for a file system."""
    if len(path) * 4 <= NAME_BYTES or all(len(part.encode()) <= NAME_BYTES for part in path.split("/")):
        return path
    return sha256(path.encode()).hexdigest()


def store_content(content: Content, target: str, files: FileSystem) -> tuple[int, dict[str, str]]:
    """Write one content to the new file *target*; return its size and its digests, SHA-512 among them.

    The bytes are read once. Raises ContentDiffers when a declared digest is another one.
    """
    source = content.source
    if isinstance(source, bytes):
        digests = _digest(source, content)
        files.write_file(target, source)
        size = len(source)
    elif callable(source):
        with source() as stream:
            size, digests = _pour(stream, target, content, files)
    else:
        path = os.fspath(source)
        linked = content.link and _link(path, target, files)
        if linked:
            path = target
        size = files.size(path)
        if size <= SMALL:
            data = files.read_file(path)
            digests, size = _digest(data, content), len(data)
            if not linked:
                files.write_file(target, data)
        else:
            size, digests = _stream(path, "" if linked else target, content, files)
    for algorithm, declared in content.digests.items():
        if digests[algorithm] != declared:
            raise ContentDiffers(f"{content.path}: {algorithm} is {digests[algorithm]}, not {declared}")
    return size, digests


def digest_source(content: Content, files: FileSystem) -> str:
    """SHA-512 of a content's source, read without storing it."""
    if isinstance(content.source, bytes):
        return sha512(content.source).hexdigest()
    if callable(content.source):
        with content.source() as stream:
            return digest_stream(stream, (ALGORITHM,))[1][ALGORITHM]
    with files.open_file(os.fspath(content.source)) as stream:
        return digest_stream(stream, (ALGORITHM,))[1][ALGORITHM]


def _digest(data: bytes, content: Content) -> dict[str, str]:
    digests = {ALGORITHM: sha512(data).hexdigest()}
    if content.owed or content.digests:
        digests.update(digest_bytes(data, content.algorithms()[1:]))
    return digests


def _stream(path: str, target: str, content: Content, files: FileSystem) -> tuple[int, dict[str, str]]:
    with files.open_file(path) as stream:
        if not target:
            return digest_stream(stream, content.algorithms())
        return _pour(stream, target, content, files)


def _pour(stream: BinaryIO, target: str, content: Content, files: FileSystem) -> tuple[int, dict[str, str]]:
    handle = files.create_file(target)
    try:
        return digest_stream(
            stream,
            content.algorithms(),
            sink=lambda chunk: files.write(handle, chunk),
            chunk=SMALL + 16 if callable(content.source) else SMALL,
        )
    finally:
        os.close(handle)


def _link(source: str, target: str, files: FileSystem) -> bool:
    """Link, or say that this file system will not (another device, no links, too many of them)."""
    try:
        files.link(source, target)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            return False
        raise
    return True
