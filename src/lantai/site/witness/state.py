"""What a witness holds in its folder: keys, logs it trusts, of each the newest checkpoint cosigned, and evidence."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lantai.archival import tlog

DATABASE = "state.sqlite3"
MOST_EVIDENCE = 1000
"""Pairs of notes of one kind kept of one log: a log that forks goes on forking, and a folder is finite."""
_TABLES = """
CREATE TABLE IF NOT EXISTS trusted (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS latest (
    origin TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, note TEXT NOT NULL, time INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS evidence (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, time INTEGER NOT NULL, held TEXT NOT NULL, shown TEXT NOT NULL,
    kind TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (origin, shown)
);
"""


@dataclass(frozen=True, slots=True)
class Held:
    """Of one log: its *origin*, the size and the note cosigned last ("" before the first), when (since 1970)."""

    origin: str
    size: int
    note: str
    time: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two notes that one log signed: *held* was cosigned, *shown* was not.

    *kind* is "fork" where both cannot be true, "unproven" where *shown* was not shown to continue *held*.
    """

    id: int
    origin: str
    time: int
    held: str
    shown: str
    kind: str
    reason: str


class WitnessState:
    """The folder of a witness, used by many threads and, safely, by several processes (the command line beside it)."""

    def __init__(self, folder: Path, *, name: str = "") -> None:
        """Open *folder*, made at first use; a witness bears *name* from then on.

        Raises tlog.NoteError when its keys bear another name or a first name may not be, OSError when the folder cannot
        be written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = folder / "key"
        if written.exists():
            name = name or tlog.parse_skey(written.read_text(encoding="utf-8").strip()).name
        name = name or f"lantai.witness/{folder.resolve().name}"
        self.folder = folder
        self.signers = (
            tlog.signer_at(written, name=name, kind=tlog.COSIGNATURE_V1),
            tlog.signer_at(folder / "key-ml-dsa-44", name=name, kind=tlog.ML_DSA_44),
        )
        self._mutex = threading.Lock()
        self._database = sqlite3.connect(folder / DATABASE, timeout=30, isolation_level=None, check_same_thread=False)
        with self._mutex:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.executescript(_TABLES)

    @property
    def name(self) -> str:
        """The name in its keys and cosignatures."""
        return self.signers[0].name

    def close(self) -> None:
        """Let go of the database."""
        with self._mutex:
            self._database.close()

    def trust(self, vkey: str) -> tlog.Verifier:
        """Witness the log of this key; a log may have several. Raises tlog.NoteError for what is no key of a log."""
        verifier = tlog.parse_vkey(vkey)
        if verifier.kind in tlog.WITNESS_KINDS:
            raise tlog.NoteError("this is a witness's key, not a log's")
        with self._changing() as database:
            database.execute("INSERT OR IGNORE INTO trusted VALUES (?, ?)", (verifier.vkey(), verifier.name))
        return verifier

    def distrust(self, origin: str) -> bool:
        """Witness the log named *origin* no longer; what was held of it stays. Returns whether it was trusted."""
        with self._changing() as database:
            return database.execute("DELETE FROM trusted WHERE origin = ?", (origin,)).rowcount > 0

    def cosign(self, body: bytes, *, time: int) -> tuple[tlog.Signature, ...]:
        """Judge a request to add-checkpoint, keep its checkpoint, and sign it at *time* (since 1970).

        Check and write are one transaction, and it is on the disk before this returns: what was answered is never
        forgotten, and of two requests at once one finds the other's size. Raises tlog.CheckpointRefused; evidence of a
        fork is kept before.
        """
        request = tlog.parse_request(body)
        origin = tlog.parse_note(request.note).text.partition("\n")[0]
        refused: tlog.CheckpointRefused | None = None
        with self._changing() as database:
            keys = database.execute("SELECT vkey FROM trusted WHERE origin = ?", (origin,)).fetchall()
            row = database.execute("SELECT note FROM latest WHERE origin = ?", (origin,)).fetchone()
            held = tlog.parse_checkpoint(tlog.parse_note(row[0]).text) if row else None
            try:
                checkpoint = tlog.examine_request(
                    request, verifiers=[tlog.parse_vkey(each) for (each,) in keys], held=held
                )
            except tlog.CheckpointRefused as error:
                refused = error
                if error.evidence:
                    self._keep_evidence(origin, row[0] if row else "", request.note, error, time)
            else:
                lines = tuple(tlog.cosign(request.note, each, time=time) for each in self.signers)
                database.execute(
                    "INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?)",
                    (origin, tlog.origin_hash(origin), checkpoint.size, _ours(request.note, keys, lines), time),
                )
        if refused is not None:
            raise refused
        return lines

    def held(self) -> list[Held]:
        """Every log trusted or held, by name."""
        with self._mutex:
            rows = self._database.execute(
                "SELECT origin, COALESCE(size, 0), COALESCE(note, ''), COALESCE(time, 0) FROM "
                "(SELECT origin FROM trusted UNION SELECT origin FROM latest) LEFT JOIN latest USING (origin) "
                "ORDER BY origin"
            ).fetchall()
        return [Held(*each) for each in rows]

    def trusted_origins(self) -> set[str]:
        """The logs witnessed now."""
        with self._mutex:
            return {each for (each,) in self._database.execute("SELECT DISTINCT origin FROM trusted")}

    def keys_of(self, origin: str) -> list[str]:
        """The keys (vkey) trusted for a log."""
        with self._mutex:
            rows = self._database.execute("SELECT vkey FROM trusted WHERE origin = ? ORDER BY vkey", (origin,))
            return [vkey for (vkey,) in rows]

    def note_of(self, origin_hash: str) -> str | None:
        """The note cosigned last of the log whose origin has that hash, with our signatures; None without one."""
        with self._mutex:
            row = self._database.execute("SELECT note FROM latest WHERE hash = ?", (origin_hash,)).fetchone()
        return row[0] if row else None

    def evidence(self) -> list[Evidence]:
        """What was kept against logs, the newest first."""
        with self._mutex:
            rows = self._database.execute(
                "SELECT id, origin, time, held, shown, kind, reason FROM evidence ORDER BY id DESC"
            )
            return [Evidence(*each) for each in rows]

    def _keep_evidence(self, origin: str, held: str, shown: str, why: tlog.CheckpointRefused, time: int) -> None:
        kept = self._database.execute(
            "SELECT COUNT(*) FROM evidence WHERE origin = ? AND kind = ?", (origin, why.evidence)
        ).fetchone()[0]
        if kept < MOST_EVIDENCE:
            self._database.execute(
                "INSERT OR IGNORE INTO evidence (origin, time, held, shown, kind, reason) VALUES (?, ?, ?, ?, ?, ?)",
                (origin, time, held, shown, why.evidence, why.answer.strip()),
            )

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that no other thread or process shares, on the disk when it ends."""
        with self._mutex:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _ours(note: str, keys: Sequence[tuple[str]], lines: Sequence[tlog.Signature]) -> str:
    """*note* with the log's good signatures and ours, without what strangers put below it."""
    opened = tlog.open_note(note, *(tlog.parse_vkey(each) for (each,) in keys))
    return f"{opened.text}\n" + "".join(each.line() for each in (*opened.signatures, *lines))
