"""OFD (GB/T 33190-2016): whether all of it is there, its pages, attachments and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from lantai.archival.formats.cleaning import TEXT_LIMIT, clean
from lantai.archival.formats.content import Content
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage, deltas, numbers
from lantai.archival.formats.reading import Reading, fault, unreadable
from lantai.archival.formats.xmlsafe import every, first, said

_ASCENT = 0.88
"""How far characters reach above the baseline, in parts of their size."""

_INFORMATION = {
    "DocID": "document_id",
    "Title": "title",
    "Author": "author",
    "CreationDate": "created",
    "ModDate": "modified",
    "Creator": "producer",
    "CreatorVersion": "producer_version",
}


def read_ofd(content: Content, *, text: bool) -> Reading:
    """Open an OFD: every page, template and resource it names must be there and parse.

    Args:
        content: the file.
        text: whether to gather the text of all pages in reading order.
    """
    try:
        document = OfdDocument(content.file())
    except OfdFault as failure:
        return unreadable(failure.key, failure.detail, encrypted=failure.key == "encrypted")
    attributes = _attributes(document)
    pages: list[OfdPage] = []
    try:
        pages = document.pages
        missing = list(_missing_parts(document))
        words: list[str] = []
        held = 0
        for number, page in enumerate(pages):
            layers = document.layers(page)
            if number == 0:
                box = document.page_box(page, document.xml(page.path))
                attributes |= {"width_mm": f"{box[2]:.1f}", "height_mm": f"{box[3]:.1f}"}
            if text and held < TEXT_LIMIT:
                words.append(page_text(layers))
                held += len(words[-1])
        attached = _attachments(document)
    except OfdFault as failure:
        return Reading(False, fault(failure.key, failure.detail), len(pages) or None, attributes=attributes)
    if attached:
        attributes["attachments"] = "\n".join(attached)
    if not pages:
        return Reading(False, fault("no-pages"), 0, attributes=attributes)
    return Reading(
        readable=not missing,
        fault=fault("part-missing", ", ".join(missing[:20])) if missing else "",
        pages=len(pages),
        active_content=("embedded-file",) if attached else (),
        attributes=attributes,
        text=clean("\n".join(words)) if text else None,
    )


def ofd_text(content: Content) -> str:
    """The text of all pages alone, in reading order, cut at ``TEXT_LIMIT`` characters; empty where the file does not
    open."""
    words: list[str] = []
    held = 0
    try:
        document = OfdDocument(content.file())
        for page in document.pages:
            if held < TEXT_LIMIT:
                words.append(page_text(document.layers(page)))
                held += len(words[-1])
    except OfdFault:
        return ""
    return clean("\n".join(words))


def _attributes(document: OfdDocument) -> dict[str, str]:
    namespace = document.root.tag.partition("}")[0].lstrip("{")
    found = {"namespace": namespace, "ofd_version": document.root.get("Version", "")}
    information = next(iter(every(document.root, "DocInfo")), None)
    if information is not None:
        for tag, name in _INFORMATION.items():
            value = said(first(information, tag))
            if value:
                found[name] = clean(value)[:500]
    if len(document.bodies) > 1:
        found["documents"] = str(len(document.bodies))
    return found


def _missing_parts(document: OfdDocument) -> Iterator[str]:
    """Fonts and media that resource files name and the package does not hold."""
    for number in range(len(document.documents)):
        for member, root in document.resources(number):
            for kind in ("MediaFile", "FontFile"):
                for each in every(root, kind):
                    path = document.resource_path(member, root, said(each))
                    if said(each) and not document.has(path):
                        yield path


def _attachments(document: OfdDocument) -> list[str]:
    found = []
    for path, root in document.documents:
        for each in root.findall("{*}Attachments"):
            member = document.resolve(path, said(each))
            for attachment in every(document.xml(member), "Attachment"):
                found.append(attachment.get("Name", ""))
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """The text of one TextCode, placed: left end and baseline in millimetres of the page, size, and right end; and the
    box around it however it is turned: left, top, right, bottom."""

    x: float
    y: float
    size: float
    end: float
    text: str
    box: tuple[float, float, float, float]


def text_runs(root: etree._Element) -> Iterator[Run]:
    """Every TextCode of a page or template, in document order, with its place.

    Characters that DeltaX places from right to left are turned into reading order.
    """
    for each in root.iter("{*}TextObject"):
        box = numbers(each.get("Boundary"))
        matrix = numbers(each.get("CTM"))
        if len(matrix) != 6:
            matrix = [1, 0, 0, 1, 0, 0]
        left, top = (box[0], box[1]) if len(box) >= 2 else (0.0, 0.0)
        size = next(iter(numbers(each.get("Size"))), 3.5)
        scale = next(iter(numbers(each.get("HScale"))), 1.0)
        x = y = 0.0
        for code in each.iter("{*}TextCode"):
            x = next(iter(numbers(code.get("X"))), x)
            y = next(iter(numbers(code.get("Y"))), y)
            written = (code.text or "").replace("\r", "").replace("\n", "")
            if not written.strip():
                continue
            steps = deltas(code.get("DeltaX"), len(written) - 1)
            if steps and sum(steps) < 0 and not code.get("DeltaY"):
                written = "".join(_left_to_right(written, steps))
            width = abs(sum(steps)) + size if steps else size * len(written)
            shown = size * abs(matrix[3] or matrix[1] or 1)
            at = left + matrix[0] * x + matrix[2] * y + matrix[4]
            line = top + matrix[1] * x + matrix[3] * y + matrix[5]
            placed = (matrix[:4], left + matrix[4], top + matrix[5])
            around = _box(code, written, x, y, size, scale, placed)
            yield Run(at, line, shown, at + abs(matrix[0]) * width, written, around)


def _box(
    code: etree._Element,
    written: str,
    x: float,
    y: float,
    size: float,
    scale: float,
    placed: tuple[list[float], float, float],
) -> tuple[float, float, float, float]:
    """The box around the cells of a TextCode's characters, as its matrix places them."""
    (a, b, c, d), left, top = placed
    steps = [deltas(code.get(name), len(written)) for name in ("DeltaX", "DeltaY")]
    across: list[float] = []
    down: list[float] = []
    for index, character in enumerate(written):
        wide = size * scale * (0.55 if character.isascii() else 1.0)
        for u, v in ((x, y - _ASCENT * size), (x + wide, y + (1 - _ASCENT) * size)):
            across += [a * u + c * v + left]
            down += [b * u + d * v + top]
        if steps[0] or steps[1]:
            x, y = x + (steps[0][index] if steps[0] else 0.0), y + (steps[1][index] if steps[1] else 0.0)
        else:
            x += wide
    return min(across), min(down), max(across), max(down)


def _left_to_right(written: str, steps: list[float]) -> list[str]:
    at = 0.0
    placed = [(0.0, written[0])]
    for character, step in zip(written[1:], [*steps, *[0.0] * len(written)], strict=False):
        at += step
        placed.append((at, character))
    return [character for _, character in sorted(placed, key=lambda each: each[0])]


def page_text(layers: list[etree._Element]) -> str:
    """The words of a page as they are read: lines from top to bottom, in a line from left to right."""
    runs = sorted((run for root in layers for run in text_runs(root)), key=lambda run: (run.y, run.x))
    lines: list[list[Run]] = []
    for run in runs:
        if lines and abs(lines[-1][0].y - run.y) <= 0.4 * min(lines[-1][0].size, run.size):
            lines[-1].append(run)
        else:
            lines.append([run])
    return "\n".join(_line(line) for line in lines)


def _line(runs: list[Run]) -> str:
    parts: list[str] = []
    end = None
    for run in sorted(runs, key=lambda each: each.x):
        if end is not None and run.x - end > 0.3 * run.size:
            parts.append(" ")
        parts.append(run.text)
        end = run.end
    return "".join(parts)


def page_runs(document: OfdDocument, page: OfdPage) -> list[Run]:
    """All placed text of one page, templates included.

    Raises:
        OfdFault: the page cannot be followed.
    """
    return [run for root in document.layers(page) for run in text_runs(root)]
