"""What the second look at a record's files found: exact formats, and the text that search reads."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lantai.catalog.components import StoredComponent, pack_components
from lantai.catalog.dividing import unpacked_text
from lantai.catalog.models import ComponentText, Record, RecordState, Representation, SignatureEdition
from lantai.catalog.services.scanning import read_scanned_texts_again
from lantai.ledger.services import NewEntry, append_entries


@dataclass(frozen=True, slots=True)
class ConfirmedComponents:
    """For one record: its components with PRONOM's identifiers, their text joined, where formats disagree, and the
    signatures (key and words, see SignatureEdition) that named them; none where nothing could be named."""

    record_id: int
    record_code: str
    components: Sequence[StoredComponent]
    text: str
    disagreements: Sequence[Mapping[str, str]] = ()
    edition: tuple[str, str] | None = None


def edition_number(*, edition: tuple[str, str], now: datetime) -> int:
    """The row of these signatures (key and words), made at their first use."""
    key, told = edition
    row, _made = SignatureEdition.objects.get_or_create(key=key, defaults={"told": told[:400], "noted_at": now})
    return row.pk


def confirm_components(*, confirmed: Sequence[ConfirmedComponents], by: str, now: datetime) -> None:
    """Write what PRONOM and the text reader found; a disagreement with the first look becomes a ledger entry."""
    with transaction.atomic():
        scanned = _scanned([each.record_id for each in confirmed])
        ComponentText.objects.bulk_create(
            [
                ComponentText(
                    record_id=each.record_id,
                    body=zlib.compress(each.text.encode("utf-8", "surrogatepass"), 3),
                    characters=len(each.text) + scanned.get(each.record_id, 0),
                    extracted_at=now,
                )
                for each in confirmed
            ],
            update_conflicts=True,
            update_fields=["body", "characters", "extracted_at"],
            unique_fields=["record"],
        )
        rows = {
            each.record_id: each
            for each in Representation.objects.filter(
                record_id__in=[each.record_id for each in confirmed], kind=Representation.Kind.RECEIVED
            )
        }
        editions = {
            each: edition_number(edition=each, now=now)
            for each in {one.edition for one in confirmed}
            if each is not None
        }
        for each in confirmed:
            row = rows.get(each.record_id)
            if row is not None:
                row.components = pack_components(each.components)
                row.confirmed_at = now
                row.edition_id = editions[each.edition] if each.edition else None
        Representation.objects.bulk_create(  # as an update: half the time of bulk_update's CASE WHEN
            rows.values(),
            update_conflicts=True,
            update_fields=["components", "confirmed_at", "edition"],
            unique_fields=["id"],
        )
        Record.objects.filter(pk__in=[each.record_id for each in confirmed]).update(changed_at=now)
        codes = [each.record_code for each in confirmed]
        append_entries(
            entries=[
                NewEntry(kind="record.confirmed", subject=codes[0], actor=by, at=now, detail={"records": codes}),
                *(
                    NewEntry(
                        kind="record.format-disagreement",
                        subject=each.record_code,
                        actor=by,
                        at=now,
                        detail={"components": [dict(found) for found in each.disagreements]},
                    )
                    for each in confirmed
                    if each.disagreements
                ),
            ]
        )


def _scanned(record_ids: Sequence[int]) -> dict[int, int]:
    """How many characters were read on the scans of these records; a look at their files leaves that text alone."""
    rows = ComponentText.objects.filter(record_id__in=record_ids).exclude(scanned=b"")
    return {record_id: len(unpacked_text(bytes(text))) for record_id, text in rows.values_list("record_id", "scanned")}


def read_texts_again() -> int:
    """Let the second look be made again where the text it found is not here: after a rebuild, at records whose content
    lies sealed; what was read on their scans is put back at once. Returns at how many a look is to be made.
    """
    waiting = Representation.objects.filter(
        kind=Representation.Kind.RECEIVED,
        confirmed_at__isnull=False,
        record__state=RecordState.HELD,
        record__text__isnull=True,
    ).update(confirmed_at=None)
    read_scanned_texts_again(now=timezone.now())
    return waiting
