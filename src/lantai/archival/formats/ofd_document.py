"""An OFD file (GB/T 33190-2016) taken apart safely: its members, documents, pages and resources."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from lxml import etree

from lantai.archival.formats.containers import ZIP_FAULTS, ofd_entry
from lantai.archival.formats.xmlsafe import XmlFault, every, first, parse_xml, said

MEMBER_LIMIT = 64 * 1024 * 1024
"""Bytes one member may unpack to."""

MEMBERS_LIMIT = 100_000

TEMPLATES_LIMIT = 200
"""Templates one page may stand on, each as often as it is drawn."""

SIDE_LIMIT = 20_000.0
"""Millimetres a page may be wide or high: twenty metres."""

SHAPE_LIMIT = 200.0
"""How many times longer than the other a side of a page may be."""


class OfdFault(ValueError):
    """The OFD cannot be followed: ``key`` is a row of ``sentences.toml``, ``detail`` names the member."""

    def __init__(self, key: str, detail: object = "") -> None:
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


@dataclass(frozen=True, slots=True)
class OfdPage:
    """One page: its identifier, the member it lies in, and the document it belongs to."""

    identifier: str
    path: str
    document: int


class OfdDocument:
    """An open OFD file. All documents (DocBody) in it count as one run of pages, in their order.

    Args:
        file: seekable; the caller keeps and closes it.

    ``twice`` names members that lie in it more than once; the last one is read.

    Raises:
        OfdFault: not a ZIP, encrypted, a member's path is not safe, or the main entry is broken.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except ZIP_FAULTS as failure:
            raise OfdFault("damaged", failure) from None
        entries = self._archive.infolist()
        if len(entries) > MEMBERS_LIMIT:
            raise OfdFault("too-large", f"{len(entries)} members")
        if any(each.flag_bits & 1 for each in entries):
            raise OfdFault("encrypted")
        self._members: dict[str, zipfile.ZipInfo] = {}
        twice: list[str] = []
        for each in entries:
            name = each.filename.replace("\\", "/").lstrip("/")
            if ".." in name.split("/"):
                raise OfdFault("part-unsafe", each.filename)
            if not name.endswith("/"):
                if name in self._members:
                    twice.append(name)
                self._members[name] = each
        self.twice = tuple(twice)
        entry = ofd_entry(list(self._members))
        if entry is None:
            raise OfdFault("part-missing", "OFD.xml")
        self.entry = entry
        self.root = self.xml(entry)

    @classmethod
    def from_bytes(cls, data: bytes) -> OfdDocument:
        """The same, over bytes in memory."""
        return cls(io.BytesIO(data))

    @property
    def names(self) -> tuple[str, ...]:
        """The members' paths from the root, without leading slash, folders left out."""
        return tuple(self._members)

    def has(self, path: str) -> bool:
        """Whether there is such a member."""
        return path in self._members

    def read(self, path: str) -> bytes:
        """A member's bytes.

        Raises:
            OfdFault: missing, broken, or larger than ``MEMBER_LIMIT``.
        """
        member = self._members.get(path)
        if member is None:
            raise OfdFault("part-missing", path)
        try:
            with self._archive.open(member) as stream:
                data = stream.read(MEMBER_LIMIT + 1)
        except ZIP_FAULTS as failure:
            raise OfdFault("damaged", f"{path}: {failure}") from None
        if len(data) > MEMBER_LIMIT:
            raise OfdFault("too-large", path)
        return data

    def xml(self, path: str) -> etree._Element:
        """A member parsed as XML.

        Raises:
            OfdFault: as ``read``, or it is not well formed.
        """
        try:
            return parse_xml(self.read(path))
        except XmlFault as failure:
            raise OfdFault("not-well-formed", f"{path}: {failure}") from None

    def resolve(self, beside: str, location: str) -> str:
        """The member a location written in *beside* means (clause 7.2, ST_Loc), absolute or relative.

        Writers disagree about what a relative location starts from; where nothing lies beside the naming file, the
        document's folder and the root are tried.
        """
        location = location.strip().replace("\\", "/")
        if location.startswith("/"):
            return posixpath.normpath(location.lstrip("/"))
        folder = posixpath.dirname(beside)
        asked = posixpath.normpath(posixpath.join(folder, location))
        for start in (folder, folder.split("/", 1)[0], ""):
            path = posixpath.normpath(posixpath.join(start, location))
            if path in self._members:
                return path
        return asked

    @cached_property
    def bodies(self) -> list[etree._Element]:
        """The DocBody elements."""
        return every(self.root, "DocBody")

    @cached_property
    def documents(self) -> list[tuple[str, etree._Element]]:
        """Path and root element of every document's ``Document.xml``.

        Raises:
            OfdFault: one is missing or broken.
        """
        found = []
        for body in self.bodies:
            location = said(first(body, "DocRoot"))
            if not location:
                raise OfdFault("part-missing", "DocRoot")
            path = self.resolve(self.entry, location)
            found.append((path, self.xml(path)))
        if not found:
            raise OfdFault("part-missing", "DocBody")
        return found

    @cached_property
    def pages(self) -> list[OfdPage]:
        """All pages in reading order.

        Raises:
            OfdFault: a document is broken.
        """
        found = []
        for number, (path, document) in enumerate(self.documents):
            for page in (each for group in document.findall("{*}Pages") for each in group.findall("{*}Page")):
                found.append(OfdPage(page.get("ID", ""), self.resolve(path, page.get("BaseLoc", "")), number))
        return found

    @cached_property
    def templates(self) -> dict[tuple[int, str], str]:
        """The template pages: (document, identifier) to member."""
        return {
            (number, each.get("ID", "")): self.resolve(path, each.get("BaseLoc", ""))
            for number, (path, document) in enumerate(self.documents)
            for each in every(document, "TemplatePage")
        }

    def page_box(self, page: OfdPage, element: etree._Element) -> tuple[float, float, float, float]:
        """The physical box (x, y, width, height in millimetres) of a page, by itself or by its document.

        Raises:
            OfdFault: it is larger than ``SIDE_LIMIT`` or slimmer than ``SHAPE_LIMIT``.
        """
        for area in (first(element, "Area"), next(iter(every(self.documents[page.document][1], "PageArea")), None)):
            box = numbers(said(first(area, "PhysicalBox"))) if area is not None else []
            if len(box) == 4 and box[2] > 0 and box[3] > 0:
                if max(box[2:]) > SIDE_LIMIT or max(box[2:]) > SHAPE_LIMIT * min(box[2:]):
                    raise OfdFault("page-size", f"{box[2]:g} × {box[3]:g} mm")
                return box[0], box[1], box[2], box[3]
        return 0.0, 0.0, 210.0, 297.0

    def layers(self, page: OfdPage) -> list[etree._Element]:
        """The roots of ``placed_layers`` alone. Raises OfdFault."""
        return [root for _path, root in self.placed_layers(page)]

    def placed_layers(self, page: OfdPage) -> list[tuple[str, etree._Element]]:
        """The page's members and roots in drawing order: background templates, the page, foreground templates.

        A template may stand on templates of its own; one that stands on itself is not followed into itself. Where the
        page does not say how high a template lies, the template does (clause 7.7).

        Raises:
            OfdFault: the page or one of its templates is missing or broken, or there are too many.
        """
        left = [TEMPLATES_LIMIT]
        return list(self._stacked(page.document, page.path, self.xml(page.path), (page.path,), left))

    def _stacked(
        self, document: int, path: str, root: etree._Element, within: tuple[str, ...], left: list[int]
    ) -> Iterator[tuple[str, etree._Element]]:
        below: list[str] = []
        above: list[str] = []
        for each in root.findall("{*}Template"):
            identifier = each.get("TemplateID", "")
            member = self.templates.get((document, identifier))
            if member is None:
                raise OfdFault("part-missing", f"TemplatePage {identifier}")
            order = each.get("ZOrder") or self._template_orders.get((document, identifier), "")
            if member not in within:
                (above if order == "Foreground" else below).append(member)
        for member in below:
            yield from self._template(document, member, within, left)
        yield path, root
        for member in above:
            yield from self._template(document, member, within, left)

    def _template(
        self, document: int, member: str, within: tuple[str, ...], left: list[int]
    ) -> Iterator[tuple[str, etree._Element]]:
        left[0] -= 1
        if left[0] < 0:
            raise OfdFault("too-complex", f"> {TEMPLATES_LIMIT} TemplatePage")
        yield from self._stacked(document, member, self.xml(member), (*within, member), left)

    @cached_property
    def _template_orders(self) -> dict[tuple[int, str], str]:
        """How high each template lies where a page does not say."""
        return {
            (number, each.get("ID", "")): each.get("ZOrder", "")
            for number, (_path, document) in enumerate(self.documents)
            for each in every(document, "TemplatePage")
        }

    def resources(self, document: int, *, lenient: bool = False) -> list[tuple[str, etree._Element]]:
        """The resource files of a document: (member that base locations start from, root element).

        Args:
            document: its number in ``documents``.
            lenient: leave out those that are not there, to show what can be shown.

        Raises:
            OfdFault: one is missing (unless lenient) or broken.
        """
        path, root = self.documents[document]
        found = []
        for kind in ("PublicRes", "DocumentRes"):
            for each in every(root, kind):
                member = self.resolve(path, said(each))
                if not lenient or self.has(member):
                    found.append((member, self.xml(member)))
        return found

    def resource_path(self, member: str, root: etree._Element, location: str) -> str:
        """The member a resource's location means, which starts from the resource file's ``BaseLoc``."""
        base = (root.get("BaseLoc") or "").strip()
        if not base:
            return self.resolve(member, location)
        inside = self.resolve(member, posixpath.join(base, location.strip()))
        return inside if inside in self._members else self.resolve(member, location)


def numbers(text: str | None) -> list[float]:
    """An ST_Array of numbers; whatever is no number ends it."""
    found = []
    for part in (text or "").replace(",", " ").split():
        try:
            found.append(float(part))
        except ValueError:
            break
    return [each for each in found if abs(each) < 1e7]


def deltas(text: str | None, count: int) -> list[float]:
    """A DeltaX or DeltaY: ``g count value`` groups written out (clause 11.3).

    Args:
        text: as written.
        count: how many steps there are; where fewer are written, the last one is repeated, as readers do.

    Returns:
        *count* steps, or none where none is written.
    """
    found = written_deltas(text, count)
    return found + [found[-1]] * (count - len(found)) if found else []


def written_deltas(text: str | None, most: int) -> list[float]:
    """The steps a DeltaX or DeltaY writes, groups written out; of more than *most*, the first."""
    parts = (text or "").replace(",", " ").split()
    found: list[float] = []
    at = 0
    while at < len(parts) and len(found) < most:
        try:
            if parts[at] == "g" and at + 2 < len(parts):
                found += [float(parts[at + 2])] * min(int(parts[at + 1]), most)
                at += 3
            else:
                found.append(float(parts[at]))
                at += 1
        except (ValueError, OverflowError):
            at += 1
    return [each if abs(each) < 1e7 else 0.0 for each in found[:most]]
