"""What lies over the content of an OFD page: annotations (注释) and the pictures of seals (印章)."""

from __future__ import annotations

from lxml import etree

from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage, numbers
from lantai.archival.formats.xmlsafe import every, first, said
from lantai.archival.render.canvas import Canvas, DrawingTooLarge, matrix, number
from lantai.archival.render.matrices import moved
from lantai.archival.render.ofd_drawing import Budget, Drawing
from lantai.archival.render.ofd_resources import Pen, Resources
from lantai.archival.render.pictures import inked
from lantai.archival.sealing.seals import SealPicture, seal_picture

_SEALS_DEEP = 2
"""How deep seals may lie within seals."""


def draw_ofd_page(document: OfdDocument, page: OfdPage, resources: Resources | None = None) -> bytes:
    """A page as a one-page PDF.

    Fonts the file does not carry are replaced by ours. Annotations and seals whose parts are missing are left out.

    Args:
        document: the file.
        page: one of its pages.
        resources: of the page's document, where they were read already.

    Raises:
        OfdFault: the page, a template or a resource file is missing or broken, or there is too much of it.
        FontMissing: the house font was not built in.
    """
    left, top, width, height = document.page_box(page, document.xml(page.path))
    canvas = Canvas(width, height, left, top)
    try:
        _draw(document, page, resources or Resources(document, page.document), canvas, Budget(), 0)
    except DrawingTooLarge:
        raise OfdFault("too-complex", page.path) from None
    return canvas.finish()


def _draw(
    document: OfdDocument, page: OfdPage, resources: Resources, canvas: Canvas, budget: Budget, depth: int
) -> None:
    drawing = Drawing(resources, canvas, budget)
    drawing.layers(document, page)
    for appearance in appearances(document, page):
        box = numbers(appearance.get("Boundary"))
        canvas.save()
        if len(box) >= 2:
            canvas.transform(moved(box[0], box[1]))
        drawing.block(appearance, Pen())
        canvas.restore()
    if depth < _SEALS_DEEP:
        for key, stamp, picture in _seals(document, page):
            _stamp(key, stamp, picture, canvas, budget, depth)


def appearances(document: OfdDocument, page: OfdPage) -> list[etree._Element]:
    """The appearances of a page's visible annotations, in their order; those whose member is missing are left out.

    Raises:
        OfdFault: a member is broken.
    """
    path, root = document.documents[page.document]
    found = []
    for each in root.findall("{*}Annotations"):
        listing = document.resolve(path, said(each))
        for entry in every(document.xml(listing), "Page") if document.has(listing) else []:
            member = document.resolve(listing, said(first(entry, "FileLoc")))
            if entry.get("PageID") != page.identifier or not document.has(member):
                continue
            for annotation in every(document.xml(member), "Annot"):
                appearance = first(annotation, "Appearance")
                if appearance is not None and annotation.get("Visible", "true").lower() not in ("false", "0"):
                    found.append(appearance)
    return found


def _seals(document: OfdDocument, page: OfdPage) -> list[tuple[str, etree._Element, SealPicture]]:
    """The places where signatures put seals on this page, with their pictures."""
    found = []
    for path in _signature_files(document):
        root = document.xml(path)
        stamps = [each for each in every(root, "StampAnnot") if each.get("PageRef") == page.identifier]
        picture = _picture(document, path, root) if stamps else None
        if picture is not None:
            found += [(path, each, picture) for each in stamps]
    return found


def _signature_files(document: OfdDocument) -> list[str]:
    found = []
    for each in every(document.root, "Signatures"):
        listing = document.resolve(document.entry, said(each))
        if said(each) and document.has(listing):
            for entry in every(document.xml(listing), "Signature"):
                path = document.resolve(listing, entry.get("BaseLoc", ""))
                if document.has(path):
                    found.append(path)
    return found


def _picture(document: OfdDocument, path: str, root: etree._Element) -> SealPicture | None:
    """The picture in the signature's value, or in the seal that lies beside it (Seal.esl)."""
    seal = next(iter(every(root, "Seal")), None)
    for location in (first(root, "SignedValue"), first(seal, "BaseLoc") if seal is not None else None):
        member = document.resolve(path, said(location)) if location is not None else ""
        picture = seal_picture(document.read(member)) if document.has(member) else None
        if picture is not None:
            return picture
    return None


def _stamp(key: str, stamp: etree._Element, picture: SealPicture, canvas: Canvas, budget: Budget, depth: int) -> None:
    """A seal's picture in the stamp's box; the part *Clip* names of one set across the edges of pages (骑缝章)."""
    box = numbers(stamp.get("Boundary"))
    if len(box) != 4:
        return
    budget.spend()
    canvas.save()
    canvas.transform(moved(box[0], box[1]))
    clip = numbers(stamp.get("Clip"))
    if len(clip) == 4:
        canvas.draw(" ".join(map(number, clip)) + " re W n")
    if picture.kind == "ofd":
        _nested(picture.data, box, canvas, budget, depth)
    else:
        name = canvas.image(f"{id(picture)}:{key}", lambda: (picture.data, None))
        if name is not None:
            canvas.draw(canvas.opacity(1, 1, multiply=inked(picture.data)))
            canvas.draw(matrix(box[2], 0, 0, -box[3], 0, box[3]), f"/{name} Do")
    canvas.restore()


def _nested(data: bytes, box: list[float], canvas: Canvas, budget: Budget, depth: int) -> None:
    """A seal whose picture is itself an OFD: its first page, fitted into the stamp's box."""
    try:
        document = OfdDocument.from_bytes(data)
        page = document.pages[0]
        left, top, width, height = document.page_box(page, document.xml(page.path))
        resources = Resources(document, page.document)
    except (OfdFault, IndexError):
        return
    before = canvas.depth
    canvas.save()
    canvas.transform((box[2] / width, 0, 0, box[3] / height, 0, 0))
    canvas.transform(moved(-left, -top))
    try:
        _draw(document, page, resources, canvas, budget, depth + 1)
    except OfdFault as failure:
        if failure.key == "too-complex":
            raise
    while canvas.depth > before:
        canvas.restore()
