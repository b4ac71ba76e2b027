"""Read a package in place: names judged first, then every component digested once, then its descriptions."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lxml import etree

from lantai.archival.fixity import ALGORITHMS, digest_bytes, digest_stream
from lantai.archival.packages.bags import PROFILE_LABEL, bag_folder, open_bag, read_payload
from lantai.archival.packages.components import Characterise, ComponentReader
from lantai.archival.packages.descriptions import read_base, read_process
from lantai.archival.packages.eep_packages import is_eep, read_eep_package
from lantai.archival.packages.folder_directory import list_folder
from lantai.archival.packages.limits import STANDARD, Limits
from lantai.archival.packages.listing import Entry, Listing
from lantai.archival.packages.matching import match_materials
from lantai.archival.packages.model import HandoverLine, Material, Package, Problem, ProcessAct
from lantai.archival.packages.nested import is_archive_by_name
from lantai.archival.packages.profile import Profile, profiles
from lantai.archival.packages.source import Source
from lantai.archival.packages.tar_directory import is_tar, list_tar
from lantai.archival.packages.xml_documents import parse_xml
from lantai.archival.packages.zip_directory import list_zip
from lantai.archival.sealing import Trust

_NOBODY = Trust()
_UNSUPPORTED = {
    b"\x1f\x8b": "gzip",
    b"BZ": "bzip2",
    b"\xfd7": "xz",
    b"7z": "7-Zip",
    b"Ra": "RAR",
    b"(\xb5": "Zstandard",
}


def read_package(
    path: Path,
    *,
    profile: Profile | None,
    limits: Limits = STANDARD,
    handover: HandoverLine | None = None,
    name: str = "",
    digests: Sequence[str] = ALGORITHMS,
    known_digests: Mapping[str, str] | None = None,
    characterise: Characterise | None = None,
    trust: Trust = _NOBODY,
) -> Package:
    """The package at *path* (a ZIP or TAR file, a folder, a bag in any of them, an EEP), by *profile* within *limits*.

    Whatever is wrong with it is told in ``problems``; only OSError of the medium itself is raised. Nothing is
    extracted: components are read by range. Without *profile* the one is taken that the bag names (``Lantai-Profile``
    in bag-info.txt), else the first shipped one whose base information is there. *name* is the name it was sent under
    (without suffix), the file's own where none is given. *digests* are computed of every component, and of the whole
    unless *known_digests* (from receiving it) has them already. *characterise* is asked about every component, with its
    bytes or, of a large one, a seekable stream. *trust* is whom an EEP's own signatures are judged by.
    """
    code = profile.code if profile else ""
    if path.is_dir():
        listing = list_folder(path, limits)
        reader = ComponentReader(path, None, limits, digests, characterise)
        package = Package(name or path.name, listing.kind, code, listing.size, handover=handover)
        return _read(reader, listing, package, profile)
    with Source(path) as source:
        whole = {each: known_digests[each] for each in digests if known_digests and each in known_digests}
        missing = [each for each in digests if each not in whole]
        if source.held is not None:
            whole |= digest_bytes(source.held, missing)
        elif missing:
            with source.stream(0, source.size) as stream:
                whole |= digest_stream(stream, missing)[1]
        reader = ComponentReader(path, source, limits, digests, characterise)
        if is_eep(source.at(0, 4096)):
            package = Package(name or path.stem, "eep", code, source.size, whole, handover=handover)
            kind = profile or profiles()["eep"]
            if "eep" not in kind.containers:
                return _refused(package, [Problem("container.not-in-profile", detail="eep", fatal=True)])
            return read_eep_package(reader, source, package, kind, limits, trust)
        listing = _list(source, limits)
        package = Package(name or path.stem, listing.kind, code, listing.size, whole, handover=handover)
        return _read(reader, listing, package, profile)


def _list(source: Source, limits: Limits) -> Listing:
    head = source.at(0, 512)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return list_zip(source, limits)
    if is_tar(head):
        return list_tar(source, limits)
    tail_at = max(0, source.size - 66_000)
    if b"PK\5\6" in source.at(tail_at, source.size - tail_at):
        return list_zip(source, limits)
    listing = Listing(limits, "zip", source.size)
    if not source.size:
        listing.refuse("container.empty")
    elif kind := _UNSUPPORTED.get(head[:2]):
        listing.refuse("container.unsupported", detail=kind)
    else:
        listing.refuse("container.unreadable")
    return listing


def _read(reader: ComponentReader, listing: Listing, empty: Package, profile: Profile | None) -> Package:
    """*empty* filled with what its *listing* and its components say."""
    if listing.problems:
        return _refused(empty, listing.problems)
    if not listing.entries:
        return _refused(empty, [Problem("container.empty", fatal=True)])
    entries = listing.entries
    folder = bag_folder(entries)
    bag = open_bag(reader, entries, folder) if folder is not None else None
    if folder is not None:
        empty = replace(empty, container="bag")
        if bag is None:
            return _refused(empty, reader.problems)
    payload_folder = "" if folder is None else folder + "data/"
    payload = [entry for entry in entries if entry.path.startswith(payload_folder)] if payload_folder else entries
    if profile is None:
        profile = profiles().get(bag.said(PROFILE_LABEL)) if bag else None
        profile = profile or _recognise(payload, payload_folder)
        if profile is None:
            return _refused(empty, [Problem("profile.unknown", fatal=True)])
    if not profile.nested_archives:
        nested = [entry.path for entry in payload if is_archive_by_name(entry.path)]
        if nested:
            return _refused(empty, [Problem("entry.nested-archive", path, fatal=True) for path in nested])
    root = _find_root(payload, payload_folder, profile)
    paths = _find_descriptions(payload, profile, root)
    reader.nested_archives, reader.keep = profile.nested_archives, set(paths.values())
    components = read_payload(reader, entries, folder or "", bag) if bag else reader.read_all(entries)
    if empty.container not in profile.containers:
        reader.problems.append(Problem("container.not-in-profile", detail=empty.container))
    metadata, declared = _read_base(reader, profile, paths.get("base", ""))
    process = _read_process(reader, profile, paths.get("process", ""))
    contents = [each for each in components if each.path not in reader.keep]
    return replace(
        empty,
        profile=profile.code,
        metadata=metadata,
        metadata_paths=paths,
        materials=match_materials(declared, contents, root),
        process=tuple(process),
        components=tuple(components),
        folders=tuple(listing.folders),
        root=root,
        problems=tuple(reader.problems),
        unread=reader.unread,
    )


def _refused(package: Package, problems: Sequence[Problem]) -> Package:
    """A package of which nothing was read, for the first of *problems*."""
    code = problems[0].code
    return replace(
        package, problems=tuple(problems), unread={"components": code, "base": code, "process": code}
    )  # fmt: skip


def _recognise(entries: Sequence[Entry], folder: str) -> Profile | None:
    found = (
        each
        for each in profiles().values()
        if "base" in _find_descriptions(entries, each, _find_root(entries, folder, each))
    )
    return next(found, None)


def _find_root(entries: Sequence[Entry], folder: str, profile: Profile) -> str:
    """The folder, ending with ``/``, that holds the base information: *folder* itself, or the single folder that some
    programs wrap around everything."""
    tops = {entry.path[len(folder) :].partition("/")[0] for entry in entries}
    if len(tops) != 1:
        return folder
    top = f"{folder}{tops.pop()}/"
    return top if "base" in _find_descriptions(entries, profile, top) else folder


def _find_descriptions(entries: Sequence[Entry], profile: Profile, root: str) -> dict[str, str]:
    """The paths of the base information and the process metadata, as far as they are there."""
    wanted = {root + each: "base" for each in profile.base.files}
    wanted |= {root + each: "process" for each in profile.process.files}
    found: dict[str, str] = {}
    for entry in entries:
        path = entry.path if entry.path.isascii() else unicodedata.normalize("NFC", entry.path)
        if path in wanted:
            found.setdefault(wanted[path], entry.path)
    return found


def _read_base(reader: ComponentReader, profile: Profile, path: str) -> tuple[dict[str, str], list[Material]]:
    root = _parse(reader, "base", path, profile.base.files[0], required=True)
    if root is None:
        return {}, []
    found = read_base(root, profile, path)
    _tell(reader, "base", found.problems)
    return found.metadata, found.materials


def _read_process(reader: ComponentReader, profile: Profile, path: str) -> list[ProcessAct]:
    root = _parse(reader, "process", path, profile.process.files[0], required=profile.process.required)
    if root is None:
        return []
    acts, problems = read_process(root, profile, path)
    _tell(reader, "process", problems)
    return acts


def _tell(reader: ComponentReader, part: str, problems: Sequence[Problem]) -> None:
    if problems and problems[0].code == "metadata.wrong-root":
        reader.unread[part] = "metadata.wrong-root"
    reader.problems.extend(problems[: reader.limits.problems])


def _parse(reader: ComponentReader, part: str, path: str, expected: str, *, required: bool) -> etree._Element | None:
    """The root of a description, or None with the reason noted."""
    if not path:
        reader.unread[part] = "metadata.missing"
        if required:
            reader.problems.append(Problem("metadata.missing", expected))
        return None
    if path in reader.unread:
        reader.unread[part] = reader.unread[path]
        return None
    data = reader.kept.get(path)
    if data is None:
        reader.unread[part] = "xml.too-large"
        reader.problems.append(Problem("xml.too-large", path, f"> {reader.limits.metadata_size}"))
        return None
    root, problems = parse_xml(data, path, reader.limits)
    reader.problems.extend(problems)
    if root is None:
        reader.unread[part] = problems[-1].code
    return root
