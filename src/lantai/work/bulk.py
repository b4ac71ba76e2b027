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
    """One row that an act will change, by its name."""

    key: str
    name: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """One act on many rows (批量操作).

    ``lists`` are the lists whose selection it takes, ``roles`` who may. ``foresee(reader, keys)`` tells what it would
    do; ``consequence(n, told)`` says it in a sentence and ``button(n)`` on the button. ``perform(key, acting)`` does it
    with one row in the caller's transaction and raises ActRefused. ``place(key)`` is the page of a row, ``job`` the
    title of the background job, ``form`` what must be typed with it; its cleaned data is kept as JSON.
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
    perform: Callable[[str, Acting], None]
    place: Callable[[str], str]


class NoSuchAct(LookupError):
    """No act has this key, or not for this list and role."""


@cache
def _acts() -> dict[str, BulkAct]:
    found: list[BulkAct] = [import_string(path) for path in settings.LANTAI_BULK_ACTS]
    return {each.key: each for each in found}


def acts_for(*, listing: str, role: str) -> list[BulkAct]:
    """What *role* can do with rows selected in *listing*."""
    return [each for each in _acts().values() if listing in each.lists and role in each.roles]


def act_called(key: str, *, listing: str, role: str) -> BulkAct:
    """The act *key* for rows of *listing* and for *role*. Raises NoSuchAct."""
    found = _acts().get(key)
    if found is None or listing not in found.lists or role not in found.roles:
        raise NoSuchAct(key)
    return found
