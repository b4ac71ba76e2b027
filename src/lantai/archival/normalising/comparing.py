"""The check of a copy: valid, as many pages, same text, same pictures. Nothing passes that was not looked at."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Sequence

import pikepdf
import pypdfium2
from pikepdf import pdfa
from PIL import Image, ImageChops, ImageStat

from lantai.archival.formats import extract_text
from lantai.archival.normalising.making import FLAVOUR, Making
from lantai.archival.normalising.model import CheckLine
from lantai.archival.render.model import PagedDocument
from lantai.archival.render.pages import open_pages

WIDTH = 960
"""Pixels across at which pages are drawn to be compared. Every FINER by FINER of them are made one: what differs by
less than a line's edge is not seen."""

FINER = 4
EXACT = 2_500
"""Where a page of the copy is one image of up to so many pixels across, that image is compared too, pixel by pixel."""

MEAN, SPOT = 4.0, 40.0
"""Grey levels (of 255) by which two drawn pages may differ on the whole, and in any of their squares of 12 by 12
pixels: what is missing in one place is seen there."""

EXACT_MEAN, EXACT_SPOT = 1.0, 16.0
"""The same of the image that is the page: no more than its packing loses."""

_SQUARE = 12
_MISSING = 0.02
"""Share of the letters of an Office document that may be another character in its copy."""

_SHEETS = frozenset(("xlsx", "xlsm", "xltx", "xlsb", "xls", "ods", "et"))


def check_copy(data: bytes, key: str, name: str, way: str, copy: Making) -> tuple[CheckLine, ...]:
    """Every line of the check of *copy*, made of the file *data* (our *key*, its *name*) in one of ``WAYS``."""
    made = open_pages(copy.data, "copy.pdf")[1]
    lines = [_valid(copy.data)]
    if way == "office":
        lines += [
            CheckLine("pages", made.count > 0, told={"copy": made.count}),
            _letters(data, name, copy.data, sheets=key in _SHEETS),
            CheckLine("pictures", None, why="one-program"),
        ]
    else:
        original = open_pages(data, name)[1]
        lines.append(
            CheckLine("pages", made.count == original.count, told={"original": original.count, "copy": made.count})
        )
        if made.count == original.count:
            looks = _filled_in(data, copy.data) if way == "pdf" else _pictures(original, made, copy.data, way)
            lines += [_text(data, original, copy.data, way), looks]
    lines.append(_complete(copy))
    return tuple(lines)


def _valid(data: bytes) -> CheckLine:
    report = pdfa.validate_written(io.BytesIO(data), FLAVOUR)
    told: dict[str, str | int] = {"flavour": FLAVOUR, "findings": len(report.findings)}
    return CheckLine("valid", report.passed, told=told, why=report.summary(limit=5) if not report.passed else "")


def _text(data: bytes, original: PagedDocument, copy: bytes, way: str) -> CheckLine:
    """The characters of each page, in both; an image has none, and its copy must have none."""
    after = said_by_pdf(copy)
    before = said_by_pdf(data) if way == "pdf" else said_by_pages(original)
    differing = [number for number, (one, other) in enumerate(zip(before, after, strict=True), 1) if one != other]
    characters = sum(sum(each.values()) for each in before)
    told = {"characters": characters, "pages_differing": len(differing), "first": differing[0] if differing else 0}
    return CheckLine("text", not differing, told=told)


def said_by_pdf(data: bytes) -> list[Counter[str]]:
    """The characters of each page of a PDF, blanks left out."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [_counted(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def said_by_pages(document: PagedDocument) -> list[Counter[str]]:
    """The same of any document that has pages."""
    return [_counted("".join(each.text for each in document.lines(number))) for number in range(1, document.count + 1)]


def _counted(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def _letters(data: bytes, name: str, copy: bytes, *, sheets: bool) -> CheckLine:
    """The letters (of spreadsheets without figures, which are shown as their cells format them) of the whole document.

    Headings that repeat on every page may be more often in the copy; nothing may be less often.
    """
    kinds = ("L",) if sheets else ("L", "N")
    before = Counter(_among(extract_text(data, name), kinds))
    if not before:
        return CheckLine("text", None, why="no-own-text")
    after: Counter[str] = Counter()
    for page in said_by_pdf(copy):
        after.update(_among("".join(page.elements()), kinds))
    missing = sum((before - after).values())
    told: dict[str, str | int] = {"characters": sum(before.values()), "missing": missing}
    return CheckLine("text", missing <= _MISSING * sum(before.values()), told=told)


def _among(text: str, kinds: Sequence[str]) -> str:
    return "".join(
        each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each).startswith(tuple(kinds))
    )


def _pictures(original: PagedDocument, copy: PagedDocument, data: bytes, way: str) -> CheckLine:
    """Every page of both, drawn and compared; *data* is the copy. Of images and OFD its pages are images."""
    mean = spot = 0.0
    worst, fails = 0, False
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            image = _only_image(page) if way in ("image", "ofd") else None
            one = original.draw(number, width=image.width if image is not None else WIDTH, dpi=None).convert("L")
            found = [(differences(_small(one), _small(copy.draw(number, width=WIDTH, dpi=None))), MEAN, SPOT)]
            if image is not None:
                found.append((differences(one, image.as_pil_image().convert("L")), EXACT_MEAN, EXACT_SPOT))
            for (whole, square), most_whole, most_square in found:
                fails = fails or whole > most_whole or square > most_square
                if square > spot:
                    spot, worst = square, number
                mean = max(mean, whole)
    told: dict[str, str | int] = {"mean": f"{mean:.2f}", "spot": f"{spot:.0f}", "page": worst}
    return CheckLine("pictures", not fails, told=told)


def _filled_in(data: bytes, copy: bytes) -> CheckLine:
    """Every page of a PDF and of its copy drawn by one program, with what stands in the fields of forms (seals too)."""
    mean = spot = 0.0
    worst = 0
    with pypdfium2.PdfDocument(data) as one, pypdfium2.PdfDocument(copy) as other:
        for document in (one, other):
            document.init_forms()
        for number in range(len(one)):
            pages = (_drawn(document, number) for document in (one, other))
            whole, square = differences(*(_small(each) for each in pages))
            if square > spot:
                spot, worst = square, number + 1
            mean = max(mean, whole)
    told: dict[str, str | int] = {"mean": f"{mean:.2f}", "spot": f"{spot:.0f}", "page": worst}
    return CheckLine("pictures", mean <= EXACT_MEAN and spot <= EXACT_SPOT, told=told)


def _drawn(document: pypdfium2.PdfDocument, index: int) -> Image.Image:
    page = document[index]
    try:
        scale = min(WIDTH / page.get_width(), 8_000 / page.get_height())
        drawn: Image.Image = page.render(scale=scale).to_pil()
        return drawn
    finally:
        page.close()


def _only_image(page: pikepdf.Page) -> pikepdf.PdfImage | None:
    """The image that is the page, if there is just one and it is not too large."""
    images = list(page.get_images(recursive=False).values())
    image = pikepdf.PdfImage(images[0]) if len(images) == 1 else None  # type: ignore[arg-type]  # an image is a stream
    return image if image is not None and WIDTH < image.width <= EXACT else None


def _small(page: Image.Image) -> Image.Image:
    """A drawn page as it is compared: WIDTH over FINER pixels across."""
    width = WIDTH // FINER
    size = (width, max(1, round(page.height * width / page.width)))
    return page.convert("L").resize(size, Image.Resampling.BOX)


def differences(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """By how many grey levels two pages differ on the whole, and in the square where they differ most."""
    if abs(one.height / one.width - other.height / other.width) > 0.02:
        return 255.0, 255.0
    apart = ImageChops.difference(one, other.resize(one.size) if other.size != one.size else other)
    squares = apart.reduce(_SQUARE)
    return ImageStat.Stat(apart).mean[0], float(squares.getextrema()[1])  # type: ignore[arg-type]


def _complete(copy: Making) -> CheckLine:
    """Whether all that the document shows could be drawn."""
    why = "; ".join(f"{page}: {note.en}" for page, note in copy.notes[:5])
    return CheckLine("complete", not copy.notes, why=why, told={"notes": len(copy.notes)})
