"""What GB/T 33190 lets stand on a page is drawn as it says: places, colours, clips, patterns, shading, order."""

from __future__ import annotations

import io
import random

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from ofd_samples import NS, RED, at, colour, completed, content, notes, ofd, path, shown, square
from PIL import Image, ImageChops

from lantai.archival.render import FontMissing, font_path, open_pages
from lantai.archival.render.fonts import Face

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@pytest.fixture(autouse=True, scope="module")
def house_font() -> None:
    try:
        font_path()
    except FontMissing as missing:
        pytest.skip(str(missing))


def near(found: tuple[int, int, int], wanted: tuple[int, int, int], away: int = 6) -> bool:
    return all(abs(one - other) <= away for one, other in zip(found, wanted, strict=True))


def text(words: str, attributes: str = "", code: str = 'X="0" Y="10"', inside: str = "") -> str:
    return (
        f'<ofd:TextObject Boundary="20 20 60 60" Font="3" {completed(attributes, Size="10")}>{inside}'
        f"<ofd:TextCode {code}>{words}</ofd:TextCode></ofd:TextObject>"
    )


def ink(image: Image.Image) -> tuple[float, float, float, float]:
    """The box of what is not white, in millimetres."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    assert box is not None
    left, top, right, bottom = (each * 100 / image.width for each in box)
    return left, top, right, bottom


def png(pixels: Image.Image) -> bytes:
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG")
    return buffer.getvalue()


# --- colour ---


@pytest.mark.parametrize(
    ("space", "value", "wanted"),
    [
        ("", 'Value="255 128 0"', (255, 128, 0)),
        ('<ofd:ColorSpace ID="9" Type="GRAY"/>', 'Value="128" ColorSpace="9"', (128, 128, 128)),
        ('<ofd:ColorSpace ID="9" Type="CMYK"/>', 'Value="0 255 255 0" ColorSpace="9"', (255, 0, 0)),
        ('<ofd:ColorSpace ID="9" Type="CMYK"/>', 'Value="0 0 0 255" ColorSpace="9"', BLACK),
        ('<ofd:ColorSpace ID="9" Type="GRAY" BitsPerComponent="4"/>', 'Value="15" ColorSpace="9"', WHITE),
        ('<ofd:ColorSpace ID="9" Type="RGB" BitsPerComponent="16"/>', 'Value="65535 0 0" ColorSpace="9"', (255, 0, 0)),
        (
            '<ofd:ColorSpace ID="9" Type="RGB"><ofd:Palette><ofd:CV>0 0 0</ofd:CV>'
            "<ofd:CV>0 200 0</ofd:CV></ofd:Palette></ofd:ColorSpace>",
            'Index="1" ColorSpace="9"',
            (0, 200, 0),
        ),
        ("", 'Value="#FF #80 #00"', (255, 128, 0)),
        ("", 'Value="9 9"', BLACK),
    ],
)
def test_colour_spaces(space: str, value: str, wanted: tuple[int, int, int]) -> None:
    resources = f"<ofd:ColorSpaces>{space}</ofd:ColorSpaces>" if space else ""
    image = shown(ofd(path(square(10, 10, 50), inside=f"<ofd:FillColor {value}/>"), resources=resources))
    assert near(at(image, 30, 30), wanted)
    assert at(image, 80, 80) == WHITE


def test_the_default_colour_space_holds_where_a_colour_names_none() -> None:
    spaces = '<ofd:ColorSpaces><ofd:ColorSpace ID="9" Type="CMYK"/></ofd:ColorSpaces>'
    data = ofd(
        path(square(10, 10, 50), inside=colour("255 0 0 0")),
        resources=spaces,
        common="<ofd:DefaultCS>9</ofd:DefaultCS>",
    )
    assert near(at(shown(data), 30, 30), (0, 255, 255))


@pytest.mark.parametrize(
    ("objects", "wanted"),
    [
        (path(square(10, 10, 50), 'Alpha="128"', RED), (255, 127, 127)),
        (path(square(10, 10, 50), "", colour("255 0 0", 'Alpha="128"')), (255, 127, 127)),
        (path(square(10, 10, 50), 'Alpha="128"', colour("255 0 0", 'Alpha="128"')), (255, 191, 191)),
        (path(square(10, 10, 50), 'DrawParam="7"'), (255, 153, 153)),
        (path(square(10, 10, 50), 'Visible="false"', RED), WHITE),
    ],
)
def test_opacity_of_object_colour_and_drawing_parameters(objects: str, wanted: tuple[int, int, int]) -> None:
    pens = f'<ofd:DrawParams><ofd:DrawParam ID="7">{colour("255 0 0", chr(65) + "lpha=" + chr(34) + "102" + chr(34))}'
    assert near(at(shown(ofd(objects, resources=f"{pens}</ofd:DrawParam></ofd:DrawParams>")), 30, 30), wanted)


def test_a_drawing_parameter_stands_on_another() -> None:
    pens = (
        f'<ofd:DrawParams><ofd:DrawParam ID="7" Relative="8" LineWidth="4"/><ofd:DrawParam ID="8" LineWidth="1">{RED}'
        "</ofd:DrawParam></ofd:DrawParams>"
    )
    line = path("M 10 50 L 90 50", 'DrawParam="7" Stroke="true"')
    image = shown(ofd(path(square(10, 10, 20), 'DrawParam="7"') + line, resources=pens))
    assert near(at(image, 20, 20), (255, 0, 0))
    assert [at(image, 50, y) == BLACK for y in (47, 48.8, 51.2, 53)] == [False, True, True, False]


# --- shading and patterns ---


def axial(attributes: str = "", stops: str = "") -> str:
    stops = stops or (
        '<ofd:Segment><ofd:Color Value="255 0 0"/></ofd:Segment><ofd:Segment><ofd:Color Value="0 0 255"/></ofd:Segment>'
    )
    return (
        f'<ofd:FillColor><ofd:AxialShd StartPoint="20 0" EndPoint="80 0" {attributes}>{stops}</ofd:AxialShd>'
        "</ofd:FillColor>"
    )


def test_axial_shading() -> None:
    image = shown(ofd(path(square(0, 0, 100), "", axial('Extend="2"'))))
    assert near(at(image, 21, 50), (251, 0, 4), 8)
    assert near(at(image, 50, 50), (128, 0, 128), 8)
    assert near(at(image, 90, 10), (0, 0, 255))
    assert at(image, 10, 50) == WHITE


def test_stops_lie_where_they_say_and_evenly_where_they_do_not() -> None:
    stops = "".join(
        f'<ofd:Segment{place}><ofd:Color Value="{value}"/></ofd:Segment>'
        for place, value in (("", "255 0 0"), (' Position="0.2"', "0 255 0"), ("", "0 0 255"), ("", "255 255 255"))
    )
    image = shown(ofd(path(square(0, 0, 100), "", axial(stops=stops))))
    assert near(at(image, 32, 50), (0, 255, 0), 12)
    assert near(at(image, 56, 50), (0, 0, 255), 12)


@pytest.mark.parametrize(("way", "second"), [("Repeat", (255, 0, 0)), ("Reflect", (0, 0, 255))])
def test_shading_that_is_repeated(way: str, second: tuple[int, int, int]) -> None:
    image = shown(ofd(path(square(0, 0, 100), "", axial(f'MapType="{way}" MapUnit="20" Extend="3"'))))
    assert near(at(image, 21, 50), (242, 0, 13), 12)
    assert near(at(image, 41, 50), tuple(abs(each - 13) for each in second), 16)  # type: ignore[arg-type]
    assert near(at(image, 61, 50), (242, 0, 13), 16)
    assert at(image, 5, 50) != WHITE


def test_radial_shading_is_round_or_an_ellipse() -> None:
    inside = (
        '<ofd:FillColor><ofd:RadialShd StartPoint="50 50" EndPoint="50 50" StartRadius="0" EndRadius="30" {}>'
        '<ofd:Segment><ofd:Color Value="255 0 0"/></ofd:Segment><ofd:Segment><ofd:Color Value="0 0 255"/></ofd:Segment>'
        "</ofd:RadialShd></ofd:FillColor>"
    )
    image = shown(ofd(path(square(0, 0, 100), "", inside.format(""))))
    assert near(at(image, 50, 50), (255, 0, 0), 8)
    assert near(at(image, 65, 50), (128, 0, 128), 10)
    assert near(at(image, 50, 65), (128, 0, 128), 10)
    assert at(image, 85, 50) == WHITE
    flat = shown(ofd(path(square(0, 0, 100), "", inside.format('Eccentricity="0.866" Angle="90"'))))
    assert near(at(flat, 50, 65), (128, 0, 128), 10)
    assert at(flat, 70, 50) == WHITE


def test_meshes() -> None:
    corners = [(10, 10, "255 0 0"), (90, 10, "255 0 0"), (10, 90, "0 0 255"), (90, 90, "0 0 255")]
    points = "".join(
        f'<ofd:Point X="{x}" Y="{y}" EdgeFlag="{int(n == 3)}"><ofd:Color Value="{value}"/></ofd:Point>'
        for n, (x, y, value) in enumerate(corners)
    )
    for kind, attributes in (("GouraudShd", ""), ("LaGouraudShd", 'VerticesPerRow="2"')):
        inside = f"<ofd:FillColor><ofd:{kind} {attributes}>{points}</ofd:{kind}></ofd:FillColor>"
        image = shown(ofd(path(square(0, 0, 100), "", inside)))
        assert near(at(image, 30, 13), (245, 0, 10), 14), kind
        assert near(at(image, 70, 87), (10, 0, 245), 14), kind
        assert at(image, 5, 50) == WHITE


def pattern(attributes: str = "", cell: str = "") -> str:
    cell = cell or path(square(0, 0, 5), "", RED, "0 0 10 10")
    return (
        f'<ofd:FillColor><ofd:Pattern Width="10" Height="10" {attributes}><ofd:CellContent>{cell}</ofd:CellContent>'
        "</ofd:Pattern></ofd:FillColor>"
    )


def test_a_pattern_is_laid_side_by_side() -> None:
    image = shown(ofd(path(square(10, 10, 60), "", pattern())))
    for x in (12, 32, 62):
        assert near(at(image, x, 32), (255, 0, 0)), x
        assert at(image, x + 5, 32) == WHITE
    assert at(image, 82, 32) == WHITE


def test_a_pattern_stands_on_its_object_or_on_the_page() -> None:
    for relative, x in (("Object", 16), ("Page", 11)):
        data = ofd(path(square(0, 0, 60), "", pattern(f'RelativeTo="{relative}"'), "4 0 90 90"))
        assert near(at(shown(data), x, 2), (255, 0, 0)), relative
        assert at(shown(data), x + 15 if relative == "Page" else x + 5, 2) == WHITE, relative


def test_a_pattern_is_mirrored() -> None:
    rows = [("Normal", 12, 12), ("Column", 17, 12), ("Row", 12, 17), ("RowAndColumn", 17, 17)]
    for way, x, y in rows:
        image = shown(ofd(path(square(0, 0, 80), "", pattern(f'ReflectMethod="{way}"'))))
        assert near(at(image, 2, 2), (255, 0, 0)), way
        assert near(at(image, x, y), (255, 0, 0)), way


def test_patterns_and_shading_fill_letters_too() -> None:
    image = shown(ofd(text("一", 'Size="60"', 'X="0" Y="55"', axial('Extend="3"'))))
    left, top, right, bottom = ink(image)
    middle = (top + bottom) / 2
    assert at(image, left + 3, middle)[0] > at(image, right - 3, middle)[0] + 60


# --- paths ---


def test_lines_are_dashed_capped_and_joined() -> None:
    line = path("M 10 50 L 90 50", 'Stroke="true" LineWidth="4" DashPattern="10 10"')
    image = shown(ofd(line))
    assert [at(image, x, 50) == BLACK for x in (15, 25, 35, 45)] == [True, False, True, False]
    ends = {
        cap: shown(ofd(path("M 20 50 L 80 50", f'Stroke="true" LineWidth="10" Cap="{cap}"')))
        for cap in ("Butt", "Square")
    }
    assert [at(image, 17, 50) == BLACK for image in ends.values()] == [False, True]
    bend = "M 20 80 L 50 20 L 80 80"
    joins = {
        join: ink(shown(ofd(path(bend, f'Stroke="true" Fill="false" LineWidth="8" Join="{join}"'))))[1]
        for join in ("Miter", "Bevel")
    }
    assert joins["Miter"] < joins["Bevel"] - 2


@pytest.mark.parametrize(("rule", "middle"), [("NonZero", (255, 0, 0)), ("Even-Odd", WHITE)])
def test_fill_rules(rule: str, middle: tuple[int, int, int]) -> None:
    both = square(10, 10, 80) + " " + square(30, 30, 40)
    assert near(at(shown(ofd(path(both, f'Rule="{rule}"', RED))), 50, 50), middle)


def test_a_path_without_a_fill_colour_is_not_filled() -> None:
    assert at(shown(ofd(path(square(10, 10, 80)))), 50, 50) == WHITE


def test_an_object_is_cut_at_its_boundary_a_thin_line_is_not() -> None:
    image = shown(
        ofd(path(square(0, 0, 90), "", RED, "10 10 30 30") + path("M 0 0 L 90 0", 'Stroke="true"', "", "5 80 90 0"))
    )
    assert near(at(image, 35, 35), (255, 0, 0))
    assert at(image, 60, 60) == WHITE
    assert at(image, 50, 80) != WHITE


def test_clips_of_paths_and_of_text() -> None:
    area = (
        '<ofd:Clips><ofd:Clip><ofd:Area CTM="1 0 0 1 20 20"><ofd:Path Boundary="0 0 50 50">'
        f"<ofd:AbbreviatedData>{square(0, 0, 20)}</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip></ofd:Clips>"
    )
    image = shown(ofd(path(square(0, 0, 100), "", area + RED)))
    assert near(at(image, 30, 30), (255, 0, 0))
    assert at(image, 10, 30) == at(image, 50, 30) == WHITE
    letters = (
        '<ofd:Clips><ofd:Clip><ofd:Area><ofd:Text Boundary="20 20 60 60" Font="3" Size="60">'
        '<ofd:TextCode X="0" Y="55">一</ofd:TextCode></ofd:Text></ofd:Area></ofd:Clip></ofd:Clips>'
    )
    cut = shown(ofd(path(square(0, 0, 100), "", letters + RED)))
    written = shown(ofd(text("一", 'Size="60"', 'X="0" Y="55"', RED)))
    assert all(abs(one - other) < 0.6 for one, other in zip(ink(cut), ink(written), strict=True))


@pytest.mark.parametrize(("flag", "x"), [("true", 60), ("false", 30)])
def test_a_clip_moves_with_its_object_unless_it_says_otherwise(flag: str, x: int) -> None:
    area = (
        f'<ofd:Clips TransFlag="{flag}"><ofd:Clip><ofd:Area><ofd:Path Boundary="0 0 50 50">'
        f"<ofd:AbbreviatedData>{square(20, 20, 15)}</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip></ofd:Clips>"
    )
    image = shown(ofd(path(square(0, 0, 50), 'CTM="2 0 0 2 0 0"', area + RED)))
    assert near(at(image, x, x), (255, 0, 0))
    assert at(image, 90 - x, 90 - x) == WHITE


# --- text ---


def test_letters_run_in_the_direction_of_reading() -> None:
    boxes = {
        turn: ink(shown(ofd(text("一二三四", f'ReadDirection="{turn}"', 'X="30" Y="40"'))))
        for turn in (0, 90, 180, 270)
    }
    assert boxes[0][2] - boxes[0][0] > 3 * (boxes[0][3] - boxes[0][1])
    assert boxes[90][3] - boxes[90][1] > 3 * 9
    assert boxes[180][0] < boxes[0][0] - 25
    assert boxes[270][1] < boxes[90][1] - 25


def test_letters_stand_as_turned() -> None:
    upright = ink(shown(ofd(text("一", 'Size="40"', 'X="10" Y="35"'))))
    lying = ink(shown(ofd(text("一", 'Size="40" CharDirection="90"', 'X="10" Y="15"'))))
    assert upright[2] - upright[0] > 3 * (upright[3] - upright[1])
    assert lying[3] - lying[1] > 3 * (lying[2] - lying[0])


def test_letters_follow_steps_scale_and_matrix() -> None:
    wide, narrow = (ink(shown(ofd(text("口", f'Size="40" HScale="{scale}"', 'X="0" Y="38"')))) for scale in (1, 0.5))
    assert narrow[2] - narrow[0] == pytest.approx((wide[2] - wide[0]) / 2, rel=0.1)
    down = ink(shown(ofd(text("口口", "", 'X="0" Y="10" DeltaY="30"'))))
    assert down[3] - down[1] > 35
    groups = ink(shown(ofd(text("口口口口", "", 'X="0" Y="10" DeltaX="g 3 15"'))))
    assert groups[2] - groups[0] == pytest.approx(45 + wide[2] / 40 * 5, abs=5)
    turned = ink(shown(ofd(text("口口口", 'CTM="0 1 -1 0 40 0"', 'X="0" Y="10" DeltaX="10 10"'))))
    assert turned[3] - turned[1] > 2.2 * (turned[2] - turned[0])


def carried(letters: str, kind: str = "ttf") -> bytes:
    """A font of some letters of the house font."""
    font = TTFont(font_path(), lazy=False)
    options = subset.Options(notdef_outline=True, glyph_names=False)
    maker = subset.Subsetter(options)
    maker.populate(text=letters)
    maker.subset(font)
    if kind == "bare":
        for table in ("cmap", "name", "OS/2", "post"):
            if table in font:
                del font[table]
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


FONT = '<ofd:Fonts><ofd:Font ID="5" FontName="x"><ofd:FontFile>f.ttf</ofd:FontFile></ofd:Font></ofd:Fonts>'


def transform(position: int, codes: int, count: int, *glyphs: int) -> str:
    return (
        f'<ofd:CGTransform CodePosition="{position}" CodeCount="{codes}" GlyphCount="{count}"><ofd:Glyphs>'
        f"{' '.join(map(str, glyphs))}</ofd:Glyphs></ofd:CGTransform>"
    )


def test_glyphs_are_named_for_each_piece_of_text() -> None:
    """CodePosition counts within the text it stands before; DeltaX counts glyphs (clause 11.4)."""
    data = carried("甲乙丙ab")
    face = Face(data)
    a, b, c = (face.glyph(each) for each in "甲乙丙")
    more = {"Doc_0/f.ttf": data}

    def written(inside: str) -> Image.Image:
        words = f'<ofd:TextObject Boundary="10 20 80 60" Font="5" Size="10">{inside}</ofd:TextObject>'
        return shown(ofd(words, resources=FONT, more=more))

    plain = written('<ofd:TextCode X="0" Y="10" DeltaX="12 12">甲乙丙</ofd:TextCode>')
    one = transform(0, 3, 3, a, b, c)
    assert (
        ImageChops.difference(
            plain, written(one + '<ofd:TextCode X="0" Y="10" DeltaX="12 12">???</ofd:TextCode>')
        ).getbbox()
        is None
    )
    two = (
        f'<ofd:CGTransform CodePosition="0"><ofd:Glyphs>{a}</ofd:Glyphs></ofd:CGTransform>'
        '<ofd:TextCode X="0" Y="10">?</ofd:TextCode>'
        f'<ofd:CGTransform CodePosition="0" CodeCount="2"><ofd:Glyphs>{b} {c}</ofd:Glyphs></ofd:CGTransform>'
        '<ofd:TextCode X="12" DeltaX="12">??</ofd:TextCode>'
    )
    assert ImageChops.difference(plain, written(two)).getbbox() is None
    many = transform(0, 1, 2, a, b) + '<ofd:TextCode X="0" Y="10" DeltaX="12 12">?丙</ofd:TextCode>'
    assert ImageChops.difference(plain, written(many)).getbbox() is None
    ligature = transform(0, 2, 1, a) + '<ofd:TextCode X="0" Y="10" DeltaX="12 12">fi乙丙</ofd:TextCode>'
    assert ImageChops.difference(plain, written(ligature)).getbbox() is None


def test_a_font_without_any_table_but_outlines_shows_the_glyphs_that_are_named() -> None:
    data = carried("甲乙", "bare")
    face = Face(carried("甲乙"))
    words = (
        '<ofd:TextObject Boundary="10 20 80 60" Font="5" Size="20"><ofd:CGTransform CodePosition="0" CodeCount="2">'
        f"<ofd:Glyphs>{face.glyph('甲')} {face.glyph('乙')}</ofd:Glyphs></ofd:CGTransform>"
        '<ofd:TextCode X="0" Y="20" DeltaX="20">??</ofd:TextCode></ofd:TextObject>'
    )
    bare = ofd(words, resources=FONT, more={"Doc_0/f.ttf": data})
    house = (
        '<ofd:TextObject Boundary="10 20 80 60" Font="3" Size="20"><ofd:TextCode X="0" Y="20" DeltaX="20">甲乙'
        "</ofd:TextCode></ofd:TextObject>"
    )
    different = (
        ImageChops.difference(shown(bare), shown(ofd(house))).convert("L").point(lambda value: 255 if value > 90 else 0)
    )
    assert sum(different.histogram()[255:]) < 40
    assert notes(bare) == []


def test_what_no_font_has_is_a_box_and_a_note() -> None:
    data = ofd(text("甲\U0002a6a5\u0f40☑ก"))
    assert ink(shown(data))[2] > 50
    (note,) = notes(data)
    assert "U+2A6A5" in note
    assert "U+0F40" in note
    assert "U+2611" not in note
    assert "U+0E01" not in note


# --- images ---


def image_of(resource: str, attributes: str = "") -> str:
    return f'<ofd:ImageObject Boundary="10 10 80 80" CTM="80 0 0 80 0 0" ResourceID="{resource}" {attributes}/>'


MEDIA = (
    '<ofd:MultiMedias><ofd:MultiMedia ID="8" Type="Image"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia>'
    '<ofd:MultiMedia ID="9" Type="Image"><ofd:MediaFile>b.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>'
)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("TIFF", mode) for mode in ("1", "L", "RGB", "CMYK", "I;16")),
        *(("BMP", mode) for mode in ("1", "L", "RGB")),
        *(("JPEG2000", "RGB"), ("GIF", "P"), ("WEBP", "RGBA")),
    ],
)
def test_images_of_every_kind(kind: str, mode: str) -> None:
    picture = Image.new("L", (40, 40), 255)
    picture.paste(0, (0, 0, 20, 40))
    pixels = picture.convert("I").point(lambda value: value * 257) if mode == "I;16" else picture.convert("RGB")
    buffer = io.BytesIO()
    pixels.convert(mode).save(buffer, kind)
    image = shown(ofd(image_of("8"), resources=MEDIA, more={"Doc_0/a.png": buffer.getvalue()}))
    assert max(at(image, 30, 50)) < 40
    assert min(at(image, 70, 50)) > 215


def test_a_mask_a_border_and_an_images_own_opacity() -> None:
    red = png(Image.new("RGB", (40, 40), (255, 0, 0)))
    mask = Image.new("1", (40, 40), 0)
    mask.paste(1, (0, 0, 20, 40))
    border = image_of("8", 'ImageMask="9" Alpha="128"').replace(
        "/>", '><ofd:Border LineWidth="2"><ofd:BorderColor Value="0 0 255"/></ofd:Border></ofd:ImageObject>'
    )
    image = shown(ofd(border, resources=MEDIA, more={"Doc_0/a.png": red, "Doc_0/b.png": png(mask)}))
    assert near(at(image, 30, 50), (255, 127, 127), 10)
    assert at(image, 70, 50) == WHITE
    assert near(at(image, 50, 9.6), (127, 127, 255), 10)


def test_an_image_that_is_missing_or_broken_is_noted_and_the_rest_is_shown() -> None:
    data = ofd(
        image_of("8") + image_of("9") + path(square(0, 0, 5), "", RED),
        resources=MEDIA,
        more={"Doc_0/b.png": b"\x89PNG\r\n"},
    )
    assert near(at(shown(data), 2, 2), (255, 0, 0))
    assert [("missing" in each, "cannot be read" in each) for each in notes(data)] == [(True, False), (False, True)]


# --- what stands on what ---


def test_layers_and_templates_stand_as_they_say() -> None:
    def coloured(value: str) -> str:
        return path(square(10, 10, 50), "", colour(value))

    templates = (
        '<ofd:TemplatePage ID="20" BaseLoc="Tpls/a.xml"/>'
        '<ofd:TemplatePage ID="21" ZOrder="Foreground" BaseLoc="Tpls/b.xml"/>'
    )
    more = {
        "Doc_0/Tpls/a.xml": content(coloured("0 0 255")).encode(),
        "Doc_0/Tpls/b.xml": content(coloured("0 255 0")).encode(),
    }
    for before, wanted in (
        ('<ofd:Template TemplateID="20"/>', (255, 0, 0)),
        ('<ofd:Template TemplateID="20" ZOrder="Foreground"/>', (0, 0, 255)),
        ('<ofd:Template TemplateID="21"/>', (0, 255, 0)),
        ('<ofd:Template TemplateID="21" ZOrder="Background"/>', (255, 0, 0)),
    ):
        data = ofd(coloured("255 0 0"), common=templates, before=before, more=more)
        assert near(at(shown(data), 30, 30), wanted), before


def test_composites_carry_their_matrix_and_opacity_into_what_they_hold() -> None:
    unit = (
        '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="30" Width="50" Height="50"><ofd:Content>'
        f"{path(square(0, 0, 10), '', RED)}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
    )
    one = '<ofd:CompositeObject Boundary="20 20 60 60" CTM="2 0 0 2 0 0" ResourceID="30" Alpha="128"/>'
    image = shown(ofd(one, resources=unit))
    assert near(at(image, 38, 38), (255, 127, 127))
    assert at(image, 42, 42) == WHITE


def test_annotations_lie_over_the_page_and_hidden_ones_do_not() -> None:
    square_of_it = path(square(0, 0, 20), 'Alpha="51"', RED)

    def annotation(attributes: str) -> bytes:
        return (
            f'<ofd:PageAnnot {NS}><ofd:Annot ID="40" Type="Watermark" {attributes}>'
            f'<ofd:Appearance Boundary="10 10 50 50">{square_of_it}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>'
        ).encode()

    listing = (
        f'<ofd:Annotations {NS}><ofd:Page PageID="1"><ofd:FileLoc>an.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>'
    )
    for attributes, wanted in (("", (255, 204, 204)), ('Visible="false"', WHITE)):
        more = {"Doc_0/list.xml": listing.encode(), "Doc_0/an.xml": annotation(attributes)}
        image = shown(ofd("", document="<ofd:Annotations>list.xml</ofd:Annotations>", more=more))
        assert near(at(image, 20, 20), wanted)
        assert at(image, 40, 40) == WHITE
    gone = {"Doc_0/list.xml": listing.encode()}
    assert at(shown(ofd("", document="<ofd:Annotations>list.xml</ofd:Annotations>", more=gone)), 20, 20) == WHITE


def test_noise_in_every_attribute_draws_something_or_refuses_exactly() -> None:
    """A page of every kind of object with attributes of nonsense: an image comes out, never an error of ours."""
    chance = random.Random(20261122)
    kinds = [
        "",
        "nan",
        "-1",
        "1e9",
        "0 0",
        "1 0 0 1 0 0",
        "0 0 0 0 0 0",
        "x",
        "999999999999",
        "-5 -5 3 3",
        "true",
        "g 9 9",
    ]
    names = [
        *(
            "Boundary CTM LineWidth Cap Join MiterLimit DashOffset DashPattern Alpha Font Size Stroke Fill HScale"
        ).split(),
        *("ReadDirection CharDirection Weight Italic Rule ResourceID ImageMask DrawParam Visible").split(),
    ]

    def any_of() -> str:
        return chance.choice(kinds)

    for _ in range(60):

        def some(count: int) -> str:
            return " ".join(f'{name}="{chance.choice(kinds)}"' for name in chance.sample(names, count))

        shade = chance.choice([axial(), pattern(), RED, "<ofd:FillColor><ofd:RadialShd/></ofd:FillColor>"])
        page = (
            f'<ofd:TextObject {some(9)}>{shade}<ofd:CGTransform CodePosition="{any_of()}" CodeCount="{any_of()}">'
            f'<ofd:Glyphs>{any_of()}</ofd:Glyphs></ofd:CGTransform><ofd:TextCode X="{any_of()}" '
            f'DeltaX="{any_of()}" DeltaY="{any_of()}">甲a</ofd:TextCode></ofd:TextObject><ofd:PathObject {some(9)}>'
            f"{shade}<ofd:AbbreviatedData>M 0 0 L 9 9 A 1 1 0 0 1 5 5 C</ofd:AbbreviatedData></ofd:PathObject>"
            f"<ofd:ImageObject {some(9)}/><ofd:CompositeObject {some(5)}/>"
        )
        _format, document = open_pages(ofd(page), "a.ofd")
        document.notes(1)
        assert document.draw(1, width=50, dpi=None).width == 50
