"""SQLite where writers wait in a queue instead of asking again and again.

SQLite itself lets a writer that finds the database locked sleep, up to 100 ms at a time, while a busy worker takes the
lock again at once: pages and pushes then wait for seconds beside a running intake. Here a transaction first takes a
lock on a file beside the database; the kernel wakes the next in line the moment it is free. Measured by
bench/ingest.py.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from typing import Any

from django.db.backends.sqlite3 import base, features
from django.utils.functional import cached_property


class DatabaseFeatures(features.DatabaseFeatures):
    """What this SQLite can do: as many parameters a query as it was built for, not the 999 of old ones."""

    @cached_property
    def max_query_params(self) -> int:  # type: ignore[override]  # a constant in Django
        """Parameters one statement may carry."""
        self.connection.ensure_connection()
        return int(self.connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER))


class DatabaseWrapper(base.DatabaseWrapper):
    """The SQLite connection of one thread, with its place in the queue of writers."""

    features_class = DatabaseFeatures

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # missing from the stubs
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # missing from the stubs
        finally:
            self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # missing from the stubs
        finally:
            self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # missing from the stubs
        finally:
            self._leave_queue()

    def _enter_queue(self) -> None:
        """Wait for our turn to write; nothing to wait for where the database lies in memory."""
        name = str(self.settings_dict["NAME"])
        if self._queue is not None or self.is_in_memory_db():
            return
        self._queue = os.open(f"{name}.writer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        fcntl.flock(self._queue, fcntl.LOCK_EX)

    def _leave_queue(self) -> None:
        if self._queue is not None:
            os.close(self._queue)
            self._queue = None
