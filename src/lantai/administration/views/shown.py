"""Where a list of administration stands."""

from __future__ import annotations

from django.http import HttpRequest

from lantai.common.components import Pager


def number_asked(request: HttpRequest, name: str) -> int | None:
    """The positive number *name* of the address, None when it is absent or nonsense."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 16 and int(text) else None


def pager_of(request: HttpRequest, *, page: int, size: int, total: int) -> Pager:
    """Where page *page* of a list of *total* lines stands, *size* a page."""
    query = request.GET.copy()
    query.pop("page", None)
    base = f"?{query.urlencode()}&page=" if query else "?page="
    first = (page - 1) * size + 1 if total else 0
    return Pager(
        first=first, last=min(page * size, total), total=total, page=page, pages=max(1, -(-total // size)), base=base
    )
