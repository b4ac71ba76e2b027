"""Rows are noted by the database and kept in storage: every kind of change, once, whatever breaks off."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lantai.administration.models import Fonds, Organisation, Person, Role
from lantai.catalog.models import CodeScope
from lantai.common.rows import KeptTable
from lantai.ledger.models import Entry
from lantai.site.rebuilding.keeping import keep_everything
from lantai.site.rebuilding.tables import kept_tables
from lantai.storage.models import NotedChange, StoredObject
from lantai.storage.queries import content_path
from lantai.storage.services import keep_rows, note_changes, stop_noting
from lantai.storage.services import row_batches as keeping
from lantai.storage.services.row_batches import ROWS, ROWS_FILE
from lantai.work.models import Notice, SavedView
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def storage_root(tmp_path: Path, settings: Any) -> Path:
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def noted() -> None:
    """A database whose changes are noted and all kept so far."""
    note_changes(tables=kept_tables())
    keep_rows(tables=kept_tables())
    assert not NotedChange.objects.exists()


def lines(number: int) -> list[dict[str, Any]]:
    """The lines of a batch as a stranger reads them."""
    path = content_path(object_id=f"{ROWS}{number:09d}", path=ROWS_FILE)
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def last() -> int:
    return max(int(each.rpartition(":")[2]) for each in StoredObject.objects.values_list("object_id", flat=True))


def changes() -> set[tuple[str, str]]:
    return set(NotedChange.objects.values_list("label", "row_key"))


def body(code: str = "A") -> Organisation:
    return Organisation.objects.create(code=code, name=f"机构{code}")


def test_every_way_to_change_a_row_is_noted(noted: None) -> None:
    first, second = Organisation.objects.bulk_create([Organisation(code=each, name=each) for each in "AB"])
    label = "administration.organisation"
    assert changes() == {(label, str(first.pk)), (label, str(second.pk))}
    keep_rows(tables=kept_tables())
    Organisation.objects.filter(code="A").update(name="甲")
    assert changes() == {(label, str(first.pk))}
    second.name = "乙"
    Organisation.objects.bulk_update([second], ["name"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM administration_organisation WHERE code = 'A'")
    keep_rows(tables=kept_tables())
    told = {line["key"]: line for line in lines(last())[1:]}
    assert told[first.pk] == {"table": label, "key": first.pk, "gone": True}
    assert told[second.pk]["row"]["name"] == "乙"
    CodeScope.objects.bulk_create([CodeScope(scope="甲/1", last=2)])
    CodeScope.objects.bulk_create(
        [CodeScope(scope="甲/1", last=3)], update_conflicts=True, update_fields=["last"], unique_fields=["scope"]
    )
    keep_rows(tables=kept_tables())
    assert lines(last())[1:] == [{"table": "catalog.codescope", "key": "甲/1", "row": {"scope": "甲/1", "last": 3}}]


def test_what_goes_with_another_row_is_noted(noted: None) -> None:
    person = make_person(Role.ARCHIVIST)
    view = SavedView.objects.create(person=person, listing="l", name="n", role="archivist", changed_at=timezone.now())
    keep_rows(tables=kept_tables())
    Person.objects.filter(pk=person.pk).delete()
    assert ("work.savedview", str(view.pk)) in changes()


def test_what_is_not_kept_is_not_noted_and_secrets_never_leave(noted: None, storage_root: Path) -> None:
    person = make_person(Role.ARCHIVIST)
    keep_rows(tables=kept_tables())
    person.last_login = timezone.now()
    person.set_password("Orchid-8Lake")
    person.save(update_fields=["last_login", "password"])
    assert changes() == set()
    hashes = [person.password.encode(), *(each.hash.encode() for each in person.passwords.all())]
    kept = b"".join(
        gzip.decompress(each.read_bytes()) if each.suffix == ".gz" else each.read_bytes()
        for each in storage_root.rglob("*")
        if each.is_file()
    )
    assert person.username.encode() in kept
    assert not any(each in kept for each in hashes)


def test_a_change_that_is_rolled_back_is_not_noted(noted: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        body()
        1 / 0  # noqa: B018
    assert changes() == set()


def test_what_stood_before_is_kept_whole_in_pieces(noted: None) -> None:
    stop_noting()
    made = Organisation.objects.bulk_create([Organisation(code=f"{each:04d}", name="x") for each in range(1200)])
    note_changes(tables=kept_tables())
    assert note_changes(tables=kept_tables()) == 0
    begun = last() + 1
    while keep_rows(tables=kept_tables(), size=500, limit=1):
        pass
    told = [line for number in range(begun, last() + 1) for line in lines(number)[1:]]
    mine = [line for line in told if line["table"] == "administration.organisation"]
    assert [line["key"] for line in mine if "row" in line] == [each.pk for each in made]
    assert mine[-1]["whole"] == begun
    assert {line["table"] for line in told if "whole" in line} == {each.label for each in kept_tables()}


def test_a_table_that_was_made_anew_is_noted_again_and_kept_whole(noted: None) -> None:
    body()
    keep_rows(tables=kept_tables())
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='administration_fonds'")
            cursor.execute(f"DROP TRIGGER {cursor.fetchone()[0]}")
    else:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'administration_fonds'::regclass "
                "AND tgname LIKE 'lantai%'"
            )
            cursor.execute(f"DROP TRIGGER {cursor.fetchone()[0]} ON administration_fonds")
    Fonds.objects.create(code="0001", name="x", organisation=Organisation.objects.get())
    assert changes() == set()
    assert note_changes(tables=kept_tables()) == 1
    assert changes() == {("administration.fonds", "")}


def test_a_table_with_other_columns_is_kept_whole(noted: None) -> None:
    other = [
        KeptTable(each.label, {"name": "x"}) if each.label == "administration.organisation" else each
        for each in kept_tables()
    ]
    assert note_changes(tables=other) == 1
    assert changes() == {("administration.organisation", "")}


def test_few_changes_wait_for_more_but_not_for_ever(noted: None) -> None:
    body()
    assert keep_rows(tables=kept_tables(), minimum=10, patience=timedelta(hours=1)) == 0
    assert keep_rows(tables=kept_tables(), minimum=10, patience=timedelta(microseconds=1)) == 1


def test_the_ledger_knows_the_digest_of_each_batch(noted: None) -> None:
    body()
    keep_rows(tables=kept_tables())
    entry = json.loads(Entry.objects.filter(kind="storage.rows-kept").latest("id").text or "")
    path = content_path(object_id=entry["subject"], path=ROWS_FILE)
    inventory = path.parents[2].joinpath("inventory.json").read_bytes()
    assert entry["detail"]["inventory"] == hashlib.sha512(inventory).hexdigest()
    assert entry["detail"]["tables"] == {"administration.organisation": 1}


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("death", ["deposit_objects", "remove_stored_object", "advance_cursor", "append_entries"])
def test_a_run_broken_off_anywhere_is_mended_by_the_next(
    noted: None, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    first = body()
    real = getattr(keeping, death)

    def die_after(**arguments: Any) -> Any:
        real(**arguments)
        raise Died

    before = last()
    with monkeypatch.context() as patched:
        patched.setattr(keeping, death, die_after)
        with pytest.raises(Died):
            keep_rows(tables=kept_tables())
    Organisation.objects.filter(pk=first.pk).update(name="改")
    second = body("B")
    assert keep_rows(tables=kept_tables()) == 2
    assert last() == before + 1
    told = {line["key"]: line["row"]["name"] for line in lines(last())[1:]}
    assert told == {first.pk: "改", second.pk: "机构B"}
    assert changes() == set()


def test_writing_anew_leaves_nothing_of_what_is_gone(noted: None, storage_root: Path) -> None:
    person = make_person(Role.ARCHIVIST)
    notice = Notice.objects.create(person=person, text="要抹去的话", at=timezone.now())
    keep_everything()
    notice.delete()
    keep_everything()
    packed = list(storage_root.rglob("*.gz"))
    assert any("要抹去的话".encode() in gzip.decompress(each.read_bytes()) for each in packed)
    rows, _entries = keep_everything(anew=True)
    assert rows > 0
    packed = list(storage_root.rglob("*.gz"))
    assert packed and not any("要抹去的话".encode() in gzip.decompress(each.read_bytes()) for each in packed)
    assert Entry.objects.filter(kind="storage.rows-removed").exists()
