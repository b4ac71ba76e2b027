"""What a reader has to know of an OFD page that could not be drawn as its maker saw it."""

from __future__ import annotations

import io

from lxml import etree
from PIL import Image

from lantai.archival.formats.images import IMAGE_FAULTS
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage
from lantai.archival.formats.xmlsafe import every
from lantai.archival.render.fonts import shows, unshown
from lantai.archival.render.model import Note, missing_characters
from lantai.archival.render.ofd_annotations import appearances
from lantai.archival.render.ofd_resources import Resources
from lantai.archival.render.pictures import JBIG2, PIXELS


def page_notes(document: OfdDocument, page: OfdPage, resources: Resources) -> tuple[Note, ...]:
    """Characters no font shows, fonts that are broken, and images that are missing or cannot be read.

    Raises:
        OfdFault: the page cannot be followed.
    """
    roots = [*document.layers(page), *appearances(document, page)]
    notes = [*_fonts(roots, resources), *_images(roots, document, resources)]
    words = "".join(_without_glyph(each, resources) for root in roots for each in root.iter("{*}TextObject"))
    lacking = unshown(words) if words else []
    return tuple(notes + ([missing_characters(lacking)] if lacking else []))


def _without_glyph(element: etree._Element, resources: Resources) -> str:
    """The characters of a text object that its own font does not show."""
    face = resources.face(element.get("Font", ""))
    written = "".join(each.text or "" for each in every(element, "TextCode"))
    if face is None:
        return written
    if every(element, "CGTransform"):
        return ""
    return "".join(each for each in written if not face.glyph(each) and shows(each))


def _fonts(roots: list[etree._Element], resources: Resources) -> list[Note]:
    used = dict.fromkeys(each.get("Font", "") for root in roots for each in root.iter("{*}TextObject"))
    notes = []
    for identifier in used:
        path, description = resources.fonts.get(identifier, ("", None))
        if path and description is not None and resources.face(identifier) is None:
            name = description.get("FontName", identifier)
            notes.append(
                Note(
                    f"内嵌字体“{name}”缺失或损坏，以本系统的字体代替",
                    f"the embedded font “{name}” is missing or broken; one of ours stands in",
                )
            )
    return notes


def _images(roots: list[etree._Element], document: OfdDocument, resources: Resources) -> list[Note]:
    notes = []
    for identifier in dict.fromkeys(
        each.get("ResourceID", "") for root in roots for each in root.iter("{*}ImageObject")
    ):
        path = resources.media.get(identifier, "")
        if not document.has(path):
            named = path or identifier
            notes.append(Note(f"缺少图像“{named}”", f"the image “{named}” is missing"))
        elif not _readable(document, path):
            notes.append(Note(f"图像“{path}”无法读取，未画出", f"the image “{path}” cannot be read and was not drawn"))
    return notes


def _readable(document: OfdDocument, path: str) -> bool:
    try:
        data = document.read(path)
        if data.startswith(JBIG2):
            return True
        with Image.open(io.BytesIO(data)) as image:
            return image.width * image.height <= PIXELS
    except (OfdFault, *IMAGE_FAULTS):
        return False
