"""Storage as archivists, system administrators and the command line see it and act upon it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from tests.make_people import make_person, signed_in
from tests.storage.places import NOW, add, box, copy_all, other_device
from typer import Typer
from typer.testing import CliRunner

from lantai.administration.models import Role
from lantai.ledger.models import Entry
from lantai.site.cli.storage import app
from lantai.storage import services
from lantai.storage.models import CopyPolicy, Location, Medium, StoredObject
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


def run(*arguments: str, into: Typer = app) -> tuple[int, str]:
    done = CliRunner().invoke(into, list(arguments))
    return done.exit_code, done.output


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_says_what_is_where_and_what_is_wrong(memory: Path, tmp_path: Path, language: str) -> None:
    add("second", memory / "second", medium="tape", place="省馆")
    add("third", tmp_path / "third")
    services.deposit_objects(objects=[box(1)])
    copy_all()
    (memory / "second").rename(memory / "unplugged")
    copy_all()
    client = signed_in(make_person(Role.SYSTEM))
    client.post(reverse("language"), {"language": language})
    text = client.get(reverse("storage")).content.decode()
    assert {each for each in ("main", "second", "third") if f">{each}<" in text} == {"main", "second", "third"}
    told = {
        "zh-hans": ("main、third 在同一设备上，只算一份副本。", "存储位置 second 自", "还没有申报载体类型和地点"),
        "en": ("lie on one device and count as one copy", "second is away since", "Nobody has declared the kind"),
    }
    for each in told[language]:
        assert each in text
    below = client.get(reverse("storage-below")).content.decode()
    words = {"zh-hans": "独立设备上的副本 1/3", "en": "copies on devices of their own 1/3"}
    assert words[language] in below and "urn:lantai:box:1" in below
    page = client.get(reverse("stored-object", args=["urn:lantai:box:1"]))
    assert page.status_code == 200
    assert client.get(reverse("stored-object", args=["urn:lantai:box:9"])).status_code == 404
    assert client.get(reverse("location", args=["nowhere"])).status_code == 404


def test_a_person_declares_and_signs(memory: Path) -> None:
    add("second", memory / "second")
    person = make_person(Role.ARCHIVIST)
    client = signed_in(person)
    place = reverse("location", args=["second"])
    assert client.get(place).status_code == 200
    told = {"medium": "tape", "place": "省馆", "in_service": "on"}
    assert client.post(place, told).status_code == 302
    row = Location.objects.get(code="second")
    assert (row.medium, row.place, row.offline, row.in_service) == ("tape", "省馆", False, True)
    entry = json.loads(Entry.objects.get(kind="storage.location-declared").text)
    assert (entry["actor"], entry["detail"]["before"]["medium"]) == (f"person:{person.pk}", "")
    services.main_location()
    refused = client.post(reverse("location", args=["main"]), told | {"offline": "on"})
    assert refused.status_code == 200 and "主存储位置必须在线" in refused.content.decode()
    assert client.post(place, told | {"medium": "clay"}).status_code == 200
    assert Entry.objects.filter(kind="storage.location-declared").count() == 1


def test_policies_are_set_changed_and_taken_away() -> None:
    client = signed_in(make_person(Role.ARCHIVIST))
    told = {"fonds_code": "X01", "class_code": "", "copies": 2, "kinds": 1, "elsewhere": 0, "detached": 0}
    place = reverse("storage-policy")
    assert client.post(place, told).status_code == 302
    assert client.post(place, told | {"copies": 4}).status_code == 302
    assert CopyPolicy.objects.get().copies == 4
    page = client.get(f"{place}?fonds_code=X01&class_code=").content.decode()
    assert 'value="4"' in page and 'value="X01"' in page
    assert client.post(place, told | {"kinds": 5}).status_code == 200
    listed = client.get(reverse("storage-policies")).content.decode()
    assert "X01" in listed and "缺省策略" in listed
    assert client.post(place, told | {"remove": "yes"}).status_code == 302
    assert not CopyPolicy.objects.exists()
    assert Entry.objects.filter(kind="storage.policy-set").count() == 3


def test_the_register_of_carriers_is_kept_and_reminds() -> None:
    client = signed_in(make_person(Role.ARCHIVIST))
    told = {"number": "LTO-001", "kind": "tape", "gigabytes": 2500, "made_on": "2024-01-10", "place": "省馆 3 柜"}
    assert client.post(reverse("carrier-new"), told).status_code == 302
    assert "已登记" in client.post(reverse("carrier-new"), told).content.decode()
    row = Medium.objects.get()
    assert (row.capacity, row.next_check_on.isoformat()) == (2_500_000_000_000, "2026-01-09")
    services.remind_of_storage(now=NOW)
    duty = DueWork.objects.get(kind="carrier", finished_at=None)
    place = reverse("carrier", args=["LTO-001"])
    assert duty.subject == "LTO-001" and client.get(place).status_code == 200
    early = client.post(place, {"checked_on": "2023-01-01", "sound": "yes"})
    assert early.status_code == 200
    assert client.post(place, {"checked_on": "2026-06-01", "sound": "yes", "outcome": "可读"}).status_code == 302
    row.refresh_from_db()
    assert (row.next_check_on.isoformat(), row.state) == ("2028-05-31", "in-use")
    assert not DueWork.objects.filter(kind="carrier", finished_at=None).exists()
    assert client.post(place, {"checked_on": "2026-06-02", "sound": "no"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.next_check_on) == ("retired", None)
    assert Entry.objects.filter(kind__startswith="storage.carrier").count() == 3


def test_the_command_line_adds_copies_and_says_what_is_below_policy(memory: Path, tmp_path: Path) -> None:
    person = make_person(Role.SYSTEM)
    services.deposit_objects(objects=[box(1)])
    code, said = run("add", "second", str(memory / "second"), "--medium", "tape", "--place", "省馆")
    assert code == 1 and "--by" in said
    code, said = run("add", "second", str(memory / "second"), "--medium", "tape", "--place", "省馆", "--by", "nobody")
    assert code == 1
    by = ("--by", person.username)
    code, said = run("add", "second", str(memory / "second"), "--medium", "tape", "--place", "省馆", *by, "--json")
    assert code == 0 and json.loads(said)["medium"] == "tape"
    code, said = run("add", "third", str(tmp_path / "third"))
    assert code == 0 and "main" in said
    code, said = run("copy", "--json")
    assert code == 3
    assert json.loads(said)["copied"] == 2
    code, said = run("below", "--json")
    assert code == 3
    (lacking,) = json.loads(said)["objects"]
    assert lacking["lacking"] == [["copies", 2, 3], ["media", 1, 2], ["elsewhere", 0, 1]]
    assert run("declare", "main", "--medium", "disk", "--place", "云岭县", *by)[0] == 0
    assert run("policy", "--copies", "2")[0] == 0
    assert run("copy")[0] == 0
    assert run("below")[0] == 0
    assert StoredObject.objects.get().safe
    code, said = run("list", "--json")
    told = {each["code"]: each for each in json.loads(said)["locations"]}
    assert (told["main"]["verified"], told["main"]["shares"], told["second"]["declared_by"]) == (
        1, ["third"], f"person:{person.pk}",
    )  # fmt: skip
    assert run("list")[0] == 0
    assert run("policy", "--copies", "2", "--media", "3")[0] == 1
    assert run("declare", "nowhere", *by)[0] == 1
    code, said = run("declare", "second", "--medium", "clay", *by)
    assert code == 1 and "clay" in said
