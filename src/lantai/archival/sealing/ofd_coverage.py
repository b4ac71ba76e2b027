"""Which members of an OFD a reader of it shows (GB/T 33190-2016 7, 10, 14, 15): what a signature must cover."""

from __future__ import annotations

from lxml import etree

from lantai.archival.formats.ofd_document import OfdDocument, OfdFault
from lantai.archival.formats.xmlsafe import every, said

_NAMED = ("MediaFile", "FontFile", "Annotations", "PublicRes", "DocumentRes", "PageRes")


def shown_members(document: OfdDocument) -> list[frozenset[str]]:
    """For each document of the file the members whose bytes decide what its pages look like: itself, pages, templates,
    resources, media, fonts and annotations. What cannot be followed is left out; it is not shown either.
    """
    try:
        roots = document.documents
        pages = document.pages
        templates = document.templates
    except OfdFault:
        return [frozenset() for _each in document.bodies]
    found = []
    for number, (path, _root) in enumerate(roots):
        waiting = [path, *(each.path for each in pages if each.document == number)]
        waiting += [member for (where, _identifier), member in templates.items() if where == number]
        found.append(frozenset(_followed(document, waiting)))
    return found


def _followed(document: OfdDocument, waiting: list[str]) -> set[str]:
    shown: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in shown or not document.has(path):
            continue
        shown.add(path)
        if path.lower().endswith(".xml"):
            waiting += _named_in(document, path)
    return shown


def _named_in(document: OfdDocument, path: str) -> list[str]:
    try:
        root = document.xml(path)
    except OfdFault:
        return []
    found = [
        document.resource_path(path, root, said(each))
        for name in _NAMED
        for each in every(root, name)
        if said(each) and not len(each)
    ]
    return found + [document.resolve(path, said(each)) for each in _annotation_files(root)]


def _annotation_files(root: etree._Element) -> list[etree._Element]:
    """The files of pages' annotations that a list of annotations names."""
    if not isinstance(root.tag, str) or not root.tag.endswith("Annotations"):
        return []
    return [each for each in every(root, "FileLoc") if said(each)]
