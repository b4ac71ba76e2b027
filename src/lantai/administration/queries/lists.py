"""Code lists of the standards (代码表) on a day: what was delivered, and what the archive decided in its place."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from lantai.administration.models import CodeListVersion
from lantai.archival.codes import categories
from lantai.archival.description import description_fields
from lantai.archival.description.dictionary import dictionary, load_data

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Code:
    """One line of a list."""

    code: str
    zh: str
    en: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """What the code means, in the reader's language."""
        return self.en if self.en and not (get_language() or "zh").startswith("zh") else self.zh


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One version of a list; `delivered` says that it came with the product."""

    version: str
    valid_from: date
    valid_to: date | None
    basis: str
    codes: tuple[Code, ...]
    delivered: bool


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list with all its versions, the newest first; there is always one.

    `fields` are the columns of a description, or elements of DA/T 46 (M34), that take their values from it; `open`
    says that by the standard other values may stand beside those of the list.
    """

    key: str
    zh: str
    en: str
    standard: str
    versions: tuple[ListVersion, ...]
    fields: tuple[str, ...] = ()
    open: bool = False

    @property
    def name(self) -> str:
        """What the list is called, in the reader's language."""
        return self.en if not (get_language() or "zh").startswith("zh") else self.zh

    def on(self, day: date) -> ListVersion:
        """The version that holds on *day*; before the first one began, the first."""
        begun = [each for each in self.versions if each.valid_from <= day]
        return begun[0] if begun else self.versions[-1]


class NoSuchList(LookupError):
    """No code list of that key is known."""


def _delivered(row: Mapping[str, Any]) -> CodeList:
    codes = tuple(Code(each["code"], each["zh"], each.get("en", ""), each.get("note", "")) for each in row["codes"])
    version = ListVersion(
        row["version"], date.fromisoformat(row["valid_from"]), None, row["standard"], codes, delivered=True
    )
    fields, others = tuple(row.get("fields", ())), bool(row.get("open", False))
    return CodeList(row["key"], row["zh"], row["en"], row["standard"], (version,), fields, others)


@cache
def delivered_lists() -> Mapping[str, CodeList]:
    """Every list the product brings, by key: its own file, the categories of DA/T 13, the elements and value domains of
    DA/T 46, the value domains of DA/T 18."""
    rows = list(tomllib.loads(files("lantai.administration").joinpath("lists.toml").read_text("utf-8"))["list"])
    rows.append(
        {
            "key": "category",
            "zh": "档案门类代码",
            "en": "Categories of archives",
            "standard": "DA/T 13-2022",
            "version": "2022",
            "valid_from": "2022-07-01",
            "codes": [{"code": each.code, "zh": each.name_zh, "en": each.name_en} for each in categories().values()],
        }
    )
    dat46 = load_data("dat46")
    common = {"standard": dat46["standard"], "version": dat46["version"], "valid_from": dat46["valid_from"]}
    elements = dictionary().values()
    rows.append(
        {
            **common,
            "key": "dat46",
            "zh": "文书类电子文件元数据元素",
            "en": "Metadata elements of electronic records",
            "codes": [
                {"code": each.number, "zh": each.name_zh, "en": each.name_en, "note": each.definition_zh}
                for each in elements
            ],
        }
    )
    rows += [
        {
            **common,
            "key": f"dat46-{each.number.lower()}",
            "zh": f"{each.name_zh}（值域）",
            "en": f"{each.name_en} (values)",
            "fields": [each.number],
            "open": each.open,
            "codes": [{"code": value, "zh": value} for value in each.values],
        }
        for each in elements
        if each.values
    ]
    dat18 = load_data("dat18")
    rows += [
        {
            "standard": dat18["standard"],
            "version": dat18["version"],
            "valid_from": dat18["valid_from"],
            "key": f"dat18-{each.key}",
            "zh": f"{each.name_zh}（著录值域）",
            "en": f"{each.name_en.capitalize()} (values of description)",
            "fields": [each.key],
            "codes": [{"code": value, "zh": value} for value in each.values],
        }
        for each in description_fields().values()
        if each.values
    ]
    return {row["key"]: _delivered(row) for row in rows}


def _with(delivered: CodeList, rows: Sequence[CodeListVersion]) -> CodeList:
    if not rows:
        return delivered
    own = [
        ListVersion(
            each.version,
            each.valid_from,
            each.valid_to,
            each.basis,
            tuple(Code(**code) for code in each.codes),
            delivered=False,
        )
        for each in rows
    ]
    newest_first = sorted([*delivered.versions, *own], key=lambda each: each.valid_from, reverse=True)
    ends = [None, *(each.valid_from - ONE_DAY for each in newest_first)]
    versions = tuple(replace(each, valid_to=end) for each, end in zip(newest_first, ends, strict=False))
    return replace(delivered, versions=versions)


def code_lists(*, keys: Collection[str] | None = None) -> list[CodeList]:
    """Every list, or those of *keys*, with its versions (one query). Raises NoSuchList."""
    known = delivered_lists()
    if keys is not None and not known.keys() >= set(keys):
        raise NoSuchList(sorted(set(keys) - known.keys())[0])
    held: dict[str, list[CodeListVersion]] = {}
    rows = CodeListVersion.objects.order_by("valid_from")
    for row in rows if keys is None else rows.filter(key__in=set(keys)):
        held.setdefault(row.key, []).append(row)
    return [_with(each, held.get(key, [])) for key, each in known.items() if keys is None or key in keys]


def code_list(*, key: str) -> CodeList:
    """One list with its versions. Raises NoSuchList."""
    return code_lists(keys=[key])[0]


def lists_on(*, keys: Collection[str], on: date) -> dict[str, tuple[CodeList, ListVersion]]:
    """Each list of *keys* with the version that holds on a day (one query): the door for whoever judges or offers
    values of a record, who asks with the record's own date. Raises NoSuchList."""
    return {each.key: (each, each.on(on)) for each in code_lists(keys=keys)}


def codes_in_force(*, key: str, on: date | None = None) -> tuple[Code, ...]:
    """The codes of a list on a day (today, when None), in order. Raises NoSuchList.

    What the archive decided goes before what was delivered.
    """
    return code_list(key=key).on(on or timezone.localdate()).codes


def code_choices(*, key: str, on: date | None = None) -> list[tuple[str, str]]:
    """The codes in force on a day (today, when None) as choices of a form: "code words"."""
    return [
        (each.code, each.code if each.code == each.words else f"{each.code} {each.words}")
        for each in codes_in_force(key=key, on=on)
    ]
