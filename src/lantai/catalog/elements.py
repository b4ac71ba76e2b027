"""The elements of DA/T 18 that people fill in: which a level takes, what a record says, what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from lantai.administration.queries.lists import CodeList, ListVersion, lists_on
from lantai.archival.description import Level as StandardLevel
from lantai.archival.description import (
    check_description,
    conceal,
    description_fields,
    is_description_date,
)
from lantai.catalog.models import Level, Record

LEVEL_OF: Mapping[str, StandardLevel] = {Level.ITEM: "file", Level.VOLUME: "volume"}
COLUMNS: Mapping[str, str] = {
    "title": "title",
    "document_number": "document_number",
    "creator": "creator",
    "scope": "abstract",
    "disclosure": "disclosure",
    "persons": "applicant",
}
"""Elements that stand in a column of the record. ``date`` stands in two; ``persons`` begins as the applicant and has a
value of its own once somebody describes it; all others stand in ``Describing.elements``."""
_OWN = frozenset({"persons"})
_WRITTEN_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FormElement:
    """One element of the form: names, area and obligation of the standard; control, length and hint of the form.

    ``list`` is the key of the code list that ``values`` come from, ``list_name`` and ``list_version`` say which
    version of it they are.
    """

    key: str
    name_zh: str
    name_en: str
    area: str
    obligation: Literal["M", "I", "O"]
    control: str
    longest: int
    hint_zh: str
    hint_en: str
    values: tuple[str, ...]
    list: str = ""
    list_name: str = ""
    list_version: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one element: a reason of ``check_description``, ``too-long`` or ``identity-number``.

    ``list`` is the code list, with its version, that a value lies outside of.
    """

    key: str
    reason: str
    limit: int = 0
    list: str = ""


@cache
def _forms() -> list[dict[str, Any]]:
    text = files("lantai.catalog").joinpath("data/description_form.toml").read_text(encoding="utf-8")
    return sorted(tomllib.loads(text)["form"], key=lambda each: str(each["valid_from"]))


def _form(on: date) -> dict[str, Any]:
    """The form in force on that day; before the first begins, the first."""
    begun = [each for each in _forms() if each["valid_from"] <= on.isoformat()]
    return begun[-1] if begun else _forms()[0]


@cache
def form_elements(level: str, on: date) -> tuple[FormElement, ...]:
    """The elements that a record of *level* takes by the form in force *on* that day, in the order of the standard."""
    rows = {each["key"]: each for each in _form(on)["element"]}
    made = []
    for field in description_fields().values():
        obligation = field.obligation.get(LEVEL_OF[level])
        row = rows.get(field.key)
        if obligation is None or row is None:
            continue
        made.append(
            FormElement(
                key=field.key,
                name_zh=field.name_zh,
                name_en=field.name_en,
                area=field.area,
                obligation=obligation,
                control=row["control"],
                longest=row.get("longest", 60),
                hint_zh=row.get("hint_zh", ""),
                hint_en=row.get("hint_en", ""),
                values=tuple(row.get("values", field.values)),
                list=row.get("list", ""),
            )
        )
    return tuple(made)


def elements_of(level: str, *, on: date, formed: date) -> tuple[FormElement, ...]:
    """The elements of the form in force *on* a day for a record *formed* on another: what is to be filled in goes by
    the day of describing, coded values by the list of the record's own date. One query."""
    form = form_elements(level, on)
    lists = lists_on(keys={each.list for each in form if each.list}, on=formed)
    return tuple(_listed(each, *lists[each.list]) if each.list else each for each in form)


def _listed(element: FormElement, listed: CodeList, version: ListVersion) -> FormElement:
    words = [each.zh for each in version.codes]
    more = [each for each in element.values if element.control == "list" and each not in words]
    return replace(element, values=(*words, *more), list_name=listed.name, list_version=version.version)


def day_formed(values: Mapping[str, str], otherwise: date) -> date:
    """The first day that the date among *values* means; *otherwise* where it is no date of description."""
    said = _digits(" ".join(values.get("date", "").split()))
    return days_of(said)[0] if said and is_description_date(said) else otherwise


def decided_elsewhere(level: str, on: date) -> dict[str, tuple[str, str]]:
    """Elements of *level* that are shown but decided elsewhere: key to where, in Chinese and English."""
    fields = description_fields()
    return {
        row["key"]: (row["zh"], row["en"])
        for row in _form(on)["decided"]
        if LEVEL_OF[level] in fields[row["key"]].obligation
    }


def element_values(record: Record, elements: Mapping[str, str]) -> dict[str, str]:
    """What the record says in every element that can be filled in; *elements* are those that are no columns."""
    values = {key: str(elements.get(key, "")) for key in description_fields()}
    for key, column in COLUMNS.items():
        if key not in _OWN or key not in elements:
            values[key] = str(getattr(record, column))
    values["date"] = _date_said(record, elements)
    return values


def _date_said(record: Record, elements: Mapping[str, str]) -> str:
    """The date as it was described, while it still means the days of the columns; else those."""
    said = str(elements.get("date", ""))
    if said and is_description_date(said) and days_of(said) == (record.formed_on, record.formed_until):
        return said
    written = f"{record.formed_on:%Y%m%d}"
    return f"{written}-{record.formed_until:%Y%m%d}" if record.formed_until else written


def put_values(record: Record, elements: dict[str, str], changed: Mapping[str, str]) -> list[str]:
    """Write *changed* into the record's columns and *elements*; returns the columns to be saved."""
    columns = []
    for key, value in changed.items():
        column = COLUMNS.get(key)
        if key == "date":
            record.formed_on, record.formed_until = days_of(value)
            elements["date"] = value
            columns += ["formed_on", "formed_until"]
        elif column is not None and key not in _OWN:
            setattr(record, column, value)
            columns.append(column)
        elif value or key in _OWN:
            elements[key] = value
        else:
            elements.pop(key, None)
    return columns


def days_of(text: str) -> tuple[date, date | None]:
    """First and last day that a date of description means: a month or year is all its days; one day has no last."""
    parts = [part.strip("[]") for part in text.split("-")]
    first, last = _day(parts[0], last=False), _day(parts[-1], last=True)
    return first, None if last == first else last


def _day(text: str, *, last: bool) -> date:
    year, month, day = int(text[:4]), text[4:6], text[6:8]
    if day:
        return date(year, int(month), int(day))
    if not last:
        return date(year, int(month or 1), 1)
    end = date(year, int(month or 12), 28) + timedelta(days=4)
    return end - timedelta(days=end.day)


def tidied(values: Mapping[str, str], elements: Collection[FormElement]) -> dict[str, str]:
    """What was typed as it is kept: trimmed, one line where there is one, days written as the standard writes them.

    Elements the form does not have are left out.
    """
    made = {}
    for each in elements:
        if each.key not in values:
            continue
        text = values[each.key].replace("\r\n", "\n").strip()
        text = text if each.control == "text" else " ".join(text.split())
        if each.key == "title":
            text = " ".join(text.split())
        made[each.key] = _digits(text) if each.key == "date" else text
    return made


def _digits(text: str) -> str:
    """A day however it was written as eight digits; other text as it is."""
    day = _WRITTEN_DAY.fullmatch(text)
    return f"{int(day[1]):04d}{int(day[2]):02d}{int(day[3]):02d}" if day else text


def faults_of(
    level: str, values: Mapping[str, str], elements: Collection[FormElement], *, present: Collection[str] = ()
) -> list[Fault]:
    """All that is wrong with *values*, in the order of the form; *present* are elements the document surely has."""
    found: dict[str, Fault] = {}
    known = {each.key for each in elements}
    domains = {each.key: each.values for each in elements if each.control == "choice"}
    lists = {each.key: f"{each.list_name} {each.list_version}" for each in elements if each.list_version}
    for problem in check_description(LEVEL_OF[level], values, present=present, domains=domains):
        if problem.key in known:
            named = lists.get(problem.key, "") if problem.reason == "outside" else ""
            found[problem.key] = Fault(problem.key, problem.reason, list=named)
    for each in elements:
        text = values.get(each.key, "")
        if len(text) > each.longest:
            found[each.key] = Fault(each.key, "too-long", each.longest)
        elif _CONTROL.search(text):
            found[each.key] = Fault(each.key, "not-text")
        elif conceal(text, ()) != text:
            found[each.key] = Fault(each.key, "identity-number")
        elif each.key == "date" and each.key not in found and _runs_back(text):
            found[each.key] = Fault(each.key, "span")
    return [found[each.key] for each in elements if each.key in found]


def _runs_back(text: str) -> bool:
    first, last = days_of(text)
    return last is not None and last < first
