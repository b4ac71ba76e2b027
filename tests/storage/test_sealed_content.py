"""Sealed content through the doors of storage: kept, read by range, refused, rotated, recovered, destroyed for good."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lantai.administration.services.people_access import CONSOLE
from lantai.archival import ocfl
from lantai.archival.fixity import digest_bytes
from lantai.archival.vault import (
    SUFFIX,
    ChunkAltered,
    ContentSwapped,
    ContentTruncated,
    EscrowWrong,
    HeaderBroken,
    KeyDestroyed,
    KeyMissing,
    KeyStoreMissing,
    PassphraseMissing,
    PassphraseWrong,
    read_header,
)
from lantai.archival.vault.keys import KEYS_FILE, STORE_FILE, make_identity, providers
from lantai.ledger.models import Entry
from lantai.storage import queries, services
from lantai.storage.key_checks import verify_keys
from lantai.storage.keyring import forget_keyring, key_store
from lantai.storage.models import KeyDestruction, SealingRule, StoredObject

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
BOX = "urn:lantai:box:X043:D30:2056:0001"
PASSPHRASE = "correct horse battery staple"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key store of this test's own, apart from the objects."""
    monkeypatch.setitem(providers._COST, "n", 1 << 12)
    settings.LANTAI_KEYS = tmp_path / "keys"
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    forget_keyring()
    services.create_keys(by=CONSOLE, now=NOW)
    return tmp_path / "keys"


def seal(fonds: str = "X043", retention: str = "D30", **more: object) -> SealingRule:
    asked = services.RuleAsked(fonds, retention, sealed=True, **more)
    return services.decide_sealing(asked=asked, reason="馆务会 2026-7", by=CONSOLE, now=NOW)


def box(object_id: str = BOX, size: int = 5000, **more: bytes) -> services.NewObject:
    contents = {f"R{at}/package.zip": bytes([at]) * size for at in range(3)}
    contents |= {f"R{at}/description.xml": f"<record>{at}</record>".encode() for at in range(3)} | more
    return services.NewObject(
        object_id=object_id,
        contents=tuple(
            services.Content(path, data, digest_bytes(data, ("sha512",))) for path, data in contents.items()
        ),
        created=NOW,
        message="归档",
        user="档案员",
    )


def read(path: str = "R1/package.zip", object_id: str = BOX) -> bytes:
    with queries.open_content(object_id=object_id, path=path) as stream:
        return stream.read()


def place(path: str = "R1/package.zip", object_id: str = BOX) -> Path:
    """Where the sealed file lies on the shelf."""
    return queries.content_file(object_id=object_id, path=path).path


def kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize("algorithm", ["AES-256-GCM", "SM4-GCM"])
def test_what_is_sealed_reads_as_it_came_and_lies_as_something_else(algorithm: str, storage_root: Path):
    seal(algorithm=algorithm)
    services.deposit_objects(objects=[box(size=3_000_000)])
    assert read() == b"\x01" * 3_000_000
    for offset, length in ((0, 3), (1 << 20, 5), ((1 << 20) - 2, 4), (2_999_990, 99), (3_000_000, 1)):
        part = queries.read_range(object_id=BOX, path="R1/package.zip", offset=offset, length=length)
        assert part == b"\x01" * max(0, min(length, 3_000_000 - offset))
    assert queries.read_whole(object_id=BOX, path="R2/description.xml") == b"<record>2</record>"
    stored = [each for each in storage_root.rglob("*") if each.is_file() and "content" in str(each)]
    assert len(stored) == 6
    assert all(each.name.endswith(SUFFIX) and b"<record>" not in each.read_bytes() for each in stored)
    assert {read_header(each).algorithm for each in stored} == {algorithm}
    assert len({read_header(each).key for each in stored}) == 3  # one data key a record, in this version
    assert all(not ocfl.CODES[each.code] for each in ()) and services.check_storage().damages == ()


def test_digests_are_of_what_is_stored_and_those_of_the_cleartext_are_keyed():
    seal()
    services.deposit_objects(objects=[box()])
    clear = hashlib.sha512(b"\x01" * 5000).hexdigest()
    kept = queries.content_digests(object_id=BOX)
    assert sorted(kept) == sorted(each.path for each in box().contents)
    assert kept["R1/package.zip"] == hashlib.sha512(place().read_bytes()).hexdigest() != clear
    facts = queries.content_facts(object_id=BOX, cleartexts={"R1/package.zip": clear, "R2/package.zip": clear})
    assert facts["R1/package.zip"].digest != facts["R2/package.zip"].digest  # equal content is not told either
    assert facts["R1/package.zip"].key == key_store().keys_of(BOX, "R1")[0].proof
    assert clear not in "".join(str(each) for each in facts.values())


def test_rules_decide_by_fonds_and_class_and_the_most_particular_counts():
    seal("", "D30")
    services.decide_sealing(
        asked=services.RuleAsked("X044", "D30", sealed=False), reason="已加密磁盘", by=CONSOLE, now=NOW
    )
    names = {"X043:D30": True, "X044:D30": False, "X043:D10": False}
    services.deposit_objects(objects=[box(f"urn:lantai:box:{each}:2056:1") for each in names])
    for each, sealed in names.items():
        assert (
            bool(queries.content_file(object_id=f"urn:lantai:box:{each}:2056:1", path="R1/package.zip").key) is sealed
        )
    assert {each.shelf for each in key_store().keks()} == {"X043.D30"}
    told = Entry.objects.filter(kind="sealing.decided").order_by("id").last()
    assert '"sealed":false' in told.text and "已加密磁盘" in told.text


def test_permanent_records_are_sealed_only_with_an_escrow_recipient(keys: Path):
    for retention in ("Y", ""):
        with pytest.raises(services.KeysRefused, match="托管人"):
            seal("X043", retention)
    _identity, recipient = make_identity()
    services.add_escrow(name="省档案馆", recipient=recipient, by=CONSOLE, now=NOW)
    seal("X043", "Y")
    with pytest.raises(services.KeysRefused, match="至少须留一个"):
        services.remove_escrow(recipient=recipient, by=CONSOLE, now=NOW)
    with pytest.raises(services.KeysRefused, match="ROT13"):
        seal("X043", "D30", algorithm="ROT13")


def test_without_keys_nothing_is_kept_in_the_clear_instead(settings, tmp_path: Path, storage_root: Path):
    seal()
    settings.LANTAI_KEYS_PASSPHRASE = ""
    with pytest.raises(PassphraseMissing):
        services.deposit_objects(objects=[box()])
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "other")
    (tmp_path / "other").write_text("another passphrase\n")
    with pytest.raises(PassphraseWrong):
        services.deposit_objects(objects=[box()])
    assert not StoredObject.objects.exists()
    assert not [each for each in storage_root.rglob("*") if "urn%3alantai%3abox" in each.name]


def test_content_that_changed_since_it_was_examined_is_refused(tmp_path: Path):
    seal()
    source = tmp_path / "package.zip"
    for size in (1000, 3_000_000):
        source.write_bytes(os.urandom(size))
        wrong = services.NewObject(
            BOX, (services.Content("R1/package.zip", source, {"sha512": "0" * 128}),), NOW, "归档", "档案员"
        )
        with pytest.raises(services.ContentDiffers, match="sha512"):
            services.deposit_objects(objects=[wrong])
    assert not StoredObject.objects.exists()


def test_content_with_a_fingerprint_is_proven_by_it():
    seal()
    for size in (1000, 3_000_000):
        data = os.urandom(size)
        mark = queries.new_fingerprint()
        mark.update(data)
        known = {"digests": digest_bytes(data, ("sha512",)), "fingerprint": mark.hexdigest()}
        sound = services.Content("R1/package.zip", data, **known)
        services.deposit_objects(objects=[services.NewObject(f"{BOX}:{size}", (sound,), NOW, "归档", "档案员")])
        assert read(object_id=f"{BOX}:{size}") == data
        changed = services.Content("R1/package.zip", data[:-1] + b"!!", **known)
        with pytest.raises(services.ContentDiffers, match="fingerprint"):
            services.deposit_objects(objects=[services.NewObject(f"{BOX}:{size}x", (changed,), NOW, "归档", "档案员")])


def test_a_run_that_died_between_bytes_and_rows_is_mended_by_the_next():
    seal()
    services.deposit_objects(objects=[box()])
    first = place().read_bytes()
    StoredObject.objects.all().delete()
    services.deposit_objects(objects=[box()])
    assert place().read_bytes() == first  # taken as it is, not sealed again
    StoredObject.objects.all().delete()
    SealingRule.objects.update(sealed=False)
    services.deposit_objects(objects=[box()])
    assert read() == b"\x01" * 5000 and len(key_store().keys_of(BOX)) == 3
    StoredObject.objects.all().delete()
    SealingRule.objects.update(sealed=True)
    services.deposit_objects(objects=[box(**{"R9/package.zip": b"more"})])
    assert read("R9/package.zip") == b"more" and len(key_store().keys_of(BOX)) == 4
    with pytest.raises(services.ObjectDiffers):
        services.deposit_objects(objects=[box()])


def test_an_object_that_came_in_the_clear_stays_so_whatever_is_decided_later():
    services.deposit_objects(objects=[box()])
    seal()
    services.deposit_objects(objects=[box()])
    StoredObject.objects.all().delete()
    services.deposit_objects(objects=[box()])
    assert read() == b"\x01" * 5000 and not queries.content_file(object_id=BOX, path="R1/package.zip").key


def test_versions_seal_under_keys_of_their_own_and_remove_by_the_names_people_know():
    seal()
    services.deposit_objects(objects=[box()])
    put = (
        services.Content("R1/description.xml", b"<record>new</record>"),
        services.Content("R7/package.zip", b"seven"),
    )
    change = services.NewVersion(BOX, "v1", NOW, "改", user="档案员", put=put, remove=("R0/package.zip",))
    row = services.deposit_version(version=change)
    assert (
        row.head == "v2"
        and read("R1/description.xml") == b"<record>new</record>"
        and read("R7/package.zip") == b"seven"
    )
    with pytest.raises(queries.ContentMissing):
        read("R0/package.zip")
    assert {each.version for each in key_store().keys_of(BOX, "R1")} == {"v1", "v2"}
    assert services.deposit_version(version=change).head == "v2"  # the same again, as after a crash
    services.decide_sealing(asked=services.RuleAsked("X043", "D30", sealed=False), reason="停", by=CONSOLE, now=NOW)
    clear = services.NewVersion(
        BOX, "v2", NOW, "改", user="档案员", put=(services.Content("R7/package.zip", b"in the clear"),)
    )
    services.deposit_version(version=clear)
    assert read("R7/package.zip") == b"in the clear"
    assert sorted(queries.content_digests(object_id=BOX)).count("R7/package.zip") == 1


def test_a_zip_is_read_in_place_through_its_seal():
    seal()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for at in range(50):
            package.writestr(f"材料/{at}.txt", os.urandom(60_000))
    services.deposit_objects(objects=[box(**{"R5/package.zip": packed.getvalue()})])
    with queries.open_content(object_id=BOX, path="R5/package.zip") as stream, zipfile.ZipFile(stream) as package:
        assert package.testzip() is None and len(package.namelist()) == 50


def test_every_kind_of_damage_has_its_own_name():
    seal()
    services.deposit_objects(objects=[box(size=2_500_000)])
    sound = place().read_bytes()
    header = len(read_header(place()).line())

    def damaged(data: bytes) -> None:
        place_ = places[0]
        place_.chmod(0o644)
        place_.write_bytes(data)

    places = [place()]
    for chunk in range(3):
        at = header + chunk * ((1 << 20) + 16) + 7
        damaged(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        with pytest.raises(ChunkAltered, match=f"chunk {chunk} of 3"):
            read()
    step = (1 << 20) + 16
    damaged(
        sound[:header]
        + sound[header + step : header + 2 * step]
        + sound[header : header + step]
        + sound[header + 2 * step :]
    )
    with pytest.raises(ChunkAltered):
        read()
    damaged(sound[:-1])
    with pytest.raises(ContentTruncated):
        read()
    damaged(b"PK\x03\x04")
    with pytest.raises(HeaderBroken):
        read()
    damaged(place("R2/package.zip").read_bytes())
    with pytest.raises(ContentSwapped, match="sealed as"):
        read()
    assert [each.code for each in verify_keys().findings] == ["key.seal-swapped"]
    assert services.check_storage().damages[0].problems[0].code == "E092"
    damaged(sound)
    assert read() == b"\x01" * 2_500_000 and verify_keys().findings == ()


def test_fixity_needs_no_key_and_every_loss_of_keys_has_its_own_name(keys: Path, settings, tmp_path: Path):
    seal()
    services.deposit_objects(objects=[box()])
    (tmp_path / "passphrase").write_text("something else entirely\n")
    with pytest.raises(PassphraseWrong):
        read()
    assert [each.code for each in verify_keys().findings] == ["key.passphrase-wrong"]
    (tmp_path / "passphrase").unlink()
    with pytest.raises(PassphraseMissing):
        read()
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    forget_keyring()
    (keys / KEYS_FILE).rename(tmp_path / "away")
    with pytest.raises(KeyStoreMissing, match=KEYS_FILE):
        read()
    (tmp_path / "away").rename(keys / KEYS_FILE)
    (keys / STORE_FILE).rename(tmp_path / "away")
    with pytest.raises(KeyStoreMissing, match=STORE_FILE):
        read()
    assert [each.code for each in verify_keys().findings] == ["key.key-store-missing"]
    assert services.check_storage().damages == ()
    (tmp_path / "away").rename(keys / STORE_FILE)
    assert read() == b"\x01" * 5000
    key_store().forget_keys([each.key for each in key_store().keys_of(BOX, "R1")])
    with pytest.raises(KeyMissing):
        read()
    assert {each.code for each in verify_keys().findings} == {"key.key-missing"}


def test_rotation_touches_no_content_and_is_told(storage_root: Path):
    seal()
    services.deposit_objects(objects=[box()])
    before = {each: each.read_bytes() for each in storage_root.rglob("*") if each.is_file()}
    old = key_store().keks()[0].identifier
    assert services.rotate_keys(by=CONSOLE, now=NOW) == 3
    assert {each: each.read_bytes() for each in storage_root.rglob("*") if each.is_file()} == before
    assert read() == b"\x01" * 5000
    assert old not in {each.kek for each in key_store().keys_of(BOX)}
    assert kinds()[-2:] == ["keys.rotation-begun", "keys.rotated"]
    with pytest.raises(services.KeysRefused):
        services.rotate_keys(by=CONSOLE, now=NOW, shelf="X999.D30")
    assert services.finish_rotation(by=CONSOLE, now=NOW) == 0


def test_a_lost_passphrase_is_got_over_in_escrow_and_told(tmp_path: Path):
    identity, recipient = make_identity()
    seal()
    services.deposit_objects(objects=[box()])
    assert services.add_escrow(name="省档案馆", recipient=recipient, by=CONSOLE, now=NOW) == 3
    services.deposit_objects(objects=[box(BOX + "b")])
    (tmp_path / "passphrase").write_text("the new passphrase of the archive\n")
    with pytest.raises(PassphraseWrong):
        read()
    stranger, _other = make_identity()
    with pytest.raises(EscrowWrong):
        services.recover_keys(identity=stranger, by=CONSOLE, now=NOW)
    assert services.recover_keys(identity=identity, by=CONSOLE, now=NOW).recovered == 6
    assert read() == read(object_id=BOX + "b") == b"\x01" * 5000
    assert kinds().count("keys.recovered") == 1 and verify_keys().findings == ()
    with pytest.raises(services.KeysRefused, match="12"):
        services.change_passphrase(passphrase="short", by=CONSOLE, now=NOW)
    services.change_passphrase(passphrase="yet another passphrase", by=CONSOLE, now=NOW)
    with pytest.raises(PassphraseWrong):
        read()
    (tmp_path / "passphrase").write_text("yet another passphrase")
    assert read() == b"\x01" * 5000


def test_a_record_is_destroyed_by_its_keys_and_the_others_stay(keys: Path):
    _identity, recipient = make_identity()
    services.add_escrow(name="省档案馆", recipient=recipient, by=CONSOLE, now=NOW)
    seal()
    services.deposit_objects(objects=[box()])
    proof = key_store().keys_of(BOX, "R1")[0].proof
    backup = keys.parent / "backup.sqlite3"
    key_store().copy_to(backup)
    gone = services.destroy_keys(units=[(BOX, "R1")], subject="R1", reason="销毁批 3", by=CONSOLE, now=NOW)
    assert [each.proof for each in gone] == [proof]
    for path in ("R1/package.zip", "R1/description.xml"):
        with pytest.raises(KeyDestroyed):
            read(path)
    assert read("R0/package.zip") == b"\x00" * 5000 and read("R2/package.zip") == b"\x02" * 5000
    assert services.check_storage().damages == () and verify_keys().findings == ()
    assert kinds()[-2:] == ["keys.destruction-begun", "keys.destroyed"]
    told = Entry.objects.order_by("id").last()
    assert proof in told.text and told.subject == "R1"
    assert key_store().count_escrow() == {recipient: 2}
    services.destroy_keys(units=[(BOX, "R1")], subject="R1", reason="销毁批 3", by=CONSOLE, now=NOW)
    assert kinds().count("keys.destroyed") == 1
    backup.replace(keys / STORE_FILE)  # a backup of the key store brings the key back
    assert read() == b"\x01" * 5000
    assert [each.code for each in verify_keys().findings] == ["key.destruction-undone"]
    assert services.apply_destructions(now=NOW) == 1
    with pytest.raises(KeyDestroyed):
        read()
    assert kinds()[-1] == "keys.destroyed-again" and services.apply_destructions(now=NOW) == 0


def test_what_was_never_sealed_has_no_key_to_destroy():
    services.deposit_objects(objects=[box()])
    with pytest.raises(services.NotSealed):
        services.destroy_keys(units=[(BOX, "R1")], subject="R1", reason="销毁批 3", by=CONSOLE, now=NOW)
    assert not KeyDestruction.objects.exists() and "keys.destruction-begun" not in kinds()


def test_a_destruction_broken_off_before_or_after_the_keys_went_is_finished(monkeypatch: pytest.MonkeyPatch):
    seal()
    services.deposit_objects(objects=[box()])
    from lantai.storage.services import destroying

    destroy = type(key_store()).destroy_keys
    for when, unit in (("before", "R0"), ("after", "R1")):

        def broken(self, units, now, when=when):
            if when == "after":
                destroy(self, units, now)
            raise OSError("power cut")

        monkeypatch.setattr(type(key_store()), "destroy_keys", broken)
        with pytest.raises(OSError, match="power cut"):
            services.destroy_keys(units=[(BOX, unit)], subject=unit, reason="销毁批 3", by=CONSOLE, now=NOW)
        monkeypatch.undo()
        assert KeyDestruction.objects.get(unit=unit).finished_at is None
        assert kinds().count("keys.destroyed") == (0 if unit == "R0" else 1)  # never claimed before it is whole
        assert "key.destruction-open" in {each.code for each in verify_keys().findings}
        assert services.finish_destructions(now=NOW) == 1
        with pytest.raises(KeyDestroyed):
            read(f"{unit}/package.zip")
        assert len(KeyDestruction.objects.get(unit=unit).proofs) == 1
    assert destroying.finish_destructions(now=NOW) == 0
