"""Read a package in place: names judged first, then every component digested once, then its descriptions."""

from __future__ import annotations

import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from lantai.archival.fixity import ALGORITHMS, digest_bytes, digest_stream
from lantai.archival.formats.model import FileFacts
from lantai.archival.packages.descriptions import read_base, read_process
from lantai.archival.packages.folder_directory import list_folder
from lantai.archival.packages.limits import STANDARD, Limits
from lantai.archival.packages.listing import Entry, Listing
from lantai.archival.packages.matching import match_materials
from lantai.archival.packages.model import (
    Component,
    ContainerKind,
    HandoverLine,
    Material,
    Package,
    Problem,
    ProcessAct,
)
from lantai.archival.packages.nested import is_archive_by_content, is_archive_by_name
from lantai.archival.packages.profile import Profile
from lantai.archival.packages.source import SMALL, ContentDamaged, Source, inflate, open_component
from lantai.archival.packages.tar_directory import is_tar, list_tar
from lantai.archival.packages.xml_documents import parse_xml
from lantai.archival.packages.zip_directory import list_zip

Characterise = Callable[[bytes | BinaryIO, str], FileFacts]

_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz", b"7z": "7-Zip", b"Ra": "RAR", b"(\xb5": "Zstandard"}


@dataclass(slots=True)
class _Reading:
    """What reading has found so far."""

    path: Path
    profile: Profile
    limits: Limits
    source: Source | None
    algorithms: Sequence[str]
    characterise: Characterise | None
    problems: list[Problem] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)


def read_package(
    path: Path,
    *,
    profile: Profile,
    limits: Limits = STANDARD,
    handover: HandoverLine | None = None,
    name: str = "",
    digests: Sequence[str] = ALGORITHMS,
    known_digests: Mapping[str, str] | None = None,
    characterise: Characterise | None = None,
) -> Package:
    """The package at *path* (a ZIP or TAR file, or a folder), read by *profile* within *limits*.

    Whatever is wrong with it is told in ``problems``; only OSError of the medium itself is raised. Nothing is
    extracted: components are read by range. *name* is the name it was sent under (without suffix), the file's own where
    none is given. *digests* are computed of every component, and of the whole unless *known_digests* has them already
    (from receiving it). *characterise* is asked about every component, with its bytes or, of a large one, a seekable
    stream.
    """
    if path.is_dir():
        listing = list_folder(path, limits)
        reading = _Reading(path, profile, limits, None, digests, characterise)
        return _read(reading, listing, {}, handover, name or path.name)
    with Source(path) as source:
        reading = _Reading(path, profile, limits, source, digests, characterise)
        whole = {each: known_digests[each] for each in digests if known_digests and each in known_digests}
        missing = [each for each in digests if each not in whole]
        if source.held is not None:
            whole |= digest_bytes(source.held, missing)
        elif missing:
            with source.stream(0, source.size) as stream:
                whole |= digest_stream(stream, missing)[1]
        return _read(reading, _list(source, limits), whole, handover, name or path.stem)


def _list(source: Source, limits: Limits) -> Listing:
    head = source.at(0, 512)
    if is_tar(head):
        return list_tar(source, limits)
    tail_at = max(0, source.size - 66_000)
    if head.startswith((b"PK\3\4", b"PK\5\6")) or b"PK\5\6" in source.at(tail_at, source.size - tail_at):
        return list_zip(source, limits)
    listing = Listing(limits, "zip", source.size)
    if not source.size:
        listing.refuse("container.empty")
    elif kind := _COMPRESSED.get(head[:2]):
        listing.refuse("container.unsupported", detail=kind)
    else:
        listing.refuse("container.unreadable")
    return listing


def _read(
    reading: _Reading, listing: Listing, whole: Mapping[str, str], handover: HandoverLine | None, name: str
) -> Package:
    profile = reading.profile
    if not listing.problems:
        _judge_content_by_name(listing, profile)
    reading.problems.extend(listing.problems)
    kind: ContainerKind = listing.kind
    components: tuple[Component, ...] = ()
    metadata: dict[str, str] = {}
    materials: tuple[Material, ...] = ()
    process: list[ProcessAct] = []
    paths: dict[str, str] = {}
    root = ""
    if listing.problems:
        reading.unread |= {"components": listing.problems[0].code, "base": listing.problems[0].code}
        reading.unread["process"] = listing.problems[0].code
    else:
        root = _find_root(listing.entries, profile)
        paths = _find_descriptions(listing.entries, profile, root)
        components = _read_components(reading, listing.entries, set(paths.values()))
        metadata, declared = _read_base(reading, paths.get("base", ""))
        process = _read_process(reading, paths.get("process", ""))
        materials = match_materials(declared, [each for each in components if each.path not in paths.values()], root)
    return Package(
        name=name,
        container=kind,
        profile=profile.code,
        size=listing.size,
        digests=whole,
        metadata=metadata,
        metadata_paths=paths,
        materials=materials,
        process=tuple(process),
        components=components,
        folders=tuple(listing.folders),
        root=root,
        problems=tuple(reading.problems),
        handover=handover,
        unread=reading.unread,
    )


def _judge_content_by_name(listing: Listing, profile: Profile) -> None:
    if not listing.entries:
        listing.refuse("container.empty")
    if not profile.nested_archives:
        for entry in listing.entries:
            if is_archive_by_name(entry.path):
                listing.refuse("entry.nested-archive", entry.path)


def _find_root(entries: Sequence[Entry], profile: Profile) -> str:
    """The folder, ending with ``/``, that holds the base information: the top (""), or the single folder at the top
    that some programs wrap around everything."""
    tops = {entry.path.partition("/")[0] + "/" for entry in entries if "/" in entry.path}
    if len(tops) != 1 or any("/" not in entry.path for entry in entries):
        return ""
    (top,) = tops
    names = {top + each for each in profile.base.files}
    return top if any(unicodedata.normalize("NFC", entry.path) in names for entry in entries) else ""


def _find_descriptions(entries: Sequence[Entry], profile: Profile, root: str) -> dict[str, str]:
    """The paths of the base information and the process metadata, as far as they are there."""
    wanted = {root + each: "base" for each in profile.base.files} | {
        root + each: "process" for each in profile.process.files
    }
    found: dict[str, str] = {}
    for entry in entries:
        path = entry.path if entry.path.isascii() else unicodedata.normalize("NFC", entry.path)
        if path in wanted:
            found.setdefault(wanted[path], entry.path)
    return found


def _read_components(reading: _Reading, entries: Sequence[Entry], keep: set[str]) -> tuple[Component, ...]:
    components: list[Component] = []
    for entry in entries:
        found: Mapping[str, str] = {}
        facts: FileFacts | None = None
        try:
            found, facts = _read_component(reading, entry, keep)
        except ContentDamaged as damage:
            reading.problems.append(Problem("entry.damaged", entry.path, str(damage)))
            reading.unread[entry.path] = "entry.damaged"
        components.append(_component(entry, found, facts))
    return tuple(components)


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


def _read_component(reading: _Reading, entry: Entry, keep: set[str]) -> tuple[Mapping[str, str], FileFacts | None]:
    if entry.size > SMALL:
        return _read_large(reading, entry, keep)
    data = _bytes(reading, entry)
    if entry.crc is not None and zlib.crc32(data) != entry.crc:
        raise ContentDamaged("the check sum is another")
    _judge_head(reading, entry, data[:512])
    if entry.path in keep:
        reading.kept[entry.path] = data
    facts = reading.characterise(data, entry.path) if reading.characterise else None
    return digest_bytes(data, reading.algorithms), facts


def _read_large(reading: _Reading, entry: Entry, keep: set[str]) -> tuple[Mapping[str, str], FileFacts | None]:
    """Digest as a stream. A deflated file that is to be characterised is inflated once into a file without a name,
    because programs that read documents jump about in them."""
    spool = tempfile.TemporaryFile() if reading.characterise and entry.method == "deflated" else None  # noqa: SIM115
    crc = 0

    def follow(chunk: memoryview) -> None:
        nonlocal crc
        if entry.crc is not None:
            crc = zlib.crc32(chunk, crc)
        if spool is not None:
            spool.write(chunk)

    try:
        with _stream(reading, entry) as stream:
            if entry.path in keep and entry.size <= reading.limits.metadata_size:
                reading.kept[entry.path] = stream.read()
                stream.seek(0)
            _judge_head(reading, entry, stream.read(512))
            stream.seek(0)
            length, found = digest_stream(stream, reading.algorithms, sink=follow)
            if length != entry.size:
                raise ContentDamaged(f"{length} bytes where {entry.size} are declared")
            if entry.crc is not None and crc != entry.crc:
                raise ContentDamaged("the check sum is another")
            if reading.characterise is None:
                return found, None
            if spool is None:
                stream.seek(0)
                return found, reading.characterise(stream, entry.path)
            spool.seek(0)
            return found, reading.characterise(spool, entry.path)
    finally:
        if spool is not None:
            spool.close()


def _judge_head(reading: _Reading, entry: Entry, head: bytes) -> None:
    if not reading.profile.nested_archives and is_archive_by_content(entry.path, head):
        reading.problems.append(Problem("entry.nested-archive", entry.path, "by its content"))


def _bytes(reading: _Reading, entry: Entry) -> bytes:
    if reading.source is None or entry.offset is None:
        with _stream(reading, entry) as stream:
            data = stream.read(entry.size + 1)
        if len(data) != entry.size:
            raise ContentDamaged(f"{len(data)} bytes where {entry.size} are declared")
        return data
    stored = reading.source.at(entry.offset, entry.stored_size)
    return inflate(stored, entry.size) if entry.method == "deflated" else stored


def _stream(reading: _Reading, entry: Entry) -> BinaryIO:
    return open_component(reading.path, _component(entry, {}, None))


def _read_base(reading: _Reading, path: str) -> tuple[dict[str, str], list[Material]]:
    root = _parse(reading, "base", path, reading.profile.base.files[0])
    if root is None:
        return {}, []
    found = read_base(root, reading.profile, path)
    if any(each.code == "metadata.wrong-root" for each in found.problems):
        reading.unread["base"] = "metadata.wrong-root"
    reading.problems.extend(found.problems[: reading.limits.problems])
    return found.metadata, found.materials


def _read_process(reading: _Reading, path: str) -> list[ProcessAct]:
    root = _parse(reading, "process", path, reading.profile.process.files[0])
    if root is None:
        return []
    acts, problems = read_process(root, reading.profile, path)
    if any(each.code == "metadata.wrong-root" for each in problems):
        reading.unread["process"] = "metadata.wrong-root"
    reading.problems.extend(problems[: reading.limits.problems])
    return acts


def _parse(reading: _Reading, part: str, path: str, expected: str) -> etree._Element | None:
    if not path:
        reading.unread[part] = "metadata.missing"
        if part == "base" or reading.profile.process.required:
            reading.problems.append(Problem("metadata.missing", expected))
        return None
    if path in reading.unread:
        reading.unread[part] = reading.unread[path]
        return None
    data = reading.kept.get(path)
    if data is None:
        reading.unread[part] = "xml.too-large"
        reading.problems.append(Problem("xml.too-large", path))
        return None
    root, problems = parse_xml(data, path, reading.limits)
    reading.problems.extend(problems)
    if root is None:
        reading.unread[part] = problems[-1].code
    return root
