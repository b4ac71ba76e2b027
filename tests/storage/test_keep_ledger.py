"""The ledger's entries kept in storage, batch by batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from lantai.archival import ocfl, tlog
from lantai.ledger import queries as ledger
from lantai.ledger import services as ledger_services
from lantai.ledger.models import Checkpoint
from lantai.storage import queries, services
from lantai.storage.models import StoredObject
from lantai.storage.services import keep_ledger as keeping

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.database]


def append(count: int) -> list[int]:
    with transaction.atomic():
        ids = ledger_services.append_entries(
            entries=[
                ledger_services.NewEntry("record.accessioned", f"record:{number}", "person:1", NOW, {"title": "题名"})
                for number in range(count)
            ]
        )
    ledger_services.sequence_entries()
    return ids


def kept() -> dict[int, dict[str, object]]:
    """What a stranger reads from the shelf: index to line, the greatest revision of each batch."""
    lines: dict[int, dict[str, object]] = {}
    shelf = sorted(queries.enumerate_objects(), key=lambda each: keeping.parse_batch_id(object_id=each.object_id))
    for each in shelf:
        with queries.open_content(object_id=each.object_id, path=keeping.ENTRIES) as stream:
            for line in stream:
                read = json.loads(line)
                lines[read["index"]] = read
    return lines


def test_every_entry_is_kept_once_with_what_its_proof_needs():
    append(25)
    assert services.keep_ledger_batches(size=10, minimum=10) == 20
    assert services.keep_ledger_batches(size=10, minimum=10) == 0
    assert services.keep_ledger_batches(size=10) == 5
    assert list(StoredObject.objects.order_by("pk").values_list("object_id", flat=True)) == [
        "urn:lantai:ledger:0-9",
        "urn:lantai:ledger:10-19",
        "urn:lantai:ledger:20-24",
    ]
    lines = kept()
    assert list(lines) == list(range(25))
    for line in lines.values():
        salt, entry = bytes.fromhex(line["salt"]), line["entry"].encode()
        assert tlog.commitment(salt, entry).hex() == line["commitment"]


def test_a_small_batch_waits_for_more_but_not_for_ever():
    append(3)
    assert services.keep_ledger_batches(minimum=10, patience=timedelta(hours=1)) == 0
    Checkpoint.objects.update(at=timezone.now() - timedelta(hours=2))
    assert services.keep_ledger_batches(minimum=10, patience=timedelta(hours=1)) == 3


def test_an_erased_entry_is_rewritten_out_of_its_batch(storage_root):
    ids = append(12)
    services.keep_ledger_batches(size=6)
    secret = ledger.sealed_entries(first=3, last=3)[0]
    ledger_services.erase_entry(entry_id=ids[3], reason="销毁", actor="person:1", at=NOW)
    ledger_services.sequence_entries()
    services.keep_ledger_batches(size=6)
    lines = kept()
    assert lines[3]["commitment"] == secret.commitment.hex()
    assert not {"entry", "salt"} & set(lines[3])
    assert (lines[3]["id"], lines[3]["kind"], lines[3]["subject"]) == (ids[3], "record.accessioned", "record:3")
    assert all("entry" in lines[index] for index in lines if index != 3)
    assert not StoredObject.objects.filter(object_id="urn:lantai:ledger:0-5").exists()
    assert StoredObject.objects.filter(object_id="urn:lantai:ledger:0-5:r1").exists()
    everything = b"".join(each.read_bytes() for each in storage_root.rglob("*") if each.is_file())
    assert secret.salt.hex().encode() not in everything
    ledger_services.erase_entry(entry_id=ids[4], reason="销毁", actor="person:1", at=NOW)
    ledger_services.sequence_entries()
    services.keep_ledger_batches(size=6)
    assert StoredObject.objects.filter(object_id="urn:lantai:ledger:0-5:r2").exists()
    assert "entry" not in kept()[4]


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("death", ["deposit_objects", "advance_cursor", "remove_stored_object"])
@pytest.mark.parametrize("call", [0, 1, 2, 3])
def test_a_run_broken_off_anywhere_is_mended_by_the_next(monkeypatch, death, call):
    ids = append(9)
    services.keep_ledger_batches(size=5)
    ledger_services.erase_entry(entry_id=ids[1], reason="销毁", actor="person:1", at=NOW)
    append(3)
    real, calls = getattr(keeping, death), iter(range(99))

    def die_after(**arguments):
        result = real(**arguments)
        if next(calls) == call:
            raise Died
        return result

    with monkeypatch.context() as patched:
        patched.setattr(keeping, death, die_after)
        try:
            services.keep_ledger_batches(size=5)
        except Died:
            ledger_services.erase_entry(entry_id=ids[2], reason="销毁", actor="person:1", at=NOW)
            ledger_services.sequence_entries()
    services.keep_ledger_batches(size=5)
    services.keep_ledger_batches(size=5)
    lines = kept()
    size = ledger.latest_checkpoint().size
    assert list(lines) == list(range(size))
    sealed = ledger.sealed_entries(first=0, last=size)
    assert [each.text for each in sealed] == [lines[each.index].get("entry") for each in sealed]
    assert len(list(queries.enumerate_objects())) == StoredObject.objects.count()
    for row in StoredObject.objects.all():
        assert (
            ocfl.validate_object(queries.content_path(object_id=row.object_id, path=keeping.ENTRIES).parents[2]) == []
        )
