"""Copies by policy, through the doors of storage: real folders, a second real device, a real S3 service."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.places import NOW, add, box, copy_all, declare, lacking, other_device, plan
from tests.storage.s3_service import KEY, SECRET, rclone

from lantai.administration.services.people_access import CONSOLE
from lantai.archival import ocfl
from lantai.ledger.models import Entry
from lantai.storage import queries, services
from lantai.storage.models import Copy, CopyPolicy, Location, Removal, StoredObject
from lantai.storage.policy import Demand
from lantai.storage.services import LocationRefused, NewLocation
from lantai.work.models import DueWork

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def memory() -> Iterator[Path]:
    with other_device() as folder:
        yield folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings) -> Path:
    settings.LANTAI_HOME = tmp_path / "home"
    settings.LANTAI_HOME.mkdir()
    return settings.LANTAI_HOME


def s3(endpoint: str, code: str = "bucket", bucket: str = "lantai", **more: object) -> Location:
    new = NewLocation(
        code=code, kind="s3", endpoint=endpoint, bucket=bucket, path="archive", key_id=KEY, secret=SECRET,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return services.add_location(new=new, by=CONSOLE, now=NOW)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "s3" / "lantai").mkdir(parents=True)
    (tmp_path / "s3" / "other").mkdir()
    with rclone(tmp_path / "s3") as address:
        yield address


@pytest.mark.database
def test_a_deposit_is_safe_when_every_copy_was_read_back_and_the_policy_is_met(
    tmp_path: Path, memory: Path, endpoint: str
) -> None:
    add("second", memory / "second", medium="disk", place="城东分馆")
    s3(endpoint, medium="object", place="省馆")
    services.deposit_objects(objects=[box(1), box(2)])
    plan()
    assert lacking(1) == {"copies": (0, 3), "media": (0, 2), "elsewhere": (0, 1)}
    assert copy_all() == 4
    assert lacking(1) == {"elsewhere": (0, 1)}  # nobody has said yet where the first copy stands
    declare("main", medium="array", place="云岭县")
    copy_all()
    assert list(StoredObject.objects.values_list("safe", flat=True)) == [True, True]
    assert set(Copy.objects.values_list("location__code", "state", "head")) == {
        (code, "verified", "v1") for code in ("main", "second", "bucket")
    }
    assert not Copy.objects.filter(verified_at=None).exists()
    told = Entry.objects.filter(kind="storage.copied")
    assert sorted(each.subject for each in told) == ["location:bucket", "location:second"]
    for code in ("main", "second", "bucket"):
        assert [each.object_id for each in queries.enumerate_objects(location=code)] == [
            each.object_id for each in queries.enumerate_objects()
        ]


def test_copies_on_one_device_count_once(tmp_path: Path) -> None:
    add("second", tmp_path / "second", medium="tape", place="省馆")
    add("third", tmp_path / "third", medium="optical", place="省馆")
    declare("main", medium="disk", place="云岭县")
    services.deposit_objects(objects=[box(1)])
    assert copy_all() == 2
    assert Copy.objects.filter(state="verified").count() == 3
    assert lacking(1) == {"copies": (1, 3), "media": (1, 2), "elsewhere": (0, 1)}


def test_copies_at_one_endpoint_count_once(endpoint: str) -> None:
    s3(endpoint, "first-bucket", medium="object", place="甲")
    s3(endpoint, "second-bucket", "other", medium="tape", place="乙")
    services.deposit_objects(objects=[box(1)])
    copy_all()
    assert lacking(1)["copies"] == (2, 3)


def test_a_location_that_is_away_is_noticed_and_caught_up(tmp_path: Path, memory: Path) -> None:
    add("second", memory / "second", medium="tape", place="省馆")
    declare("main", medium="disk", place="云岭县")
    services.set_policy(fonds_code="", class_code="", demand=Demand(2, 2, 1, 0), by=CONSOLE, now=NOW)
    services.deposit_objects(objects=[box(1)])
    copy_all()
    assert lacking(1) == {}
    (memory / "second").rename(memory / "unplugged")
    (memory / "second").mkdir()  # what an unmounted disk leaves behind: an empty folder
    services.deposit_objects(objects=[box(2)])
    copy_all()
    assert (lacking(1)["copies"], lacking(2)["copies"]) == ((1, 2), (1, 2))
    assert Location.objects.get(code="second").away_since is not None
    assert list((memory / "second").iterdir()) == []
    (memory / "second").rmdir()
    (memory / "unplugged").rename(memory / "second")
    copy_all()
    assert (lacking(1), lacking(2)) == ({}, {})
    assert [each.kind for each in Entry.objects.filter(subject="location:second").order_by("pk")] == [
        "storage.location-added", "storage.copied", "storage.location-away", "storage.location-there", "storage.copied",
    ]  # fmt: skip


def test_a_new_version_is_wanted_everywhere_again(memory: Path) -> None:
    add("second", memory / "second")
    services.deposit_objects(objects=[box(1)])
    copy_all()
    version = services.NewVersion("urn:lantai:box:1", "v1", NOW, "补正", "档案员", put=(services.Content("2", b"2"),))
    services.deposit_version(version=version)
    assert set(Copy.objects.values_list("state", flat=True)) == {"wanted"}
    copy_all()
    assert set(Copy.objects.values_list("state", "head")) == {("verified", "v2")}
    store = ocfl.StorageRoot(memory / "second")
    digest = StoredObject.objects.get().inventory_digest
    assert ocfl.check_object(store, "urn:lantai:box:1", inventory_digest=digest) == []


def test_a_damaged_first_copy_is_not_copied_but_told(memory: Path) -> None:
    add("second", memory / "second")
    services.deposit_objects(objects=[box(1), box(2)])
    path = queries.content_path(object_id="urn:lantai:box:1", path="0001/package.zip")
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    copy_all()
    states = dict(Copy.objects.filter(location__code="main").values_list("stored__object_id", "state"))
    assert states == {"urn:lantai:box:1": "damaged", "urn:lantai:box:2": "verified"}
    assert Copy.objects.filter(location__code="second", state="verified").count() == 1
    (entry,) = Entry.objects.filter(kind="storage.copy-damaged")
    assert entry.subject == "urn:lantai:box:1"


def test_reading_falls_back_to_another_copy(memory: Path, endpoint: str, home: Path) -> None:
    add("second", memory / "second")
    s3(endpoint)
    services.deposit_objects(objects=[box(1)])
    copy_all()
    lost = queries.content_path(object_id="urn:lantai:box:1", path="0001/package.zip")
    whole = lost.read_bytes()
    lost.unlink()
    assert queries.content_path(object_id="urn:lantai:box:1", path="0001/package.zip").is_relative_to(memory)
    shutil.rmtree(memory / "second")
    with queries.open_content(object_id="urn:lantai:box:1", path="0001/package.zip") as stream:
        assert stream.read() == whole
    part = queries.read_range(object_id="urn:lantai:box:1", path="0001/package.zip", offset=3, length=4)
    assert part == whole[3:7]
    assert queries.content_path(object_id="urn:lantai:box:1", path="0001/package.zip").is_relative_to(home / "cache")
    with pytest.raises(queries.ContentMissing):
        queries.content_path(object_id="urn:lantai:box:1", path="0001/nothing")


def test_a_main_disk_that_is_away_is_never_made_anew(storage_root: Path, memory: Path) -> None:
    add("second", memory / "second")
    services.deposit_objects(objects=[box(1)])
    copy_all()
    storage_root.rename(storage_root.with_name("unplugged"))
    storage_root.mkdir()
    with queries.open_content(object_id="urn:lantai:box:1", path="0001/description.xml") as stream:
        assert stream.read() == b"<record/>"
    with pytest.raises(FileNotFoundError):
        services.deposit_objects(objects=[box(2)])
    assert list(storage_root.iterdir()) == []
    assert not services.look_at_location(code="main", now=NOW)


@pytest.mark.database
def test_an_object_removed_goes_from_every_copy_also_from_one_that_was_away(memory: Path) -> None:
    add("second", memory / "second")
    services.deposit_objects(objects=[box(1), box(2)])
    copy_all()
    (memory / "second").rename(memory / "unplugged")
    copy_all()
    assert services.remove_stored_object(object_id="urn:lantai:box:1")
    copy_all()
    assert Removal.objects.get().object_id == "urn:lantai:box:1"
    (memory / "unplugged").rename(memory / "second")
    copy_all()
    assert not Removal.objects.exists()
    assert [each.object_id for each in queries.enumerate_objects(location="second")] == ["urn:lantai:box:2"]
    assert Entry.objects.filter(kind="storage.copy-removed", subject="urn:lantai:box:1").count() == 1


def test_an_object_deposited_again_is_not_removed_by_what_was_asked_before(memory: Path) -> None:
    add("second", memory / "second")
    services.deposit_objects(objects=[box(1)])
    copy_all()
    services.remove_stored_object(object_id="urn:lantai:box:1")
    services.deposit_objects(objects=[box(1, **{"0002/a": b"a"})])
    copy_all()
    assert not Removal.objects.exists()
    assert set(Copy.objects.values_list("state", flat=True)) == {"verified"}
    (seen,) = queries.enumerate_objects(location="second")
    assert "0002/a" in seen.paths


def test_an_offline_location_is_a_duty_and_a_write_once_one_keeps_what_it_has(memory: Path) -> None:
    add("vault", memory / "vault", offline=True, write_once=True)
    services.deposit_objects(objects=[box(1)])
    copy_all()
    (memory / "vault").rename(memory / "in the safe")
    services.deposit_objects(objects=[box(2)])
    version = services.NewVersion("urn:lantai:box:1", "v1", NOW, "补正", "档案员", put=(services.Content("2", b"2"),))
    services.deposit_version(version=version)
    copy_all()
    services.remind_of_storage(now=NOW)
    duty = DueWork.objects.get(kind="location", finished_at=None)
    assert (duty.subject, duty.values["copies"]) == ("vault", 2)
    (memory / "in the safe").rename(memory / "vault")
    copy_all()
    services.remind_of_storage(now=NOW)
    assert DueWork.objects.filter(kind="location", finished_at=None).count() == 0
    heads = dict(Copy.objects.filter(location__code="vault").values_list("stored__object_id", "head"))
    assert heads == {"urn:lantai:box:1": "v1", "urn:lantai:box:2": "v1"}
    services.remove_stored_object(object_id="urn:lantai:box:2")
    copy_all()
    services.remind_of_storage(now=NOW)
    assert DueWork.objects.get(kind="location", finished_at=None).values["removals"] == 1
    assert len(list(queries.enumerate_objects(location="vault"))) == 2


@pytest.mark.database
def test_a_policy_of_a_class_is_stricter_and_the_strictest_counts(memory: Path) -> None:
    add("second", memory / "second")
    for fonds, name, demand in (("", "", Demand(1, 0, 0)), ("X01", "", Demand(2, 1, 0)), ("X01", "ZY", Demand(3))):
        services.set_policy(fonds_code=fonds, class_code=name, demand=demand, by=CONSOLE, now=NOW)
    services.deposit_objects(objects=[box(1), box(2), box(3)])
    scope = services.Scope
    services.plan_copies(
        scopes={
            "urn:lantai:box:1": [scope("Y02", "ZY", "ZY·XK")],
            "urn:lantai:box:2": [scope("X01", "WS", "")],
            "urn:lantai:box:3": [scope("X01", "WS", ""), scope("X01", "ZY", "ZY·XK")],
        }
    )
    assert [(each.demand["copies"], each.copies.count()) for each in StoredObject.objects.order_by("object_id")] == [
        (1, 1), (2, 2), (3, 2),
    ]  # fmt: skip
    before = Entry.objects.filter(kind="storage.policy-set").count()
    services.set_policy(fonds_code="X01", class_code="ZY", demand=None, by=CONSOLE, now=NOW)
    assert Entry.objects.filter(kind="storage.policy-set").count() == before + 1
    assert CopyPolicy.objects.count() == 2
    with pytest.raises(LocationRefused):
        services.set_policy(fonds_code="", class_code="", demand=Demand(2, 3, 1, 0), by=CONSOLE, now=NOW)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (NewLocation("Main", "posix", "/nowhere"), "代号"),
        (NewLocation("main", "posix", "/nowhere"), "已被使用"),
        (NewLocation("second", "posix", "relative"), "完整路径"),
        (NewLocation("second", "tape", "/nowhere"), "没有这种位置"),
        (NewLocation("second", "posix", "/proc/lantai"), ""),
        (NewLocation("second", "s3", endpoint="ftp://x", bucket="b"), "http"),
        (NewLocation("second", "s3", endpoint="http://127.0.0.1:1", bucket="lantai", key_id="k", secret="s"), ""),
    ],
)
def test_a_location_that_cannot_be_is_refused_and_leaves_nothing(new: NewLocation, why: str, home: Path) -> None:
    with pytest.raises(LocationRefused, match=why or None):
        services.add_location(new=new, by=CONSOLE, now=NOW)
    assert not Location.objects.exclude(code="main").exists()
    assert not list((home / "keys").rglob("*.toml"))
    assert not Entry.objects.exists()


def test_a_place_inside_another_is_refused(tmp_path: Path, storage_root: Path) -> None:
    with pytest.raises(LocationRefused, match="重叠"):
        add("second", storage_root / "inside")
    assert not (storage_root / "inside").exists()


def test_what_is_declared_is_signed_before_and_after(memory: Path) -> None:
    add("second", memory / "second")
    declare("second", medium="tape", place="省馆")
    entry = Entry.objects.get(kind="storage.location-declared")
    detail = json.loads(entry.text)["detail"]
    assert (detail["before"]["medium"], detail["after"]["medium"]) == ("", "tape")
    assert Location.objects.get(code="second").declared_by == CONSOLE.reference
    with pytest.raises(LocationRefused):
        declare("main", offline=True)
    with pytest.raises(LocationRefused):
        declare("second", medium="clay")
