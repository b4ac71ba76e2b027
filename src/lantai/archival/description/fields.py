"""Fields and obligations of DA/T 18-2022, and the crosswalk between it, DA/T 46, package tags and Dublin Core."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal

from lantai.archival.description.dictionary import load_data

Level = Literal["file", "volume", "series", "fonds"]
LEVELS: Mapping[Level, str] = MappingProxyType(
    {"file": "文件级", "volume": "案卷级", "series": "类别级", "fonds": "全宗级"}
)
_DATE = re.compile(r"(\d{4})(?:(\d{2})(?:(\d{2}))?)?", re.ASCII)
_SECRECY = re.compile(r"公开|内部|限制|(?:秘密|机密|绝密)(?:★(?:[1-9][0-9]*(?:年|个月)|长期|永久)?)?")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of description. ``obligation`` maps the levels that take it to M mandatory (必著), I mandatory if present
    (有则必著) or O optional; ``element`` is the element of DA/T 46 of the same meaning, if there is one."""

    key: str
    name_zh: str
    name_en: str
    area: str
    obligation: Mapping[str, Literal["M", "I", "O"]]
    values: tuple[str, ...]
    form: str
    element: str


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: ``missing`` (M), ``missing-present`` (I, though the record has it), ``level``
    (the level does not take the field), ``outside`` (the values), ``form`` or ``unknown``."""

    key: str
    reason: Literal["missing", "missing-present", "level", "outside", "form", "unknown"]
    found: str = ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One row of the crosswalk; a part that has no equivalent is empty."""

    column: str
    field: str
    element: str
    list_column: str
    tags: tuple[str, ...]
    dublin_core: str
    personal: bool


@cache
def description_fields() -> Mapping[str, Field]:
    """The fields of DA/T 18-2022 by key, in the order of its seven areas."""
    return MappingProxyType(
        {
            row["key"]: Field(
                key=row["key"],
                name_zh=row["zh"],
                name_en=row["en"],
                area=row["area"],
                obligation=MappingProxyType(row["obligation"]),
                values=tuple(row.get("values", ())),
                form=row.get("form", ""),
                element=row.get("element", ""),
            )
            for row in load_data("dat18")["field"]
        }
    )


def description_areas() -> Mapping[str, tuple[str, str]]:
    """The seven areas of DA/T 18-2022: key to Chinese and English name."""
    return MappingProxyType({row["key"]: (row["zh"], row["en"]) for row in load_data("dat18")["area"]})


def _is_day(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day = match[1], match[2] or "01", match[3] or "01"
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def is_description_date(text: str) -> bool:
    """Whether *text* is a date of description: YYYYMMDD (or YYYYMM, YYYY), two joined by ``-`` for a span, an inferred
    date in square brackets."""
    parts = text.split("-")
    if len(parts) > 2:
        return False
    bare = [part[1:-1] if part.startswith("[") and part.endswith("]") else part for part in parts]
    return all(_is_day(part) for part in bare)


_FORMS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "code6": lambda text: re.fullmatch("[0-9]{6}", text) is not None,
        "date": is_description_date,
        "secrecy": lambda text: _SECRECY.fullmatch(text) is not None,
    }
)


def check_description(
    level: Level,
    values: Mapping[str, str],
    *,
    present: Collection[str] = (),
    domains: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> tuple[FieldProblem, ...]:
    """What the fields *values* of a description at *level* lack, in the order of the standard.

    *present* are keys of fields the record is known to have (a letter that bears a number): an I field among them
    may not be left out. *domains* are value domains that stand in the place of the delivered ones, by key of the field.
    """
    problems: list[FieldProblem] = []
    for field in description_fields().values():
        obligation = field.obligation.get(level)
        value, domain = values.get(field.key, ""), domains.get(field.key, field.values)
        if not value:
            if obligation == "M":
                problems.append(FieldProblem(field.key, "missing"))
            elif obligation == "I" and field.key in present:
                problems.append(FieldProblem(field.key, "missing-present"))
        elif obligation is None:
            problems.append(FieldProblem(field.key, "level", value))
        elif (domain and value not in domain) or (field.key == "level" and value != LEVELS[level]):
            problems.append(FieldProblem(field.key, "outside", value))
        elif field.form and not _FORMS[field.form](value):
            problems.append(FieldProblem(field.key, "form", value))
    problems.extend(FieldProblem(key, "unknown") for key in values if key not in description_fields())
    return tuple(problems)


@cache
def crosswalk() -> tuple[Crossing, ...]:
    """The rows of the crosswalk."""
    return tuple(
        Crossing(
            column=row["column"],
            field=row.get("field", ""),
            element=row.get("element", ""),
            list_column=row.get("list", ""),
            tags=tuple(row.get("tags", ())),
            dublin_core=row.get("dc", ""),
            personal=row.get("personal", False),
        )
        for row in load_data("crosswalk")["row"]
    )


@cache
def _sources() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(
        (row["element"], tuple(row.get("tags", ())), tuple(row.get("from", ())))
        for row in load_data("crosswalk")["row"]
        if row.get("element") and (row.get("tags") or row.get("from"))
    )


def elements_from_metadata(
    metadata: Mapping[str, str], fields: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[str, ...]]:
    """The elements of DA/T 46 that a package's base information *metadata* gives, by number.

    *fields* maps columns to the tags of the package's profile; without it the tags of the Fuzhou package are known.
    Values are taken as they stand; identity and certificate numbers have no element and stay out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for element, tags, columns in _sources():
        for tag in (*(fields.get(column, "") for column in columns), *tags):
            value = metadata.get(tag)
            if value:
                found[element] = (value,)
                break
    return found


def identifiers_from_metadata(
    metadata: Mapping[str, str], fields: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Numbers that source systems gave the case, by Chinese name; *fields* as for ``elements_from_metadata``."""
    found = {}
    for row in load_data("crosswalk")["identifier"]:
        value = metadata.get(fields.get(row["from"], "")) or metadata.get(row["tag"])
        if value:
            found[row["zh"]] = value
    return found


def sealed_tags(fields: Mapping[str, str] = MappingProxyType({})) -> tuple[str, ...]:
    """The tags of base information that hold identity and certificate numbers: to be sealed, never described.

    *fields* as for ``elements_from_metadata``; the tags of the Fuzhou package are always among them.
    """
    rows = load_data("crosswalk")["sealed"]
    own = [fields[row["from"]] for row in rows if row["from"] in fields]
    return tuple(dict.fromkeys([*(row["tag"] for row in rows), *own]))


def to_dublin_core(
    elements: Mapping[str, Iterable[str]], fields: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[str, ...]]:
    """Dublin Core (ISO 15836-1) of a description: element name to values, without doubles. Personal names stay out."""
    found: dict[str, tuple[str, ...]] = {}
    for each in crosswalk():
        if not each.dublin_core or each.personal:
            continue
        values = [*elements.get(each.element, ())] or [*filter(None, [fields.get(each.field, "")])]
        held = found.get(each.dublin_core, ())
        fresh = tuple(value for value in dict.fromkeys(values) if value not in held)
        if fresh:
            found[each.dublin_core] = held + fresh
    return found
