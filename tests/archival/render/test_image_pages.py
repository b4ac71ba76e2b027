"""Images of every kind as pages: many sheets, printing colours, faxes, one bit, and sheets larger than memory likes."""

from __future__ import annotations

import io
import itertools
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from lantai.archival.checks import Sandbox, viewing
from lantai.archival.formats.content import Content
from lantai.archival.packages import Component
from lantai.archival.render import NoSuchPage, RenderRefused, draw_page, open_pages
from lantai.archival.render.tiff_sheets import alone, small_sheet

VIEWING = "lantai.archival.checks.viewing"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def sheet(mode: str = "RGB", size: tuple[int, int] = (600, 800)) -> Image.Image:
    """A white sheet whose upper left quarter is dark."""
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill=0)
    return image.convert("RGB").convert(mode)


def drawn(data: bytes, number: int = 1, width: int = 300) -> Image.Image:
    _format, document = open_pages(data, "a")
    page = draw_page(document, number, width=width)
    assert abs(page.height / page.width - document.shape(number)) < 0.01, "the shape is known before it is drawn"
    return Image.open(io.BytesIO(page.data)).convert("L")


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("TIFF", "1", {"compression": "group4"}),
        ("TIFF", "L", {"compression": "jpeg"}),
        ("TIFF", "RGB", {"compression": "jpeg", "quality": 80}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        ("TIFF", "CMYK", {"compression": "tiff_deflate"}),
        ("TIFF", "CMYK", {"compression": "jpeg"}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "L", {}),
        ("PNG", "P", {}),
        ("JPEG2000", "RGB", {}),
        ("JPEG2000", "L", {"num_resolutions": 3}),
    ],
)
def test_kinds_of_image(kind: str, mode: str, options: dict[str, object]) -> None:
    image = drawn(saved(sheet(mode), kind, **options))
    assert image.size == (300, 400)
    assert image.getpixel((70, 100)) < 40
    assert image.getpixel((230, 300)) > 215


def test_only_the_page_asked_for_is_opened() -> None:
    """A damaged sheet hurts nobody who does not ask for it, in whatever order pages are asked for."""
    sheets = [sheet("RGB", (600, 800)) for _ in range(3)]
    data = bytearray(saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:], compression="tiff_lzw"))
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        start = image.tag_v2[273][0]  # type: ignore[attr-defined]  # StripOffsets
    data[start : start + 200] = b"\xff" * 200
    _format, document = open_pages(bytes(data), "a.tif")
    assert document.count == 3
    for number in (3, 1, 3):
        assert draw_page(document, number, width=300).height == 400
    with pytest.raises(RenderRefused, match="损坏"):
        draw_page(document, 2, width=300)
    with pytest.raises(NoSuchPage):
        document.shape(4)
    assert document.lines(1) == ()


KINDS = [
    ("jpeg", "RGB"),
    ("jpeg", "L"),
    ("group4", "1"),
    ("tiff_lzw", "RGB"),
    ("tiff_deflate", "CMYK"),
    ("packbits", "L"),
    ("raw", "I;16"),
]


def photograph(mode: str, size: tuple[int, int] = (600, 800)) -> Image.Image:
    """Noise over a slope, so that every strip is its own."""
    picture = Image.linear_gradient("L").resize(size)
    picture = Image.blend(picture, Image.effect_noise(size, 60), 0.2)
    return picture.convert("I" if mode == "I;16" else "RGB").convert(mode)


@pytest.mark.parametrize(("compression", "mode"), KINDS)
def test_a_sheet_taken_out_alone_is_the_same(compression: str, mode: str) -> None:
    sheets = [photograph(mode), photograph(mode).rotate(180)]
    data = saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:], compression=compression)
    for number in (0, 1):
        with Image.open(io.BytesIO(data)) as whole:
            whole.seek(number)
            taken = alone(whole, Content(data))  # type: ignore[arg-type]
            taken.load()
            assert (taken.mode, taken.tobytes()) == (whole.mode, whole.tobytes())


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("factor", "scale"), [(2, 2), (3, 2), (4, 4), (9, 8)])
def test_a_sheet_decoded_small_shows_what_the_whole_one_shows(mode: str, factor: int, scale: int) -> None:
    data = saved(photograph(mode), "TIFF", compression="jpeg", quality=90)
    with Image.open(io.BytesIO(data)) as whole:
        small = small_sheet(whole, Content(data), factor)  # type: ignore[arg-type]
        assert small is not None
        assert (small.mode, small.size) == (mode, (600 // scale, 800 // scale))
        different = ImageChops.difference(small, whole.reduce(scale)).convert("L")
    assert ImageStat.Stat(different).mean[0] < 4


def test_tiles_of_jpeg_are_put_together() -> None:
    picture = photograph("RGB", (512, 512))
    corners = [(x, y) for y in (0, 256) for x in (0, 256)]
    pieces = [saved(picture.crop((x, y, x + 256, y + 256)), "JPEG", quality=90) for x, y in corners]
    directory = ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
    for tag, value in {256: 512, 257: 512, 259: 7, 262: 6, 277: 3, 284: 1, 322: 256, 323: 256}.items():
        directory[tag] = value
    directory[258] = (8, 8, 8)
    for tag in (324, 325):
        directory.tagtype[tag] = 4
    directory[325] = tuple(map(len, pieces))
    directory[324] = (0,) * 4
    start = 8 + len(directory.tobytes(8))
    directory[324] = tuple(itertools.accumulate(map(len, pieces[:-1]), initial=start))
    data = b"".join([b"II*\0\x08\0\0\0", directory.tobytes(8), *pieces])
    with Image.open(io.BytesIO(data)) as whole:
        small = small_sheet(whole, Content(data), 2)  # type: ignore[arg-type]
    assert small is not None
    different = ImageChops.difference(small, picture.reduce(2)).convert("L")
    assert different.getextrema()[1] < 90  # type: ignore[operator]
    assert ImageStat.Stat(different).mean[0] < 5


def test_scans_are_sent_as_jpeg_and_writing_on_white_as_webp() -> None:
    for image, mime in ((photograph("RGB"), "image/jpeg"), (sheet("L"), "image/webp")):
        _format, document = open_pages(saved(image, "PNG"), "a.png")
        assert draw_page(document, 1, width=300, format="screen").mime == mime


def test_a_fax_is_as_tall_as_its_paper() -> None:
    data = saved(sheet("1", (1728, 1000)), "TIFF", compression="group4", dpi=(204, 98))
    image = drawn(data, width=400)
    assert image.size == (400, round(400 * 1000 / 1728 * 204 / 98))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "size", "options"),
    [("1", (15_000, 18_000), {"compression": "group4"}), ("CMYK", (9_000, 12_000), {"compression": "tiff_lzw"})],
)
def test_a_huge_sheet_keeps_within_the_memory_of_a_child(
    mode: str, size: tuple[int, int], options: dict[str, object], tmp_path: Path
) -> None:
    data = saved(sheet(mode, size), "TIFF", **options)
    (tmp_path / "a.tif").write_bytes(data)
    component = Component("a.tif", b"a.tif", "utf-8", len(data))
    with Sandbox(workers=1, seconds=60, memory_bytes=1536 << 20, modules=(VIEWING,)) as box:
        said = box.call(f"{VIEWING}:view_image", tmp_path, component, 1, 1000, "screen")
    assert said.get("width") == 1000, said


def test_more_pixels_than_are_decoded_are_refused_with_the_number() -> None:
    data = bytearray(saved(sheet("1", (64, 64)), "TIFF"))
    for tag in (b"\x00\x01", b"\x01\x01"):
        at = data.index(tag, 8)
        data[at + 2 : at + 12] = b"\x04\x00\x01\x00\x00\x00" + (30_000).to_bytes(4, "little")
    with pytest.raises(RenderRefused, match="300000000"):
        open_pages(bytes(data), "a.tif")


def test_a_compressed_file_larger_than_memory_holds_is_read_from_disk(tmp_path: Path) -> None:
    """One look inflates it once, into a file without a name; the pages after it cost no more than themselves."""
    noise = Image.effect_noise((1500, 2000), 90).convert("RGB")
    sheets = [noise.rotate(90 * turn, expand=False) for turn in range(5)]
    data = saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:], compression="raw")
    assert len(data) > 32 << 20
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("a.tif", data)
        entry = package.infolist()[0]
    component = Component(
        "a.tif", b"a.tif", "utf-8", len(data), entry.compress_size, entry.header_offset + 30 + 5, "deflated"
    )
    seen = viewing.view_pages(tmp_path / "a.zip", component, 1, 30)
    assert (seen["format"], seen["pages"], seen["shapes"]) == ("tiff", 5, [1.3333] * 5)
    (tmp_path / "a.zip").unlink()
    assert viewing.view_image(tmp_path / "a.zip", component, 5, 100, "screen")["height"] == 133
