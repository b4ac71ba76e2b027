"""Rounds of fixity asked for, given up, paused and resumed by people: at the command line and on the page."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.make_people import make_person, signed_in
from tests.storage.places import NOW, add, box, copy_all
from typer.testing import CliRunner

from lantai.administration.models import Role
from lantai.administration.services.people_access import CONSOLE
from lantai.common.errors import Refused
from lantai.ledger.models import Entry
from lantai.site.cli.storage import app
from lantai.storage import services
from lantai.storage.fixity_states import fixity_states
from lantai.storage.models import Copy, Location

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def second(tmp_path: Path, settings) -> Path:
    """Three boxes at the main location and at a second one, all read back just now."""
    settings.LANTAI_HOME = tmp_path / "home"
    settings.LANTAI_HOME.mkdir()
    add("second", tmp_path / "second")
    services.deposit_objects(objects=[box(number) for number in range(3)])
    copy_all()
    return tmp_path / "second"


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["fixity", *words])
    assert done.exit_code == code, done.output
    return done.output


def told() -> list[str]:
    kinds = ("storage.round-asked", "storage.round-given-up", "storage.reading-paused", "storage.reading-resumed")
    return list(Entry.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "subject"))


def states() -> dict[str, dict[str, object]]:
    return {each["code"]: each for each in json.loads(run("state", "--json"))}


def read(code: str, limit: int = 50) -> int:
    return services.read_copies(location=code, limit=limit).copies


def test_a_round_that_was_asked_for_reads_every_copy_once_and_goes_on_where_it_was() -> None:
    assert read("second") == 0 and services.copies_due(now=timezone.now()) == []
    assert "second: start" in run("start", "--location", "second")
    assert services.copies_due(now=timezone.now()) == ["second"]
    assert (states()["second"]["round_left"], states()["main"]["round_left"]) == (3, 0)
    assert read("second", limit=2) == 2
    assert states()["second"]["round_left"] == 1
    assert (read("second"), read("second"), read("main")) == (1, 0, 0)
    assert services.copies_due(now=timezone.now()) == []
    assert told() == [("storage.round-asked", "location:second")]


def test_a_round_given_up_leaves_the_cycle_as_it_is() -> None:
    run("start")
    run("stop", "--location", "second")
    assert "unchanged" in run("stop", "--location", "second")
    assert (read("second"), read("main")) == (0, 3)
    Copy.objects.filter(location__code="second").update(verified_at=timezone.now() - timedelta(days=91))
    assert read("second") == 3
    assert [each for each, subject in told() if subject == "location:second"] == [
        "storage.round-asked", "storage.round-given-up",
    ]  # fmt: skip


def test_while_it_is_paused_nothing_is_read_or_repaired(second: Path) -> None:
    run("start", "--location", "second")
    run("pause", "--location", "second")
    assert "unchanged" in run("pause", "--location", "second")
    victim = next(second.glob("*/*/*/*/v1/content/0001/package.zip"))
    victim.write_bytes(b"X" + victim.read_bytes()[1:])
    assert services.copies_due(now=timezone.now()) == []
    assert (read("second"), services.repair_copies(location="second").repaired) == (0, 0)
    assert "paused" in run("state")
    run("resume", "--location", "second")
    assert services.copies_due(now=timezone.now()) == ["second"]
    assert services.read_copies(location="second").damaged == 1
    found = json.loads(run("damage", "--json", code=3))
    (bad,) = found["damaged"]
    assert (bad["location"], bad["state"]) == ("second", "damaged") and "E092" in bad["fault"]
    assert run("state", code=3) and "second" in run("damage", "--location", "second", code=3)
    assert services.repair_copies(location="second").repaired == 1
    found = json.loads(run("damage", "--json"))
    assert found["damaged"] == [] and found["aside"][0]["location"] == "second"


def test_a_place_nobody_knows_and_a_person_who_may_not_are_refused() -> None:
    assert "no such location" in run("start", "--location", "nowhere", code=1)
    with pytest.raises(Refused):
        services.steer_reading(code="second", act="start", by=CONSOLE.__class__(1, "x", "leader", ""), now=NOW)
    assert told() == []


def test_on_the_page_an_archivist_starts_stops_pauses_and_resumes() -> None:
    archivist, auditor = signed_in(make_person(Role.ARCHIVIST)), signed_in(make_person(Role.AUDIT))
    address = reverse("fixity-reading", args=["second"])
    assert auditor.post(address, {"act": "start"}).status_code == 403
    page = archivist.get(address).content.decode()
    assert "立即检查一轮" in page and "暂停检查" in page
    for act, words in (("start", "全部重读一轮"), ("pause", "已暂停"), ("resume", "已恢复"), ("stop", "已停止")):
        assert words in archivist.post(address, {"act": act}, follow=True).content.decode()
        page = archivist.get(address).content.decode()
        if act == "pause":
            assert "不读也不修复" in page and "还有 3 份副本要读" in page and "停止本轮" in page
    place = Location.objects.get(code="second")
    assert (place.round_since, place.paused_since, place.read_rate) == (None, None, 40)
    assert len(told()) == 4
    assert archivist.post(address, {"act": "nonsense"}).status_code == 422
    assert archivist.get(reverse("fixity-reading", args=["nowhere"])).status_code == 404
    archivist.post(reverse("language"), {"language": "en"})
    assert "Read all copies now" in archivist.get(address).content.decode()
    assert fixity_states(now=NOW)[0].paused_since is None
