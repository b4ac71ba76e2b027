"""Write packages: the same values give the same bytes, whatever the machine and the day."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, cast

from lxml import etree

from lantai.archival.bagit import write_tag_files
from lantai.archival.fixity import digest_bytes, digest_stream
from lantai.archival.packages.bags import PROFILE_LABEL
from lantai.archival.packages.model import Material, ProcessAct
from lantai.archival.packages.profile import ElementRule, Profile

MODIFIED = datetime(2000, 1, 1, tzinfo=UTC)

# Formats that are compressed already: deflating them again costs time twice and forbids reading by range.
_COMPRESSED = (
    ".jpg",
    ".jpeg",
    ".png",
    ".ofd",
    ".docx",
    ".xlsx",
    ".pptx",
    ".mp3",
    ".mp4",
    ".zip",
    ".gz",
    ".7z",
    ".webp",
)

Content = bytes | Path


def write_package(
    *,
    target: BinaryIO | Path,
    profile: Profile,
    metadata: Mapping[str, str],
    materials: Sequence[Material],
    process: Sequence[ProcessAct],
    files: Mapping[str, Content],
    container: Literal["zip", "tar", "folder", "bag"] = "zip",
    modified: datetime = MODIFIED,
    information: Mapping[str, str] | None = None,
) -> None:
    """Write a package of *profile* to *target* (a folder's path must not exist yet; a bag is written as a folder on a
    path without suffix, as a TAR file on one that ends with ``.tar``, else as a ZIP file).

    *files* maps paths to bytes or to the files to copy; the two descriptions are made from *metadata*, *materials* and
    *process* as they are given, nothing is added or corrected. *modified* is the time every file is told to have;
    *information* goes into a bag's bag-info.txt, beside its date and the profile.
    """
    described = {
        profile.base.files[0]: write_base(profile, metadata, materials),
        profile.process.files[0]: write_process(profile, process),
    }
    everything: dict[str, Content] = {**described, **files}
    if container != "bag":
        write_container(target, everything, container=container, modified=modified)
        return
    told = {"Bagging-Date": modified.date().isoformat(), PROFILE_LABEL: profile.code, **(information or {})}
    bag = _bag(everything, told)
    suffix = target.suffix if isinstance(target, Path) else ".zip"
    if suffix in (".zip", ".tar"):
        top = metadata.get(profile.package_name_element, "") or "bag"
        bag = {f"{top}/{path}": content for path, content in bag.items()}
        write_container(target, bag, container="tar" if suffix == ".tar" else "zip", modified=modified)
    else:
        write_container(target, bag, container="folder", modified=modified)


def _bag(files: Mapping[str, Content], information: Mapping[str, str]) -> dict[str, Content]:
    """*files* as the payload of a bag, after its tag files."""
    sizes: dict[str, int] = {}
    digests: dict[str, dict[str, str]] = {}
    for path, content in files.items():
        if isinstance(content, bytes):
            sizes["data/" + path], digests["data/" + path] = len(content), digest_bytes(content)
        else:
            with content.open("rb") as stream:
                sizes["data/" + path], digests["data/" + path] = digest_stream(stream)
    tags: dict[str, Content] = dict(write_tag_files(sizes, digests, information=information))
    return tags | {"data/" + path: content for path, content in files.items()}


def write_base(profile: Profile, metadata: Mapping[str, str], materials: Sequence[Material]) -> bytes:
    """Base information (基本信息元数据) as *profile* spells it: its elements in its order, then unknown tags, then the
    list of files, folder by folder in the order of their first file."""
    form = profile.base
    root = etree.Element(form.root)
    known = [each.tag for each in form.elements]
    for tag in (*known, *(each for each in metadata if each not in known)):
        if tag not in metadata:
            continue
        element = etree.SubElement(root, tag)
        rule = profile.base_tags.get(tag)
        if form.title_attribute and rule:
            element.set(form.title_attribute, rule.name)
        element.text = metadata[tag]
    listed = etree.SubElement(root, form.list)
    places: dict[str, etree._Element] = {"": listed}
    for material in materials:
        folder = material.folder if form.folder else ""
        if folder not in places:
            place = etree.SubElement(listed, form.folder)
            rule_of_folder = next((each for each in profile.folders if each.name == folder), None)
            if rule_of_folder and form.folder_id != form.folder_name:
                place.set(form.folder_id, rule_of_folder.id)
            place.set(form.folder_name, folder)
            places[folder] = place
        file = etree.SubElement(places[folder], form.file)
        file.set(form.file_id, material.identifier)
        _write_fields(file, form.file_elements, {each.name: getattr(material, each.name) for each in fields(material)})
    return _document(root)


def write_process(profile: Profile, acts: Iterable[ProcessAct]) -> bytes:
    """Process metadata (管理过程元数据) as *profile* spells it, one record an act."""
    form = profile.process
    root = etree.Element(form.root)
    for act in acts:
        record = etree.SubElement(root, form.record)
        own = {each.name: getattr(act, each.name) for each in fields(act) if each.name != "fields"}
        _write_fields(record, form.elements, own, act.fields)
        known = profile.process_tags
        for tag, text in act.fields.items():
            if tag not in known:
                etree.SubElement(record, tag).text = text
    return _document(root)


def _write_fields(
    element: etree._Element,
    rules: Sequence[ElementRule],
    values: Mapping[str, str],
    others: Mapping[str, str] | None = None,
) -> None:
    for rule in rules:
        text = values.get(rule.field, "") if rule.field else (others or {}).get(rule.tag, "")
        if text:
            etree.SubElement(element, rule.tag).text = text


def _document(root: etree._Element) -> bytes:
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def write_container(
    target: BinaryIO | Path,
    files: Mapping[str, Content],
    *,
    container: Literal["zip", "tar", "folder"] = "zip",
    modified: datetime = MODIFIED,
) -> None:
    """Write *files*, in their order, as one ZIP file, TAR file or folder."""
    if container == "folder":
        _write_folder(cast(Path, target), files)
    elif isinstance(target, Path):
        with target.open("wb") as stream:
            write_container(stream, files, container=container, modified=modified)
    elif container == "tar":
        _write_tar(target, files, modified)
    else:
        _write_zip(target, files, modified)


def _write_zip(target: BinaryIO, files: Mapping[str, Content], modified: datetime) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, modified.timetuple()[:6])
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.lower().endswith(_COMPRESSED) else zipfile.ZIP_DEFLATED
            if isinstance(content, bytes):
                archive.writestr(entry, content)
                continue
            entry.file_size = content.stat().st_size
            with content.open("rb") as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, 1024 * 1024)


def _write_tar(target: BinaryIO, files: Mapping[str, Content], modified: datetime) -> None:
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.mtime = int(modified.timestamp())
            entry.mode = 0o644
            if isinstance(content, bytes):
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                continue
            entry.size = content.stat().st_size
            with content.open("rb") as source:
                archive.addfile(entry, source)


def _write_folder(target: Path, files: Mapping[str, Content]) -> None:
    target.mkdir()
    for path, content in files.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        else:
            shutil.copyfile(content, place)
