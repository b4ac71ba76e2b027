"""What stands around long lists: rows selected over many pages, and saved views."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.common.components import Bulk


@dataclass(frozen=True, slots=True)
class Picking(Bulk):
    """A bulk bar whose selection is kept on the server (规则 7): ``action`` takes every tick at once.

    ``count`` rows are selected in all, ``elsewhere`` of them on other pages; ``query`` is the filter of the page and
    ``back`` its address. ``said`` tells of a selection that is all of a filter.
    """

    count: int = 0
    query: str = ""
    back: str = ""
    said: str = ""
    kept: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBar:
    """What can be done with the open view (已存视图). ``keep_at`` takes a new view, ``change_at`` is the address
    of the one that is open, empty when none is, or it is another's; ``revert`` shows it as it was kept.
    """

    keep_at: str
    query: str
    name: str = ""
    change_at: str = ""
    first_at: str = ""
    revert: str = ""
    changed: bool = False
    first: bool = False
    team: bool = False
    narrowed: bool = False
