"""What the address of a search asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.http import QueryDict

from lantai.finding import queries
from lantai.finding.search import Filters

QUESTION = 100
FACETS = tuple(name for name, _field in queries.FACETS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, bounded: words, chosen values, years, order, page."""

    question: str
    chosen: dict[str, tuple[str, ...]]
    since: int | None
    until: int | None
    sort: str
    page: int

    @property
    def filters(self) -> Filters:
        """The conditions as finding takes them; years become days."""
        return Filters(
            **cast(Any, self.chosen),
            day_from=self.since * 10_000 if self.since else None,
            day_to=self.until * 10_000 + 9_999 if self.until else None,
        )


def asked_in(given: QueryDict, *, page: int = 1) -> Asked:
    """What the parameters of an address ask for; nonsense is left out."""
    since, until = (_year(given.get(name, "")) for name in ("from", "until"))
    sort = given.get("sort", "")
    return Asked(
        question="".join(each for each in given.get("q", "") if each.isprintable()).strip()[:QUESTION],
        chosen={
            name: tuple(dict.fromkeys(each[:300] for each in given.getlist(name) if each.isprintable() and each))[:20]
            for name in FACETS
        },
        since=since,
        until=until,
        sort=sort if sort in queries.SORTS else "relevance",
        page=page,
    )


def _year(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 4 and text[0] != "0" else None
