"""Which pages of a scan batch belong to which record (数据挂接, DA/T 31-2017): by the archive code in the file's name,
its folder's name, or on a separator sheet before the pages.

Names understood, as scanning contractors deliver them (``C`` is an archive code, ``1`` a page number of any width):
``C/1.tif``, ``C/C-1.tif``, ``C-1.tif``, ``C_1.tif``, ``C.pdf`` and ``C.tif`` of many pages. Codes are compared in their
written form (``codes.normalise_code``); ``_`` or ``+`` stands for the ``·`` and ``/`` that file systems do not take.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lantai.archival.codes import normalise_code

FAULTS = {
    "unnamed": ("文件名和文件夹名中都没有档号", "no archive code in the name of the file or its folder"),
    "unknown-code": ("目录中没有这个档号", "no record has this archive code"),
    "no-pages": ("目录中有此件，但没有扫描页", "the record has no scanned page"),
    "page-missing": ("缺第 %(pages)s 页", "page %(pages)s is missing"),
    "page-twice": ("第 %(pages)s 页有两份", "page %(pages)s is there twice"),
    "page-count": (
        "目录著录 %(wanted)s 页，实有 %(found)s 页",
        "the catalogue says %(wanted)s pages, %(found)s are there",
    ),
    "mixed": ("既有分页文件又有多页文件", "files of one page and of many pages are mixed"),
}
"""What can be wrong with the link of a batch to the catalogue, Chinese and English."""

_NUMBERED = re.compile(r"^(?P<code>.+?)[-_ ](?P<page>\d{1,5})$")
_PAGE = re.compile(r"^\D{0,3}(?P<page>\d{1,5})$")


@dataclass(frozen=True, slots=True)
class ScanFile:
    """One delivered file: its path in the batch, how many pages it has, and per page the code of the separator sheet
    the page is (``{3: "X001-2020-Y-0001"}``: page 3 is a sheet and what follows belongs to that code)."""

    path: str
    pages: int = 1
    separators: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PagePlace:
    """One page: its file, its place in the file from 1, and its number by name (0 where the name has none)."""

    path: str
    frame: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class LinkFault:
    """One fault of the link: a key of FAULTS, the code or path it is about, and the values of its sentence."""

    code: str
    about: str
    values: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """The fault in words, *language* ``zh`` or ``en``."""
        return FAULTS[self.code][0 if language == "zh" else 1] % dict(self.values)


@dataclass(frozen=True, slots=True)
class ScanUnit:
    """The pages of one record in order (件), by the code as the catalogue writes it."""

    code: str
    pages: tuple[PagePlace, ...]


@dataclass(frozen=True, slots=True)
class ScanLink:
    """A batch linked: units in the order of their codes, faults, and the separator sheets left out of all units."""

    units: tuple[ScanUnit, ...]
    faults: tuple[LinkFault, ...]
    sheets: tuple[PagePlace, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every page opens from its record and no record lacks one: the 100 % that acceptance asks for."""
        return not self.faults


def link_scans(files: Iterable[ScanFile], *, catalogue: Mapping[str, int | None]) -> ScanLink:
    """Give every page of *files* to a record of *catalogue* (archive code to its number of pages, None unknown).

    Pages are ordered by their numbers, or as the file holds them. Every fault is told, none stops the rest; a page
    without a record belongs to no unit.
    """
    known = {_comparable(code): code for code in catalogue}
    pages: dict[str, list[PagePlace]] = defaultdict(list)
    faults: list[LinkFault] = []
    sheets: list[PagePlace] = []
    strange: dict[str, list[str]] = defaultdict(list)
    for each in sorted(files, key=lambda file: _natural(file.path)):
        if each.separators:
            _divide(each, known, pages, sheets, strange, faults)
            continue
        code, number = _read_name(each.path, known)
        if not code:
            faults.append(LinkFault("unnamed", each.path))
        elif _comparable(code) not in known:
            strange[code].append(each.path)
        else:
            numbers = [number] if each.pages == 1 else [0] * each.pages
            pages[known[_comparable(code)]] += [
                PagePlace(each.path, frame, number) for frame, number in enumerate(numbers, 1)
            ]
    faults += [LinkFault("unknown-code", _told(code, paths)) for code, paths in strange.items()]
    units = [ScanUnit(code, tuple(_ordered(code, held, faults))) for code, held in pages.items()]
    units.sort(key=lambda unit: _natural(unit.code))
    for code, wanted in catalogue.items():
        found = len(pages.get(code, ()))
        if not found:
            faults.append(LinkFault("no-pages", code))
        elif wanted and wanted != found:
            faults.append(LinkFault("page-count", code, {"wanted": str(wanted), "found": str(found)}))
    return ScanLink(tuple(units), tuple(faults), tuple(sheets))


def candidate_codes(paths: Iterable[str]) -> set[str]:
    """Every archive code that the names of a batch may mean, for looking them up in the catalogue at once."""
    found: set[str] = set()
    for path in paths:
        parts = PurePosixPath(path)
        stem, folder = parts.stem.strip(), parts.parent.name.strip()
        numbered = _NUMBERED.match(stem)
        for each in (stem, folder, numbered["code"] if numbered else ""):
            if each:
                found |= {normalise_code(each).replace(mark, other) for mark in "_+" for other in "·/_"}
    return found


def _divide(
    file: ScanFile,
    known: Mapping[str, str],
    pages: Mapping[str, list[PagePlace]],
    sheets: list[PagePlace],
    strange: dict[str, list[str]],
    faults: list[LinkFault],
) -> None:
    """A stack scanned into one file: each separator sheet begins the pages of its code."""
    code = ""
    for frame in range(1, file.pages + 1):
        place = PagePlace(file.path, frame)
        if frame in file.separators:
            code = file.separators[frame]
            sheets.append(place)
            if _comparable(code) not in known:
                strange[code].append(file.path)
        elif not code:
            faults.append(LinkFault("unnamed", f"{file.path}#{frame}"))
        elif _comparable(code) in known:
            pages[known[_comparable(code)]].append(place)


def _ordered(code: str, held: Sequence[PagePlace], faults: list[LinkFault]) -> list[PagePlace]:
    """The pages of one record by their numbers; tells of gaps, doubles and mixtures."""
    numbers = [each.number for each in held]
    if not any(numbers):
        return list(held)
    if not all(numbers):
        faults.append(LinkFault("mixed", code))
        return list(held)
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
    if twice:
        faults.append(LinkFault("page-twice", code, {"pages": _ranges(twice)}))
    if missing:
        faults.append(LinkFault("page-missing", code, {"pages": _ranges(missing)}))
    return sorted(held, key=lambda each: each.number)


def _read_name(path: str, known: Mapping[str, str]) -> tuple[str, int]:
    """Archive code and page number a path tells; "" and 0 where it does not. A code the catalogue has goes first,
    because a code ends in a number as a page does."""
    parts = PurePosixPath(path)
    stem, folder = parts.stem.strip(), parts.parent.name.strip()
    if _comparable(stem) in known:
        return stem, 0
    numbered = _NUMBERED.match(stem)
    if numbered and _comparable(numbered["code"]) in known:
        return numbered["code"], int(numbered["page"])
    page = _PAGE.match(stem)
    if folder and (page or (numbered and _comparable(numbered["code"]) == _comparable(folder))):
        match = page or numbered
        return folder, int(match["page"]) if match else 0
    if folder and _comparable(folder) in known:
        trailing = re.search(r"(\d{1,5})$", stem)
        return folder, int(trailing[1]) if trailing else 0
    if page:
        return "", 0
    return (numbered["code"], int(numbered["page"])) if numbered and "-" in numbered["code"] else (stem, 0)


def _told(code: str, paths: Sequence[str]) -> str:
    """A code without record as it is told: of a single file whose name ends in a number, the whole name, because that
    number may be the code's own."""
    stem = PurePosixPath(paths[0]).stem
    return stem if len(paths) == 1 and stem.startswith(code) else code


def _comparable(code: str) -> str:
    return re.sub(r"[\s_+·./\\]", "·", normalise_code(code)).upper()


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def _ranges(numbers: Sequence[int]) -> str:
    """``1-3, 7`` for [1, 2, 3, 7]."""
    told: list[list[int]] = []
    for number in numbers:
        if told and number == told[-1][1] + 1:
            told[-1][1] = number
        else:
            told.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in told)
