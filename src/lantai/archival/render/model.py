"""What rendering gives: pages as images, and words with places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

ImageFormat = Literal["png", "webp", "jpeg", "screen"]
"""``screen`` is WebP for writing on white and JPEG, which is far quicker, for what looks like paper or a photograph."""


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """One page as an image: its bytes, size in pixels, and MIME type."""

    data: bytes
    width: int
    height: int
    mime: str


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A run of text on a page with its box, in parts of the page's width and height, from the upper left corner."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader has to know of a page that is not shown quite as it was made, in Chinese and in English."""

    zh: str
    en: str


def missing_characters(characters: list[str]) -> Note:
    """The note of characters that are shown as an empty box because no font here has them."""
    named = " ".join(f"{each} (U+{ord(each):04X})" for each in characters[:20])
    more = f" … {len(characters)}" if len(characters) > 20 else ""
    return Note(
        f"这些字没有字形，页图上以方框显示：{named}{more}",
        f"no font here has these characters; boxes show them: {named}{more}",
    )


class PagedDocument(Protocol):
    """An open document whose pages can be looked at one by one; nothing of a page is made before it is asked for.

    Every verb takes the page's number, from 1, and raises NoSuchPage, or RenderRefused for a page that is damaged.
    """

    count: int

    def shape(self, number: int) -> float:
        """Height over width of a page as it is shown, without drawing it."""
        ...

    def lines(self, number: int) -> tuple[PlacedLine, ...]:
        """The words of a page with their places; none where the format holds none."""
        ...

    def notes(self, number: int) -> tuple[Note, ...]:
        """What a reader has to know of how the page is shown."""
        ...

    def draw(self, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
        """A page as grey or RGB pixels, *width* pixels wide or at *dpi*."""
        ...


class RenderRefused(Exception):
    """A page cannot be shown. ``reason_zh`` and ``reason_en`` say why and what can be done instead."""

    def __init__(self, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{reason_zh} / {reason_en}")
        self.reason_zh = reason_zh
        self.reason_en = reason_en


class NoSuchPage(RenderRefused):
    """The document has no page of that number."""

    def __init__(self, number: int, pages: int) -> None:
        super().__init__(f"没有第{number}页，文件共{pages}页", f"there is no page {number}; the document has {pages}")
