"""Fill an empty database from a storage root: rows, ledger, objects, in steps that can be broken off anywhere.

Each step is one transaction; how far it came is written down beside the database after it, and repeating the last step
changes nothing. So a rebuild that was killed goes on where it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import AutoField

from lantai.administration.services.first_start import keep_archive_name
from lantai.archival.ocfl import ObjectStore
from lantai.archival.verification import Found
from lantai.catalog.queries import missing_records
from lantai.catalog.services import read_texts_again
from lantai.common.durability import flush_file
from lantai.common.rows import KeptTable
from lantai.ingest.queries import absent_packages
from lantai.ingest.services.waiting import queue_confirmation
from lantai.ledger.queries import checkpoint_holds, entries_of, latest_checkpoint, waiting_entries
from lantai.ledger.services import (
    LedgerNotContinued,
    NewEntry,
    append_entries,
    rebuild_entries,
    repeat_erasures,
)
from lantai.site.rebuilding.constraints import ask_again, count_on, foreign_keys, let_go
from lantai.site.rebuilding.tables import kept_tables, seeded_tables
from lantai.storage.services import note_changes, stop_noting
from lantai.storage.services.fetching import fetch_shelf
from lantai.storage.services.rebuilding import (
    KeptDamaged,
    Past,
    Survey,
    open_main_location,
    read_ledger_lines,
    read_row_lines,
    rebuild_rows,
    register_shelf,
    resume_followers,
    survey_shelf,
)
from lantai.storage.services.row_batches import rows_number

STATE = "rebuild.json"
REBUILT = "archive.rebuilt"
AT_ONCE = 200
AREAS = {
    "rows": ("目录数据", "rows of the tables"),
    "ledger": ("存证账本", "the ledger"),
    "objects": ("存储对象", "stored objects"),
}
"""What is put back, in this order, with its names in Chinese and in English."""
FETCHED = "fetched"
"""Objects brought back from elsewhere before anything is put back."""
Shown = Callable[[str, int, int], object]
"""Called with the area, how much of it is done, and how much there is."""


class NotEmpty(Exception):
    """The database holds something: only an empty one is filled from storage; the message names what."""


class OtherRebuild(Exception):
    """A rebuild from another storage root was begun in this home; the message names the root."""


@dataclass(slots=True)
class State:
    """How far a rebuild has come. ``rows`` and ``ledger`` count batches, ``objects`` folders that are done."""

    source: str
    rows: int = 0
    ledger: int = 0
    objects: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AREAS, 0))
    past: dict[str, Any] = field(default_factory=lambda: asdict(Past()))
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)

    def find(self, found: Found) -> None:
        """Remember a finding, once."""
        told = {"code": found.code, "where": found.where, "values": dict(found.values)}
        if told not in self.findings:
            self.findings.append(told)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to: how many rows, entries and objects; what was wrong; whether the archive's own ledger key
    is here, without which no checkpoint is signed as before; how many packages on their way in have no bytes here.
    """

    counts: dict[str, int]
    findings: tuple[Found, ...]
    key_is_here: bool
    absent_packages: int


def rebuild_archive(
    *,
    source: Path,
    check: bool,
    now: datetime,
    shown: Shown = lambda _area, _done, _all: None,
    elsewhere: ObjectStore | None = None,
) -> Rebuilt:
    """Fill the empty database of this home from the storage root *source*, or go on with that.

    With *check* every stored byte is read and digested; else inventories and sizes only. What is damaged is told
    exactly, the rest is put back. A gap in the ledger ends it there: see ``rebuild.ledger-gap``. Objects that lie
    *elsewhere* are brought back into *source* first.

    Raises NotEmpty, OtherRebuild, archival.ocfl.RootUnusable, OSError.
    """
    if elsewhere is None:
        survey = survey_shelf(path=source)
        state = _begun(source)
    else:
        state = _begun(source)
        fetched = fetch_shelf(store=elsewhere, root=source, shown=lambda done: shown(FETCHED, done, 0))
        survey = survey_shelf(path=source)
        state.counts[FETCHED] = fetched.objects + fetched.here
        for found in fetched.findings:
            state.find(found)
    let_go(state.keys)
    for found in survey.findings:
        state.find(found)
    try:
        _put_rows(survey, state, shown)
        _put_entries(survey, state, shown)
        _put_objects(survey, state, shown, check=check)
    finally:
        if connection.vendor == "sqlite":
            connection.enable_constraint_checking()
    return _ended(survey, state, now)


def rebuild_is_open() -> bool:
    """Whether a rebuild was begun in this home and has not come to its end."""
    return _path().exists()


def refuse_filled() -> list[KeptTable]:
    """Raises NotEmpty unless the database is one that may be filled; the tables that hold rows from the beginning."""
    held = [each for each in kept_tables() if each.model._default_manager.exists()]
    real = [each.label for each in held if each.label not in seeded_tables()]
    if real or latest_checkpoint() is not None or waiting_entries():
        raise NotEmpty(", ".join(real) or "ledger.entry")
    return held


def _begun(source: Path) -> State:
    """The state of the rebuild under way, or a fresh one of an empty database."""
    if _path().exists():
        state = State(**json.loads(_path().read_text("utf-8")))
        if state.source != str(source):
            raise OtherRebuild(state.source)
        return state
    held = refuse_filled()
    stop_noting()
    for each in held:
        each.model._default_manager.all().delete()
    state = State(str(source), keys=foreign_keys())
    _keep(state)
    return state


def _put_rows(survey: Survey, state: State, shown: Shown) -> None:
    tables = {each.label: each for each in kept_tables()}
    past = Past(**state.past)
    for at, object_id in enumerate(survey.rows):
        shown("rows", at, len(survey.rows))
        if at < state.rows:
            continue
        try:
            lines = read_row_lines(root=survey.root, object_id=object_id)
        except KeptDamaged as damage:
            state.find(Found("rebuild.rows-damaged", object_id, {"detail": str(damage)}))
        else:
            with transaction.atomic():
                state.counts["rows"] += rebuild_rows(
                    tables=tables, number=rows_number(object_id=object_id), lines=lines, past=past
                )
        state.rows, state.past = at + 1, asdict(past)
        _keep(state)
    shown("rows", len(survey.rows), len(survey.rows))


def _put_entries(survey: Survey, state: State, shown: Shown) -> None:
    total = survey.ledger[-1][1] + 1 if survey.ledger else 0
    for at, (first, last, object_id) in enumerate(survey.ledger):
        shown("ledger", first, total)
        if at < state.ledger:
            continue
        try:
            entries, checkpoints = read_ledger_lines(root=survey.root, object_id=object_id)
            state.counts["ledger"] += rebuild_entries(lines=entries, checkpoints=checkpoints)
        except (KeptDamaged, LedgerNotContinued) as damage:
            state.find(Found("rebuild.ledger-gap", object_id, {"detail": str(damage), "count": str(total - first)}))
            return
        state.findings = [each for each in state.findings if not each["where"].startswith(object_id)]  # it was mended
        state.ledger = at + 1
        _keep(state)
        shown("ledger", last + 1, total)


def _put_objects(survey: Survey, state: State, shown: Shown, *, check: bool) -> None:
    configured = Path(settings.LANTAI_STORAGE_ROOT).resolve()
    with transaction.atomic():
        open_main_location(path="" if survey.root.path.resolve() == configured else str(survey.root.path))
    while state.objects < len(survey.folders):
        shown("objects", state.objects, len(survey.folders))
        folders = survey.folders[state.objects : state.objects + AT_ONCE]
        count, findings = register_shelf(root=survey.root, folders=folders, check=check)
        state.counts["objects"] += count
        for each in findings:
            state.find(each)
        state.objects += len(folders)
        _keep(state)
    shown("objects", len(survey.folders), len(survey.folders))


def _ended(survey: Survey, state: State, now: datetime) -> Rebuilt:
    """The last step: erasures, foreign keys, numbers, followers, name; then changes are noted and kept again."""
    repeat_erasures()
    if read_texts_again():
        with transaction.atomic():
            queue_confirmation()
    for table, detail in ask_again(state.keys):
        state.find(Found("rebuild.row-missing", table, {"detail": detail}))
    for code, object_id in missing_records():
        state.find(Found("rebuild.record-missing", code, {"detail": object_id or "-"}))
    findings = tuple(Found(each["code"], each["where"], each["values"]) for each in state.findings)
    checkpoint = latest_checkpoint()
    key_is_here = checkpoint is None or checkpoint_holds(note=checkpoint.note)
    result = Rebuilt(dict(state.counts), findings, key_is_here, absent_packages())
    if any(each.code == "rebuild.ledger-gap" for each in findings):
        _keep(state)
        return result  # it goes on when that part of the ledger is there again
    numbered = [each.model._meta.db_table for each in kept_tables() if isinstance(each.key, AutoField)]
    count_on([*numbered, "ledger_entry"])
    named = entries_of(subjects=["archive"], kinds=["administration.archive-named"]).get("archive", [])
    if named and named[-1].detail:
        keep_archive_name(name=named[-1].detail["after"]["name"])
    with transaction.atomic():
        entries = survey.ledger[-1][1] + 1 if survey.ledger else 0
        resume_followers(rows=survey.rows[0] if survey.rows else "", entries=entries)
        note_changes(tables=kept_tables(), whole=False)
        told = {"source": state.source, **state.counts, "findings": len(findings)}
        append_entries(
            entries=[
                NewEntry(
                    kind=REBUILT,
                    subject="archive",
                    actor="console",
                    at=now,
                    result="failed" if findings else "done",
                    detail=told,
                )
            ]
        )
    _path().unlink()
    return result


def _path() -> Path:
    return Path(settings.LANTAI_HOME) / STATE


def _keep(state: State) -> None:
    """Write the state whole and durably."""
    fresh = _path().with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file, ensure_ascii=False)
    flush_file(fresh)
    fresh.replace(_path())
