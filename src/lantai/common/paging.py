"""Where a list stands: what the address asks for, and the pager below the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

from lantai.common.components import Pager

Line = TypeVar("Line")


def number_asked(request: HttpRequest, name: str) -> int | None:
    """The positive number *name* of the address, None when it is absent or nonsense."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 16 and int(text) else None


def text_asked(request: HttpRequest, name: str, *, longest: int = 200) -> str:
    """The text *name* of the address without what no text holds (control characters), at most *longest* characters."""
    return "".join(each for each in request.GET.get(name, "") if each.isprintable()).strip()[:longest]


def address_with(request: HttpRequest, **changes: str) -> str:
    """The query of this page's address with *changes*; an empty value takes a condition away. Page 1 again."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}" if query else request.path


def pager_of(request: HttpRequest, *, page: int, size: int, total: int) -> Pager:
    """Where page *page* of a list of *total* lines stands, *size* a page."""
    query = request.GET.copy()
    query.pop("page", None)
    base = f"?{query.urlencode()}&page=" if query else "?page="
    first = (page - 1) * size + 1 if total else 0
    return Pager(
        first=first, last=min(page * size, total), total=total, page=page, pages=max(1, -(-total // size)), base=base
    )


@dataclass(frozen=True, slots=True)
class Portion(Generic[Line]):
    """The lines of one page of a list, with its pager."""

    lines: Sequence[Line]
    pager: Pager


def portion_asked(
    request: HttpRequest, *, size: int, read: Callable[[int, int], tuple[Sequence[Line], int]], most: int = 1_000_000
) -> Portion[Line]:
    """The page of a list that the address asks for; ``read(offset, limit)`` gives lines and the total.

    A page beyond the last one becomes the last one; nobody pages beyond *most* lines.
    """
    page = min(number_asked(request, "page") or 1, max(1, most // size))
    lines, total = read((page - 1) * size, size)
    last = max(1, -(-min(total, most) // size))
    if page > last:
        page = last
        lines, total = read((page - 1) * size, size)
    return Portion(lines, pager_of(request, page=page, size=size, total=total))
