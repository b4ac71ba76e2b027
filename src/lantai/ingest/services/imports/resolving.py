"""From mapped values to what a record needs: what the archive code says fills gaps, places and codes are judged."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from lantai.administration.queries import ClassScheme, CodingScheme, class_scheme, coding_schemes, list_fonds
from lantai.archival.checks import ValueList
from lantai.archival.codes import CodeError, CodeRule, normalise_code, parse_code, preset_rules, rules_for_code
from lantai.archival.description import conceal
from lantai.archival.tables import Line, Rule, files_by_key, map_line, name_key, read_day, targets
from lantai.archival.tables.attached import AttachedFiles
from lantai.ingest.value_lists import DatedLists, dated_lists

LINE_TROUBLES = {"quote": True, "encoding": True, "error": True, "memo": True, "control": False}
"""What can be wrong with a line itself, and whether that keeps it out."""
_LEAD = re.compile(r"([^-·/]+)-([^-·/]+)")
_CLASSES = ("class2", "class3", "class4")
_FROM_CODE = {"year": "year", "retention": "retention", "function_code": "organisation",
              "volume_number": "volume", "item_number": "item"}  # fmt: skip
_SECRET = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing about a line: code, column from 0 (-1 for none), element, what was found; ``grave`` keeps it out."""

    code: str
    column: int
    target: str
    found: str
    grave: bool = True


@dataclass(slots=True)
class Resolved:
    """One line on its way: its elements, its place, its code and rule, its files, and what was found about it."""

    line: Line
    values: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    organisation_id: int = 0
    scheme: CodingScheme | None = None
    code_values: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def faulty(self) -> bool:
        """Whether it is kept out."""
        return any(each.grave for each in self.faults)

    @property
    def brought_code(self) -> str:
        """The archive code it brings; empty when it is to get one."""
        return self.values.get("archive_code", "")


@dataclass(frozen=True, slots=True)
class Place:
    """What lines are judged against: the rules and columns of the import, the files with it, fonds and classes."""

    rules: Sequence[Rule]
    columns: Sequence[str]
    attached: Mapping[str, int]
    by_key: Mapping[str, tuple[str, ...]]
    fonds: Mapping[str, int]
    classes: ClassScheme
    lists: DatedLists

    def column_of(self, target: str) -> int:
        """The column an element comes from, -1 when from none."""
        names = next((each.columns for each in self.rules if each.target == target), ())
        return self.columns.index(names[0]) if names and names[0] in self.columns else -1


def place_of_import(*, rules: Sequence[Rule], columns: Sequence[str], attached: AttachedFiles) -> Place:
    """What the lines of one import are judged against, read once."""
    paths = {each.path: each.size for each in attached.files}
    return Place(
        rules=rules,
        columns=columns,
        attached=paths,
        by_key=files_by_key(list(paths)),
        fonds={each.code: each.organisation_id for each in list_fonds()},
        classes=class_scheme(),
        lists=dated_lists(),
    )


def resolve_lines(*, lines: Sequence[Line], place: Place, now: datetime) -> list[Resolved]:
    """Each line as elements, completed from its archive code, with all faults to be told without the catalogue."""
    found = [_mapped(each, place) for each in lines]
    for each in found:
        _lead(each)
    schemes = coding_schemes(places={_where(each) for each in found if all(_where(each))}, at=now)
    for each in found:
        each.scheme = schemes.get(_where(each))
        _judge(each, place)
        each.files = _files(each, place)
        each.fingerprint = hashlib.sha256(
            json.dumps(sorted(each.values.items()), ensure_ascii=False).encode("utf-8", "replace")
        ).hexdigest()
    return found


def _where(each: Resolved) -> tuple[str, str]:
    return each.values.get("fonds_code", ""), each.values.get("category_code", "")


def _mapped(line: Line, place: Place) -> Resolved:
    mapped = map_line(place.rules, place.columns, line.cells)
    found = Resolved(line, dict(mapped.values))
    for trouble in line.troubles:
        found.faults.append(Fault(trouble, -1, "", "", LINE_TROUBLES.get(trouble, True)))
    for each in mapped.misfits:
        found.faults.append(Fault(each.code, each.column, each.target, _shown(each.target, each.found)))
    for key, value in mapped.values.items():
        if key != "certificate" and conceal(value, ()) != value:
            found.faults.append(Fault("identity", place.column_of(key), key, ""))
    return found


def _shown(target: str, text: str) -> str:
    """What was found, fit to be kept: no identity or certificate number."""
    return "" if target == "certificate" else conceal(text, ())[:80]


def _lead(each: Resolved) -> None:
    """Fonds and category out of the archive code, where no column gives them."""
    lead = _LEAD.match(normalise_code(each.brought_code))
    if lead is not None:
        each.values.setdefault("fonds_code", lead[1])
        each.values.setdefault("category_code", lead[2])


def _judge(each: Resolved, place: Place) -> None:
    values = each.values

    def fault(code: str, target: str, found: str = "", *, grave: bool = True) -> None:
        each.faults.append(Fault(code, place.column_of(target), target, found[:80], grave))

    if each.brought_code:
        _read_code(each, fault)
    wrong = {one.target for one in each.faults if one.grave}
    for key, target in targets().items():
        if target.required and not values.get(key) and key not in wrong:
            fault("missing", key)
    fonds, category = _where(each)
    if fonds and fonds not in place.fonds:
        fault("unknown-fonds", "fonds_code", fonds)
    each.organisation_id = place.fonds.get(fonds, 0)
    day = read_day(values.get("date", ""))
    classes = place.classes.on(day.first) if day is not None else place.classes.known
    path = f"{category}·{values['class_code']}" if values.get("class_code") else ""
    if category and category not in place.classes.known:
        fault("unknown-category", "category_code", category)
    elif category and path and path not in place.classes.known:
        fault("unknown-class", "class_code", values["class_code"], grave=False)
    elif category and (category not in classes or (path and path not in classes)):
        fault("class-of-other-days", "class_code" if path else "category_code", path or category, grave=False)
    for key, listed in _outside_lists(values, place):
        fault("outside-list", key, f"{values[key]}（{listed.name} {listed.version}）", grave=False)
    if int(values.get("secrecy", "0")) >= _SECRET and not settings.LANTAI_CLASSIFIED:
        fault("secret", "secrecy", values["secrecy"])
    if values.get("open_state") == "open":
        fault("opens", "open_state", grave=False)
    each.code_values = _components(each)
    if not each.brought_code and fonds in place.fonds and category in place.classes.known and each.scheme is None:
        fault("no-scheme", "archive_code", f"{fonds}-{category}")


def _outside_lists(values: Mapping[str, str], place: Place) -> Iterator[tuple[str, ValueList]]:
    """Coded elements whose value is not in the code list of the record's own date; of retention periods only where the
    archive decided its list itself, as older holdings bear every period."""
    day = read_day(values.get("date", ""))
    lists = place.lists.on(day.first) if day is not None else {}
    for key in ("disclosure", "retention"):
        listed = lists.get(key)
        if listed is None or not values.get(key) or values[key] in listed.words:
            continue
        if listed.binding or key != "retention":
            yield key, listed


def _read_code(each: Resolved, fault: Any) -> None:
    """What the archive code says beside the columns; a code no rule reads is taken as it is."""
    code = normalise_code(each.brought_code)
    read: Mapping[str, str] = {}
    if each.scheme is not None:
        try:
            read = parse_code(each.scheme.rule, code)
        except CodeError as error:
            fault("code-form", "archive_code", error.problem.sentence("zh"), grave=False)
    if not read:
        read = next((values for _rule, values in rules_for_code(code, _presets())), {})
    for target, component in _FROM_CODE.items():
        if component in read:
            value = str(int(read[component])) if target.endswith("number") else read[component]
            if each.values.setdefault(target, value) != value:
                fault("code-disagrees", target, f"{each.values[target]} ≠ {value}", grave=False)
    classes = "·".join(read[name] for name in _CLASSES if name in read)
    if classes:
        each.values.setdefault("class_code", classes)


def _presets() -> Sequence[CodeRule]:
    return list(preset_rules().values())


def _components(each: Resolved) -> dict[str, str]:
    """The components of a new archive code, as far as the line and the scheme give them."""
    values = dict(each.scheme.values) if each.scheme is not None else {}
    classes = dict(zip(_CLASSES, each.values.get("class_code", "").split("·"), strict=False))
    own = {
        "fonds": each.values.get("fonds_code", ""),
        "category": each.values.get("category_code", ""),
        "year": each.values.get("year", ""),
        "retention": each.values.get("retention", ""),
        "organisation": each.values.get("function_code", ""),
        "volume": each.values.get("volume_number", ""),
    } | classes
    return values | {name: value for name, value in own.items() if value}


def _files(each: Resolved, place: Place) -> tuple[str, ...]:
    """The files of a line: those it names, else those whose name is its archive code."""
    named = [part.strip().replace("\\", "/") for part in re.split("[;；\n|]", each.values.get("files", ""))]
    chosen: list[str] = []
    column = place.column_of("files")
    for name in filter(None, named):
        key = name_key(name.rpartition(".")[0] or name)
        found = (name,) if name in place.attached else _called(name, place) or place.by_key.get(key, ())
        if not found:
            each.faults.append(Fault("file-missing", column, "files", name[:80]))
        chosen += found
    if not any(named) and each.brought_code and place.attached:
        found = place.by_key.get(name_key(each.brought_code), ())
        if not found and each.values.get("level", "item") == "item":
            each.faults.append(Fault("no-file", -1, "archive_code", each.brought_code[:80], grave=False))
        chosen += found
    return tuple(dict.fromkeys(chosen))


def _called(name: str, place: Place) -> tuple[str, ...]:
    """The files whose path ends with *name*; more than one is nobody's."""
    stem = name.rsplit("/", 1)[-1].rpartition(".")[0].casefold()
    found = [each for each in place.by_key.get(name_key(stem), ()) if each == name or each.endswith(f"/{name}")]
    return tuple(found) if len(found) == 1 else ()
