"""Read every component once: digests, check sum, first bytes, and whoever else wants the bytes while they are there."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lantai.archival.fixity import digest_bytes, digest_stream
from lantai.archival.formats.model import FileFacts
from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Entry
from lantai.archival.packages.model import Component, Problem
from lantai.archival.packages.nested import is_archive_by_content
from lantai.archival.packages.source import SMALL, ContentDamaged, Source, decode_base64, inflate, open_component

Characterise = Callable[[bytes | BinaryIO, str], FileFacts]


@dataclass(slots=True)
class ComponentReader:
    """Reads the components of the package at ``path``; ``source`` is that file, None when it is a folder.

    ``problems`` and ``unread`` collect what could not be read; ``kept`` holds the bytes of those in ``keep`` that are
    no larger than the limit of metadata. The large are read as streams, so memory does not grow with a component.
    """

    path: Path
    source: Source | None
    limits: Limits
    algorithms: Sequence[str]
    characterise: Characterise | None
    nested_archives: bool = False
    keep: Collection[str] = ()
    kept: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    def read_all(self, entries: Sequence[Entry]) -> list[Component]:
        """The components of *entries*, in their order; a damaged one has no digests and is told in ``problems``."""
        components: list[Component] = []
        for entry in entries:
            digests: Mapping[str, str] = {}
            facts: FileFacts | None = None
            try:
                digests, facts = self._read_small(entry) if entry.size <= SMALL else self._read_large(entry)
            except ContentDamaged as damage:
                self.problems.append(Problem("entry.damaged", entry.path, str(damage)))
                self.unread[entry.path] = "entry.damaged"
            components.append(_component(entry, digests, facts))
        return components

    def bytes_of(self, entry: Entry) -> bytes:
        """All bytes of *entry*. Raises `ContentDamaged`."""
        if self.source is None or entry.offset is None:
            with self._open(entry) as stream:
                data = stream.read(entry.size + 1)
            if len(data) != entry.size:
                raise ContentDamaged(f"{len(data)} bytes where {entry.size} were listed")
            return data
        data = self.source.at(entry.offset, entry.stored_size)
        if entry.method == "deflated":
            data = inflate(data, entry.size)
        elif entry.method == "base64":
            data = decode_base64(data, entry.size)
        if entry.crc is not None and zlib.crc32(data) != entry.crc:
            raise ContentDamaged("the check sum is another")
        return data

    def _read_small(self, entry: Entry) -> tuple[Mapping[str, str], FileFacts | None]:
        data = self.bytes_of(entry)
        self._judge_head(entry, data[:512])
        if entry.path in self.keep:
            self.kept[entry.path] = data
        facts = self.characterise(data, entry.path) if self.characterise else None
        return digest_bytes(data, self.algorithms), facts

    def _read_large(self, entry: Entry) -> tuple[Mapping[str, str], FileFacts | None]:
        """A deflated or encoded file that is to be characterised is unpacked once, into a file that has no name,
        because programs that read documents jump about in them."""
        packed = entry.method in ("deflated", "base64")
        spool = tempfile.TemporaryFile() if self.characterise and packed else None  # noqa: SIM115
        crc = 0

        def follow(chunk: memoryview) -> None:
            nonlocal crc
            if entry.crc is not None:
                crc = zlib.crc32(chunk, crc)
            if spool is not None:
                spool.write(chunk)

        try:
            with self._open(entry) as stream:
                self._judge_head(entry, stream.read(512))
                if entry.path in self.keep and entry.size <= self.limits.metadata_size:
                    stream.seek(0)
                    self.kept[entry.path] = stream.read(entry.size)
                stream.seek(0)
                length, digests = digest_stream(stream, self.algorithms, sink=follow)
                if length != entry.size:
                    raise ContentDamaged(f"{length} bytes where {entry.size} were listed")
                if entry.crc is not None and crc != entry.crc:
                    raise ContentDamaged("the check sum is another")
                if self.characterise is None:
                    return digests, None
                whole = spool if spool is not None else stream
                whole.seek(0)
                return digests, self.characterise(whole, entry.path)
        finally:
            if spool is not None:
                spool.close()

    def _judge_head(self, entry: Entry, head: bytes) -> None:
        if not self.nested_archives and is_archive_by_content(entry.path, head):
            self.problems.append(Problem("entry.nested-archive", entry.path, "by its content"))

    def _open(self, entry: Entry) -> BinaryIO:
        return open_component(self.path, _component(entry, {}, None))


def _component(entry: Entry, digests: Mapping[str, str], facts: FileFacts | None) -> Component:
    return Component(
        path=entry.path,
        raw_name=entry.raw_name,
        name_encoding=entry.name_encoding,
        size=entry.size,
        stored_size=entry.stored_size,
        offset=entry.offset,
        method=entry.method,
        modified=entry.modified,
        digests=digests,
        facts=facts,
    )
