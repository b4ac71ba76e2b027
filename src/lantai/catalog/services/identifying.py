"""Formats named again when signatures were updated: what is the same is noted, what is not is changed by decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from lantai.administration.services.people_access import Actor
from lantai.archival.formats import by_puid
from lantai.catalog.components import pack_components, unpack_components
from lantai.catalog.models import Representation
from lantai.catalog.services.confirming import edition_number
from lantai.ledger.services import NewEntry, append_entries

IDENTIFIED = "record.identified-again"
CORRECTED = "record.format-corrected"


@dataclass(frozen=True, slots=True)
class FormatCorrection:
    """A file of a record whose format is another: PRONOM's (or our) identifier and its name, and our own key if our
    signatures gave one.
    """

    record_id: int
    record_code: str
    path: str
    puid: str
    name: str
    own: str


def note_identified(
    *, records: Mapping[int, str], edition: tuple[str, str], changed: Mapping[str, int], now: datetime
) -> None:
    """Note that the files of these packages (number of the representation to 电子文件号) were named again by *edition*
    (key and words), in the caller's transaction. *changed* counts by record the files that have another name now and
    wait for a decision.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("note_identified runs inside the transaction that asked for it")
    if not records:
        return
    number = edition_number(edition=edition, now=now)
    Representation.objects.filter(pk__in=list(records)).update(edition_id=number)
    codes = list(records.values())
    detail = {"records": codes, "edition": edition[1], "changed": dict(changed)}
    append_entries(
        entries=[NewEntry(kind=IDENTIFIED, subject=codes[0], actor="system:preservation", at=now, detail=detail)]
    )


def correct_formats(*, corrections: Sequence[FormatCorrection], reason: str, by: Actor, now: datetime) -> int:
    """Give files their new formats in the caller's transaction; an entry a record tells before and after. Returns how
    many files were changed: one that is no longer there, or has that format already, is left.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("correct_formats runs inside the transaction that asked for it")
    by_record: dict[int, list[FormatCorrection]] = defaultdict(list)
    for each in corrections:
        by_record[each.record_id].append(each)
    rows = list(
        Representation.objects.select_for_update().filter(
            record_id__in=list(by_record), kind=Representation.Kind.RECEIVED
        )
    )
    entries, done = [], 0
    for row in rows:
        wanted = {each.path: each for each in by_record[row.record_id]}
        files = list(unpack_components(bytes(row.components)))
        told = []
        for at, file in enumerate(files):
            asked = wanted.get(file.path)
            if asked is None or asked.puid == file.puid:
                continue
            known = by_puid(asked.puid)
            key = asked.own or (known.key if known is not None else "")
            files[at] = replace(file, puid=asked.puid, format_name=asked.name, format=key)
            told.append({"path": file.path, "before": file.puid, "after": asked.puid})
        if told:
            row.components = pack_components(files)
            done += len(told)
            code = by_record[row.record_id][0].record_code
            entries.append(
                NewEntry(
                    kind=CORRECTED,
                    subject=code,
                    actor=by.reference,
                    role=by.role,
                    address=by.address,
                    at=now,
                    result="done",
                    detail={"files": told, "reason": reason},
                )
            )
    Representation.objects.bulk_update(rows, ["components"])
    append_entries(entries=entries)
    return done
