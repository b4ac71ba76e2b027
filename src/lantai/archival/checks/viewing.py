"""What a reader sees of one file of a stored package: its pages as images, their words with places. For a child.

A child keeps the last document open that it looked at, so that the pages of a long one are not each paid for with
reading the whole file.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from lantai.archival.formats import characterise, extract_text, sentence
from lantai.archival.formats.content import IN_MEMORY
from lantai.archival.packages import Component, open_component
from lantai.archival.render import (
    ConverterMissing,
    OfficeDocument,
    PagedDocument,
    RenderRefused,
    convert_office,
    draw_page,
    open_pages,
)
from lantai.archival.vault import StoredFile

LARGEST = 4 * 1024 * 1024 * 1024
"""Files up to this many bytes are looked at; Office files, which are read whole, up to CONVERTED."""
CONVERTED = 256 * 1024 * 1024
LINES_A_PAGE = 400
UPRIGHT = 1.4142
"""Height over width of the place kept for a page that cannot be followed."""
SEARCHED_PAGES = 2_000
"""Pages a search inside one file goes through."""

_open: dict[str, tuple[str, PagedDocument]] = {}
_held: list[BinaryIO] = []
"""The document last looked at, and the file it reads."""


def view_pages(path: Path, component: Component | None, first: int, count: int, key: bytes = b"") -> dict[str, Any]:
    """How many pages the file has, and of *count* pages from *first* on their words with places.

    Args:
        path: the package; the file itself when *component* is None.
        component: the file in the package.
        first: the first page wanted, from 1.
        count: how many pages.
        key: what opens a sealed package (``vault.StoredFile``).

    Returns ``format``, ``pages``, ``shapes``: for each page its height over its width, ``lines``: for each page a
    list of ``[text, x, y, width, height]``, and ``notes``: for each page a list of ``[Chinese, English]``, among them
    why a page cannot be followed. A file that cannot be shown gives ``refused_zh`` and ``refused_en``
    instead, and ``convert``, its format, where it can be shown once ``convert_file`` made a PDF of it. Raises OSError
    of the medium.
    """

    def look(format: str, document: PagedDocument) -> dict[str, Any]:
        numbers = range(first, min(document.count, first + count - 1) + 1)
        seen = [_page_seen(document, number) for number in numbers]
        return {
            "format": format,
            "pages": document.count,
            "shapes": [shape for shape, _lines, _notes in seen],
            "lines": [lines for _shape, lines, _notes in seen],
            "notes": [notes for _shape, _lines, notes in seen],
        }

    return _looked(StoredFile(path, key), component, look)


def _page_seen(document: PagedDocument, number: int) -> tuple[float, list[list[Any]], list[list[str]]]:
    """Shape, lines and notes of one page. One that cannot be followed does not keep the others from being seen."""
    try:
        lines = [
            [each.text, round(each.x, 4), round(each.y, 4), round(each.width, 4), round(each.height, 4)]
            for each in document.lines(number)[:LINES_A_PAGE]
        ]
        return round(document.shape(number), 4), lines, _notes(document, number)
    except RenderRefused as refusal:
        return UPRIGHT, [], [[refusal.reason_zh, refusal.reason_en]]


def tell_notes(path: Path, component: Component | None, key: bytes = b"") -> dict[str, Any]:
    """What has to be known of how pages are shown: ``notes``, a list of ``[page, Chinese, English]`` of at most
    SEARCHED_PAGES pages; or why not, as above."""

    def look(_format: str, document: PagedDocument) -> dict[str, Any]:
        numbers = range(1, min(document.count, SEARCHED_PAGES) + 1)
        return {"notes": [[number, *each] for number in numbers for each in _notes(document, number)]}

    return _looked(StoredFile(path, key), component, look)


def _notes(document: PagedDocument, number: int) -> list[list[str]]:
    """The notes of one page, or why it cannot be followed."""
    try:
        return [[each.zh, each.en] for each in document.notes(number)]
    except RenderRefused as refusal:
        return [[refusal.reason_zh, refusal.reason_en]]


def view_image(
    path: Path, component: Component | None, number: int, width: int, format: str, key: bytes = b""
) -> dict[str, Any]:
    """Page *number* as an image *width* pixels wide, or in the size it is drawn in when *width* is 0.

    Args:
        path, component, key: as for ``view_pages``.
        number: from 1.
        width: in pixels.
        format: ``png``, or ``screen``: WebP or JPEG, whichever suits.

    Returns ``data``, ``width``, ``height`` and ``mime``; or why not, as above.
    """

    def look(_format: str, document: PagedDocument) -> dict[str, Any]:
        image = draw_page(document, number, width=width or None, format="png" if format == "png" else "screen")
        return {"data": image.data, "width": image.width, "height": image.height, "mime": image.mime}

    return _looked(StoredFile(path, key), component, look)


def find_words(path: Path, component: Component | None, words: Sequence[str], key: bytes = b"") -> dict[str, Any]:
    """On which pages any of *words* stands: ``found``, a list of ``[page, how often]``; or why not, as above.

    At most SEARCHED_PAGES pages are gone through.
    """
    pattern = words_pattern(words)

    def look(_format: str, document: PagedDocument) -> dict[str, Any]:
        counts = (
            (number, len(pattern.findall("\n".join(each.text for each in document.lines(number)))) if pattern else 0)
            for number in range(1, min(document.count, SEARCHED_PAGES) + 1)
        )
        return {"found": [[number, count] for number, count in counts if count]}

    return _looked(StoredFile(path, key), component, look)


def words_pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """What finds any of *words* in lines joined by line ends, also where a line end cuts a word; None for no words."""
    wanted = sorted({each for each in words if each.strip()}, key=len, reverse=True)
    written = ["[\\s]*".join(re.escape(letter) for letter in each if not letter.isspace()) for each in wanted]
    return re.compile("|".join(written), re.IGNORECASE) if written else None


def convert_file(
    path: Path, component: Component, folder: Path, seconds: float, memory_bytes: int, key: bytes = b""
) -> dict[str, Any]:
    """Let LibreOffice make a PDF of an Office file: ``made``, its place in *folder*; or why not, as above, and
    ``missing`` where there is no LibreOffice.

    Args:
        path, component, key: as for ``view_pages``.
        folder: empty and private; the caller removes it.
        seconds, memory_bytes: limits of the conversion.
    """
    try:
        data = _bytes(StoredFile(path, key), component)
        try:
            open_pages(data, component.path)
        except OfficeDocument as office:
            made = convert_office(data, office.key, folder, seconds=seconds, memory_bytes=memory_bytes)
            return {"made": made.relative_to(folder).as_posix()}
    except ConverterMissing as missing:
        return {**_said(missing), "missing": True}
    except RenderRefused as refusal:
        return _said(refusal)
    return {"refused_zh": "不是 Office 文件", "refused_en": "this is no Office file"}


def read_words(path: Path, component: Component) -> dict[str, Any]:
    """What a file is and what it says: ``format``, ``puid``, ``name``, ``text``, and ``fault_zh`` and ``fault_en``, the
    reason why it does not open, empty where it does."""
    try:
        data = _stream(StoredFile(path), component)
    except RenderRefused as refusal:
        return _said(refusal)
    with data:
        facts = characterise(data, component.path)
        text = extract_text(data, component.path) if facts.readable is not False else ""
    return {
        "format": facts.format.key if facts.format else "",
        "name": facts.format.name if facts.format else "",
        "puid": facts.format.puid if facts.format else "",
        "text": text,
        "fault_zh": sentence(facts.fault, "zh") if facts.readable is False else "",
        "fault_en": sentence(facts.fault, "en") if facts.readable is False else "",
    }


def count_text(path: Path, component: Component | None, key: bytes = b"") -> dict[str, Any]:
    """How many characters all pages hold: ``text_length``; or why not, as above."""

    def look(_format: str, document: PagedDocument) -> dict[str, Any]:
        numbers = range(1, document.count + 1)
        return {"text_length": sum(len(each.text) for number in numbers for each in document.lines(number))}

    return _looked(StoredFile(path, key), component, look)


def look_at(
    path: Path, component: Component | None, look: Callable[[str, PagedDocument], dict[str, Any]], key: bytes = b""
) -> dict[str, Any]:
    """What *look* says of the open document, given its format; or why it cannot be shown, as above.

    Args:
        path, component, key: as for ``view_pages``.
        look: what is asked.
    """
    return _looked(StoredFile(path, key), component, look)


def _looked(
    file: StoredFile, component: Component | None, look: Callable[[str, PagedDocument], dict[str, Any]]
) -> dict[str, Any]:
    try:
        return look(*_opened(file, component))
    except OfficeDocument as office:
        return {**_said(office), "convert": office.key}
    except RenderRefused as refusal:
        return _said(refusal)


def _opened(file: StoredFile, component: Component | None) -> tuple[str, PagedDocument]:
    """The document, opened now or still open from the last look."""
    place = "" if component is None else f"{component.path} {component.offset} {component.size} {component.digests}"
    key = f"{file.path} {place}"
    if key not in _open:
        _open.clear()
        if _held:
            _held.pop().close()
        _held.append(file.open() if component is None else _stream(file, component))
        _open[key] = open_pages(_held[0], file.path.name if component is None else component.path)
    return _open[key]


def _stream(file: StoredFile, component: Component) -> BinaryIO:
    """The file where it lies; one that is compressed is inflated once, a large one into a file without a name."""
    if component.size > LARGEST:
        raise _too_large()
    stream = open_component(file, component)
    if component.method != "deflated":
        return stream
    with stream:
        whole = io.BytesIO() if component.size <= IN_MEMORY else tempfile.TemporaryFile()  # noqa: SIM115 (it stays open)
        shutil.copyfileobj(stream, whole, 1 << 20)
    return cast(BinaryIO, whole)


def _bytes(file: StoredFile, component: Component) -> bytes:
    if component.size > CONVERTED:
        raise _too_large()
    with open_component(file, component) as stream:
        return stream.read()


def _too_large() -> RenderRefused:
    return RenderRefused("文件过大，不能在线显示，可下载原文件", "the file is too large to be shown; download it")


def _said(refusal: RenderRefused) -> dict[str, Any]:
    return {"refused_zh": refusal.reason_zh, "refused_en": refusal.reason_en}
