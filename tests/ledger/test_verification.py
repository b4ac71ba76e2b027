"""The check command of the ledger: every kind of tampering is found, at the first place, whole or in pieces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from lantai.archival import tlog
from lantai.ledger import queries, services
from lantai.ledger.models import Checkpoint, Entry, Tile

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
COUNT = 700
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def ledger(db) -> None:
    with transaction.atomic():
        services.append_entries(
            entries=[services.NewEntry("record.accessioned", f"r:{number}", "person:1", NOW) for number in range(COUNT)]
        )
    while services.sequence_entries(limit=93):
        pass


def verify(step: int | None) -> queries.LedgerProgress:
    progress = queries.verify_ledger(limit=step)
    while not progress.done:
        progress = queries.verify_ledger(state=progress.state, limit=step)
    return progress


@pytest.mark.parametrize("step", [None, 1000, 700, 256, 101])
def test_a_whole_ledger_is_found_whole(step):
    progress = verify(step)
    assert (progress.found, progress.size, progress.state.checked) == (None, COUNT, COUNT)


def test_an_empty_ledger_is_whole():
    for model in (Entry, Tile, Checkpoint):
        model.objects.all().delete()
    assert verify(None).found is None


def change_text(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(text=entry.text.replace("person:1", "person:2"), actor="person:2")


def change_columns(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(actor="person:2")


def change_time(entry: Entry) -> None:
    Entry.objects.filter(pk=entry.pk).update(at=entry.at + timedelta(seconds=1))


def remove(entry: Entry) -> None:
    entry.delete()


def swap(entry: Entry) -> None:
    other = Entry.objects.get(index=entry.index + 1)
    Entry.objects.filter(pk=other.pk).update(index=COUNT + 1)
    Entry.objects.filter(pk=entry.pk).update(index=other.index)
    Entry.objects.filter(pk=other.pk).update(index=entry.index)


def write_anew(entry: Entry) -> None:
    text = entry.text.replace("person:1", "person:2")
    commitment = tlog.commitment(bytes(entry.salt), text.encode())
    Entry.objects.filter(pk=entry.pk).update(text=text, actor="person:2", commitment=commitment)


def write_another_form(entry: Entry) -> None:
    text = entry.text.replace(",", ", ")
    Entry.objects.filter(pk=entry.pk).update(text=text, commitment=tlog.commitment(bytes(entry.salt), text.encode()))


@pytest.mark.parametrize("index", [0, 255, 256, 437, 699])
@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (change_text, "entry.commitment"),
        (change_columns, "entry.columns"),
        (change_time, "entry.columns"),
        (remove, "entry.missing"),
        (write_anew, "tile.differs"),
        (write_another_form, "entry.form"),
    ],
)
def test_a_changed_entry_is_named(tamper, code, index):
    tamper(Entry.objects.get(index=index))
    found = verify(150).found
    assert (found.code, found.index) == (code, index)


def test_swapped_entries_are_named():
    swap(Entry.objects.get(index=300))
    found = verify(None).found
    assert (found.code, found.index) == ("tile.differs", 300)


def rewrite_everything(entry: Entry) -> None:
    """Whoever may write every table, and has no key: entries, tiles and the checkpoint's row are made to fit."""
    write_anew(entry)
    leaves = [
        tlog.leaf_hash(bytes(each)) for each in Entry.objects.order_by("index").values_list("commitment", flat=True)
    ]
    Tile.objects.all().delete()
    tiles = tlog.append_leaves(size=0, leaves=leaves, read=queries.read_tile)
    Tile.objects.bulk_create([Tile(level=each.level, index=each.index, hashes=each.hashes) for each in tiles])


def test_a_rewritten_ledger_does_not_fit_what_was_signed():
    rewrite_everything(Entry.objects.get(index=100))
    found = verify(None).found
    assert (found.code, found.index) == ("checkpoint.differs", 186)
    root = tlog.root_hash(size=186, read=queries.read_tile)
    forged = tlog.sign_checkpoint(
        tlog.Checkpoint(tlog.parse_vkey(queries.ledger_vkey()).name, 186, root),
        tlog.new_signer(tlog.parse_vkey(queries.ledger_vkey()).name),
    )
    Checkpoint.objects.filter(size=186).update(note=forged, root=root)
    assert verify(None).found.code == "checkpoint.signature"


@pytest.mark.parametrize(("level", "index", "at"), [(0, 0, 5), (0, 2, 600), (1, 0, 0)])
def test_a_changed_tile_is_named(level, index, at):
    tile = Tile.objects.get(level=level, index=index)
    hashes = bytearray(bytes(tile.hashes))
    hashes[(at % 256) * 32] ^= 1
    Tile.objects.filter(pk=tile.pk).update(hashes=bytes(hashes))
    found = verify(200).found
    assert found.code == "tile.differs"
    assert found.index == (at if level == 0 else 0)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"level": 0, "index": 3}, "tile.unexpected"),
        ({"level": 1, "index": 1}, "tile.unexpected"),
        ({"level": 5, "index": 0}, "tile.unexpected"),
    ],
)
def test_a_tile_too_many_is_named(values, code):
    Tile.objects.create(hashes=bytes(32), **values)
    assert verify(None).found.code == code


@pytest.mark.parametrize(("level", "index"), [(0, 1), (1, 0)])
def test_a_missing_tile_is_named(level, index):
    Tile.objects.filter(level=level, index=index).delete()
    assert verify(None).found.code == "tile.missing"


def test_an_entry_beyond_the_checkpoint_is_named():
    Entry.objects.filter(index=699).update(index=700)
    assert verify(None).found.code == "entry.missing"
    Checkpoint.objects.filter(size=700).delete()
    found = verify(None).found
    assert (found.code, found.index) == ("entry.unexpected", 651)


def test_a_checkpoint_whose_row_lies_is_named():
    Checkpoint.objects.filter(size=93).update(root=bytes(32))
    found = verify(None).found
    assert (found.code, found.index) == ("checkpoint.differs", 93)
