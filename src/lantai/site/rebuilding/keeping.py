"""Keep rows and ledger in storage: what the steward does now and then, and an operator before he touches anything."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from lantai.common.alone import only_one
from lantai.ledger.services import append_noted_entries, sequence_entries
from lantai.site.rebuilding.reader import lay_reader
from lantai.site.rebuilding.tables import kept_tables, quiet_tables
from lantai.storage.services import keep_all_rows_anew, keep_ledger_batches, keep_rows, note_changes

MINIMUM, PATIENCE = 1000, timedelta(minutes=10)
"""A batch is kept when it has so many rows or entries, or when the last was kept so long ago: what a disaster costs."""


_WAIT_SECONDS = 120.0


class KeepingElsewhere(RuntimeError):
    """Another process has been keeping for a long time."""


def keep_what_is_due() -> int:
    """Keep rows and entries that are many or have waited; returns how many. Rows are noted from the first call on.

    Does nothing while another process keeps.
    """
    tables = kept_tables()
    with only_one(settings.LANTAI_HOME / "keeping.lock") as mine:
        if not mine:
            return 0
        note_changes(tables=tables)
        lay_reader(Path(settings.LANTAI_STORAGE_ROOT))
        rows = keep_rows(tables=tables, quiet=quiet_tables(), minimum=MINIMUM, patience=PATIENCE)
        return rows + keep_ledger_batches(minimum=MINIMUM, patience=PATIENCE)


def keep_everything(*, anew: bool = False) -> tuple[int, int]:
    """Keep all rows that were noted, then all entries, so that storage has everything; returns how many of each.

    With *anew* every row is written anew and the older batches are removed from storage. Raises KeepingElsewhere when
    another process keeps for longer than two minutes.
    """
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        with only_one(settings.LANTAI_HOME / "keeping.lock") as mine:
            if mine:
                return _keep_everything(anew=anew)
        time.sleep(0.2)
    raise KeepingElsewhere("another process keeps rows and entries in storage: try again")


def _keep_everything(*, anew: bool) -> tuple[int, int]:
    tables = kept_tables()
    note_changes(tables=tables)
    append_noted_entries()
    rows = keep_all_rows_anew(tables=tables) if anew else 0
    while written := keep_rows(tables=tables):
        rows += written
    while sequence_entries():
        pass
    entries = 0
    while kept := keep_ledger_batches():
        entries += kept
    lay_reader(Path(settings.LANTAI_STORAGE_ROOT))
    return rows, entries
