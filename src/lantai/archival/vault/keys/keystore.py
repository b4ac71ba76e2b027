"""The key store (密钥库): wrapped data keys, apart from the objects they open, each of them deletable for good.

A SQLite file in a folder of its own. Objects are immutable and lie in many copies; a key lies here alone (and in this
store's backups), so destroying it destroys every copy of what it opened. Deleted rows are overwritten
(``secure_delete``) and no journal stays behind (rollback journal); what is destroyed leaves a tombstone that says
when.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantai.archival.vault.faults import KeyDestroyed, KeyMissing, KeyStoreBroken, KeyStoreMissing

STORE_FILE = "wrapped-keys.sqlite3"
_APPLICATION = 0x4C544B59
_VERSION = 1
_SCHEMA = """
CREATE TABLE kek (
  identifier TEXT PRIMARY KEY, shelf TEXT NOT NULL, wrapping TEXT NOT NULL,
  made_at TEXT NOT NULL, retired_at TEXT, destroyed_at TEXT) STRICT;
CREATE UNIQUE INDEX kek_current ON kek (shelf, wrapping) WHERE retired_at IS NULL;
CREATE TABLE data_key (
  key TEXT PRIMARY KEY, object TEXT NOT NULL, version TEXT NOT NULL, unit TEXT NOT NULL,
  kek TEXT NOT NULL REFERENCES kek, wrapped BLOB NOT NULL, proof TEXT NOT NULL, made_at TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE INDEX data_key_unit ON data_key (object, unit);
CREATE INDEX data_key_kek ON data_key (kek, key);
CREATE TABLE recipient (
  recipient TEXT PRIMARY KEY, name TEXT NOT NULL, added_at TEXT NOT NULL, removed_at TEXT) STRICT;
CREATE TABLE escrow (
  key TEXT NOT NULL, recipient TEXT NOT NULL REFERENCES recipient, wrapped BLOB NOT NULL,
  PRIMARY KEY (key, recipient)) STRICT, WITHOUT ROWID;
CREATE TABLE tombstone (
  key TEXT PRIMARY KEY, object TEXT NOT NULL, version TEXT NOT NULL, unit TEXT NOT NULL,
  proof TEXT NOT NULL, destroyed_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX tombstone_unit ON tombstone (object, unit);
"""


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """A key-encryption key of one shelf (fonds and retention class): who it is and where in its life. Times are
    ISO 8601; empty means not yet."""

    identifier: str
    shelf: str
    wrapping: str
    made_at: str
    retired_at: str = ""
    destroyed_at: str = ""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is kept: what it belongs to (object, version, and unit: the record's folder in it), the
    key-encryption key it lies under, and the digest that proves which key it was (``key_proof``)."""

    key: str
    object_id: str
    version: str
    unit: str
    kek: str
    wrapped: bytes = field(repr=False)
    proof: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A data key that was destroyed."""

    key: str
    object_id: str
    version: str
    unit: str
    proof: str
    destroyed_at: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """An escrow recipient of age, with the name people call it by."""

    recipient: str
    name: str
    added_at: str
    removed_at: str = ""


_KEY = "key, object, version, unit, kek, wrapped, proof, made_at"
_TOMBSTONE = "key, object, version, unit, proof, destroyed_at"


class KeyStore:
    """The key store in one folder. Every process and thread may hold one; each call is one transaction."""

    def __init__(self, folder: Path) -> None:
        """Open the store. Raises KeyStoreMissing, KeyStoreBroken."""
        self.path = folder / STORE_FILE
        self._local = threading.local()
        self._connection()

    @staticmethod
    def create(folder: Path) -> KeyStore:
        """Make the store in *folder*, or open the one that is there. Raises KeyStoreBroken."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / STORE_FILE
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id={_APPLICATION}")
                connection.execute(f"PRAGMA user_version={_VERSION}")
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as reason:
            raise KeyStoreBroken(f"{path} is no key store: {reason}") from reason
        finally:
            connection.close()
        return KeyStore(folder)

    # key-encryption keys

    def current_kek(self, shelf: str, wrapping: str) -> KeyEncryptionKey | None:
        """The key-encryption key that new data keys of *shelf* go under; None before there is one."""
        found = self.keks("shelf = ? AND wrapping = ? AND retired_at IS NULL", (shelf, wrapping))
        return found[0] if found else None

    def keks(self, where: str = "1", values: Sequence[str] = ()) -> list[KeyEncryptionKey]:
        """Key-encryption keys, all of them, or those *where* (SQL) says; by identifier."""
        rows = self._rows(f"SELECT * FROM kek WHERE {where} ORDER BY identifier", values)
        return [KeyEncryptionKey(*(each or "" for each in row)) for row in rows]

    def add_kek(self, kek: KeyEncryptionKey) -> KeyEncryptionKey:
        """Register *kek* as the current one of its shelf; returns the one registered, another's that came first."""
        with self._writing() as run:
            run("INSERT OR IGNORE INTO kek VALUES (?, ?, ?, ?, NULL, NULL)",
                (kek.identifier, kek.shelf, kek.wrapping, kek.made_at))  # fmt: skip
        current = self.current_kek(kek.shelf, kek.wrapping)
        return kek if current is None else current

    def replace_kek(self, old: str, new: KeyEncryptionKey) -> None:
        """Retire *old* and make *new* the current one of its shelf, in one transaction."""
        with self._writing() as run:
            run("UPDATE kek SET retired_at = ? WHERE identifier = ? AND retired_at IS NULL", (new.made_at, old))
            run("INSERT OR IGNORE INTO kek VALUES (?, ?, ?, ?, NULL, NULL)",
                (new.identifier, new.shelf, new.wrapping, new.made_at))  # fmt: skip

    def mark_destroyed(self, identifier: str, now: str) -> None:
        """Note that a retired key-encryption key is gone from its provider."""
        with self._writing() as run:
            run("UPDATE kek SET destroyed_at = ? WHERE identifier = ? AND destroyed_at IS NULL", (now, identifier))

    # data keys

    def add_keys(self, keys: Sequence[WrappedKey], escrow: Sequence[tuple[str, str, bytes]] = ()) -> bool:
        """Keep *keys* durably, with their escrow wraps (key, recipient, wrapped). False, and nothing is kept, when a
        key-encryption key was retired meanwhile: it may be destroyed at any moment."""
        with self._writing() as run:
            for kek in {each.kek for each in keys}:
                if not run("SELECT 1 FROM kek WHERE identifier = ? AND retired_at IS NULL", (kek,)).fetchall():
                    return False
            for each in keys:
                run("INSERT INTO data_key VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (each.key, each.object_id, each.version, each.unit, each.kek, each.wrapped, each.proof,
                     each.made_at))  # fmt: skip
            for wrap in escrow:
                run("INSERT INTO escrow VALUES (?, ?, ?)", wrap)
        return True

    def find_key(self, key: str) -> WrappedKey:
        """The data key *key*. Raises KeyDestroyed, KeyMissing."""
        for row in self._rows(f"SELECT {_KEY} FROM data_key WHERE key = ?", (key,)):
            return WrappedKey(*row)
        for row in self._rows(f"SELECT {_TOMBSTONE} FROM tombstone WHERE key = ?", (key,)):
            gone = Tombstone(*row)
            raise KeyDestroyed(f"{gone.object_id} {gone.unit}: its key was destroyed on {gone.destroyed_at}")
        raise KeyMissing(f"the key store {self.path} has no data key {key}")

    def keys_of(self, object_id: str, unit: str | None = None) -> list[WrappedKey]:
        """The data keys of an object, or of one unit in it."""
        where = "object = ?" if unit is None else "object = ? AND unit = ?"
        rows = self._rows(
            f"SELECT {_KEY} FROM data_key WHERE {where} ORDER BY key", (object_id, *([] if unit is None else [unit]))
        )
        return [WrappedKey(*row) for row in rows]

    def keys_under(self, kek: str, *, after: str = "", limit: int = 1000) -> list[WrappedKey]:
        """Up to *limit* data keys under *kek*, behind the key *after*."""
        rows = self._rows(
            f"SELECT {_KEY} FROM data_key WHERE kek = ? AND key > ? ORDER BY key LIMIT ?", (kek, after, limit)
        )
        return [WrappedKey(*row) for row in rows]

    def keys_after(self, after: str, *, limit: int = 1000) -> list[WrappedKey]:
        """Up to *limit* data keys of whatever object, behind the key *after*."""
        rows = self._rows(f"SELECT {_KEY} FROM data_key WHERE key > ? ORDER BY key LIMIT ?", (after, limit))
        return [WrappedKey(*row) for row in rows]

    def rewrap_keys(self, kek: str, wrapped: Sequence[tuple[str, bytes]]) -> None:
        """Put data keys (key, wrapped) under *kek*, in one transaction; one destroyed meanwhile stays destroyed."""
        with self._writing() as run:
            for key, blob in wrapped:
                run("UPDATE data_key SET kek = ?, wrapped = ? WHERE key = ?", (kek, blob, key))

    def count_keys(self) -> dict[str, int]:
        """How many data keys lie under each key-encryption key."""
        return {str(kek): int(n) for kek, n in self._rows("SELECT kek, count(*) FROM data_key GROUP BY kek", ())}

    # destruction

    def destroy_keys(self, units: Sequence[tuple[str, str]], now: str) -> list[Tombstone]:
        """Destroy every wrap of the data keys of *units* (object, unit), escrow included, all in one transaction.

        Returns their tombstones, those of an earlier call among them; a crash leaves all of the keys or none.
        """
        with self._writing() as run:
            for unit in units:
                run("INSERT OR IGNORE INTO tombstone SELECT key, object, version, unit, proof, ? FROM data_key"
                    " WHERE object = ? AND unit = ?", (now, *unit))  # fmt: skip
                run("DELETE FROM escrow WHERE key IN (SELECT key FROM data_key WHERE object = ? AND unit = ?)", unit)
                run("DELETE FROM data_key WHERE object = ? AND unit = ?", unit)
        return [each for unit in units for each in self.tombstones(*unit)]

    def tombstones(self, object_id: str, unit: str | None = None) -> list[Tombstone]:
        """The destroyed keys of an object, or of one unit in it."""
        where = "object = ?" if unit is None else "object = ? AND unit = ?"
        rows = self._rows(
            f"SELECT {_TOMBSTONE} FROM tombstone WHERE {where} ORDER BY key",
            (object_id, *([] if unit is None else [unit])),
        )
        return [Tombstone(*row) for row in rows]

    def count_tombstones(self) -> int:
        """How many data keys were destroyed."""
        return int(self._rows("SELECT count(*) FROM tombstone", ())[0][0])

    def forget_keys(self, keys: Sequence[str]) -> None:
        """Drop data keys of content that was never kept (a deposit given up): no tombstone, nothing was there."""
        with self._writing() as run:
            for key in keys:
                run("DELETE FROM escrow WHERE key = ?", (key,))
                run("DELETE FROM data_key WHERE key = ?", (key,))

    # escrow

    def recipients(self, *, removed: bool = False) -> list[Recipient]:
        """The escrow recipients, those removed too where *removed*."""
        where = "1" if removed else "removed_at IS NULL"
        rows = self._rows(f"SELECT * FROM recipient WHERE {where} ORDER BY added_at, recipient", ())
        return [Recipient(*(each or "" for each in row)) for row in rows]

    def add_recipient(self, recipient: Recipient) -> None:
        """Keep *recipient*, or take up again one that was removed."""
        with self._writing() as run:
            run("INSERT INTO recipient VALUES (?, ?, ?, NULL) ON CONFLICT (recipient)"
                " DO UPDATE SET name = excluded.name, removed_at = NULL",
                (recipient.recipient, recipient.name, recipient.added_at))  # fmt: skip

    def remove_recipient(self, recipient: str, now: str) -> int:
        """Remove a recipient and every wrap for it; returns how many wraps those were."""
        with self._writing() as run:
            run("UPDATE recipient SET removed_at = ? WHERE recipient = ?", (now, recipient))
            return run("DELETE FROM escrow WHERE recipient = ?", (recipient,)).rowcount

    def add_escrow(self, wraps: Sequence[tuple[str, str, bytes]]) -> None:
        """Keep escrow wraps (key, recipient, wrapped), of keys that are still there."""
        with self._writing() as run:
            for key, recipient, wrapped in wraps:
                run("INSERT OR REPLACE INTO escrow SELECT key, ?, ? FROM data_key WHERE key = ?",
                    (recipient, wrapped, key))  # fmt: skip

    def escrow_of(self, recipient: str, *, after: str = "", limit: int = 1000) -> list[tuple[WrappedKey, bytes]]:
        """Data keys with their wraps for *recipient*, behind the key *after*."""
        columns = ", ".join(f"d.{each}" for each in _KEY.split(", "))
        rows = self._rows(
            f"SELECT {columns}, e.wrapped FROM escrow e JOIN data_key d ON d.key = e.key"
            " WHERE e.recipient = ? AND e.key > ? ORDER BY e.key LIMIT ?",
            (recipient, after, limit),
        )
        return [(WrappedKey(*row[:-1]), row[-1]) for row in rows]

    def without_escrow(self, recipient: str, *, limit: int = 1000) -> list[WrappedKey]:
        """Data keys that have no wrap for *recipient*."""
        rows = self._rows(
            f"SELECT {_KEY} FROM data_key WHERE key NOT IN (SELECT key FROM escrow WHERE recipient = ?)"
            " ORDER BY key LIMIT ?",
            (recipient, limit),
        )
        return [WrappedKey(*row) for row in rows]

    def count_escrow(self) -> dict[str, int]:
        """How many wraps there are for each recipient."""
        rows = self._rows("SELECT recipient, count(*) FROM escrow GROUP BY recipient", ())
        return {str(recipient): int(n) for recipient, n in rows}

    # the file

    def check(self) -> list[str]:
        """What is wrong with the file, in SQLite's words; empty when nothing is."""
        found = [str(each[0]) for each in self._rows("PRAGMA integrity_check", ())]
        return [] if found == ["ok"] else found

    def copy_to(self, target: Path) -> None:
        """A consistent copy of the store, for its backup; *target* must not exist."""
        self._rows("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        """Close this thread's connection; the next call opens another."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        try:
            file = self.path.stat().st_ino
        except FileNotFoundError as reason:
            self.close()
            raise KeyStoreMissing(f"no key store at {self.path}") from reason
        if connection is not None and self._local.file == file:
            return connection
        self.close()
        try:
            connection = sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, timeout=30, isolation_level=None)
            for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                raise KeyStoreBroken(f"{self.path} is no key store")
            if (version := connection.execute("PRAGMA user_version").fetchone()[0]) != _VERSION:
                raise KeyStoreBroken(f"{self.path} is a key store of version {version}, not {_VERSION}")
        except sqlite3.DatabaseError as reason:
            raise KeyStoreBroken(f"{self.path} cannot be read: {reason}") from reason
        self._local.connection, self._local.file = connection, file
        return connection

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(sql, tuple(values)).fetchall()
        except sqlite3.DatabaseError as reason:
            raise KeyStoreBroken(f"{self.path} cannot be used: {reason}") from reason

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """One write transaction, durable at its end, undone by whatever is raised."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection.execute
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as reason:
            raise KeyStoreBroken(f"{self.path} cannot be written: {reason}") from reason
