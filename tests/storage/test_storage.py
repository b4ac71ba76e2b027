"""Depositing, reading, changing, removing and checking, through the doors of storage."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from lantai.archival import ocfl
from lantai.ledger.models import Entry
from lantai.storage import queries, services
from lantai.storage.models import StoredObject

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.database]


def box(number: int, text: str = "案卷", **files: bytes) -> services.NewObject:
    contents = {"0001/package.zip": f"{text} {number}".encode(), "0001/description.xml": b"<record/>"} | files
    return services.NewObject(
        object_id=f"urn:lantai:box:{number}",
        contents=tuple(services.Content(path, data) for path, data in contents.items()),
        created=NOW,
        message="归档",
        user="档案员",
    )


def test_what_is_deposited_is_read_back():
    rows = services.deposit_objects(objects=[box(1), box(2)])
    assert [each.object_id for each in rows] == ["urn:lantai:box:1", "urn:lantai:box:2"]
    assert (rows[0].head, rows[0].files, rows[0].bytes) == ("v1", 2, len("案卷 1".encode()) + 9)
    with queries.open_content(object_id="urn:lantai:box:2", path="0001/package.zip") as stream:
        assert stream.read() == "案卷 2".encode()
    part = queries.read_range(object_id="urn:lantai:box:2", path="0001/package.zip", offset=3, length=3)
    assert part == "卷".encode()
    assert queries.read_range(object_id="urn:lantai:box:2", path="0001/package.zip", offset=7, length=99) == b"2"
    digest = hashlib.sha512(b"<record/>").hexdigest()
    assert queries.content_digests(object_id="urn:lantai:box:1")["0001/description.xml"] == digest


@pytest.mark.parametrize(
    ("object_id", "path"), [("urn:lantai:box:1", "0001/../inventory.json"), ("urn:lantai:box:9", "0001/package.zip")]
)
def test_what_is_not_there_is_said_to_be_missing(object_id, path):
    services.deposit_objects(objects=[box(1)])
    with pytest.raises(queries.ContentMissing):
        queries.open_content(object_id=object_id, path=path)


def test_depositing_again_changes_nothing():
    first = services.deposit_objects(objects=[box(1)])
    again = services.deposit_objects(objects=[box(1), box(2)])
    assert again[0].pk == first[0].pk and again[0].deposited_at == first[0].deposited_at
    assert StoredObject.objects.count() == 2


def test_a_run_that_died_between_bytes_and_rows_is_mended_by_the_next():
    services.deposit_objects(objects=[box(1)])
    StoredObject.objects.all().delete()
    (row,) = services.deposit_objects(objects=[box(1)])
    assert row.inventory_digest and queries.open_content(object_id=row.object_id, path="0001/package.zip")


def test_an_object_without_row_that_holds_something_else_is_replaced():
    services.deposit_objects(objects=[box(1)])
    StoredObject.objects.all().delete()
    changed = box(1, **{"0002/package.zip": b"more"})
    (row,) = services.deposit_objects(objects=[changed])
    assert row.files == 3


def test_an_object_with_row_is_never_replaced():
    services.deposit_objects(objects=[box(1)])
    with pytest.raises(services.ObjectDiffers):
        services.deposit_objects(objects=[box(1, **{"0002/package.zip": b"more"})])
    assert len(queries.content_digests(object_id="urn:lantai:box:1")) == 2


def test_the_same_id_twice_in_one_deposit_is_refused():
    with pytest.raises(ValueError, match="twice"):
        services.deposit_objects(objects=[box(1), box(1)])


def test_a_new_version_replaces_adds_and_removes():
    services.deposit_objects(objects=[box(1)])
    change = services.NewVersion(
        object_id="urn:lantai:box:1",
        base="v1",
        created=NOW,
        message="补正",
        user="档案员",
        put=(services.Content("0001/description.xml", b"<record v='2'/>"), services.Content("0002/a", b"a")),
        remove=("0001/package.zip",),
    )
    row = services.deposit_version(version=change)
    assert (row.head, row.files) == ("v2", 2)
    assert set(queries.content_digests(object_id=row.object_id)) == {"0001/description.xml", "0002/a"}
    assert services.deposit_version(version=change).inventory_digest == row.inventory_digest
    with pytest.raises(services.VersionConflict):
        services.deposit_version(version=services.NewVersion(row.object_id, "v1", NOW, "", "", remove=("0002/a",)))


def test_removing_leaves_neither_bytes_nor_row_nor_empty_folders(storage_root):
    services.deposit_objects(objects=[box(1)])
    assert services.remove_stored_object(object_id="urn:lantai:box:1")
    assert not services.remove_stored_object(object_id="urn:lantai:box:1")
    assert sorted(each.name for each in storage_root.iterdir()) == [
        "0=ocfl_1.1",
        "README.md",
        "extensions",
        "ocfl_layout.json",
    ]
    assert not StoredObject.objects.exists()


def test_the_shelf_is_walked_without_the_database():
    services.deposit_objects(objects=[box(number) for number in range(7)])
    seen = list(queries.enumerate_objects())
    assert sorted(each.object_id for each in seen) == [f"urn:lantai:box:{number}" for number in range(7)]
    assert list(queries.enumerate_objects(after=seen[3].folder)) == seen[4:]
    assert set(seen[0].paths) == {"0001/package.zip", "0001/description.xml"}
    assert [each.object_id for each in queries.find_objects(prefix="urn:lantai:box:", after="urn:lantai:box:4")] == [
        "urn:lantai:box:5",
        "urn:lantai:box:6",
    ]
    (figures,) = queries.storage_figures()
    assert (figures.objects, figures.files, figures.damaged) == (7, 14, 0)


def test_a_check_goes_round_in_pieces_and_finds_the_damaged_object():
    services.deposit_objects(objects=[box(number) for number in range(5)])
    damaged = queries.content_path(object_id="urn:lantai:box:3", path="0001/package.zip")
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"X")
    after, damages, calls, done = 0, [], 0, False
    while not done:
        check = services.check_storage(limit=2, after=after)
        after, done, calls = check.after, check.done, calls + 1
        damages += check.damages
    assert calls == 3
    assert [each.object_id for each in damages] == ["urn:lantai:box:3"]
    assert [(each.code, each.path) for each in damages[0].problems] == [("E092", "v1/content/0001/package.zip")]
    assert list(StoredObject.objects.filter(sound=False).values_list("object_id", flat=True)) == ["urn:lantai:box:3"]
    services.check_storage()
    assert Entry.objects.filter(kind="storage.object-damaged", subject="urn:lantai:box:3").count() == 1
    assert queries.storage_figures()[0].damaged == 1


def test_an_object_rewritten_with_its_sidecar_is_found_by_the_register():
    services.deposit_objects(objects=[box(1)])
    row = StoredObject.objects.get()
    StoredObject.objects.update(inventory_digest="0" * 128)
    (damage,) = services.check_storage().damages
    assert [each.code for each in damage.problems] == ["L002"]
    with pytest.raises(ocfl.InventoryBroken):
        queries.open_content(object_id=row.object_id, path="0001/package.zip")
