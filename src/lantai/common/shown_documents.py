"""What the viewer shows: a document page by page, each as an image with its lines; values as in ``components``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lantai.common.components import Link


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands on its page, in per cent of the page's width and height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def style(self) -> str:
        """The four numbers as an inline style."""
        return f"left:{self.left:.2f}%;top:{self.top:.2f}%;width:{self.width:.2f}%;height:{self.height:.2f}%"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a page's text. ``sure`` is the recogniser's confidence in per cent, None for embedded text.
    ``pieces`` is the text cut at looked-for words, (piece, whether it is one), where there are any."""

    text: str
    place: Place | None = None
    sure: int | None = None
    doubtful: bool = False
    key: str = ""
    pieces: Sequence[tuple[str, bool]] = ()


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as an image made by the server, with its size in pixels; ``hits`` is where looked-for words stand."""

    number: int
    href: str
    width: int
    height: int
    thumbnail: str = ""
    lines: Sequence[TextLine] = ()
    hits: Sequence[Place] = ()


@dataclass(frozen=True, slots=True)
class PagePortion:
    """Which pages of a long document are on view, the ways to those before and after, and what a jump keeps."""

    first: int
    last: int
    total: int
    earlier: str = ""
    later: str = ""
    keep: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One document shown page by page; ``problem`` says why there are no images, ``facts`` what it is, ``note`` what a
    reader has to know of the images, ``hits`` what became of looked-for words and ``hit_pages`` the ways to them."""

    name: str
    facts: str = ""
    pages: Sequence[PageImage] = ()
    problem: str = ""
    download: str = ""
    text_kind: str = ""
    note: str = ""
    portion: PagePortion | None = None
    hits: str = ""
    hit_pages: Sequence[Link] = ()
