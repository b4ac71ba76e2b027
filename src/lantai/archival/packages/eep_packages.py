"""An EEP (DA/T 48) as a package: its description and process as metadata, its encoded data as components in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lantai.archival.eep import Contents, Eep, Encoded, ReadEep, judge_eep, numbers, read_eep
from lantai.archival.packages.components import ComponentReader
from lantai.archival.packages.limits import Limits
from lantai.archival.packages.listing import Entry, Listing
from lantai.archival.packages.matching import match_materials
from lantai.archival.packages.model import Material, Package, Problem, ProcessAct
from lantai.archival.packages.names import judge_names
from lantai.archival.packages.profile import Profile
from lantai.archival.packages.source import Source
from lantai.archival.sealing import Trust

_ROOT = re.compile(r"<(?:[^\s<>:/!?]+:)?电子文件封装包[\s>/]")
_UNREADABLE = frozenset({"eep.malformed", "eep.encoding", "eep.doctype", "eep.root", "eep.too-large", "eep.namespace"})
_LAYER = "原封装包"
_JOINT = "；"
_CODES = {"主文档": "W", "附属文档": "F"}


def is_eep(head: bytes) -> bool:
    """Whether a file that begins with *head* (4 KiB are enough) is an EEP, in whatever encoding it is written."""
    if head[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return _ROOT.search(head.decode("utf-16", "replace")) is not None
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        return False
    return any(_ROOT.search(head.decode(each, "replace")) for each in ("utf-8", "gb18030"))


def read_eep_package(
    reader: ComponentReader, source: Source, empty: Package, profile: Profile, limits: Limits, trust: Trust
) -> Package:
    """*empty* filled with what the EEP in *source* says; faults and signatures that do not hold are its problems."""
    with source.stream(0, source.size) as stream:
        found = read_eep(stream)
    problems = [Problem(each.code, each.where, each.detail, each.code in _UNREADABLE) for each in found.faults]
    fatal = next((each.code for each in problems if each.fatal), "")
    if found.eep is None or fatal:
        why = fatal or "eep.element-missing"
        return replace(
            empty, problems=tuple(problems), unread={"components": why, "base": why, "process": why}
        )  # fmt: skip
    problems += _signature_problems(found, trust)
    listing, materials = _listed(found.eep, found, source.size, limits)
    if listing.problems:
        refused = (*problems, *listing.problems)
        why = listing.problems[0].code
        return replace(empty, problems=refused, unread={"components": why, "base": why, "process": why})
    reader.nested_archives = profile.nested_archives
    components = reader.read_all(listing.entries)
    contents = found.eep.layer.contents
    return replace(
        empty,
        profile=profile.code,
        metadata=_metadata(contents, profile) | {"archived_at": found.eep.layer.created},
        metadata_paths={"base": profile.base.files[0], "process": profile.process.files[0]},
        materials=match_materials(materials, components, ""),
        process=tuple(_process(contents)),
        components=tuple(components),
        folders=tuple(listing.folders),
        problems=(*problems, *reader.problems),
        unread=reader.unread,
    )


def _signature_problems(found: ReadEep, trust: Trust) -> Iterator[Problem]:
    for each in judge_eep(found, trust):
        if each.verdict != "valid":
            detail = f"{each.signer or '-'}: {each.reason.partition(chr(10))[0]}"
            yield Problem(f"eep.signature-{each.verdict}", each.place, detail)


def _listed(eep: Eep, found: ReadEep, size: int, limits: Limits) -> tuple[Listing, list[Material]]:
    """Where each computer file lies, that of a layer below under its own folder, and how each is described."""
    listing = Listing(limits, "eep", size)
    entries: list[Entry] = []
    materials: list[Material] = []
    shown: set[str] = set()
    taken: set[str] = set()
    for code, folder, apart, title, file in _files(eep):
        name = file.refers_to or file.data_identifier
        place = found.places.get(name)
        if place is None or name in shown:
            continue
        shown.add(name)
        places = (folder, f"{apart}/", f"{apart}/{file.identifier}/")
        path = next((each + file.name for each in places if each + file.name not in taken), file.name)
        taken.add(path)
        entries.append(Entry(path, path.encode(), "utf-8", place.size, place.length, place.offset, "base64", "", None))
        materials.append(_material(file, code, title, path))
        if place.size > limits.entry_size:
            listing.refuse("entry.too-large", path, f"{place.size} > {limits.entry_size}")
    if len(entries) > limits.entries:
        listing.refuse("container.too-many-entries", detail=f"{len(entries)} > {limits.entries}")
    total = sum(each.size for each in entries)
    if total > limits.total_size:
        listing.refuse("container.too-large", detail=f"{total} > {limits.total_size}")
    listing.entries = entries
    judge_names(listing, [each.path for each in entries], [])
    return listing, materials


def _files(eep: Eep) -> Iterator[tuple[str, str, str, str, Encoded]]:
    """Every file of every layer: its code in the profile, the folder it lies in, and the one for a second of its name,
    and the title of its document.
    """
    for number, layer in enumerate(eep.layer.layers):
        folder = "" if not number else f"{_LAYER}/" if number == 1 else f"{_LAYER}/{number}/"
        for document in layer.contents.documents:
            role = document.role or "附属文档"
            for draft in document.drafts:
                for file in draft.files:
                    code = "L" if number else _CODES[role]
                    yield code, folder, f"{folder or role + '/'}{draft.identifier}", document.title, file


def _material(file: Encoded, code: str, title: str, path: str) -> Material:
    return Material(
        identifier=file.identifier,
        folder="",
        stage_code=code,
        nature={"W": "R", "F": "R", "L": "P"}.get(code, ""),  # type: ignore[arg-type]  # as the profile's folders say
        name=title or file.name,
        actual_name=file.name,
        declared_path=path,
        format=file.format,
        size=file.size,
    )


def _metadata(contents: Contents, profile: Profile) -> dict[str, str]:
    """The values of the record under the profile's tags; several of one element are joined."""
    periods = {name: code for code, name in profile.retention_names.items()}
    found: dict[str, str] = {}
    for number, name in numbers().items():
        values = contents.elements.get(number)
        rule = profile.base_tags.get(name)
        if values and rule is not None:
            found[rule.tag] = _JOINT.join(values)
    if retention := profile.base_tags.get("保管期限"):
        told = found.get(retention.tag, "")
        found[retention.tag] = periods.get(told.removeprefix("定期"), told)
    if contents.permissions and (rule := profile.base_tags.get("授权")):
        found[rule.tag] = _JOINT.join(f"{who}：{what}" for who, what in contents.permissions)
    return found


def _process(contents: Contents) -> Iterator[ProcessAct]:
    agents = {each.identifier: each for each in contents.agents}
    for act in contents.acts:
        agent = agents.get(act.agent)
        told: Mapping[str, str] = {
            "status": act.status,
            "position": agent.position if agent else "",
            "organisation_code": agent.code if agent else "",
        }
        yield ProcessAct(
            step="",
            action=act.action,
            actor=agent.name if agent else act.agent,
            time=act.time,
            basis=act.basis,
            detail=act.detail,
            fields={name: value for name, value in told.items() if value},
        )
