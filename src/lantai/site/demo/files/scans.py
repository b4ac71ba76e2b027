"""Scanned attachments: certificates, contracts, plans as a scanner delivers them, with grain, skew and stamps.

What all pages of a kind have in common is drawn once a process; a page then costs its own few words, one turn, one
layer of grain and the compression.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from lantai.site.demo.files.typeface import Typeface

WIDTH, HEIGHT, DPI = 827, 1170, 100
INK, FAINT, PAPER = 40, 130, 247
_STAMP = 150
_TURNS = (-7, -3, 2, 6)
Kind = Literal["id", "book", "licence", "contract", "cert", "proof", "plan", "photo"]


@cache
def _font(data: bytes, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=40_000)
def _glyph(data: bytes, size: int, character: str) -> Image.Image:
    """The mask of one character; the same few thousand fill every page."""
    font = _font(data, size)
    mask = Image.new("L", (max(1, round(font.getlength(character)) + 1), round(size * 1.4)))
    ImageDraw.Draw(mask).text((0, 0), character, fill=255, font=font)
    return mask


def _set(face: Typeface, page: Image.Image, x: float, y: int, text: str, size: int, ink: int) -> None:
    """Set *text* with its upper left corner at a place, from masks kept ready."""
    for each in text:
        page.paste(ink, (round(x), y), _glyph(face.data, size, each))
        x += face.advances[face.numbers[each]] * size / 1000


@cache
def _grain() -> Image.Image:
    """A sheet of grain larger than a page, so that every page lies on another piece of it."""
    chance = random.Random(20260101)
    noise = Image.frombytes("L", (WIDTH + 160, HEIGHT + 160), chance.randbytes((WIDTH + 160) * (HEIGHT + 160)))
    soft = noise.filter(ImageFilter.GaussianBlur(0.9))
    return soft.point([min(255, 244 + round((value - 128) * 0.2)) for value in range(256)])


@lru_cache(maxsize=128)
def _stamp(face: Typeface, body: str, turn: int) -> Image.Image:
    """The mask of a round stamp: ring, star, the body's name turned along the ring, 演示 below."""
    big = _STAMP * 2
    mask = Image.new("L", (big, big))
    draw = ImageDraw.Draw(mask)
    draw.ellipse((6, 6, big - 7, big - 7), outline=235, width=9)
    size = min(40, max(16, round(560 / (len(body) + 2))))
    font = _font(face.data, size)
    spread = min(250.0, (len(body) - 1) * size * 0.62)
    for place, character in enumerate(body):
        angle = spread / 2 - spread * place / max(1, len(body) - 1)
        letter = Image.new("L", (big, big))
        ImageDraw.Draw(letter).text((big / 2, 24), character, fill=235, font=font, anchor="mt")
        mask = ImageChops.lighter(mask, letter.rotate(angle, Image.Resampling.BILINEAR))
    draw = ImageDraw.Draw(mask)
    draw.text((big / 2, big / 2 - 4), "★", fill=235, font=_font(face.data, 92), anchor="mm")
    draw.text((big / 2, big - 62), "演示专用章", fill=235, font=_font(face.data, 26), anchor="mm")
    worn = ImageChops.multiply(mask, _grain().crop((0, 0, big, big)).point(lambda value: min(255, value + 12)))
    return worn.resize((_STAMP, _STAMP), Image.Resampling.BILINEAR).rotate(turn, Image.Resampling.BILINEAR)


def _frame(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], width: int = 2) -> None:
    draw.rectangle(box, outline=INK, width=width)


@lru_cache(maxsize=64)
def _base(face: Typeface, kind: Kind, title: str) -> Image.Image:
    """What every page of this kind and title shows."""
    page = Image.new("L", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(page)
    if kind == "id":
        for top, words in ((190, ""), (560, "居民身份证")):
            draw.rounded_rectangle((190, top, 640, top + 284), 16, outline=90, width=2, fill=232)
            for wave in range(0, 260, 13):
                draw.arc((150, top + wave - 30, 700, top + wave + 70), 200, 340, fill=222)
            if words:
                draw.text((415, top + 82), "中华人民共和国", fill=INK, font=_font(face.data, 30), anchor="mm")
                draw.text((415, top + 132), words, fill=INK, font=_font(face.data, 40), anchor="mm")
        draw.ellipse((520, 232, 584, 312), fill=120)
        draw.pieslice((492, 318, 612, 470), 180, 360, fill=104)
        draw.text(
            (415, 920),
            "（复印件 · 演示样张，仅供办理政务服务事项使用）",
            fill=FAINT,
            font=_font(face.data, 18),
            anchor="mm",
        )
        for row, label in enumerate(("姓名", "性别", "出生", "住址", "", "公民身份号码")):
            draw.text((214, 222 + row * 38), label, fill=95, font=_font(face.data, 17))
        return page
    if kind == "licence":
        _frame(draw, (50, 60, WIDTH - 50, HEIGHT - 70), 6)
        _frame(draw, (64, 74, WIDTH - 64, HEIGHT - 84), 1)
        draw.text((WIDTH / 2, 190), title, fill=INK, font=_font(face.data, 64), anchor="mm")
        draw.text((WIDTH / 2, 250), "（副　本　· 演示）", fill=FAINT, font=_font(face.data, 24), anchor="mm")
    elif kind == "plan":
        _frame(draw, (60, 60, WIDTH - 60, HEIGHT - 60), 3)
        draw.line((60, HEIGHT - 190, WIDTH - 60, HEIGHT - 190), fill=INK, width=2)
        draw.text((WIDTH / 2, 104), title, fill=INK, font=_font(face.data, 32), anchor="mm")
    elif kind == "book":
        draw.text((WIDTH / 2, 130), title, fill=INK, font=_font(face.data, 44), anchor="mm")
        for row in range(13):
            draw.line((90, 200 + row * 62, WIDTH - 90, 200 + row * 62), fill=70, width=1)
        for column in (90, 250, WIDTH - 90):
            draw.line((column, 200, column, 200 + 12 * 62), fill=70, width=1)
    else:
        draw.text((WIDTH / 2, 130), title, fill=INK, font=_font(face.data, 38 if len(title) < 16 else 28), anchor="mm")
        if kind in ("cert", "proof"):
            _frame(draw, (60, 70, WIDTH - 60, HEIGHT - 70), 4)
    return page


def _words(face: Typeface, page: Image.Image, lines: Sequence[str], x: int, y: int, size: int, step: int) -> int:
    """Set *lines* one below the other; returns where the next would stand."""
    for line in lines:
        _set(face, page, x, y, line, size, INK)
        y += step
    return y


def _folded(face: Typeface, text: str, room: float, size: int) -> list[str]:
    """*text* in lines of at most *room* pixels."""
    lines, line, width = [], "", 0.0
    for each in text:
        step = face.advances[face.numbers[each]] * size / 1000
        if width + step > room:
            lines.append(line)
            line, width = "", 0.0
        line += each
        width += step
    return [*lines, line]


def scan_page(
    face: Typeface,
    chance: random.Random,
    *,
    kind: Kind,
    title: str,
    told: Mapping[str, str],
    stamp: str = "",
    clauses: Sequence[str] = (),
    form: Literal["JPEG", "TIFF"] = "JPEG",
    quality: int = 50,
    smooth: bool = True,
) -> bytes:
    """One page of *kind* headed *title*, saying what *told* says, with the round stamp of the body *stamp*; as JPEG, or
    as bilevel TIFF (CCITT group 4, 100 dpi). Raises MissingGlyph."""
    for each in (title, *told.values(), *clauses):
        face.glyphs(each)
    page = _base(face, kind, title).copy()
    _fill(face, page, chance, kind, told, clauses)
    turning = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    page = page.rotate(chance.uniform(-0.9, 0.9), turning, fillcolor=PAPER)
    left, top = chance.randrange(160), chance.randrange(160)
    page = ImageChops.multiply(page, _grain().crop((left, top, left + WIDTH, top + HEIGHT)))
    if form == "TIFF":
        sink = io.BytesIO()
        bilevel = page.point([255 if value > 168 else 0 for value in range(256)]).convert("1")
        bilevel.save(sink, "TIFF", compression="group4", dpi=(DPI, DPI))
        return sink.getvalue()
    if stamp:
        page = page.convert("RGB")
        mask = _stamp(face, stamp, chance.choice(_TURNS))
        at = (520 + chance.randrange(-30, 60), (640 if kind == "id" else 930) + chance.randrange(-30, 30))
        page.paste((196, 38, 44), (*at, at[0] + _STAMP, at[1] + _STAMP), mask)
    sink = io.BytesIO()
    page.save(sink, "JPEG", quality=quality, dpi=(DPI, DPI), subsampling=2)
    return sink.getvalue()


def _fill(
    face: Typeface,
    page: Image.Image,
    chance: random.Random,
    kind: Kind,
    told: Mapping[str, str],
    clauses: Sequence[str],
) -> None:
    """The page's own words and lines."""
    if kind == "id":
        values = list(told.values())
        for row, value in enumerate(values[:3]):
            _words(face, page, [value], 270, 218 + row * 38, 22, 0)
        _words(face, page, _folded(face, values[3], 220, 19)[:3], 270, 332, 19, 24)
        _words(face, page, [values[4]], 340, 410, 24, 0)
        _words(face, page, [f"签发机关　{values[5]}", f"有效期限　{values[6]}"], 250, 740, 21, 36)
        return
    if kind == "plan":
        _plan(face, page, chance, told)
        return
    if kind == "book":
        for row, (what, value) in enumerate(told.items()):
            _words(face, page, [what], 100, 216 + row * 62, 20, 0)
            _words(face, page, _folded(face, value, 460, 20)[:2], 262, 208 + row * 62, 20, 26)
        return
    x, y, room = (100, 300, 630) if kind == "licence" else (105, 210, 620)
    for what, value in told.items():
        _set(face, page, x, y, what, 21, FAINT if kind == "licence" else INK)
        y = _words(face, page, _folded(face, value, room - 190, 22), x + 190, y, 22, 30) + 12
    y += 10
    for clause in clauses:
        y = _words(face, page, _folded(face, clause, room, 20), x, y, 20, 31) + 5
        if y > 960:
            break


def _plan(face: Typeface, page: Image.Image, chance: random.Random, told: Mapping[str, str]) -> None:
    """Rooms with their names and measures, and the plan's title block."""
    names, draw = list(told.values()), ImageDraw.Draw(page)
    left, top, right, low = 120, 180, WIDTH - 120, HEIGHT - 270
    cut_x = left + round((right - left) * chance.uniform(0.35, 0.65))
    cut_y = top + round((low - top) * chance.uniform(0.4, 0.65))
    low_x = left + round((right - left) * chance.uniform(0.3, 0.6))
    draw.rectangle((left, top, right, low), outline=INK, width=6)
    draw.line((cut_x, top, cut_x, cut_y), fill=INK, width=5)
    draw.line((left, cut_y, right, cut_y), fill=INK, width=5)
    draw.line((low_x, cut_y, low_x, low), fill=INK, width=5)
    small = _font(face.data, 20)
    rooms = (
        (left, top, cut_x, cut_y),
        (cut_x, top, right, cut_y),
        (left, cut_y, low_x, low),
        (low_x, cut_y, right, low),
    )
    for (x1, y1, x2, y2), name in zip(rooms, ("大厅", "操作间", "库房", "办公室"), strict=True):
        middle = ((x1 + x2) / 2, (y1 + y2) / 2)
        draw.text(middle, name, fill=INK, font=small, anchor="mm")
        area = (x2 - x1) * (y2 - y1) / 9000
        draw.text((middle[0], middle[1] + 28), f"{area:.1f}平方米", fill=FAINT, font=_font(face.data, 16), anchor="mm")
        door = x1 + round((x2 - x1) * chance.uniform(0.2, 0.6))
        draw.line((door, y2, door + 46, y2), fill=PAPER, width=8)
        draw.arc((door, y2 - 46, door + 92, y2 + 46), 180, 270, fill=INK, width=2)
    draw.line((left, top - 26, right, top - 26), fill=FAINT, width=1)
    draw.text(
        ((left + right) / 2, top - 40), f"{(right - left) * 20}", fill=FAINT, font=_font(face.data, 16), anchor="mm"
    )
    draw.text(
        (80, HEIGHT - 176), "\n".join(_folded(face, "　".join(names), 660, 20)[:4]), fill=INK, font=small, spacing=10
    )
