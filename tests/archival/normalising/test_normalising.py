"""Copies in PDF/A-2b of every kind of file: valid, the same to look at and to read, or refused with the reason."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import pdfa
from PIL import Image, ImageDraw

from lantai.archival.normalising import CHECKS, way_of
from lantai.archival.normalising.comparing import check_copy, differences
from lantai.archival.normalising.converting import normalise_component
from lantai.archival.normalising.making import Making
from lantai.archival.packages import Component
from lantai.archival.render import font_path, office_program

sys.path.insert(0, str(Path(__file__).parents[1] / "render"))
from office_samples import WORDS, make_docx, make_office

MADE = "2026-11-22T09:30:00+00:00"


def picture(mode: str = "RGB", size: tuple[int, int] = (620, 877)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((50, 60, 300, 250), fill=(180, 30, 30))
    return image.convert("L").convert(mode) if mode.startswith("I") else image.convert(mode)


def written(image: Image.Image, kind: str, **more: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def drawing(pages: int = 1, **root: Any) -> bytes:
    with pikepdf.new() as pdf:
        for _page in range(pages):
            page = pdf.add_blank_page(page_size=(200, 300))
            page.Contents = pdf.make_stream(b"0.2 0.4 0.6 rg 20 20 100 100 re f")
            page.obj["/Trans"] = pikepdf.Dictionary(S=pikepdf.Name.Dissolve)
        for name, value in root.items():
            pdf.Root[f"/{name}"] = value
        buffer = io.BytesIO()
        pdf.save(buffer)
    return buffer.getvalue()


def normalised(data: bytes, name: str, folder: Path, **changes: Any) -> dict[str, Any]:
    """What the child says of a file that lies plainly in a package; the copy lies in *folder*/work."""
    package, work = folder / "package", folder / "work"
    package.write_bytes(data)
    work.mkdir(exist_ok=True)
    told: dict[str, Any] = {
        "path": name,
        "raw_name": name.encode(),
        "name_encoding": "utf-8",
        "size": len(data),
        "stored_size": len(data),
        "offset": 0,
        "method": "stored",
        "digests": {},
    }
    component = Component(**(told | changes))
    return normalise_component(package, component, work, "决定书", MADE, 100, 4 << 30)


def stands(told: dict[str, Any], folder: Path) -> None:
    """A copy that was made, is valid, and whose check has every line."""
    assert "refused" not in told, told
    assert pdfa.validate_written(folder / "work" / "copy.pdf", "2b").passed
    assert [each["code"] for each in told["checks"]] == list(CHECKS)
    assert not [each for each in told["checks"] if each["passed"] is False]


@pytest.mark.parametrize(
    ("kind", "mode", "way"),
    [
        ("JPEG", "RGB", "as-is 1"),
        ("JPEG", "L", "as-is 1"),
        ("JPEG", "CMYK", "cmyk 1"),
        ("PNG", "RGB", "lossless 1"),
        ("PNG", "P", "lossless 1"),
        ("PNG", "RGBA", "transparent 1"),
        ("TIFF", "1", "lossless 1"),
        ("GIF", "P", "lossless 1"),
        ("BMP", "RGB", "lossless 1"),
        ("WEBP", "RGB", "lossless 1"),
        ("JPEG2000", "RGB", "lossless 1"),
    ],
)
def test_an_image_is_put_in_with_its_pixels(kind: str, mode: str, way: str, tmp_path: Path) -> None:
    told = normalised(written(picture(mode), kind), "a.bin", tmp_path)
    stands(told, tmp_path)
    assert (told["way"], told["parameters"]["pixels"], told["pages"]) == ("image", way, 1)


def test_a_jpeg_keeps_its_own_bytes_and_the_page_its_size(tmp_path: Path) -> None:
    data = written(picture(), "JPEG", dpi=(300, 300))
    stands(normalised(data, "a.jpg", tmp_path), tmp_path)
    with pikepdf.open(tmp_path / "work" / "copy.pdf") as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert image.read_raw_bytes() == data
        assert [float(each) for each in pdf.pages[0].MediaBox][2] == pytest.approx(620 / 300 * 72, abs=0.01)


def test_a_photograph_taken_lying_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    stands(normalised(written(picture(), "JPEG", exif=exif), "a.jpg", tmp_path), tmp_path)
    with pikepdf.open(tmp_path / "work" / "copy.pdf") as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert (int(image.Width), int(image.Height)) == (877, 620)


def test_every_sheet_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    sheets = [picture("1"), picture("L", (400, 300)), picture("RGB")]
    told = normalised(written(sheets[0], "TIFF", save_all=True, append_images=sheets[1:]), "a.tif", tmp_path)
    stands(told, tmp_path)
    assert (told["pages"], told["parameters"]["pixels"]) == (3, "lossless 3")


def test_shades_that_would_be_lost_are_a_reason_for_no_copy(tmp_path: Path) -> None:
    told = normalised(written(picture("I;16"), "TIFF"), "a.tif", tmp_path)
    assert (told["refused"], "8位" in told["zh"], "eight bits" in told["en"]) == ("unreadable", True, True)


def test_a_pdf_is_repaired_and_its_pages_are_not_touched(tmp_path: Path) -> None:
    told = normalised(drawing(3, Lang="zh"), "a.pdf", tmp_path)
    stands(told, tmp_path)
    assert (told["way"], told["pages"], told["parameters"]["changes"].split(";")[0]) == ("pdf", 3, "Trans removed")
    assert next(each for each in told["checks"] if each["code"] == "pictures")["told"]["mean"] == "0.00"


def test_a_pdf_that_cannot_be_pdfa_is_refused_with_what_the_validator_found(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 300))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(font)))
        page.Contents = pdf.make_stream(b"BT /F 12 Tf 20 20 Td (Hello) Tj ET")
        buffer = io.BytesIO()
        pdf.save(buffer)
    told = normalised(buffer.getvalue(), "a.pdf", tmp_path)
    assert told["refused"] == "not-valid"
    assert "FontFile" in told["en"] or "font" in told["en"].lower()
    assert list((tmp_path / "work").iterdir()) == []


def sealed_drawing() -> bytes:
    """A page with a signature's field that shows a red seal."""
    with pikepdf.open(io.BytesIO(drawing())) as pdf:
        look = pdf.make_stream(b"0.8 0.1 0.1 rg 0 0 60 60 re f")
        look["/Type"], look["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        look["/BBox"] = pikepdf.Array([0, 0, 60, 60])
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Sig,
                T=pikepdf.String("s"),
                F=132,
                Rect=pikepdf.Array([120, 200, 180, 260]),
                AP=pikepdf.Dictionary(N=pdf.make_indirect(look)),
            )
        )
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]), SigFlags=3)
        buffer = io.BytesIO()
        pdf.save(buffer)
    return buffer.getvalue()


def test_a_seal_is_shown_in_the_copy_and_one_that_is_missing_is_seen(tmp_path: Path) -> None:
    data = sealed_drawing()
    told = normalised(data, "a.pdf", tmp_path)
    stands(told, tmp_path)
    assert told["parameters"]["signatures"] == "1 shown, not in force in the copy"
    normalised(drawing(), "a.pdf", tmp_path)
    without = (tmp_path / "work" / "copy.pdf").read_bytes()
    lines = check_copy(data, "pdf", "a.pdf", "pdf", Making(without, ("x",), {}))
    assert [each.code for each in lines if each.passed is False] == ["pictures"]


def test_a_page_with_a_picture_and_more_is_compared_as_a_page(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(drawing())) as pdf:
        image = pikepdf.Stream(pdf, written(picture("RGB", (1200, 900)), "JPEG"))
        for name, value in {
            "Type": pikepdf.Name.XObject,
            "Subtype": pikepdf.Name.Image,
            "Width": 1200,
            "Height": 900,
            "ColorSpace": pikepdf.Name.DeviceRGB,
            "BitsPerComponent": 8,
            "Filter": pikepdf.Name.DCTDecode,
        }.items():
            image[f"/{name}"] = value
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=pdf.make_indirect(image)))
        pdf.pages[0].Contents = pdf.make_stream(b"q 100 0 0 75 20 200 cm /I Do Q 0.2 0.4 0.6 rg 20 20 100 100 re f")
        buffer = io.BytesIO()
        pdf.save(buffer)
    stands(normalised(buffer.getvalue(), "a.pdf", tmp_path), tmp_path)


def test_an_encrypted_or_broken_pdf_is_refused(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(drawing())) as pdf:
        buffer = io.BytesIO()
        pdf.save(buffer, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert normalised(buffer.getvalue(), "a.pdf", tmp_path)["refused"] == "encrypted"
    assert normalised(drawing()[:400], "a.pdf", tmp_path)["refused"] in ("unreadable", "not-valid", "not-comparable")


def test_what_is_no_longer_what_was_registered_gets_no_copy(tmp_path: Path) -> None:
    told = normalised(drawing(), "a.pdf", tmp_path, digests={"sha256": "0" * 64})
    assert told["refused"] == "original-damaged"


def test_a_file_without_way_is_refused(tmp_path: Path) -> None:
    assert normalised(b"just words", "a.txt", tmp_path)["refused"] == "no-way"
    assert (way_of("txt"), way_of("docx"), way_of("jpeg")) == ("", "office", "image")


@pytest.mark.skipif(office_program() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("key", ["docx", "xlsx"])
def test_an_office_file_is_converted_confined_and_keeps_its_words(key: str, tmp_path: Path) -> None:
    data = make_docx() if key == "docx" else make_office(key, tmp_path)
    told = normalised(data, f"a.{key}", tmp_path)
    stands(told, tmp_path)
    assert told["agents"][1].startswith("LibreOffice")
    text = next(each for each in told["checks"] if each["code"] == "text")
    assert text["told"]["characters"] >= len(WORDS)
    assert text["told"]["missing"] == 0


def copy_with(data: bytes) -> Making:
    return Making(data, ("x",), {})


def test_the_check_sees_a_missing_page_other_words_and_another_picture(tmp_path: Path) -> None:
    font_path()
    original = drawing(2)

    def failed(copy: bytes, way: str = "pdf") -> set[str]:
        lines = check_copy(original, "pdf", "a.pdf", way, copy_with(copy))
        return {each.code for each in lines if each.passed is False}

    normalised(original, "a.pdf", tmp_path)
    good = (tmp_path / "work" / "copy.pdf").read_bytes()
    assert failed(good) == set()
    assert failed(original) == {"valid"}
    normalised(drawing(1), "a.pdf", tmp_path)
    assert failed((tmp_path / "work" / "copy.pdf").read_bytes()) == {"pages"}
    with pikepdf.open(io.BytesIO(good)) as pdf:
        pdf.pages[1].Contents = pdf.make_stream(b"0.2 0.4 0.6 rg 20 20 100 60 re f")
        buffer = io.BytesIO()
        pdf.save(buffer)
    assert failed(buffer.getvalue()) == {"pictures"}


def test_a_small_stamp_that_is_missing_is_seen() -> None:
    one = Image.new("L", (240, 340), 255)
    other = one.copy()
    ImageDraw.Draw(other).ellipse((100, 100, 114, 114), fill=0)
    mean, spot = differences(one, other)
    assert mean < 1
    assert spot > 40
    assert differences(one, Image.new("L", (240, 200), 255)) == (255.0, 255.0)
