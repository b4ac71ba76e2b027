"""How keys stand, for pages and the command line: rules, keys above, escrow, what was destroyed. Never a key itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lantai.archival.vault import VaultFault
from lantai.storage.backup_queries import Completion, completion_of
from lantai.storage.keyring import has_key_store, key_folder, key_store, keyring
from lantai.storage.models import KeyDestruction, SealingRule


@dataclass(frozen=True, slots=True)
class RuleView:
    """A sealing rule; empty means all."""

    fonds: str
    retention: str
    sealed: bool
    algorithm: str
    searchable: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class KekView:
    """A key-encryption key that is not destroyed, and how many data keys lie under it."""

    identifier: str
    shelf: str
    wrapping: str
    made_at: str
    retired_at: str
    data_keys: int


@dataclass(frozen=True, slots=True)
class RecipientView:
    """An escrow recipient, and how many data keys it holds wraps of."""

    name: str
    recipient: str
    added_at: str
    wraps: int


@dataclass(frozen=True, slots=True)
class DestructionView:
    """A destruction of keys; ``finished_at`` is None while it is not done.

    ``complete_at`` is the day the last backup that may hold one of the keys was gone; until then ``holders`` of them
    are kept, the last until ``expected``.
    """

    subject: str
    reason: str
    begun_at: datetime
    finished_at: datetime | None
    keys: int
    complete_at: datetime | None = None
    holders: int = 0
    expected: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """All of it. ``made`` says whether there is a key store, ``opens`` whether its keys can be used now, ``fault`` why
    not."""

    place: str
    made: bool
    opens: bool
    fault: str
    rules: Sequence[RuleView]
    keks: Sequence[KekView] = ()
    recipients: Sequence[RecipientView] = ()
    data_keys: int = 0
    destroyed: int = 0
    destructions: Sequence[DestructionView] = ()


def key_figures() -> KeyFigures:
    """How keys stand at this moment; a fault of the store or of the keys above it is told, not raised."""
    rules = [
        RuleView(each.fonds_code, each.retention, each.sealed, each.algorithm, each.searchable, each.at)
        for each in SealingRule.objects.order_by("fonds_code", "retention")
    ]
    rows = list(KeyDestruction.objects.order_by("-id")[:20])
    complete = completion_of(rows=rows)
    destructions = [_destruction(each, complete.get(each.pk)) for each in rows]
    place, made = str(key_folder()), has_key_store()
    try:
        store = key_store()
        counts, wraps = store.count_keys(), store.count_escrow()
        keks = [
            KekView(
                each.identifier,
                each.shelf,
                each.wrapping,
                each.made_at,
                each.retired_at,
                counts.get(each.identifier, 0),
            )
            for each in store.keks("destroyed_at IS NULL")
        ]
        recipients = [
            RecipientView(each.name, each.recipient, each.added_at, wraps.get(each.recipient, 0))
            for each in store.recipients()
        ]
        destroyed = store.count_tombstones()
    except VaultFault as fault:
        return KeyFigures(
            place, made, False, f"{fault.code}: {fault}" if made else "", rules, destructions=destructions
        )
    fault_told = ""
    try:
        keyring()
    except VaultFault as fault:
        fault_told = f"{fault.code}: {fault}"
    return KeyFigures(
        place, made, not fault_told, fault_told, rules, keks, recipients, sum(counts.values()), destroyed, destructions
    )


def _destruction(row: KeyDestruction, complete: Completion | None) -> DestructionView:
    told = (complete.at, complete.holders, complete.expected) if complete is not None else (None, 0, None)
    return DestructionView(row.subject, row.reason, row.begun_at, row.finished_at, len(row.proofs), *told)
