"""Pages of documents become images that show what the document says, where it says it."""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from lantai.archival import render
from lantai.archival.render import NoSuchPage, RenderRefused, fonts, page_count, page_lines, render_page
from lantai.archival.render.paths import path_operators

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from tests.archival.sealing.sm2_signer import (
    make_seal,
    make_signer,
    ofd_members,
    pack,
    seal_value,
    signature_file,
    signature_list,
)

PAGE = "Doc_0/Pages/Page_0/Content.xml"


@pytest.fixture(autouse=True)
def house_font() -> None:
    """The front-end build copies the font; without it, what needs it is skipped with the reason said."""
    try:
        render.font_path()
    except render.FontMissing as missing:
        pytest.skip(str(missing))


def pdf(pages: int = 2) -> bytes:
    buffer = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    for number in range(1, pages + 1):
        canvas.setFont("STSong-Light", 20)
        canvas.drawString(100, 700, f"云岭县第{number}页")
        canvas.rect(300, 100, 100, 50, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def shown(data: bytes, name: str, number: int = 1, width: int = 600) -> Image.Image:
    page = render_page(data, name, number, width=width)
    image = Image.open(io.BytesIO(page.data)).convert("RGB")
    assert image.size == (page.width, page.height)
    return image


def ink(image: Image.Image, x1: float, y1: float, x2: float, y2: float) -> float:
    """How much of a part of the page (in parts of it) is not white."""
    box = tuple(round(each * size) for each, size in zip((x1, y1, x2, y2), image.size * 2, strict=True))
    part = image.crop(box).convert("L")  # type: ignore[arg-type]
    return sum(part.histogram()[:200]) / max(1, part.width * part.height)


def test_pages_of_a_pdf() -> None:
    data = pdf(2)
    assert page_count(data, "a.pdf") == 2
    image = shown(data, "a.pdf")
    assert image.size == (600, 849)
    high = A4[1]
    wide = A4[0]
    assert ink(image, 300 / wide, (high - 150) / high, 400 / wide, (high - 100) / high) > 0.95
    assert ink(image, 0, 0.3, 1, 0.7) == 0


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("webp", b"RIFF"), ("jpeg", b"\xff\xd8")])
def test_formats_of_the_image(kind, start) -> None:  # type: ignore[no-untyped-def]
    page = render_page(pdf(1), "a.pdf", 1, dpi=72, format=kind)
    assert page.data.startswith(start)
    assert page.mime == f"image/{kind}"
    assert (page.width, page.height) == (596, 842)


def test_lines_stand_where_the_ink_is() -> None:
    (line,) = page_lines(pdf(1), "a.pdf", 1)
    assert line.text == "云岭县第1页"
    image = shown(pdf(1), "a.pdf", width=1200)
    assert ink(image, line.x, line.y, line.x + line.width, line.y + line.height) > 0.05
    assert ink(image, 0, 0, 1, line.y - 0.005) == 0
    assert ink(image, 0, line.y + line.height + 0.005, 1, 0.7) == 0


def test_lines_follow_the_rotation_of_the_page() -> None:
    with pikepdf.open(io.BytesIO(pdf(1))) as document:
        document.pages[0].rotate(90, relative=False)
        buffer = io.BytesIO()
        document.save(buffer)
    data = buffer.getvalue()
    (line,) = page_lines(data, "a.pdf", 1)
    image = shown(data, "a.pdf", width=1200)
    assert image.width > image.height
    assert line.height > line.width
    assert ink(image, line.x, line.y, line.x + line.width, line.y + line.height) > 0.05
    assert ink(image, line.x + line.width + 0.01, 0, 1, 1) == 0


def test_an_ofd_is_drawn_from_its_own_content() -> None:
    data = pack(ofd_members("准予行政许可"))
    assert page_count(data, "a.ofd") == 1
    image = shown(data, "a.ofd", width=840)
    assert image.width == 840
    assert image.height in (1188, 1189)
    assert ink(image, 30 / 210, 40 / 297, 66 / 210, 47 / 297) > 0.1
    assert ink(image, 0, 0, 1, 39 / 297) == 0
    assert ink(image, 70 / 210, 40 / 297, 1, 47 / 297) == 0
    red = image.getpixel((round(80 / 210 * 840), round(60 / 297 * 1188)))
    assert red == (255, 0, 0)
    (line,) = page_lines(data, "a.ofd", 1)
    assert line.text == "准予行政许可"
    assert (round(line.x * 210), round(line.width * 210)) == (30, 36)


def test_each_character_looks_different() -> None:
    """Glyphs are chosen by the character, not drawn as one and the same box."""
    one, other = (shown(pack(ofd_members(text * 4)), "a.ofd") for text in ("行", "政"))
    assert ImageChops.difference(one, other).getbbox() is not None


def test_the_embedded_font_is_used_and_a_broken_one_replaced() -> None:
    font = fonts.font_path().read_bytes()
    members = ofd_members("行政")
    members["Doc_0/PublicRes.xml"] = members["Doc_0/PublicRes.xml"].replace(
        '<ofd:Font ID="3" FontName="宋体"/>'.encode(),
        b'<ofd:Font ID="3" FontName="x"><ofd:FontFile>f.ttf</ofd:FontFile></ofd:Font>',
    )
    assert b"f.ttf" in members["Doc_0/PublicRes.xml"]
    plain = shown(pack(ofd_members("行政")), "a.ofd")
    carried = shown(pack(members | {"Doc_0/Res/f.ttf": font}), "a.ofd")
    broken = shown(pack(members | {"Doc_0/Res/f.ttf": font[:4000]}), "a.ofd")
    assert ImageChops.difference(plain, carried).getbbox() is None
    assert ImageChops.difference(plain, broken).getbbox() is None
    glyphs = b"<ofd:CGTransform CodePosition='0' CodeCount='2'><ofd:Glyphs>%d %d</ofd:Glyphs></ofd:CGTransform>"
    face = fonts.house_face()
    swapped = glyphs % (face.glyph("政"), face.glyph("行"))
    members[PAGE] = members[PAGE].replace(b"<ofd:TextCode", swapped + b"<ofd:TextCode")
    by_glyph = shown(pack(members | {"Doc_0/Res/f.ttf": font}), "a.ofd")
    turned = shown(pack(ofd_members("政行")), "a.ofd")
    assert ImageChops.difference(by_glyph, turned).getbbox() is None


def test_the_seal_is_shown_where_it_was_stamped() -> None:
    maker, signer = make_signer("制章中心"), make_signer("云岭县")
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 0, 0)).save(picture, "PNG")
    members = ofd_members(signed=True)
    file = signature_file(members, 0)
    members["Doc_0/Signs/Signatures.xml"] = signature_list(["Seal"])
    members["Doc_0/Signs/Sign_0/Signature.xml"] = file
    seal = make_seal(maker, signer, picture.getvalue())
    members["Doc_0/Signs/Sign_0/SignedValue.dat"] = seal_value(seal, signer, file, "/x")
    image = shown(pack(members), "a.ofd", width=840)
    assert image.getpixel((140 * 4, 220 * 4)) == (200, 0, 0)
    assert ink(image, 165 / 210, 200 / 297, 1, 1) == 0


def test_an_ofd_without_its_fonts_list_is_still_shown() -> None:
    members = ofd_members()
    del members["Doc_0/PublicRes.xml"]
    assert ink(shown(pack(members), "a.ofd"), 30 / 210, 40 / 297, 66 / 210, 47 / 297) > 0.1


def test_pages_of_a_tiff() -> None:
    buffer = io.BytesIO()
    sheets = [Image.new("1", (300, 200), value) for value in (1, 0)]
    sheets[0].save(buffer, "TIFF", save_all=True, append_images=sheets[1:], dpi=(300, 300), compression="group4")
    data = buffer.getvalue()
    assert page_count(data, "a.tif") == 2
    assert ink(shown(data, "a.tif", 1), 0, 0, 1, 1) == 0
    assert ink(shown(data, "a.tif", 2), 0, 0, 1, 1) == 1
    small = render_page(data, "a.tif", 1, dpi=150)
    assert (small.width, small.height) == (150, 100)


def test_a_photograph_stands_upright() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "blue").save(buffer, "JPEG", exif=exif)
    page = render_page(buffer.getvalue(), "a.jpg", 1, width=40)
    assert (page.width, page.height) == (40, 80)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_of_pixels_is_shown(mode: str) -> None:
    buffer = io.BytesIO()
    kind = "TIFF" if mode in ("CMYK", "I;16", "I", "F") else "PNG"
    Image.new(mode, (30, 20)).save(buffer, kind)
    assert render_page(buffer.getvalue(), "a", 1, format="jpeg").width == 30


def test_text_is_set_on_pages() -> None:
    text = "\n".join(f"第{number}行" for number in range(1, 101)).encode()
    assert page_count(text, "a.txt") == 3
    image = shown(text, "a.txt")
    assert ink(image, 20 / 210, 20 / 297, 45 / 210, 0.9) > 0.02
    assert ink(image, 0, 0, 18 / 210, 1) == 0
    assert page_count(("长" * 5000).encode("gb18030"), "a.txt") == 3
    assert ink(shown(b"<?xml version='1.0'?><a>1</a>", "a.xml"), 0, 0, 1, 0.1) > 0


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_page_that_is_not_there(number: int) -> None:
    ofd, text = pack(ofd_members()), b"abc"
    for data, name in ((pdf(2), "a.pdf"), (ofd, "a.ofd"), (text, "a.txt")):
        with pytest.raises(NoSuchPage):
            render_page(data, name, number if number < 2 else 3)


def test_what_cannot_be_shown_says_what_to_do() -> None:
    with pytest.raises(RenderRefused) as refused:
        render_page(b"\0\1\2" * 50, "a.bin", 1)
    assert "下载原文件" in refused.value.reason_zh
    assert "download" in refused.value.reason_en
    with pytest.raises(RenderRefused) as refused:
        page_count(b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, "a.7z")
    assert "7-Zip" in refused.value.reason_zh
    with pytest.raises(RenderRefused, match="损坏"):
        page_count(pdf()[:300], "a.pdf")
    with pytest.raises(RenderRefused, match="宽度"):
        render_page(pdf(), "a.pdf", 1, width=1_000_000)


def test_a_locked_pdf_is_refused_as_such() -> None:
    with pikepdf.open(io.BytesIO(pdf())) as document:
        buffer = io.BytesIO()
        document.save(buffer, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(RenderRefused, match="加密"):
        page_count(buffer.getvalue(), "a.pdf")


def test_a_missing_font_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "_FONT", tmp_path / "none.ttf")
    with pytest.raises(render.FontMissing, match="make assets"):
        render.font_path()


@pytest.mark.corpus
def test_every_page_of_the_ofd_corpus_is_shown(corpus: Path) -> None:
    """All can be viewed; the one empty page is empty in the document."""
    blank = []
    for path in sorted((corpus / "ofd").glob("*.ofd")):
        data = path.read_bytes()
        for number in range(1, page_count(data, path.name) + 1):
            image = shown(data, path.name, number, width=300)
            if ink(image, 0, 0, 1, 1) == 0:
                blank.append((path.name, number))
    assert blank == EMPTY_PAGES


EMPTY_PAGES = [("1-1.ofd", 3)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["M", "L", "C", "B", "Q", "A", "S", "1", "-2.5", "1e400", "nan", "x", ""]), max_size=40)
)
def test_paths_of_noise_never_raise(parts: list[str]) -> None:
    for operator in path_operators(" ".join(parts)):
        *values, name = operator.split()
        assert name in "mlch"
        assert all(math.isfinite(float(each)) for each in values)


@settings(max_examples=200, deadline=None)
@given(
    st.floats(1, 50),
    st.floats(1, 50),
    st.floats(0, 360),
    st.booleans(),
    st.booleans(),
    st.floats(-80, 80),
    st.floats(-80, 80),
)
def test_an_arc_ends_where_it_says_and_lies_on_its_ellipse(rx, ry, angle, large, sweep, x, y) -> None:  # type: ignore[no-untyped-def]
    if math.hypot(x, y) < 1e-3:
        return
    operators = path_operators(f"M 0 0 A {rx} {ry} {angle} {int(large)} {int(sweep)} {x} {y}")
    ends = [tuple(map(float, each.split()[-3:-1])) for each in operators]
    assert ends[0] == (0, 0)
    assert ends[-1] == pytest.approx((x, y), abs=1e-3)
    turn = math.radians(angle)
    grown = max(1.0, math.hypot(*_in_ellipse((x / 2, y / 2), rx, ry, turn)))
    centres = _centres((x, y), rx * grown, ry * grown, turn)
    for px, py in ends:
        errors = [
            abs(math.hypot(*_in_ellipse((px - cx, py - cy), rx * grown, ry * grown, turn)) - 1) for cx, cy in centres
        ]
        assert min(errors) < 1e-2


def _in_ellipse(point: tuple[float, float], rx: float, ry: float, turn: float) -> tuple[float, float]:
    x, y = point
    return (x * math.cos(turn) + y * math.sin(turn)) / rx, (-x * math.sin(turn) + y * math.cos(turn)) / ry


def _centres(end: tuple[float, float], rx: float, ry: float, turn: float) -> list[tuple[float, float]]:
    """Both centres of the ellipses through the start and the end, by the unit circle."""
    u, v = _in_ellipse(end, rx, ry, turn)
    half = math.hypot(u, v) / 2
    rise = math.sqrt(max(0.0, 1 - half * half))
    found = []
    for side in (1, -1):
        cu, cv = u / 2 - side * rise * v / (2 * half), v / 2 + side * rise * u / (2 * half)
        a, b = cu * rx, cv * ry
        found.append((a * math.cos(turn) - b * math.sin(turn), a * math.sin(turn) + b * math.cos(turn)))
    return found
