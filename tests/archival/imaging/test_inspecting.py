"""The first look at delivered files: counted, measured, barcodes read; what is broken is told page by page."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import zxingcpp
from PIL import Image
from tests.archival.imaging.test_measuring import page

from lantai.archival.imaging.inspecting import InspectedFile, inspect_file, read_barcodes


def look(path: Path, data: bytes, first: int = 1, count: int = 100) -> InspectedFile:
    path.write_bytes(data)
    return inspect_file(path, first, count)


def encoded(picture: Image.Image, format: str, **more: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, format, **more)
    return made.getvalue()


def barcode_sheet(text: str, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> Image.Image:
    sheet = Image.new("L", (1654, 2339), 255)
    code = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=4)
    sheet.paste(Image.fromarray(np.array(code, copy=False)), (400, 500))
    return sheet


def test_a_tiff_of_many_pages_is_looked_at_in_portions(tmp_path: Path) -> None:
    pages = [page((1654, 2339), seed=seed, mode="L") for seed in range(3)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(200, 200), compression="tiff_lzw")
    found = look(tmp_path / "a.tif", data, 2, 1)
    assert (found.format, found.pages, [each.frame for each in found.looked]) == ("tiff", 3, [2])
    measures = found.looked[0].measures
    assert measures is not None
    assert (measures.width, measures.dpi, measures.paper, measures.mode) == (1654, 200, "A4", "grey")


def test_the_resolution_of_a_pdf_is_that_of_its_picture(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    jpeg = encoded(page((1240, 1754)), "JPEG")
    image = pdf.make_stream(
        jpeg, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1240, Height=1754,
        ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    pdf.pages[0].Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    pdf.save(tmp_path / "a.pdf")
    found = inspect_file(tmp_path / "a.pdf", 1, 10)
    measures = found.looked[0].measures
    assert measures is not None
    assert (measures.width, measures.height, measures.dpi, measures.mode) == (1240, 1754, 150, "colour")


@pytest.mark.parametrize(
    "kind", [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39]
)
@pytest.mark.parametrize("turn", [0, 90, 180, 3])
def test_barcodes_are_read_however_the_sheet_lay(tmp_path: Path, kind: zxingcpp.BarcodeFormat, turn: int) -> None:
    sheet = barcode_sheet("X101-2020-Y-0001", kind).rotate(turn, expand=True, fillcolor=255)
    found = look(tmp_path / "a.png", encoded(sheet, "PNG"))
    assert found.looked[0].barcodes == ("X101-2020-Y-0001",)
    assert look(tmp_path / "b.png", encoded(page(mode="L"), "PNG")).looked[0].barcodes == ()


@pytest.mark.parametrize("kind", [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
def test_a_code_with_the_middle_dot_is_told_whatever_its_encoding(kind: zxingcpp.BarcodeFormat) -> None:
    assert "X101-WS·2020-Y-0001" in read_barcodes(barcode_sheet("X101-WS·2020-Y-0001", kind))


@pytest.mark.parametrize("angle", [-8.0, -3.5, 4.0, 10.0])
def test_skew_is_measured_by_sign_and_degree(tmp_path: Path, angle: float) -> None:
    leaning = page((1240, 1754), mode="L", lines=40).rotate(
        -angle, expand=True, fillcolor=246, resample=Image.Resampling.BICUBIC
    )
    assert look(tmp_path / "a.png", encoded(leaning, "PNG")).looked[0].skew == pytest.approx(angle, abs=0.4)
    level = page((1240, 1754), mode="L", lines=40)
    assert look(tmp_path / "b.png", encoded(level, "PNG")).looked[0].skew == 0


def bomb() -> bytes:
    """A PNG of 900 megapixels in a few kilobytes."""
    side = 30_000
    rows = zlib.compress(b"\0" * (side // 8 + 1) * 200, 9)

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side * 20, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def test_what_is_no_scan_is_refused_in_words(tmp_path: Path) -> None:
    whole = encoded(page((1240, 1754)), "JPEG")
    assert look(tmp_path / "a.txt", "不是图".encode()).problem == (
        "不是扫描图像或 PDF",
        "neither a scanned image nor a PDF",
    )
    assert look(tmp_path / "b.jpg", b"").problem is not None
    assert look(tmp_path / "c.jpg", whole[:2]).problem is not None
    cut = look(tmp_path / "d.jpg", whole[: len(whole) // 3])
    assert cut.problem is not None or cut.looked[0].problem is not None
    swollen = look(tmp_path / "e.png", bomb())
    assert swollen.problem is not None or swollen.looked[0].problem is not None


def test_a_dot_is_measured_and_a_map_beyond_the_limit_is_told_with_its_size(tmp_path: Path) -> None:
    dot = look(tmp_path / "dot.png", encoded(Image.new("L", (1, 1), 255), "PNG"))
    assert dot.looked[0].measures is not None
    large = look(
        tmp_path / "a0.tif", encoded(Image.new("1", (13_244, 18_725), 1), "TIFF", compression="group4", dpi=(400, 400))
    )
    measures = large.looked[0].measures
    assert measures is not None
    assert (measures.width, measures.dpi, measures.paper, measures.mode) == (13_244, 400, "A0", "binary")
    larger = look(tmp_path / "b0.tif", encoded(Image.new("1", (19_866, 28_087), 1), "TIFF", compression="group4"))
    assert larger.problem is not None
    assert "557976342" in larger.problem[0]
