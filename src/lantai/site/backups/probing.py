"""What an archive says of itself, so that two can be compared without either knowing the other: objects, contents read,
questions answered, what readers of every role may see. Nothing is changed by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.archival.vault import VaultFault
from lantai.catalog.models import Record, Representation
from lantai.catalog.queries.access import Act, visible
from lantai.finding.queries import search_records
from lantai.ledger.queries import latest_checkpoint
from lantai.storage.keyring import has_key_store, key_store
from lantai.storage.models import KeyDestruction, StoredObject
from lantai.storage.queries import ContentMissing, open_content

QUESTIONS = 8
_WORDS = 10
_PIECE = 1 << 20


def probe_archive(*, sample: int, before: datetime) -> dict[str, Any]:
    """Look at the archive of this process: every object put in before *before*, *sample* contents spread over all, and
    what readers find. The same archive gives the same answer anywhere.
    """
    chosen = _chosen(sample)
    checkpoint = latest_checkpoint()
    return {
        "records": Record.objects.count(),
        "objects": _objects(before),
        "ledger": {"size": checkpoint.size, "root": checkpoint.root.hex()} if checkpoint else {"size": 0, "root": ""},
        "contents": _contents(chosen),
        "search": _answers(chosen),
        "rights": {name: _seen(reader) for name, reader in _readers()},
        "destroyed": _destroyed(),
    }


def _chosen(sample: int) -> list[Record]:
    """Records spread evenly over the catalogue, those that were destroyed all among them."""
    keys = list(Record.objects.order_by("pk").values_list("pk", flat=True))
    step = max(1, len(keys) // max(1, sample))
    destroyed = Record.objects.filter(state="destroyed").values_list("pk", flat=True)
    return list(Record.objects.filter(pk__in={*keys[::step], *destroyed}).order_by("pk"))


def _objects(before: datetime) -> dict[str, Any]:
    rows = StoredObject.objects.filter(deposited_at__lt=before, object_id__startswith="urn:lantai:box:")
    told = rows.order_by("object_id").values_list("object_id", "inventory_digest")
    count, digest = 0, hashlib.sha256()
    for object_id, inventory in told.iterator():
        count += 1
        digest.update(f"{object_id} {inventory}\n".encode())
    return {"count": count, "sha256": digest.hexdigest()}


def _contents(chosen: Iterable[Record]) -> dict[str, Any]:
    """SHA-256 of the package of each record as a reader gets it, or the name of the fault that keeps it from him."""
    found: dict[str, str] = {}
    size = 0
    for record in chosen:
        form = Representation.objects.filter(record=record, kind=Representation.Kind.RECEIVED).first()
        if form is None:
            continue
        digest = hashlib.sha256()
        try:
            with open_content(object_id=form.object_id, path=form.path) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    digest.update(piece)
            found[record.record_code] = digest.hexdigest()
        except VaultFault as fault:
            found[record.record_code] = fault.code
        except (ContentMissing, OSError) as fault:
            found[record.record_code] = type(fault).__name__
    return {"bytes": size, "found": found}


def _answers(chosen: list[Record]) -> dict[str, Any]:
    """How many records some questions find, and which come first, for an archivist and for the public."""
    found = {}
    readers = dict(_readers())
    for record in chosen[:: max(1, len(chosen) // QUESTIONS)][:QUESTIONS]:
        question = record.title[:_WORDS]
        for name in ("archivist", "public"):
            result = search_records(question=question, reader=readers[name], limit=10)
            codes = sorted(each.record.record_code for each in result.hits)
            found[f"{name}: {question}"] = [result.total, codes if result.total <= 10 else []]
    return found


def _readers() -> list[tuple[str, Reader]]:
    """A reader of every role; of departments one with a body and one without."""
    body = Record.objects.order_by("pk").values_list("organisation_id", flat=True).first()

    def reader(role: Role, clearance: Clearance = Clearance.OPEN, body: int | None = None) -> Reader:
        return Reader(None, "drill", "drill", role, organisation_id=body, clearance=clearance)

    told = [
        ("archivist", reader(Role.ARCHIVIST, Clearance.RESTRICTED)),
        ("archivist without clearance", reader(Role.ARCHIVIST)),
        ("department", reader(Role.DEPARTMENT, body=body)),
        ("department without body", reader(Role.DEPARTMENT)),
    ]
    others = (Role.LEADER, Role.SUPERVISOR, Role.PUBLIC, *NOTHING)
    return [*told, *((each.value, reader(each)) for each in others)]


NOTHING = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)
"""Roles that see no record at all (三员分立)."""


def _seen(reader: Reader) -> dict[str, Any]:
    """Which records a reader may know of, and which he may read: how many, and the digest of their codes."""
    found = {}
    for act in (Act.EXIST, Act.READ):
        codes = Record.objects.filter(visible(reader, act)).order_by("pk").values_list("record_code", flat=True)
        count, digest = 0, hashlib.sha256()
        for code in codes.iterator():
            count += 1
            digest.update(code.encode())
        found[act.value] = [count, digest.hexdigest()]
    return found


def _destroyed() -> dict[str, int]:
    """Units that were destroyed, and of how many a key is there again."""
    rows = list(KeyDestruction.objects.exclude(finished_at=None).values_list("object_id", "unit"))
    store = key_store() if rows and has_key_store() else None
    return {"units": len(rows), "keys_left": sum(bool(store.keys_of(*each)) for each in rows) if store else 0}
