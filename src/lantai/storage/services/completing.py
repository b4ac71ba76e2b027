"""When a destruction is complete (销毁彻底完成): no backup that may hold one of the keys is left anywhere we know.

The list of what was destroyed lies beside the backups, in both of their folders: whoever restores one reads it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Backup, KeyDestruction
from lantai.storage.services.destroying import AGAIN, BEGUN, DESTROYED
from lantai.storage.services.listing_destroyed import LIST_FILE

COMPLETE = "keys.destruction-complete"


def read_destructions(*, folders: Iterable[Path]) -> list[dict[str, Any]]:
    """What the lists in *folders* name, those of the last folder counting. Raises OSError, ValueError."""
    found = {}
    for folder in folders:
        path = folder / LIST_FILE
        if path.is_file():
            for line in path.read_text("utf-8").splitlines():
                told = json.loads(line)
                found[told["object"], told["unit"]] = told
    return list(found.values())


def destructions_in_entries(*, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What entries of the ledger, as storage keeps them, say was destroyed or was about to be."""
    found = {}
    for line in entries:
        told = json.loads(line["entry"]) if "entry" in line else {}
        if told.get("kind") in (BEGUN, DESTROYED, AGAIN):
            for key in told["detail"]["keys"]:
                found[key["object"], key["unit"]] = {
                    "object": key["object"], "unit": key["unit"], "proofs": key["proofs"], "subject": told["subject"],
                    "reason": told["detail"]["reason"], "by": told["actor"], "role": told.get("role", ""),
                    "address": told.get("address", ""), "begun_at": told["at"], "finished_at": "",
                }  # fmt: skip
    return list(found.values())


def take_over_destructions(*, listed: Iterable[Mapping[str, Any]]) -> int:
    """Note what was destroyed and this database does not know, as begun, for ``finish_destructions``; returns how many.
    In the caller's transaction.
    """
    known = set(KeyDestruction.objects.values_list("object_id", "unit"))
    rows = [
        KeyDestruction(
            object_id=each["object"], unit=each["unit"], subject=each["subject"], reason=each["reason"], by=each["by"],
            role=each["role"], address=each["address"], begun_at=datetime.fromisoformat(each["begun_at"]),
            proofs=each["proofs"],
        )
        for each in listed
        if (each["object"], each["unit"]) not in known
    ]  # fmt: skip
    return len(KeyDestruction.objects.bulk_create(rows))


def complete_destructions(*, now: datetime) -> int:
    """Say of every destruction that it is complete when no key backup and no package on its way in is kept any more
    that was begun before its keys were gone; returns of how many. The day stands in the row and in the ledger.
    """
    done = 0
    for row in KeyDestruction.objects.filter(finished_at__isnull=False, complete_at=None).order_by("pk"):
        if holders_of(row=row).exists():
            continue
        with transaction.atomic():
            if not KeyDestruction.objects.filter(pk=row.pk, complete_at=None).update(complete_at=now):
                continue
            told = {"keys": [{"object": row.object_id, "unit": row.unit, "proofs": row.proofs}]}
            entry = NewEntry(
                kind=COMPLETE, subject=row.subject, actor="system:backup", at=now, result="complete", detail=told
            )
            append_entries(entries=[entry])
        done += 1
    return done


def holders_of(*, row: KeyDestruction) -> Any:
    """The backups that may hold a key of *row*, or its content on its way in: those that speak of a moment before the
    keys were gone, as a queryset.
    """
    held = Q(kind=Backup.Kind.KEYS, state__in=(Backup.State.KEPT, Backup.State.MAKING)) | Q(transit=True)
    return Backup.objects.filter(held, begun_at__lte=row.finished_at)
