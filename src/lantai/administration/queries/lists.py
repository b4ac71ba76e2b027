"""Code lists of the standards (代码表): what was delivered, and what the archive decided in its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from lantai.administration.models import CodeListVersion
from lantai.archival.codes import categories
from lantai.archival.description.dictionary import dictionary, load_data


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
    """A list with all its versions, the newest first; there is always one. `current` holds today."""

    key: str
    zh: str
    en: str
    standard: str
    versions: tuple[ListVersion, ...]

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
    return CodeList(row["key"], row["zh"], row["en"], row["standard"], (version,))


@cache
def delivered_lists() -> Mapping[str, CodeList]:
    """Every list the product brings, by key: its own file, the categories of DA/T 13, the elements and value domains of
    DA/T 46."""
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
            "codes": [{"code": value, "zh": value} for value in each.values],
        }
        for each in elements
        if each.values
    ]
    return {row["key"]: _delivered(row) for row in rows}


def _with(delivered: CodeList, rows: Sequence[CodeListVersion]) -> CodeList:
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
    versions = tuple(sorted([*delivered.versions, *own], key=lambda each: each.valid_from, reverse=True))
    return CodeList(delivered.key, delivered.zh, delivered.en, delivered.standard, versions)


def code_lists() -> list[CodeList]:
    """Every list with its versions (one query)."""
    held: dict[str, list[CodeListVersion]] = {}
    for row in CodeListVersion.objects.order_by("valid_from"):
        held.setdefault(row.key, []).append(row)
    return [_with(each, held.get(key, [])) for key, each in delivered_lists().items()]


def code_list(*, key: str) -> CodeList:
    """One list with its versions. Raises NoSuchList."""
    if key not in delivered_lists():
        raise NoSuchList(key)
    return _with(delivered_lists()[key], list(CodeListVersion.objects.filter(key=key).order_by("valid_from")))


def codes_in_force(*, key: str, on: date | None = None) -> tuple[Code, ...]:
    """The codes of a list on a day (today, when None), in order. Raises NoSuchList.

    What the archive decided goes before what was delivered.
    """
    day = on or timezone.localdate()
    if key not in delivered_lists():
        raise NoSuchList(key)
    rows = CodeListVersion.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), key=key, valid_from__lte=day)
    own = rows.order_by("valid_from").last()
    return tuple(Code(**each) for each in own.codes) if own else delivered_lists()[key].versions[0].codes


def code_choices(*, key: str) -> list[tuple[str, str]]:
    """The codes in force today as choices of a form: "code words"."""
    return [
        (each.code, each.code if each.code == each.words else f"{each.code} {each.words}")
        for each in codes_in_force(key=key)
    ]
