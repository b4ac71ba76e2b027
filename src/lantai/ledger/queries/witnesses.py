"""Who witnesses our ledger, how far each has come, what the policy asks for, and what speaks against us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, F, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from lantai.archival import tlog
from lantai.ledger.models import Checkpoint, Cosignature, Witness, WitnessConflict, WitnessPolicy
from lantai.ledger.signing import ledger_signers


@dataclass(frozen=True, slots=True)
class WitnessView:
    """One witness as it stands; see the model. *behind* counts the entries its last cosignature does not cover."""

    id: int
    name: str
    body: str
    vkeys: tuple[str, ...]
    address: str
    retired_at: datetime | None
    size: int
    cosigned_size: int
    cosigned_at: datetime | None
    tries: int
    next_try_at: datetime | None
    trouble: str
    behind: int

    @property
    def verifiers(self) -> tuple[tlog.Verifier, ...]:
        """Its keys."""
        return tuple(_verifier(each) for each in self.vkeys)


@dataclass(frozen=True, slots=True)
class CosignatureView:
    """Who cosigned a checkpoint, and when by its own clock; *lines* are the signature lines of the note."""

    witness: str
    size: int
    lines: str
    time: datetime


@dataclass(frozen=True, slots=True)
class ConflictView:
    """One contradiction between what a witness holds and our ledger, with both notes (*held* may be unknown)."""

    id: int
    witness: str
    body: str
    kind: str
    ours: str
    held: str
    answer: str
    found_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class WitnessFigures:
    """How witnessing stands: witnesses in service, how many the policy asks for, the newest checkpoint that met it,
    the oldest one still waiting for that (None where nothing waits), and open contradictions.
    """

    witnesses: int
    least: int
    met_size: int
    met_at: datetime | None
    waiting_since: datetime | None
    conflicts: int


def address_allowed(*, address: str) -> bool:
    """Whether a witness at *address* may be called: https, or http to this machine itself; no credentials, no query."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    if parts.username or parts.password or parts.query or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def list_witnesses(*, retired: bool = False) -> list[WitnessView]:
    """The witnesses in service by name, and those retired where *retired* says so."""
    rows = Witness.objects.order_by("retired_at", "name") if retired else Witness.objects.filter(retired_at=None)
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return [_view(each, newest) for each in rows.order_by("retired_at", "name")]


def witnesses_asked_for() -> int:
    """How many witnesses the policy in force asks for; 0 before one was set."""
    return WitnessPolicy.objects.order_by("-pk").values_list("least", flat=True).first() or 0


def policy_text(*, witnesses: Sequence[WitnessView] | None = None, least: int | None = None) -> str:
    """The policy in force in the common writing (C2SP tlog-policy): our keys, the witnesses in service, the quorum.

    *witnesses* (retired ones are left out) and *least* are given by who has read them already.
    """
    asked = list_witnesses() if witnesses is None else witnesses
    keys = [each.verifiers for each in asked if each.retired_at is None]
    least = witnesses_asked_for() if least is None else least
    logs = [each.verifier() for each in ledger_signers()]
    return tlog.write_policy(logs=logs, witnesses=keys, least=min(least, len(keys)))


def cosignatures_of(*, sizes: Collection[int]) -> dict[int, list[CosignatureView]]:
    """The cosignatures kept of the checkpoints of these *sizes*, by size, in the order of the witnesses' names."""
    found: dict[int, list[CosignatureView]] = {}
    rows = Cosignature.objects.filter(size__in=list(sizes)).select_related("witness").order_by("witness__name")
    for each in rows:
        view = CosignatureView(each.witness.name, each.size, each.lines, each.time)
        found.setdefault(each.size, []).append(view)
    return found


def cosigned_note(*, note: str, size: int) -> str:
    """The checkpoint's *note* with every cosignature kept of it."""
    kept = cosignatures_of(sizes=[size]).get(size, [])
    return note + "".join(each.lines for each in kept)


def recent_conflicts(*, limit: int = 50) -> list[ConflictView]:
    """The contradictions found, open ones first, then the newest."""
    rows = WitnessConflict.objects.select_related("witness")
    return [_conflict(each) for each in rows.order_by(F("settled_at").desc(nulls_first=True), "-pk")[:limit]]


def conflict_by_id(*, conflict_id: int) -> ConflictView | None:
    """One contradiction; None without it."""
    row = WitnessConflict.objects.select_related("witness").filter(pk=conflict_id).first()
    return _conflict(row) if row else None


def witness_figures() -> WitnessFigures:
    """How witnessing stands at the newest checkpoint, by one query; all is nought before the first."""
    met = Checkpoint.objects.filter(cosigned_at__isnull=False).order_by("-size")
    later = Checkpoint.objects.filter(size__gt=Coalesce(Subquery(met.values("size")[:1]), 0)).order_by("size")
    row = (
        Checkpoint.objects.order_by("-size")
        .annotate(
            witnesses=_count(Witness.objects.filter(retired_at=None)),
            conflicts=_count(WitnessConflict.objects.filter(settled_at=None)),
            least=Coalesce(Subquery(WitnessPolicy.objects.order_by("-pk").values("least")[:1]), 0),
            met_size=Coalesce(Subquery(met.values("size")[:1]), 0),
            met_at=Subquery(met.values("cosigned_at")[:1]),
            waiting_since=Subquery(later.values("at")[:1]),
        )
        .values("witnesses", "least", "met_size", "met_at", "waiting_since", "conflicts")
        .first()
    )
    if row is None:
        return WitnessFigures(0, 0, 0, None, None, 0)
    found: dict[str, Any] = {**row, "waiting_since": row["waiting_since"] if row["least"] else None}
    return WitnessFigures(**found)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """The number of *rows* as a part of another query."""
    grouped = rows.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(grouped[:1]), 0)


@lru_cache(maxsize=256)
def _verifier(vkey: str) -> tlog.Verifier:
    return tlog.parse_vkey(vkey)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _view(row: Witness, newest: int) -> WitnessView:
    return WitnessView(
        id=row.pk,
        name=row.name,
        body=row.body,
        vkeys=tuple(row.vkeys),
        address=row.address,
        retired_at=row.retired_at,
        size=row.size,
        cosigned_size=row.cosigned_size,
        cosigned_at=row.cosigned_at,
        tries=row.tries,
        next_try_at=row.next_try_at,
        trouble=row.trouble,
        behind=max(0, newest - row.cosigned_size),
    )


def _conflict(row: WitnessConflict) -> ConflictView:
    return ConflictView(
        id=row.pk,
        witness=row.witness.name,
        body=row.witness.body,
        kind=row.kind,
        ours=row.ours,
        held=row.held,
        answer=row.answer,
        found_at=row.found_at,
        settled_at=row.settled_at,
    )


def parse_witness_keys(*, text: str) -> tuple[tlog.Verifier, ...]:
    """The keys of one witness, one a line: all of one name and of a witness's kind. Raises tlog.NoteError."""
    verifiers = tuple(tlog.parse_vkey(each) for each in text.split())
    if not verifiers or any(each.kind not in tlog.WITNESS_KINDS for each in verifiers):
        raise tlog.NoteError("a witness's key is of the kind cosignature/v1 or ML-DSA-44")
    if len({each.name for each in verifiers}) > 1 or len({each.kind for each in verifiers}) < len(verifiers):
        raise tlog.NoteError("a witness has one name and one key of each kind")
    return verifiers


def count_cosigners(*, note: str, witnesses: Sequence[WitnessView]) -> int:
    """How many of *witnesses* cosigned *note*, by any of their keys. Raises tlog.NoteError for a wrong cosignature."""
    return sum(any(tlog.cosigned_at(note, key) for key in each.verifiers) for each in witnesses)
