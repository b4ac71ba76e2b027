"""Where content is sealed, storage holds neither its text nor a title in the clear, and keys bring the rows back."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from lantai.administration.services.people_access import CONSOLE
from lantai.archival import ocfl
from lantai.archival.vault import VaultFault
from lantai.archival.vault.keys import providers
from lantai.catalog.models import ComponentText, Record
from lantai.catalog.services import NewRepresentation, read_texts_again, register_records
from lantai.site.rebuilding.keeping import keep_everything
from lantai.storage import services
from lantai.storage.key_checks import verify_keys
from lantai.storage.keyring import forget_keyring
from lantai.storage.services.rebuilding import KeptDamaged, read_row_lines, survey_shelf
from tests.catalog.records import new_record

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
WORDS = "正文只在加密的文件里"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def storage_root(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A storage root and a key store of this test's own."""
    monkeypatch.setitem(providers._COST, "n", 1 << 12)
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    settings.LANTAI_KEYS = tmp_path / "keys"
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    forget_keyring()
    services.create_keys(by=CONSOLE, now=NOW)
    return tmp_path / "storage"


def take_in(number: int) -> int:
    """A record with a package in a box, read and confirmed; its row."""
    record = new_record(number)
    box = f"urn:lantai:box:J019:D30:2056:{number:04d}"
    path = f"{record.record_code}/package.zip"
    contents = (services.Content(path, b"PK" + bytes(100)),)
    services.deposit_objects(objects=[services.NewObject(box, contents, NOW, "归档", "档案员")])
    kept = NewRepresentation(object_id=box, path=path, container="zip", bytes=102, sha512="0" * 128, components=())
    with transaction.atomic():
        (pk,) = register_records(records=[new_record(number, representation=kept)], by="t", now=NOW)
    Record.objects.get(pk=pk).representations.update(confirmed_at=NOW)
    ComponentText.objects.create(
        record_id=pk, body=zlib.compress(WORDS.encode()), characters=len(WORDS), extracted_at=NOW
    )
    return pk


def lines(root: Path) -> list[dict[str, Any]]:
    """All lines of all batches, read as a rebuild reads them."""
    survey = survey_shelf(path=root)
    return [line for each in survey.rows for line in read_row_lines(root=survey.root, object_id=each)]


def test_without_a_rule_rows_lie_in_the_clear(storage_root: Path) -> None:
    pk = take_in(1)
    keep_everything()
    assert list(storage_root.rglob("rows.jsonl.gz"))
    assert [
        each["key"] for each in lines(storage_root) if each["table"] == "catalog.componenttext" and "key" in each
    ] == [pk]


def test_sealed_content_seals_the_rows_and_keeps_its_text_out(
    storage_root: Path, tmp_path: Path, settings: Any
) -> None:
    services.decide_sealing(asked=services.RuleAsked("J019", "D30", sealed=True), reason="馆务会", by=CONSOLE, now=NOW)
    pk = take_in(1)
    keep_everything()
    assert not list(storage_root.rglob("rows.jsonl.gz"))
    assert verify_keys().findings == ()
    told = lines(storage_root)
    titles = {each["row"]["title"] for each in told if each["table"] == "catalog.record" and "row" in each}
    assert titles == {new_record(1).title}
    assert [each for each in told if each["table"] == "catalog.componenttext" and "row" in each] == []
    shelf = b"".join(each.read_bytes() for each in storage_root.rglob("*") if each.is_file())
    assert new_record(1).title.encode() not in shelf
    ComponentText.objects.filter(record_id=pk).delete()  # as after a rebuild
    assert read_texts_again() == 1
    assert Record.objects.get(pk=pk).representations.get().confirmed_at is None
    (tmp_path / "passphrase").write_text("another\n")
    forget_keyring()
    with pytest.raises(VaultFault):
        lines(storage_root)


def test_sealed_rows_that_were_changed_are_damaged(storage_root: Path) -> None:
    services.decide_sealing(asked=services.RuleAsked("", "D30", sealed=True), reason="馆务会", by=CONSOLE, now=NOW)
    keep_everything()
    survey = survey_shelf(path=storage_root)
    inventory = ocfl.read_inventory(survey.root, survey.rows[0])
    place = Path(survey.root.object_path(survey.rows[0])) / next(iter(inventory.manifest.values()))[0]
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(data)
    with pytest.raises(KeptDamaged):
        lines(storage_root)
