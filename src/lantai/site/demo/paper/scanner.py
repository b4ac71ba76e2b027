"""What a scanner makes of a paper: a page image with paper tone, noise, a slight skew and the shadow of the lid."""

from __future__ import annotations

import functools
import io
import random
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFont

from lantai.site.demo.paper.marks import Colour, Line, Page, Paper, Ring, Shape, Text
from lantai.site.demo.paper.typeface import POINT, typeface

_TILE = 512
_WHITE = (255, 255, 255)
Mode = Literal["grey", "colour", "bilevel"]


def scan(
    paper: Paper,
    *,
    seed: int,
    dpi: int = 200,
    mode: Mode = "grey",
    form: Literal["JPEG", "TIFF"] = "JPEG",
    quality: int = 42,
) -> bytes:
    """*paper* as a scanner delivers it: one JPEG of its first page, or one TIFF of all.

    *seed* settles skew, tone and noise; ``bilevel`` is for TIFF only (CCITT Group 4, as scanners of offices make it).
    """
    dice = random.Random(seed)
    pages = paper.pages if form == "TIFF" else paper.pages[:1]
    images = [_worn(draw_page(page, dpi, colour=mode == "colour"), dice, mode) for page in pages]
    sink = io.BytesIO()
    if form == "JPEG":
        images[0].save(sink, "JPEG", quality=quality, dpi=(dpi, dpi), subsampling=2)
    else:
        compression = "group4" if mode == "bilevel" else "jpeg"
        images[0].save(
            sink, "TIFF", save_all=True, append_images=images[1:], compression=compression, dpi=(dpi, dpi)
        )
    return sink.getvalue()


def draw_page(page: Page, dpi: int, *, colour: bool = False) -> Image.Image:
    """The page as it would come out of a printer, without wear: greys, or colours where asked for."""
    scale = dpi / 25.4
    size = (round(page.width * scale), round(page.height * scale))
    image = Image.new("RGB" if colour else "L", size, "white")
    draw = ImageDraw.Draw(image)
    ink = Image.new("RGB", size, "white") if colour and any(_is_stamp(each) for each in page.marks) else None
    stamp = ImageDraw.Draw(ink) if ink is not None else draw
    for mark in page.marks:
        over = _is_stamp(mark)
        target, canvas = (stamp, ink) if over and ink is not None else (draw, image)
        paint: Colour | int = mark.colour if colour else _grey(mark.colour)
        if isinstance(mark, Text):
            _text(target, canvas or image, mark, scale, dpi, paint)
        elif isinstance(mark, Line):
            ends = [mark.x1 * scale, mark.y1 * scale, mark.x2 * scale, mark.y2 * scale]
            target.line(ends, fill=paint, width=max(1, round(mark.width * scale)))
        elif isinstance(mark, Ring):
            reach = mark.radius + mark.width / 2
            box = [(mark.x - reach) * scale, (mark.y - reach) * scale, (mark.x + reach) * scale, (mark.y + reach) * scale]
            target.ellipse(box, outline=paint, width=max(1, round(mark.width * scale)))
        else:
            target.polygon([(x * scale, y * scale) for x, y in mark.points], fill=paint)
    return ImageChops.multiply(image, ink) if ink is not None else image


def _is_stamp(mark: Text | Line | Ring | Shape) -> bool:
    return isinstance(mark, Ring) or (isinstance(mark, Text | Shape) and mark.over)


def _grey(colour: Colour) -> int:
    return round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


@functools.lru_cache(maxsize=64)
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(typeface().path), pixels, layout_engine=ImageFont.Layout.BASIC)


def _text(
    draw: ImageDraw.ImageDraw, image: Image.Image, mark: Text, scale: float, dpi: int, paint: Colour | int
) -> None:
    pixels = max(6, round(mark.size * dpi / 72))
    font = _font(pixels)
    stroke = max(0.4, pixels * 0.014) if mark.bold else 0
    if mark.angle:
        _turned(image, mark, scale, font, stroke, paint)
        return
    x, y = mark.x * scale, mark.y * scale
    if not mark.spacing:
        draw.text((x, y), mark.text, fill=paint, font=font, anchor="ls", stroke_width=stroke, stroke_fill=paint)
        return
    for each in mark.text:
        draw.text((x, y), each, fill=paint, font=font, anchor="ls", stroke_width=stroke, stroke_fill=paint)
        x += (typeface().advance(each) * mark.size * POINT / 1000 + mark.spacing) * scale


def _turned(
    image: Image.Image, mark: Text, scale: float, font: ImageFont.FreeTypeFont, stroke: float, paint: Colour | int
) -> None:
    """Draw turned text through a mask of its own, turned about the beginning of its baseline."""
    half = round(typeface().width(mark.text, mark.size) * scale + font.size * 1.4)
    mask = Image.new("L", (2 * half, 2 * half))
    ImageDraw.Draw(mask).text((half, half), mark.text, fill=255, font=font, anchor="ls", stroke_width=stroke)
    mask = mask.rotate(-mark.angle, Image.Resampling.BICUBIC)
    at = (round(mark.x * scale) - half, round(mark.y * scale) - half)
    image.paste(paint, (at[0], at[1], at[0] + 2 * half, at[1] + 2 * half), mask)


@functools.cache
def _noise() -> Image.Image:
    """A tile of noise around 128, the same in every process: the sum of two uniform tiles is nearly bell-shaped."""
    dice = random.Random(20260101)
    tiles = [Image.frombytes("L", (_TILE, _TILE), dice.randbytes(_TILE * _TILE)) for _ in range(2)]
    return ImageChops.add(tiles[0], tiles[1], scale=2.0)


@functools.lru_cache(maxsize=8)
def _grain(size: tuple[int, int]) -> Image.Image:
    """The tile laid over *size* and half a tile more, its swing reduced to what paper and sensor add."""
    tile = _noise().point([round(128 + (value - 128) * 0.07) for value in range(256)])
    whole = Image.new("L", (size[0] + _TILE, size[1] + _TILE))
    for left in range(0, whole.width, _TILE):
        for top in range(0, whole.height, _TILE):
            whole.paste(tile, (left, top))
    return whole


def _worn(image: Image.Image, dice: random.Random, mode: Mode) -> Image.Image:
    size = image.size
    tone = dice.randint(238, 250)
    paper = (tone, tone - dice.randint(0, 3), tone - dice.randint(3, 10)) if image.mode == "RGB" else (tone,)
    image = ImageChops.multiply(image, Image.new(image.mode, size, paper if image.mode == "RGB" else tone))
    turn = dice.choice((-1, 1)) * dice.uniform(0.15, 0.9)
    image = image.rotate(turn, Image.Resampling.BILINEAR, fillcolor=paper if image.mode == "RGB" else tone)
    image = ImageChops.multiply(image, _shade(size, dice).convert(image.mode))
    left, top = dice.randrange(_TILE), dice.randrange(_TILE)
    grain = _grain(size).crop((left, top, left + size[0], top + size[1])).convert(image.mode)
    image = ImageChops.add(image, grain, scale=1.0, offset=-128)
    if mode == "bilevel":
        return image.convert("L").point([255 if value > 150 else 0 for value in range(256)]).convert("1", dither=Image.Dither.NONE)
    return image


def _shade(size: tuple[int, int], dice: random.Random) -> Image.Image:
    """Slightly uneven light, darker at one edge as beside the spine or the lid."""
    small = Image.new("L", (4, 4))
    small.putdata([dice.randint(246, 255) for _ in range(16)])
    shade = small.resize(size, Image.Resampling.BILINEAR)
    edge = dice.randrange(4)
    depth = max(4, round(size[0] * 0.006))
    boxes = ((0, 0, depth, size[1]), (size[0] - depth, 0, size[0], size[1]), (0, 0, size[0], depth), (0, size[1] - depth, *size))
    if dice.random() < 0.6:
        shade.paste(dice.randint(150, 215), boxes[edge])
    return shade
