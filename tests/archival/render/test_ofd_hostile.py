"""OFD files made to hurt: an exact answer for the page, and neither much time nor much memory."""

from __future__ import annotations

import json
import time
import zlib
from pathlib import Path

import pytest
import typer
from ofd_samples import PAGE, RED, at, colour, content, notes, ofd, path, shown, square
from tests.archival.sealing.sm2_signer import ofd_members, pack
from typer.testing import CliRunner

from lantai.archival.checks import Sandbox, viewing
from lantai.archival.packages import Component
from lantai.archival.render import FontMissing, RenderRefused, draw_page, font_path, open_pages
from lantai.site.cli.read import read

VIEWING = "lantai.archival.checks.viewing"
SECONDS = 15.0
"""Far more than any of these takes; a page that is not bounded takes for ever."""


@pytest.fixture(autouse=True, scope="module")
def house_font() -> None:
    try:
        font_path()
    except FontMissing as missing:
        pytest.skip(str(missing))


def refusal(data: bytes, number: int = 1) -> str:
    with pytest.raises(RenderRefused) as refused:
        shown(data, number, width=100)
    assert refused.value.reason_zh != refused.value.reason_en
    return refused.value.reason_en


def composites(fan: int, levels: int) -> str:
    """Each unit holds the next *fan* times; the last holds the first."""
    units = []
    for level in range(levels):
        inside = f'<ofd:CompositeObject Boundary="0 0 9 9" ResourceID="{100 + (level + 1) % levels}"/>' * fan
        units.append(
            f'<ofd:CompositeGraphicUnit ID="{100 + level}" Width="9" Height="9"><ofd:Content>'
            f"{path(square(10, 10, 50), '', RED)}{inside}</ofd:Content></ofd:CompositeGraphicUnit>"
        )
    return f"<ofd:CompositeGraphicUnits>{''.join(units)}</ofd:CompositeGraphicUnits>"


COMPOSITE = '<ofd:CompositeObject Boundary="0 0 100 100" ResourceID="100"/>'


def test_a_composite_that_holds_itself_is_drawn_once() -> None:
    assert at(shown(ofd(COMPOSITE, resources=composites(1, 3))), 30, 30) == (255, 0, 0)


def test_composites_that_multiply_end_with_an_exact_answer() -> None:
    started = time.process_time()
    assert "more than the safe limit" in refusal(ofd(COMPOSITE, resources=composites(10, 20)))
    assert time.process_time() - started < SECONDS


def test_templates_that_stand_on_each_other() -> None:
    names = range(20)
    common = "".join(f'<ofd:TemplatePage ID="{50 + n}" BaseLoc="T{n}.xml"/>' for n in names)
    red = path(square(10, 10, 50), "", RED)

    def more(fan: int) -> dict[str, bytes]:
        on = {n: f'<ofd:Template TemplateID="{50 + (n + 1) % 20}"/>' * fan for n in names}
        return {f"Doc_0/T{n}.xml": content(red, on[n]).encode() for n in names}

    before = '<ofd:Template TemplateID="50"/>'
    assert at(shown(ofd("", common=common, before=before, more=more(1))), 30, 30) == (255, 0, 0)
    assert "TemplatePage" in refusal(ofd("", common=common, before=before, more=more(3)))


def test_drawing_parameters_that_stand_on_each_other() -> None:
    pens = (
        f'<ofd:DrawParams><ofd:DrawParam ID="7" Relative="8">{RED}</ofd:DrawParam><ofd:DrawParam ID="8" Relative="7"/>'
    )
    data = ofd(path(square(10, 10, 50), 'DrawParam="8"'), resources=f"{pens}</ofd:DrawParams>")
    assert at(shown(data), 30, 30) == (255, 0, 0)


@pytest.mark.parametrize("depth", [100, 5000])
def test_blocks_nested_deep(depth: int) -> None:
    blocks = "<ofd:PageBlock>" * depth + "</ofd:PageBlock>" * depth
    data = ofd(blocks + path(square(10, 10, 50), "", RED))
    if depth > 200:
        assert PAGE in refusal(data)
    else:
        assert at(shown(data), 30, 30) == (255, 0, 0)


@pytest.mark.parametrize("box", ["0 0 1000000 1000000", "0 0 30000 200", "0 0 1 900", "-9 -9 1e6 5"])
def test_pages_of_absurd_size_are_refused_with_their_size(box: str) -> None:
    assert " mm" in refusal(ofd(path(square(0, 0, 9), "", RED), box=box))


@pytest.mark.parametrize("box", ["", "nan nan nan nan", "0 0 0 0", "0 0 -5 9", "x"])
def test_a_box_of_nonsense_is_an_a4_sheet(box: str) -> None:
    image = shown(ofd(path(square(0, 0, 9), "", RED), box=box), width=210)
    assert image.height in (297, 298)


def test_a_long_page_is_drawn_in_every_format_of_image() -> None:
    data = ofd(path(square(0, 0, 9), "", RED), box="0 0 100 5000")
    _format, document = open_pages(data, "a.ofd")
    for kind in ("webp", "png", "jpeg"):
        page = draw_page(document, 1, width=400, format=kind)  # type: ignore[arg-type]
        assert page.height > 10 * page.width


def test_a_pattern_of_a_million_cells_is_its_colour_only() -> None:
    cell = f"<ofd:CellContent>{path(square(0, 0, 1), '', RED)}</ofd:CellContent>"
    filled = f'<ofd:FillColor><ofd:Pattern Width="0.001" Height="0.001">{cell}</ofd:Pattern></ofd:FillColor>'
    started = time.process_time()
    shown(ofd(path(square(0, 0, 90), "", filled)))
    within = f'<ofd:FillColor><ofd:Pattern Width="9" Height="9"><ofd:CellContent>{path(square(0, 0, 9), "", filled)}'
    shown(ofd(path(square(0, 0, 90), "", within + "</ofd:CellContent></ofd:Pattern></ofd:FillColor>")))
    assert time.process_time() - started < SECONDS


def test_an_image_of_too_many_pixels_is_noted_and_left_out() -> None:
    rows = zlib.compress(b"\0" * (30_000 // 8 + 1) * 20_000, 9)

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    header = (30_000).to_bytes(4, "big") + (20_000).to_bytes(4, "big") + b"\1\0\0\0\0"
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    media = '<ofd:MultiMedia ID="8"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia>'
    page = '<ofd:ImageObject Boundary="0 0 90 90" CTM="90 0 0 90 0 0" ResourceID="8"/>' + path(square(0, 0, 9), "", RED)
    data = ofd(page, resources=media, more={"Doc_0/a.png": bomb})
    assert at(shown(data), 4, 4) == (255, 0, 0)
    assert notes(data) == ["the image “Doc_0/a.png” cannot be read and was not drawn"]


def test_a_member_that_unpacks_to_too_much_is_named() -> None:
    data = ofd("", more={PAGE: b" " * (65 << 20)})
    assert len(data) < 1 << 20
    assert PAGE in refusal(data)


def two_pages(second: dict[str, bytes]) -> bytes:
    members = ofd_members("准予行政许可")
    document = members["Doc_0/Document.xml"]
    members["Doc_0/Document.xml"] = document.replace(
        b"</ofd:Pages>", b'<ofd:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages>'
    )
    return pack(members | second)


@pytest.mark.parametrize("second", [{}, {"Doc_0/Pages/Page_1/Content.xml": b"<broken"}])
def test_a_page_that_is_missing_or_broken_says_so_and_the_others_are_shown(
    second: dict[str, bytes], tmp_path: Path
) -> None:
    data = two_pages(second)
    assert shown(data, 1).width == 400
    assert "Doc_0/Pages/Page_1/Content.xml" in refusal(data, 2)
    (tmp_path / "a.ofd").write_bytes(data)
    seen = viewing.view_pages(tmp_path / "a.ofd", None, 1, 30)
    assert seen["pages"] == 2
    assert seen["lines"][0][0][0] == "准予行政许可"
    assert seen["notes"][0] == []
    assert "Page_1/Content.xml" in seen["notes"][1][0][0]
    app = typer.Typer()
    app.command()(read)
    result = CliRunner().invoke(app, [str(tmp_path / "a.ofd"), "--json", "--images", str(tmp_path / "out")])
    (line,) = (json.loads(each) for each in result.stdout.splitlines())
    assert (result.exit_code, line["pages"], len(line["images"])) == (1, 2, 1)
    assert "Page_1/Content.xml" in line["fault"]
    assert line["notes"][0].startswith("2: ")


def test_nothing_of_this_outgrows_a_child(tmp_path: Path) -> None:
    """The worst of these in a child as the product runs them: refused by name, and the child goes on."""
    bad = {
        "a.ofd": ofd(COMPOSITE, resources=composites(10, 20)),
        "b.ofd": ofd("", more={PAGE: b" " * (65 << 20)}),
        "c.ofd": ofd(path(square(0, 0, 9), "", colour("1 2 3")), box="0 0 1e6 1e6"),
    }
    with Sandbox(workers=1, seconds=60, memory_bytes=1 << 30, modules=(VIEWING,)) as box:
        for name, data in bad.items():
            (tmp_path / name).write_bytes(data)
            component = Component(name, name.encode(), "utf-8", len(data), method="file")
            said = box.call(f"{VIEWING}:view_image", tmp_path, component, 1, 1600, "screen")
            assert "refused_zh" in said, name
        whole = ofd(path(square(0, 0, 9), "", RED))
        (tmp_path / "z.ofd").write_bytes(whole)
        component = Component("z.ofd", b"z.ofd", "utf-8", len(whole), method="file")
        assert box.call(f"{VIEWING}:view_image", tmp_path, component, 1, 100, "png")["width"] == 100
