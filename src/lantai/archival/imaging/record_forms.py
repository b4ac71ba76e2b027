"""The forms of a digitised record (数字化成果): its masters in one ZIP file, as they came, and its dual-layer PDF with
what was read. For a limited child; the same plan gives the same bytes.
"""

from __future__ import annotations

import datetime
import io
import math
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pikepdf
import pypdfium2
from pikepdf import pdfa
from PIL import Image

from lantai.archival.fixity import digest_stream
from lantai.archival.formats import identify_quickly
from lantai.archival.formats.content import Content
from lantai.archival.formats.images import IMAGE_FAULTS, open_image
from lantai.archival.imaging.dual_layer import AccessPage, write_dual_layer_pdf
from lantai.archival.imaging.model import Corners, Line, Word, moved
from lantai.archival.imaging.pictures import Picture, mirrored, turned
from lantai.archival.imaging.repair import Matrix
from lantai.archival.render import PagedDocument, RenderRefused, open_pages

MASTERS, ACCESS = "masters.zip", "access.pdf"
"""The names of the two forms."""
_FLAVOUR = "2b"
_LARGEST_SIDE = 10_000
"""Pixels of the longer side of a picture; larger sheets are reduced, as they are to be read."""
_LONG_A4 = 11.69
_HEAD = 1 << 16
_NO_DAY = (1980, 1, 1, 0, 0, 0)


class NotMade(Exception):
    """A record's forms cannot be made; ``code`` is ``master-damaged``, ``page-damaged`` or ``check-failed``."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en = code, zh, en


@dataclass(frozen=True, slots=True)
class MasterFile:
    """A scan as it was delivered: where it lies, its name among the record's masters, its digest.

    Of a stack that holds several records ``frames`` are the places of this one's pages, each with its number in the
    record: they are taken out without loss, a PDF's as they are, a TIFF's pixel by pixel. Then ``sha256`` is empty: the
    caller knows the stack.
    """

    path: str
    name: str
    sha256: str
    frames: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page of the access copy: its place in a delivered file, and what was read there.

    ``width``, ``height`` and ``dpi`` are of the scan, in whose pixels the lines lie. ``derivative`` is the repaired
    picture, empty where none was made; ``matrix`` puts a point of the scan on it, or on the page ``turned`` upright.
    Lines are (text, corners, words), words (text, corners, confidence).
    """

    path: str
    frame: int
    width: int
    height: int
    dpi: int
    derivative: str = ""
    turned: int = 0
    mirrored: bool = False
    matrix: tuple[tuple[float, float, float], ...] = ()
    lines: tuple[tuple[str, Corners, tuple[tuple[str, Corners, float], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class FormsPlan:
    """What is to be made of one record: its title, the moment, its masters and its pages in order."""

    title: str
    made: str
    masters: tuple[MasterFile, ...]
    pages: tuple[FormPage, ...]


def write_plan(plan: FormsPlan, place: Path) -> None:
    """Write a plan where a child will read it: five hundred pages of words are too much to hand over."""
    place.write_bytes(msgspec.json.encode(plan))


def make_forms(place: Path, folder: Path) -> dict[str, Any]:
    """Make the masters' ZIP file and the access copy of a record in *folder*, and check them.

    Args:
        place: the plan, as ``write_plan`` wrote it.
        folder: empty and private; the caller removes it.

    Returns ``masters`` (``bytes``, ``sha512``, and ``files`` with name, size, offset, sha256, format, puid and
    format_name), ``access`` (``pages``, ``bytes``, ``sha256``, ``sha512``) and ``checks``; of a record of which they
    cannot be made ``refused`` (a code), ``zh`` and ``en``. Raises OSError of the medium.
    """
    plan = msgspec.json.decode(place.read_bytes(), type=FormsPlan)
    try:
        files = _write_masters(plan.masters, folder)
        access = folder / ACCESS
        with access.open("wb") as out:
            made = datetime.datetime.fromisoformat(plan.made)
            count = write_dual_layer_pdf(_pages(plan.pages), out, title=plan.title, made=made)
        checks = [{"code": "original", "passed": True, "why": "", "told": {"copy": len(files)}}]
        checks += _checked(access, plan.pages)
        if failed := [each for each in checks if not each["passed"]]:
            told = "; ".join(f"{each['code']} {each['why']} {each['told']}" for each in failed)
            raise NotMade("check-failed", f"利用副本没有通过自检：{told}", f"the access copy failed its check: {told}")
    except NotMade as refusal:
        return {"refused": refusal.code, "zh": refusal.zh, "en": refusal.en}
    return {
        "masters": {"files": files, **_digests(folder / MASTERS)},
        "access": {"pages": count, **_digests(access)},
        "checks": checks,
    }


def _digests(place: Path) -> dict[str, Any]:
    with place.open("rb") as stream:
        size, digests = digest_stream(stream, ("sha256", "sha512"))
    return {"bytes": size, **digests}


def _write_masters(masters: Sequence[MasterFile], folder: Path) -> list[dict[str, Any]]:
    """Put the masters into one ZIP file, stored as they are, and say of each what and where it is."""
    told = []
    with (folder / MASTERS).open("w+b") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for each in masters:
            for name, stream in _opened(each):
                with stream, packed.open(zipfile.ZipInfo(name, _NO_DAY), "w", force_zip64=True) as kept:
                    size, digests = digest_stream(stream, ("sha256",), sink=kept.write)
                    stream.seek(0)
                    format = identify_quickly(stream.read(_HEAD), name)
                if each.sha256 and digests["sha256"] != each.sha256:
                    where = PurePosixPath(each.path).name
                    raise NotMade(
                        "master-damaged",
                        f"扫描原图 {where} 与登记的摘要不符",
                        f"the master {where} is not what was registered",
                    )
                told.append(
                    {
                        "name": name,
                        "size": size,
                        "sha256": digests["sha256"],
                        "format": format.key if format else "",
                        "puid": format.puid if format else "",
                        "format_name": format.name if format else "",
                    }
                )
        places = {each.filename: each.header_offset for each in packed.infolist()}
    with (folder / MASTERS).open("rb") as made:
        for file in told:
            made.seek(places[str(file["name"])] + 26)
            sizes = made.read(4)
            file["offset"] = made.tell() + int.from_bytes(sizes[:2], "little") + int.from_bytes(sizes[2:], "little")
    return told


def _opened(master: MasterFile) -> Iterator[tuple[str, BinaryIO]]:
    """The files a master becomes: itself, or its record's pages taken out of a stack."""
    path = Path(master.path)
    if not master.frames:
        yield master.name, path.open("rb")
        return
    with path.open("rb") as file:
        head = file.read(5)
        yield from _from_pdf(path, master) if head == b"%PDF-" else _from_sheets(file, master)


def _from_pdf(path: Path, master: MasterFile) -> Iterator[tuple[str, BinaryIO]]:
    made = io.BytesIO()
    try:
        with pikepdf.open(path) as stack, pikepdf.new() as alone:
            for frame, _number in master.frames:
                alone.pages.append(stack.pages[frame - 1])
            alone.save(made, deterministic_id=True)
    except (pikepdf.PdfError, IndexError) as fault:
        raise _damaged(master.path, master.frames[0][0], str(fault)) from None
    made.seek(0)
    yield f"{PurePosixPath(master.name).stem}.pdf", made


def _from_sheets(file: BinaryIO, master: MasterFile) -> Iterator[tuple[str, BinaryIO]]:
    """Pages of a stack of images, each a TIFF of its own with the very same pixels."""
    image = open_image(Content(file))
    for frame, number in master.frames:
        try:
            image.seek(frame - 1)
            image.load()
            made = io.BytesIO()
            told = {name: image.info[name] for name in ("dpi", "icc_profile") if image.info.get(name)}
            packing = "group4" if image.mode == "1" else "tiff_adobe_deflate"
            image.copy().save(made, "TIFF", compression=packing, **told)
            with Image.open(made) as again:
                same = again.mode == image.mode and again.tobytes() == image.tobytes()
        except (EOFError, *IMAGE_FAULTS) as fault:
            raise _damaged(master.path, frame, str(fault)) from None
        if not same:
            raise _damaged(master.path, frame, "not taken out without loss")
        made.seek(0)
        yield f"{number:04d}.tif", made


def _pages(pages: Sequence[FormPage]) -> Iterator[AccessPage]:
    """The pages of the access copy, one by one; a file is opened once for the pages that follow each other in it."""
    opened, document = "", None
    with ExitStack() as held:
        for each in pages:
            try:
                if each.derivative:
                    with Path(each.derivative).open("rb") as picture:
                        yield _repaired(each, picture)
                    continue
                if each.path != opened or document is None:
                    held.close()
                    opened = each.path
                    document = open_pages(held.enter_context(Path(each.path).open("rb")), each.path)[1]
                yield _page(each, document)
            except RenderRefused as refused:
                where = f"{PurePosixPath(each.path).name}"
                zh = f"{where} 第 {each.frame} 页：{refused.reason_zh}"
                raise NotMade("page-damaged", zh, f"{where} #{each.frame}: {refused.reason_en}") from None


def _repaired(page: FormPage, file: BinaryIO) -> AccessPage:
    """A page as it was repaired to be read, with its lines where the matrix puts them."""
    wide, high = open_image(Content(file)).size
    picture = _pixels(open_pages(file, page.derivative)[1], 1, None)
    matrix = _matrix(page)
    lines = [moved(_line(each), matrix, wide, high) for each in page.lines]
    factor = math.sqrt(abs(float(np.linalg.det(matrix[:, :2])))) * picture.shape[1] / wide
    return AccessPage(picture, _dpi(page) * factor, _fitted(lines, wide, high, picture))


def _page(page: FormPage, document: PagedDocument) -> AccessPage:
    """A page as it was scanned, set upright where it lay otherwise."""
    factor = min(1.0, _LARGEST_SIDE / max(page.width, page.height, 1))
    picture = _pixels(document, page.frame, max(1, round(page.width * factor)))
    dpi = _dpi(page) * picture.shape[1] / max(1, page.width)
    wide, high = page.width, page.height
    lines = [_line(each) for each in page.lines]
    if page.turned or page.mirrored:
        quarters = -page.turned // 90
        picture = turned(mirrored(picture) if page.mirrored else picture, quarters)
        wide, high = (round(each * factor) for each in ((high, wide) if quarters % 2 else (wide, high)))
        lines = [moved(each, _matrix(page), wide, high) for each in lines]
    return AccessPage(picture, dpi, _fitted(lines, wide, high, picture))


def _matrix(page: FormPage) -> Matrix:
    return np.array(page.matrix, np.float64)


def _dpi(page: FormPage) -> float:
    """Pixels an inch; of a scan that does not tell, as if it were A4."""
    return max(1.0, page.dpi or max(page.width, page.height) / _LONG_A4)


def _fitted(lines: Sequence[Line], wide: int, high: int, picture: Picture) -> list[Line]:
    """Lines of a page of this size on its picture as it was drawn: smaller, or with pixels that are no squares."""
    down, across = picture.shape[:2]
    if (wide, high) == (across, down):
        return list(lines)
    fit = np.array([[across / max(1, wide), 0, 0], [0, down / max(1, high), 0]], np.float64)
    return [moved(each, fit, across, down) for each in lines]


def _pixels(document: PagedDocument, number: int, width: int | None) -> Picture:
    image = document.draw(number, width=width, dpi=None)
    return np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def _line(told: tuple[str, Corners, tuple[tuple[str, Corners, float], ...]]) -> Line:
    text, corners, words = told
    return Line(text, corners, 1.0, tuple(Word(*each) for each in words))


def _checked(access: Path, pages: Sequence[FormPage]) -> list[dict[str, Any]]:
    """The lines of the check: valid PDF/A-2b, as many pages, and every character that was read."""
    data = access.read_bytes()
    report = pdfa.validate_written(io.BytesIO(data), _FLAVOUR)
    why = "" if report.passed else report.summary(limit=5)
    told = {"flavour": _FLAVOUR, "findings": len(report.findings)}
    lines: list[dict[str, Any]] = [{"code": "valid", "passed": report.passed, "why": why, "told": told}]
    with pypdfium2.PdfDocument(data) as document:
        count = len(document)
        lines.append({"code": "pages", "passed": count == len(pages), "why": "",
                      "told": {"original": len(pages), "copy": count}})  # fmt: skip
        missing = characters = first = 0
        for number, each in enumerate(pages[:count], 1):
            wanted = _letters("".join(line[0] for line in each.lines))
            page = document[number - 1]
            lacking = wanted - _letters(page.get_textpage().get_text_range())
            page.close()
            characters += wanted.total()
            missing += lacking.total()
            first = first or (number if lacking else 0)
    lines.append({"code": "text", "passed": not missing, "why": "",
                  "told": {"characters": characters, "missing": missing, "first": first}})  # fmt: skip
    return lines


def _letters(text: str) -> Counter[str]:
    """Letters and figures, however a program writes them."""
    folded = unicodedata.normalize("NFKC", text)
    return Counter(each for each in folded if unicodedata.category(each)[0] in "LN")


def _damaged(path: str, frame: int, why: str) -> NotMade:
    name = PurePosixPath(path).name
    return NotMade(
        "page-damaged", f"{name} 第 {frame} 页取不出来：{why}", f"{name} #{frame} cannot be taken out: {why}"
    )
