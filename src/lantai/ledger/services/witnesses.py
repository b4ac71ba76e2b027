"""Who witnesses the ledger, and how many of them must: decided by people, told to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from lantai.ledger.models import Witness, WitnessPolicy
from lantai.ledger.queries.witnesses import address_allowed, parse_witness_keys, witnesses_asked_for
from lantai.ledger.services.appending import NewEntry, append_entries


class AddressNotAllowed(ValueError):
    """A witness may be called over https only, or over http on this machine."""


class WitnessKnown(ValueError):
    """A witness of that name is there already, in service or retired."""


class PolicyTooStrict(ValueError):
    """More witnesses are asked for than are in service."""


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Who decides: a stable identifier, the role he acts in, and the address he came from."""

    actor: str
    role: str = ""
    address: str = ""


def add_witness(*, body: str, keys: str, address: str, by: DecidedBy, at: datetime) -> int:
    """Have our checkpoints cosigned by the witness of these *keys* (vkeys, one a line), run by *body*, at *address*.

    Returns its id. Raises tlog.NoteError for keys that are none, AddressNotAllowed, WitnessKnown.
    """
    verifiers = parse_witness_keys(text=keys)
    if not address_allowed(address=address):
        raise AddressNotAllowed(address)
    name = verifiers[0].name
    told = {"name": name, "body": body, "vkeys": [each.vkey() for each in verifiers], "address": address.rstrip("/")}
    try:
        with transaction.atomic():
            row = Witness.objects.create(**told)
            _tell("witness.added", f"witness:{row.pk}", {"before": None, "after": told}, by, at)
    except IntegrityError as error:
        raise WitnessKnown(name) from error
    return row.pk


def retire_witness(*, witness_id: int, by: DecidedBy, at: datetime) -> None:
    """Ask this witness no longer; its cosignatures stay. A policy that asks for more than remain is lowered to them.

    Does nothing for one that is retired already. Raises Witness.DoesNotExist.
    """
    with transaction.atomic():
        row = Witness.objects.select_for_update().get(pk=witness_id)
        if row.retired_at is not None:
            return
        Witness.objects.filter(pk=witness_id).update(retired_at=at)
        _tell("witness.retired", f"witness:{row.pk}", {"name": row.name}, by, at)
        remain = Witness.objects.filter(retired_at=None).count()
        if witnesses_asked_for() > remain:
            _set(remain, by, at)


def set_witness_policy(*, least: int, by: DecidedBy, at: datetime) -> None:
    """Ask for the cosignatures of at least *least* witnesses from now on; 0 asks for none.

    Raises PolicyTooStrict when fewer are in service.
    """
    with transaction.atomic():
        if not 0 <= least <= Witness.objects.filter(retired_at=None).count():
            raise PolicyTooStrict(str(least))
        if least != witnesses_asked_for():
            _set(least, by, at)


def _set(least: int, by: DecidedBy, at: datetime) -> None:
    before = witnesses_asked_for()
    WitnessPolicy.objects.create(least=least, by=by.actor, at=at)
    _tell("witness.policy-set", "witness-policy", {"before": {"least": before}, "after": {"least": least}}, by, at)


def _tell(kind: str, subject: str, detail: dict[str, object], by: DecidedBy, at: datetime) -> None:
    entry = NewEntry(kind, subject, by.actor, at, detail, role=by.role, address=by.address)
    append_entries(entries=[entry])
