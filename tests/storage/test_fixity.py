"""Fixity over every location: each kind of damage is found, put aside, repaired, told; or a person is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from tests.storage.places import NOW, add, box, copy_all, declare, other_device, plan
from tests.storage.s3_service import KEY, SECRET, rclone

from lantai.administration.services.people_access import CONSOLE
from lantai.archival import ocfl
from lantai.ledger.models import Entry
from lantai.site.fixity import oracle_piece, queue_fixity, read_piece
from lantai.storage import queries, services
from lantai.storage.fixity_states import fixity_states, put_aside_copies
from lantai.storage.models import Copy, Location, Quarantined, StoredObject, VerificationFinding
from lantai.storage.services import LocationRefused, NewLocation
from lantai.work.models import DueWork, Job
from lantai.work.services import run_jobs

pytestmark = [pytest.mark.django_db]
ONE = "urn:lantai:box:1"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings) -> Path:
    settings.LANTAI_HOME = tmp_path / "home"
    settings.LANTAI_HOME.mkdir()
    return settings.LANTAI_HOME


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """Three boxes at the main location and at a second one, all read back."""
    add("second", tmp_path / "second", medium="tape", place="省馆")
    declare("main", medium="disk", place="云岭县")
    services.deposit_objects(objects=[box(1), box(2), box(3)])
    copy_all()
    assert set(Copy.objects.values_list("state", flat=True)) == {"verified"}
    return tmp_path / "second"


def folder_of(root: Path) -> Path:
    return root / ocfl.object_folder(ONE)


def content_of(root: Path) -> Path:
    return folder_of(root) / "v1/content/0001/package.zip"


def flip(root: Path) -> None:
    path = content_of(root)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def truncate(root: Path) -> None:
    path = content_of(root)
    path.write_bytes(path.read_bytes()[:-1])


def delete(root: Path) -> None:
    content_of(root).unlink()


def add_a_file(root: Path) -> None:
    (content_of(root).parent / "extra.txt").write_text("nobody asked for it", encoding="utf-8")


def swap(root: Path) -> None:
    first, other = content_of(root), content_of(root).with_name("description.xml")
    mine, theirs = first.read_bytes(), other.read_bytes()
    first.write_bytes(theirs)
    other.write_bytes(mine)


def lose(root: Path) -> None:
    folder_of(root).rename(root.parent / "stolen")


def rewrite_whole(root: Path) -> None:
    """An object that is valid in itself, and not what was deposited."""
    ocfl.remove_object(ocfl.StorageRoot(root), ONE)
    forged = box(1, **{"0001/description.xml": b"<forged/>"})
    ocfl.write_objects(ocfl.StorageRoot(root), [forged])


DAMAGES = (flip, truncate, delete, add_a_file, swap, lose, rewrite_whole)


def told(kind: str) -> list[dict[str, object]]:
    return [json.loads(each.text)["detail"] for each in Entry.objects.filter(kind=kind).order_by("pk") if each.text]


def make_due(code: str) -> None:
    Copy.objects.filter(location__code=code).update(verified_at=timezone.now() - timedelta(days=91))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("where", ["main", "second"])
def test_every_damage_is_found_put_aside_and_repaired(
    second: Path, storage_root: Path, where: str, damage: Callable[[Path], None]
) -> None:
    root = storage_root if where == "main" else second
    before = content_of(root).read_bytes()
    damage(root)
    assert services.read_copies(location=where).copies == 0, "nothing is due yet"
    make_due(where)
    read = services.read_copies(location=where)
    assert (read.copies, read.damaged) == (3, 1)
    row = Copy.objects.get(location__code=where, stored__object_id=ONE)
    assert row.state == ("missing" if damage is lose else "damaged")
    assert StoredObject.objects.get(object_id=ONE).safe is False
    assert told("storage.copy-damaged")[0]["location"] == where
    if where == "main":
        with queries.open_content(object_id=ONE, path="0001/package.zip") as stream:
            assert damage is not lose or stream.read() == before
    assert services.repair_copies(location=where) == services.Repaired(1, 0)
    row.refresh_from_db()
    assert (row.state, row.head, row.suspect_at) == ("verified", "v1", None)
    digest = StoredObject.objects.get(object_id=ONE).inventory_digest
    assert ocfl.check_object(ocfl.StorageRoot(root), ONE, inventory_digest=digest) == []
    assert content_of(root).read_bytes() == before
    assert told("storage.copy-repaired") == [
        {"location": where, "source": "second" if where == "main" else "main", "head": "v1",
         "bytes": told("storage.copy-repaired")[0]["bytes"]}
    ]  # fmt: skip
    aside = put_aside_copies()
    assert len(aside) == (0 if damage is lose else 1)
    for each in aside:
        note = json.loads((Path(each.place) / "note.json").read_text("utf-8"))
        assert note["object"] == ONE
        assert (Path(each.place) / "removed/inventory.json").is_file()
        assert services.release_quarantined(quarantined_ids=[each.id], by=CONSOLE, now=NOW) == 1
        assert services.release_quarantined(quarantined_ids=[each.id], by=CONSOLE, now=NOW) == 0
        assert not Path(each.place).exists()
    assert not DueWork.objects.filter(kind="copies-damaged").exists()
    if where == "main":
        assert StoredObject.objects.get(object_id=ONE).sound is True


def test_what_lies_near_a_damage_and_the_other_copies_are_read_next(second: Path) -> None:
    flip(second)
    Copy.objects.filter(location__code="second", stored__object_id=ONE).update(verified_at=NOW - timedelta(days=999))
    assert services.read_copies(location="second", limit=1).damaged == 1
    suspects = Copy.objects.filter(suspect_at__isnull=False).values_list("location__code", "stored__object_id")
    assert set(suspects) == {("main", ONE), ("second", "urn:lantai:box:2"), ("second", "urn:lantai:box:3")}
    assert services.copies_due(now=timezone.now()) == ["main", "second"]
    assert services.read_copies(location="main").copies == 1
    assert services.read_copies(location="second").copies == 2
    assert services.repair_copies(location="second").repaired == 1
    assert services.copies_due(now=timezone.now()) == []


def test_without_a_sound_copy_everything_stays_and_a_person_is_asked(second: Path, storage_root: Path) -> None:
    flip(second)
    truncate(storage_root)
    make_due("second")
    make_due("main")
    assert services.read_copies(location="second").damaged == 1
    assert services.repair_copies(location="second") == services.Repaired(0, 1)
    assert services.read_copies(location="main").damaged == 0, "it was read, and found damaged, to be copied from"
    assert set(Copy.objects.filter(stored__object_id=ONE).values_list("state", flat=True)) == {"damaged"}
    assert services.repair_copies(location="main") == services.Repaired(0, 1)
    assert content_of(second).exists() and content_of(storage_root).exists() and not Quarantined.objects.exists()
    duties = DueWork.objects.filter(kind="copies-damaged", finished_at=None)
    assert set(duties.values_list("subject", flat=True)) == {"main", "second"}
    content_of(storage_root).write_bytes(f"案卷 {1}".encode() * 500)  # the person brings the original back
    services.check_storage()
    Copy.objects.update(tried_at=None)
    assert Copy.objects.get(location__code="main", stored__object_id=ONE).state == "verified"
    assert services.repair_copies(location="second").repaired == 1
    services.repair_copies(location="main")
    assert not DueWork.objects.filter(kind="copies-damaged", finished_at=None).exists()


def test_what_is_written_once_is_never_touched(second: Path) -> None:
    declare("second", write_once=True)
    flip(second)
    make_due("second")
    services.read_copies(location="second")
    damaged = content_of(second).read_bytes()
    assert services.repair_copies(location="second") == services.Repaired(0, 1)
    assert content_of(second).read_bytes() == damaged


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_steward_has_it_done_and_the_states_say_so(second: Path) -> None:
    flip(second)
    make_due("second")
    Location.objects.filter(code="second").update(cycle_days=90)
    (state,) = [each for each in fixity_states(now=timezone.now()) if each.code == "second"]
    assert (state.copies, state.late, state.holds) == (3, 3, False)
    queue_fixity(now=timezone.now())
    queue_fixity(now=timezone.now())
    assert Job.objects.filter(key="storage.read:second").count() == 1
    run_jobs(drain=True)
    assert read_piece.call(code="second") == 0
    (state,) = [each for each in fixity_states(now=timezone.now()) if each.code == "second"]
    assert (state.copies, state.late, state.broken, state.holds) == (3, 0, 0, True)
    assert state.round_days < 0.01
    assert VerificationFinding.objects.count() == 0
    assert Entry.objects.filter(kind="verification.finished", result="sound").count() == 1  # the oracle's round


def test_the_oracle_reads_every_root_on_a_file_system(second: Path) -> None:
    flip(second)
    queue_fixity(now=timezone.now())
    assert oracle_piece.call() == 6
    found = VerificationFinding.objects.get()
    assert (found.area, found.code) == ("oracle", "oracle.invalid")
    assert found.place == f"second {ocfl.object_folder(ONE)}"
    assert "E092" in found.values["detail"] or "digest" in found.values["detail"].lower()
    assert oracle_piece.call() == 0


def test_a_bucket_is_read_and_repaired_too(tmp_path: Path) -> None:
    (tmp_path / "s3" / "lantai").mkdir(parents=True)
    with rclone(tmp_path / "s3") as endpoint:
        new = NewLocation(
            code="bucket", kind="s3", endpoint=endpoint, bucket="lantai", path="archive", key_id=KEY, secret=SECRET,
            medium="object", place="省馆",
        )  # fmt: skip
        services.add_location(new=new, by=CONSOLE, now=NOW)
        services.deposit_objects(objects=[box(1)])
        copy_all()
        flip(tmp_path / "s3/lantai/archive")
        make_due("bucket")
        assert services.read_copies(location="bucket").damaged == 1
        assert services.repair_copies(location="bucket").repaired == 1
        (aside,) = put_aside_copies()
        assert (Path(aside.place) / "removed/v1/content/0001/package.zip").is_file()
        make_due("bucket")
        assert services.read_copies(location="bucket") == services.CopiesRead(1, StoredObject.objects.get().bytes, 0)


def test_the_rate_is_kept_and_signed(second: Path) -> None:
    services.set_reading(code="second", read_rate=12, cycle_days=30, by=CONSOLE, now=NOW)
    assert told("storage.reading-set") == [
        {"before": {"read_rate": 40, "cycle_days": 90}, "after": {"read_rate": 12, "cycle_days": 30}}
    ]
    for rate, days in ((0, 30), (12, 0), (10_001, 30), (12, 9999)):
        with pytest.raises(LocationRefused):
            services.set_reading(code="second", read_rate=rate, cycle_days=days, by=CONSOLE, now=NOW)
    paced: list[int] = []
    make_due("second")
    read = services.read_copies(location="second", pace=paced.append)
    assert sum(paced) == read.bytes > 0


def test_a_location_that_is_away_is_not_called_damaged(second: Path) -> None:
    make_due("second")
    second.rename(second.with_name("unplugged"))
    with pytest.raises(FileNotFoundError):
        services.read_copies(location="second")
    assert read_piece.call(code="second") == 0
    assert Location.objects.get(code="second").away_since is not None
    assert not Copy.objects.filter(state="damaged").exists()


@pytest.fixture
def _other() -> Iterator[Path]:
    with other_device() as folder:
        yield folder


def test_plans_are_not_disturbed(second: Path, _other: Path) -> None:
    flip(second)
    make_due("second")
    services.read_copies(location="second")
    assert plan() >= 0
    assert Copy.objects.filter(location__code="second", stored__object_id=ONE).get().state == "damaged"
