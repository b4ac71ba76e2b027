"""What the components show: small frozen values that views build and templates read.

A component is a tag of ``{% load lantai %}`` that takes one of these. Text is what the reader sees, already in the
reader's language; ``href`` is an address, empty when there is none; ``state`` is a code of :mod:`lantai.common.states`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "info", "ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere, or part of a crumb (层级), the last without address; ``code`` sets a number as one."""

    text: str
    href: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A button. With ``href`` a link; otherwise it submits its form with ``name=value``.

    ``key`` is the key that presses it ("n", "mod+enter"), ``reason`` says why it cannot be pressed now and disables it.
    """

    text: str
    href: str = ""
    icon: str = ""
    kind: Literal["", "primary", "danger", "ghost"] = ""
    name: str = ""
    value: str = ""
    key: str = ""
    reason: str = ""
    download: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A note: its first words are bold, the rest says what to do."""

    tone: Tone
    lead: str
    text: str = ""
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab or saved view (已存视图)."""

    text: str
    href: str
    here: bool = False
    count: int | None = None
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition of a search, with the address of the same search without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that opens its rows (rule 18), with what it is made of."""

    label: str
    value: str
    unit: str = ""
    more: str = ""
    href: str = ""
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a key-value list. ``copy`` shows a copy button; ``note`` stands small behind the value."""

    key: str
    value: str
    code: bool = False
    href: str = ""
    state: str = ""
    note: str = ""
    copy: bool = False


@dataclass(frozen=True, slots=True)
class PairGroup:
    """Key-value lines under one heading."""

    title: str
    pairs: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a course of work."""

    text: str
    stands: Literal["done", "now", "failed", ""] = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a timeline, newest first."""

    title: str
    at: str
    by: str = ""
    detail: str = ""
    href: str = ""
    stands: Literal["ok", "bad", "now", ""] = ""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check (检测项) in a list: code, name, verdict as state code, what was found, what to do."""

    code: str
    name: str
    state: str
    found: str = ""
    advice: str = ""
    path: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """One of the four natures (四性) or another group of checks; folded when it passed, open when it did not."""

    name: str
    state: str
    passed: int
    total: int
    lines: Sequence[CheckLine]

    @property
    def opened(self) -> bool:
        """Whether the group stands open."""
        return self.state in ("fail", "warning")


@dataclass(frozen=True, slots=True)
class ReceiptLink:
    """One receipt (回执) of the signed chain, or a place in it that is still awaited (``at`` empty)."""

    name: str
    at: str = ""
    digest: str = ""
    text: str = ""
    href: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class JobRow:
    """One background job: ``state`` of the list of states, progress in items, and what is left."""

    title: str
    state: str
    percent: int | None = None
    done: str = ""
    left: str = ""
    by: str = ""
    href: str = ""
    troubles: str = ""
    action: str = ""
    acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where there is nothing: why, and what next."""

    icon: str
    title: str
    text: str
    acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. ``sort`` is the order it is in now, ``href`` sorts by it."""

    text: str
    sort: Literal["", "ascending", "descending"] = ""
    href: str = ""
    right: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``more`` and ``code`` stand small on a second line; ``acts`` are buttons."""

    text: str = ""
    href: str = ""
    code: str = ""
    more: str = ""
    state: str = ""
    state_text: str = ""
    tone: Literal["", "muted", "late", "soon"] = ""
    mono: bool = False
    main: bool = False
    wide: bool = False
    right: bool = False
    whole: bool = False
    acts: Sequence[Act] = ()

    @property
    def css(self) -> str:
        """The classes of the cell; an empty cell is left out where rows are cards."""
        empty = not (self.text or self.state or self.code or self.more or self.acts)
        chosen = (
            ("lt-table__main", self.main),
            ("lt-table__acts", bool(self.acts)),
            ("lt-table__wide", self.wide),
            ("lt-right", self.right),
            ("lt-nowrap", self.whole),
            ("lt-muted", self.tone == "muted"),
            ("lt-table--blank", empty),
        )
        return " ".join(name for name, holds in chosen if holds)


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``key`` is what a selection remembers, ``name`` how the row is called by its tick box."""

    cells: Sequence[Cell]
    key: str = ""
    name: str = ""
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a list stands: page and pages from 1, ``base`` the address up to ``page=`` of any page."""

    first: int
    last: int
    total: int
    page: int
    pages: int
    base: str
    note: str = ""

    @property
    def numbers(self) -> list[int]:
        """The page numbers to offer: first, last, and two on either side; 0 stands for a gap."""
        near = range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)
        wanted = sorted({1, max(1, self.pages), *near})
        numbers: list[int] = []
        for number in wanted:
            if numbers and number - numbers[-1] > 1:
                numbers.append(0)
            numbers.append(number)
        return numbers


@dataclass(frozen=True, slots=True)
class Bulk:
    """What can be done with selected rows. ``elsewhere`` counts those selected on other pages of the list."""

    action: str
    acts: Sequence[Act]
    elsewhere: int = 0
    select_all: Act | None = None
    clear: Act | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A list. On a phone each row becomes a small card."""

    label: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    pager: Pager | None = None
    bulk: Bulk | None = None
    empty: Empty | None = None
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. ``title`` and ``snippet`` are safe HTML that the search made: text escaped, hits in ``<mark>``.
    ``key`` is what a selection remembers, ``name`` how the result is called by its tick box.
    """

    href: str
    title: str
    state: str = ""
    facts: Sequence[str] = ()
    code: str = ""
    snippet: str = ""
    where: str = ""
    thumbnail: str = ""
    icon: str = "file-text"
    refused: Notice | None = None
    key: str = ""
    name: str = ""
    selected: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: its count, whether it is chosen, and the address of the search with it turned over.

    ``about`` says that the count is an estimate.
    """

    text: str
    count: int
    href: str
    here: bool = False
    about: bool = False


@dataclass(frozen=True, slots=True)
class YearBar:
    """One year of the histogram, as a share of the highest."""

    year: int
    count: int
    share: float
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a search. A facet with ``years`` is the histogram with two year fields."""

    title: str
    values: Sequence[FacetValue] = ()
    years: Sequence[YearBar] = ()
    year_from: str = ""
    year_until: str = ""
    opened: bool = True


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """A key and what it does on this page."""

    keys: Sequence[str]
    does: str
