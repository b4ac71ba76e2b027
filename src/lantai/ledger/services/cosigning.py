"""Have checkpoints cosigned (见证): ask every witness, keep what it signed, keep the evidence when it objects.

The calls are made by threads that touch no database, and nobody waits for them: ``Cosigner.step`` asks who is idle,
takes what has come back, and returns. Cosignatures are no entries of the ledger; they are about it, and an entry each
would make a checkpoint each.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lantai.archival import tlog
from lantai.ledger.calling import Exchange, WitnessLine
from lantai.ledger.models import Checkpoint, Cosignature, Witness, WitnessConflict
from lantai.ledger.queries import CheckpointView, latest_checkpoint, read_tile
from lantai.ledger.queries.witnesses import WitnessView, address_allowed, list_witnesses, witnesses_asked_for
from lantai.ledger.services.appending import NewEntry, append_entries
from lantai.ledger.signing import open_own_checkpoint

FORK, ROLLBACK = "fork", "rollback"
ACTOR = "system:cosigning"
SAME_FOR_SECONDS = 3.0
"""So long all witnesses are asked for one and the same checkpoint, unless enough have cosigned it before."""
LONGEST_PAUSE = 300
KEEP_ALL = timedelta(days=1)
"""For so long every cosignature is kept; then of each witness the last of each day."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one request to a witness: *found* is the contradiction found just now (kind and id), *mended* are
    the ids of those that ended with this cosignature.
    """

    witness: str
    size: int
    cosigned: bool
    found: tuple[str, int] | None = None
    mended: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    witness: WitnessView
    checkpoint: CheckpointView
    answer: Future[Exchange]


class Cosigner:
    """Asks the witnesses in service for cosignatures. Only one is at work in an archive: the steward's.

    Each witness is asked once at the beginning even where it has cosigned the newest checkpoint: a database that was
    exchanged meanwhile is noticed then.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="witness")
        self._lines: dict[int, WitnessLine] = {}
        self._asked: dict[int, _Asked] = {}
        self._met: set[int] = set()
        self._target: CheckpointView | None = None
        self._since = 0.0

    def step(self, *, now: datetime) -> list[Settled]:
        """Take the answers that have come, and ask who is idle and due. Returns what was settled; waits for nobody."""
        settled = [
            settle_answer(witness=asked.witness, checkpoint=asked.checkpoint, exchange=asked.answer.result(), now=now)
            for asked in [self._asked.pop(each) for each, asked in list(self._asked.items()) if asked.answer.done()]
        ]
        witnesses = list_witnesses()
        target = self._choose_target(witnesses)
        for each in witnesses:
            due = each.next_try_at is None or each.next_try_at <= now
            wanted = target is not None and (each.cosigned_size < target.size or each.id not in self._met)
            if target and wanted and due and each.id not in self._asked:
                self._met.add(each.id)
                self._asked[each.id] = _Asked(each, target, self._ask(each, target))
        return settled

    @property
    def busy(self) -> bool:
        """Whether an answer is being waited for."""
        return bool(self._asked)

    def close(self) -> None:
        """Give up what was asked."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for each in self._lines.values():
            each.close()

    def _choose_target(self, witnesses: list[WitnessView]) -> CheckpointView | None:
        """The checkpoint all witnesses are asked for, so that they meet at one size while the ledger grows on."""
        newest, held = latest_checkpoint(), self._target
        if newest is None or held is None or newest.size <= held.size:
            done = newest is not None
        else:
            waiting = [each for each in witnesses if each.cosigned_size < held.size and each.id in self._asked]
            late = time.monotonic() - self._since > SAME_FOR_SECONDS
            done = not waiting or late or _is_met(held.size)
        if done and (held is None or newest is None or newest.size != held.size):
            self._target, self._since = newest, time.monotonic()
        return self._target

    def _ask(self, witness: WitnessView, checkpoint: CheckpointView) -> Future[Exchange]:
        line = self._lines.get(witness.id)
        if line is None or line.address != witness.address:
            line = self._lines[witness.id] = WitnessLine(witness.address)
        body = witness_request(witness=witness, checkpoint=checkpoint)
        origin = tlog.origin_hash(settings.LANTAI_ORIGIN)
        if not address_allowed(address=witness.address):
            refused: Future[Exchange] = Future()
            refused.set_result(Exchange(error="the address is neither https nor this machine"))
            return refused
        return self._pool.submit(line.add_checkpoint, body, origin_hash=origin)


def witness_request(*, witness: WitnessView, checkpoint: CheckpointView) -> bytes:
    """What is posted to *witness* to have *checkpoint* cosigned: the proof begins where we believe it to stand."""
    old_size = min(witness.size, checkpoint.size)
    proof = tlog.consistency_proof(old_size=old_size, size=checkpoint.size, read=read_tile)
    return tlog.AddCheckpoint(old_size, tuple(proof), checkpoint.note).body()


def settle_answer(*, witness: WitnessView, checkpoint: CheckpointView, exchange: Exchange, now: datetime) -> Settled:
    """Keep what *witness* answered about *checkpoint*: its cosignature, where it stands, or what it holds of us."""
    if exchange.error:
        return _fail(witness, checkpoint, exchange.error, now)
    answer = tlog.read_answer(
        status=exchange.status,
        content_type=exchange.content_type,
        body=exchange.body,
        note=checkpoint.note,
        verifiers=witness.verifiers,
    )
    if isinstance(answer, tlog.Cosigned):
        return _keep(witness, checkpoint, answer, now)
    held = _held_checkpoint(exchange.held)
    if held is not None and held.size > checkpoint.size:
        newest = latest_checkpoint()
        if newest is None or held.size > newest.size:
            return _contradicted(witness, checkpoint, ROLLBACK, exchange, now)
    elif held is not None and tlog.root_hash(size=held.size, read=read_tile) != held.root:
        return _contradicted(witness, checkpoint, FORK, exchange, now)
    if isinstance(answer, tlog.Behind) and answer.size <= checkpoint.size and answer.size != witness.size:
        Witness.objects.filter(pk=witness.id).update(size=answer.size, next_try_at=None)
        return Settled(witness.name, checkpoint.size, cosigned=False)
    reason = f"409 {answer.size}" if isinstance(answer, tlog.Behind) else f"{answer.status} {answer.reason}"
    return _fail(witness, checkpoint, reason, now)


def forget_old_cosignatures(*, now: datetime) -> int:
    """Of cosignatures older than KEEP_ALL keep each witness's last of a day; returns how many went."""
    end = now - KEEP_ALL
    last: dict[tuple[int, object], int] = {}
    old: list[int] = []
    rows = Cosignature.objects.filter(at__lt=end, at__gte=end - timedelta(days=7)).order_by("size")
    for pk, witness_id, at in rows.values_list("pk", "witness_id", "at").iterator(chunk_size=5000):
        before = last.get((witness_id, timezone.localdate(at)))
        if before is not None:
            old.append(before)
        last[witness_id, timezone.localdate(at)] = pk
    for start in range(0, len(old), 500):
        Cosignature.objects.filter(pk__in=old[start : start + 500]).delete()
    return len(old)


def _keep(witness: WitnessView, checkpoint: CheckpointView, answer: tlog.Cosigned, now: datetime) -> Settled:
    with transaction.atomic():
        Cosignature.objects.update_or_create(
            witness_id=witness.id,
            size=checkpoint.size,
            defaults={
                "lines": "".join(each.line() for each in answer.lines),
                "time": datetime.fromtimestamp(answer.time, UTC),
                "at": now,
            },
        )
        Witness.objects.filter(pk=witness.id).update(
            size=checkpoint.size,
            cosigned_size=checkpoint.size,
            cosigned_at=now,
            tries=0,
            next_try_at=None,
            trouble="",
        )
        mended = tuple(
            WitnessConflict.objects.filter(witness_id=witness.id, settled_at=None).values_list("pk", flat=True)
        )
        if mended:
            WitnessConflict.objects.filter(pk__in=mended).update(settled_at=now)
            _tell("witness.conflict-settled", witness, {"size": checkpoint.size}, now)
        if _is_met(checkpoint.size):
            Checkpoint.objects.filter(size=checkpoint.size, cosigned_at=None).update(cosigned_at=now)
    return Settled(witness.name, checkpoint.size, cosigned=True, mended=mended)


def _is_met(size: int) -> bool:
    """Whether enough witnesses in service cosigned the checkpoint of that size; never where none is asked for."""
    least = witnesses_asked_for()
    return bool(least) and Cosignature.objects.filter(size=size, witness__retired_at=None).count() >= least


def _fail(witness: WitnessView, checkpoint: CheckpointView, reason: str, now: datetime) -> Settled:
    pause = min(LONGEST_PAUSE, 2 ** min(witness.tries, 10))
    Witness.objects.filter(pk=witness.id).update(
        tries=witness.tries + 1, trouble=reason[:500], next_try_at=now + timedelta(seconds=pause)
    )
    return Settled(witness.name, checkpoint.size, cosigned=False)


def _contradicted(
    witness: WitnessView, checkpoint: CheckpointView, kind: str, exchange: Exchange, now: datetime
) -> Settled:
    """Keep both notes: the witness's is signed by our own key and is not of our tree."""
    answer = f"{exchange.status} {exchange.body.decode('utf-8', 'replace').strip()}"[:500]
    with transaction.atomic():
        row, fresh = WitnessConflict.objects.get_or_create(
            witness_id=witness.id,
            kind=kind,
            settled_at=None,
            defaults={"ours": checkpoint.note, "held": exchange.held, "answer": answer, "found_at": now},
        )
        if fresh:
            told = {"kind": kind, "ours": checkpoint.note, "held": exchange.held}
            _tell("witness.conflict-found", witness, told, now)
        _fail(witness, checkpoint, answer, now)
    return Settled(witness.name, checkpoint.size, cosigned=False, found=(kind, row.pk) if fresh else None)


def _held_checkpoint(note: str) -> tlog.Checkpoint | None:
    """What the witness holds of us, where our own key signed it."""
    try:
        return open_own_checkpoint(note)
    except tlog.NoteError:
        return None


def _tell(kind: str, witness: WitnessView, detail: Mapping[str, object], now: datetime) -> None:
    subject = f"witness:{witness.id}"
    append_entries(entries=[NewEntry(kind, subject, ACTOR, now, {"witness": witness.name, **detail}, result="")])
