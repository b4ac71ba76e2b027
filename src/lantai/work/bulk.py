"""What can be done with many rows at once. Each room says its acts; settings name them.

An act is shown before it is confirmed, and then done row by row in a background job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from lantai.administration.queries.people import Reader, Role
from lantai.work.sentences import Sentence

MOST_AT_ONCE = 20_000
"""Rows of one bulk order."""


class ActRefused(Exception):
    """An act cannot be done with this row; ``why`` says the reason to whoever asked for it."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.key)
        self.why = why


@dataclass(frozen=True, slots=True)
class Doing:
    """One row that an act will change, by its name; rows of one ``part`` are done together where the act does parts."""

    key: str
    name: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One row that an act leaves out, and why."""

    key: str
    name: str
    why: Sentence


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an act will do with some rows, before it is done: ``told`` are the names of who is told of it."""

    doing: Sequence[Doing]
    left_out: Sequence[LeftOut] = ()
    told: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Acting:
    """Who confirmed an act, from where, what was typed with it (JSON), and when its row is done."""

    reference: str
    role: str
    address: str
    values: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that an act sends: to whom, where its mail goes (empty: nowhere), and its words."""

    to: str
    address: str
    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """One act on many rows (批量操作).

    ``lists`` are the lists whose selection it takes, ``roles`` who may. ``foresee(reader, keys)`` tells what it would
    do; ``consequence(n, told)`` says it in a sentence and ``button(n)`` on the button. ``perform(key, acting)`` does it
    with one row in the caller's transaction and raises ActRefused. ``place(key)`` is the page of a row, ``job`` the
    title of the background job, ``form`` what must be typed with it; its cleaned data is kept as JSON.
    An act that does rows together has ``perform_part(keys, acting)`` instead, which returns what it refuses, and why,
    by key; ``letters(keys)`` are the messages it sends, to be read before.
    """

    key: str
    words: str | Promise
    icon: str
    kind: Literal["", "primary", "danger"] = ""
    job: str
    lists: frozenset[str]
    roles: frozenset[Role]
    form: type[Form]
    foresee: Callable[[Reader, Sequence[str]], Foreseen]
    consequence: Callable[[int, Sequence[str]], str]
    button: Callable[[int], str]
    perform: Callable[[str, Acting], None] | None = None
    perform_part: Callable[[Sequence[str], Acting], Mapping[str, Sentence]] | None = None
    letters: Callable[[Sequence[str]], Sequence[Letter]] | None = None
    place: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardAct:
    """A page of its own that takes what is selected: ``take(request, reader, listing, keys, back)`` answers with its
    address. It is given the keys of at most ``most`` rows; with 0 none, and its page reads the selection itself.
    """

    key: str
    words: str | Promise
    icon: str
    kind: Literal["", "primary", "danger"] = ""
    lists: frozenset[str]
    roles: frozenset[Role]
    most: int = 0
    take: Callable[[HttpRequest, Reader, str, Sequence[str], str], str]


class NoSuchAct(LookupError):
    """No act has this key, or not for this list and role."""


@cache
def _acts() -> dict[str, BulkAct]:
    found: list[BulkAct] = [import_string(path) for path in settings.LANTAI_BULK_ACTS]
    return {each.key: each for each in found}


@cache
def _onward() -> dict[str, OnwardAct]:
    found: list[OnwardAct] = [import_string(path) for path in settings.LANTAI_ONWARD_ACTS]
    return {each.key: each for each in found}


def acts_for(*, listing: str, role: str) -> list[BulkAct | OnwardAct]:
    """What *role* can do with rows selected in *listing*."""
    every: list[BulkAct | OnwardAct] = [*_acts().values(), *_onward().values()]
    return [each for each in every if listing in each.lists and role in each.roles]


def onward_called(key: str, *, listing: str, role: str) -> OnwardAct | None:
    """The page *key* that takes what *role* selects in *listing*; None when there is none."""
    found = _onward().get(key)
    return found if found is not None and listing in found.lists and role in found.roles else None


def act_called(key: str, *, listing: str, role: str) -> BulkAct:
    """The act *key* for rows of *listing* and for *role*. Raises NoSuchAct."""
    found = _acts().get(key)
    if found is None or listing not in found.lists or role not in found.roles:
        raise NoSuchAct(key)
    return found
