"""One generation of the index lies in parts: stretches of days, none much over a million records, and a sample of all.

A list by date, a span of years and the newest of many hits ask few parts; what is asked of all is asked part by part,
on all cores. The sample (one record in fifty, chosen by its code) gives estimates where counting would take too long.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tantivy

from lantai.finding.search.index import FILTERED, SCHEMA, index_folder

PART_RECORDS = 1_000_000
"""Records that a new generation puts into one part."""
SAMPLED = 50
LAST_DAY = 99_999_999
SAMPLE = "sample"
_CUBE = "cube.json"
_opened: dict[Path, _Opened] = {}
_lock = threading.Lock()


class IndexDamaged(Exception):
    """Files of the index are missing or cannot be read: it must be made anew."""


@dataclass(slots=True)
class _Opened:
    """An index that is open in this process, with what was last committed to it."""

    index: tantivy.Index
    seen: tuple[int, int] = (0, 0)
    looked: float = 0.0
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it was last committed: the days it holds, both included, and how many records of each rule class."""

    name: str
    first_day: int
    last_day: int
    searcher: tantivy.Searcher
    present: dict[str, int]
    folder: Path

    @property
    def count(self) -> int:
        """Its records, those that were taken out left out."""
        return int(self.searcher.num_docs)


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts that are kept of a part: for each rule class its records, and of these each value of each facet; ``kept``
    are the file and the moment of its writing.
    """

    kept: tuple[str, int]
    records: dict[str, int] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)


def part_names(plan: Sequence[int]) -> list[str]:
    """The names of the parts of a plan, which is the first day of each, ascending, the first of them 0."""
    return [f"{number:03}" for number in range(len(plan))]


def part_of(plan: Sequence[int], day: int) -> str:
    """The name of the part that holds *day*."""
    return f"{sum(first <= day for first in plan) - 1:03}"


def plan_parts(days: Sequence[tuple[int, int]], *, size: int | None = None) -> list[int]:
    """Where to cut, given the records of each day, ascending: parts of about *size* records (PART_RECORDS unless said),
    never inside a day.
    """
    plan, held, most = [0], 0, size or PART_RECORDS
    for day, count in days:
        if held and held + count > most:
            plan.append(day)
            held = 0
        held += count
    return plan


def is_sampled(record_code: str) -> bool:
    """Whether this record is of the sample."""
    return zlib.crc32(record_code.encode()) % SAMPLED == 0


def part_folder(name: str, part: str) -> Path:
    """Where the files of one part lie."""
    return index_folder(name) / part


def open_index(name: str, part: str) -> tantivy.Index:
    """The index of this part, made empty where there is none yet. Raises IndexDamaged when its files are not whole."""
    return _open(part_folder(name, part), make=True).index


def read_parts(name: str, plan: Sequence[int], *, reload_seconds: float) -> tuple[list[Part], Part]:
    """The parts of a generation, the newest days first, and its sample, as committed *reload_seconds* ago at most.

    Raises IndexDamaged when files are missing or cannot be read.
    """
    ends = [*(each - 1 for each in plan[1:]), LAST_DAY]
    parts = [
        _read(part_folder(name, part), part, first, last, reload_seconds)
        for part, first, last in zip(part_names(plan), plan, ends, strict=True)
    ]
    return parts[::-1], _read(part_folder(name, SAMPLE), SAMPLE, 0, LAST_DAY, reload_seconds)


def holding(part: Part, record_codes: Sequence[str]) -> bool:
    """Whether any of these records is in *part*."""
    query = tantivy.Query.term_set_query(SCHEMA, "record_code", list(record_codes))
    return bool(part.searcher.search(query, limit=1, count=False).hits)


def next_part(newest: Part, *, today: int) -> int | None:
    """The first day of a new part, where the newest has grown to twice its size: tomorrow, when nothing lies there."""
    if newest.count < 2 * PART_RECORDS or newest.first_day > today:
        return None
    tomorrow = date(today // 10_000, today // 100 % 100, today % 100) + timedelta(days=1)
    first = tomorrow.year * 10_000 + tomorrow.month * 100 + tomorrow.day
    later = tantivy.Query.range_query(SCHEMA, "day", tantivy.FieldType.Integer, first, LAST_DAY)
    return None if newest.searcher.search(later, limit=1, count=False).hits else first


def size_of(name: str, part: str) -> int:
    """How many records a part holds."""
    index = open_index(name, part)
    index.reload()
    return int(index.searcher().num_docs)


def forget_open(name: str) -> None:
    """Let go of the open files of a generation that is no more."""
    with _lock:
        for folder in [each for each in _opened if index_folder(name) in each.parents]:
            del _opened[folder]


def keep_cube(name: str, part: str) -> None:
    """Count a part anew and keep the counts beside it."""
    index = open_index(name, part)
    index.reload()
    folder = part_folder(name, part)
    written = folder / f"{_CUBE}.new"
    written.write_text(json.dumps(_counted(index.searcher()), ensure_ascii=False), encoding="utf-8")
    written.replace(folder / _CUBE)


def cube_age(name: str, part: str) -> float:
    """Seconds since the counts of a part were kept; infinite when they never were."""
    kept = part_folder(name, part) / _CUBE
    return time.time() - kept.stat().st_mtime if kept.exists() else float("inf")


_cubes: dict[Path, Cube] = {}


def cube_of(part: Part) -> Cube | None:
    """The counts kept of a part; None where there are none."""
    path = part.folder / _CUBE
    try:
        written = path.stat().st_mtime_ns
        held = _cubes.get(path)
        if held is None or held.kept[1] != written:
            told = json.loads(path.read_text(encoding="utf-8"))
            held = Cube((str(path), written), told["records"], told["values"])
            _cubes[path] = held
    except (OSError, ValueError, KeyError):
        return None
    return held


def _counted(searcher: tantivy.Searcher) -> dict[str, Any]:
    inner: dict[str, Any] = {name: {"terms": {"field": name, "size": 20_000}} for name in (*FILTERED, "year")}
    told = searcher.aggregate(
        tantivy.Query.all_query(), {"rule": {"terms": {"field": "rule", "size": 5_000}, "aggs": inner}}
    )
    buckets = told["rule"]["buckets"]
    return {
        "records": {each["key"]: int(each["doc_count"]) for each in buckets},
        "values": {
            each["key"]: {
                name: {str(_plain(one["key"])): int(one["doc_count"]) for one in each[name]["buckets"]}
                for name in inner
            }
            for each in buckets
        },
    }


def _plain(key: object) -> object:
    return int(key) if isinstance(key, float) else key


def _read(folder: Path, name: str, first: int, last: int, reload_seconds: float) -> Part:
    opened = _open(folder, make=False)
    now = time.monotonic()
    with _lock:
        if opened.part is None or now - opened.looked >= reload_seconds:
            opened.looked = now
            try:
                meta = (folder / "meta.json").stat()
                written = (meta.st_mtime_ns, meta.st_ino)
                if opened.part is None or written != opened.seen:
                    opened.index.reload()
                    searcher = opened.index.searcher()
                    present = dict(searcher.terms_with_prefix("rule", ""))
                    opened.part = Part(name, first, last, searcher, present, folder)
                    opened.seen = written
            except (OSError, ValueError) as error:
                _opened.pop(folder, None)
                raise IndexDamaged(str(error)) from error
        return opened.part


def _open(folder: Path, *, make: bool) -> _Opened:
    with _lock:
        opened = _opened.get(folder)
        if opened is None:
            if make:
                folder.mkdir(parents=True, exist_ok=True)
            try:
                if not make and not (folder / "meta.json").exists():
                    raise IndexDamaged(f"{folder.name}: meta.json")
                index = tantivy.Index(SCHEMA, path=str(folder))
                # tantivy's own watcher may load an older commit after we loaded a newer one
                index.config_reader("Manual")
                opened = _Opened(index)
            except (OSError, ValueError) as error:
                raise IndexDamaged(str(error)) from error
            _opened[folder] = opened
        return opened
