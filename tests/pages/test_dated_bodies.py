"""Changes of bodies entered ahead of their day: nothing changes until then, and everything on the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.body_forms import body_choices
from lantai.administration.models import (
    Agreement,
    DatedChange,
    Fonds,
    Organisation,
    OrganisationChange,
    Role,
    ServiceItem,
)
from lantai.administration.queries import agreements_of, organisation_of
from lantai.administration.queries.people import organisation_choices
from lantai.administration.services import bring_changes_into_force
from lantai.administration.services.coming_into_force import changes_in_force
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.successions import BodyChange, plan_body_change, record_body_change
from tests.make_people import signed_in
from tests.pages.archive import Archive
from tests.pages.test_reference_pages import change, confirmed, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]
TODAY = timezone.localdate
ONE_DAY = timedelta(days=1)


def at(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 0, 1))


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def renamed(archive: Archive, day: date) -> dict[str, Any]:
    return change(day=day.isoformat(), kind="renamed", new_code="ZWFW", new_name="云岭县政务服务局", heir="ZWFW")


def test_a_renaming_to_come_changes_nothing_until_its_day(archivist: Client, archive: Archive) -> None:
    day, code = TODAY() + timedelta(days=40), archive.body.code
    ServiceItem.objects.create(code="0119000999", name="x", organisation=archive.body)
    address, data = reverse("organisation-change", args=[code]), renamed(archive, day)
    shown = text_of(archivist.post(address, data))
    assert "到生效日期自动生效；之前可以撤回" in shown and "由 ZWFW 继续" in shown
    assert confirmed(archivist, address, data).status_code == 302
    assert not Organisation.objects.filter(code="ZWFW").exists() and not OrganisationChange.objects.exists()
    archive.body.refresh_from_db()
    assert archive.body.active_to is None
    [entry] = said("change-planned")
    assert (entry.subject, entry.detail["after"]["day"]) == (f"organisation:{code}", day.isoformat())
    assert f"{day} 待生效：" in text_of(archivist.get(reverse("organisation", args=[code])))
    listed = text_of(archivist.get(reverse("organisations"), {"state": "waiting"}))
    assert f"现行，{day} 起变更" in listed and archive.other.name not in listed.split("<table")[1]
    assert "更名：" in text_of(archivist.get(reverse("dated-changes")))
    again = text_of(archivist.post(address, data))
    assert "待生效的变更，请先撤回" in again and 'name="confirmed"' not in again
    assert bring_changes_into_force(now=at(day - ONE_DAY)) == 0
    changes_in_force(now=at(day))
    new = Organisation.objects.get(code="ZWFW")
    assert (Organisation.objects.get(code=code).active_to, new.active_from) == (day - ONE_DAY, day)
    assert Fonds.objects.get(code="0059").organisation == new
    assert ServiceItem.objects.get(code="0119000999").organisation == new
    assert agreements_of(organisation_ids=[archive.body.pk], at=at(day)) == {}
    assert agreements_of(organisation_ids=[archive.body.pk], at=at(day - ONE_DAY))
    for kind in ("bodies-changed", "organisation-ended", "organisation-registered", "fonds-followed", "item-changed"):
        [entry] = said(kind, **({"subject": "organisation:ZWFW"} if kind == "organisation-registered" else {}))
        assert entry.actor == f"person:{archive.people[Role.ARCHIVIST].pk}", kind
    assert bring_changes_into_force(now=at(day)) == 0


def test_pickers_offer_who_stands_on_the_day(archive: Archive) -> None:
    day = TODAY() + timedelta(days=9)
    Organisation.objects.create(code="LATER", name="以后成立", credit_code="", active_from=day)
    Organisation.objects.filter(pk=archive.other.pk).update(active_to=day - ONE_DAY, credit_code="91330100MA27XF6L4B")
    other = archive.other.code
    assert {other} <= {code for code, _name in body_choices()} and "LATER" not in dict(body_choices())
    assert "LATER" in dict(body_choices(on=day)) and other not in dict(body_choices(on=day))
    assert {other, "LATER"} <= {code for code, _name in body_choices(standing=False)}
    offered = {number for number, _name in organisation_choices()}
    assert archive.other.pk in offered and Organisation.objects.get(code="LATER").pk not in offered
    assert organisation_of(code="91330100MA27XF6L4B").code == other, "who ends later stands today"


def test_a_change_to_come_is_withdrawn(archivist: Client, archive: Archive) -> None:
    day, address = TODAY() + ONE_DAY, reverse("organisation-change", args=[archive.body.code])
    confirmed(archivist, address, renamed(archive, day))
    row = DatedChange.objects.get()
    answer = archivist.post(reverse("dated-change", args=[row.pk]), {"reason": "批复推迟"})
    assert answer["Location"] == reverse("organisation", args=[archive.body.code])
    changes_in_force(now=at(day))
    assert not Organisation.objects.filter(code="ZWFW").exists() and len(said("change-withdrawn")) == 1
    assert confirmed(archivist, address, renamed(archive, day)).status_code == 302, "and can be entered again"
    system = signed_in(archive.people[Role.SYSTEM])
    last = DatedChange.objects.latest("pk")
    assert system.post(reverse("dated-change", args=[last.pk]), {"reason": "x"}).status_code == 302
    reader = signed_in(archive.people[Role.DEPARTMENT])
    assert reader.get(reverse("dated-change", args=[last.pk])).status_code == 403


def test_what_no_longer_fits_on_the_day_changes_nothing(archivist: Client, archive: Archive) -> None:
    day = TODAY() + timedelta(days=5)
    planned = BodyChange(
        kind="merged",
        day=day,
        basis="云编〔2026〕9号",
        before=[archive.body.code, archive.other.code],
        after=[archive.body.code],
        heir=archive.body.code,
    )
    plan_body_change(change=planned, by=CONSOLE, now=timezone.now())
    Organisation.objects.filter(pk=archive.other.pk).update(active_to=TODAY())
    before = list(Agreement.objects.values()), list(Fonds.objects.values())
    assert bring_changes_into_force(now=at(day)) == 0
    assert (list(Agreement.objects.values()), list(Fonds.objects.values())) == before
    row = DatedChange.objects.get()
    assert row.in_force_at is None and "撤销" in row.trouble
    assert "到期未能生效" in text_of(archivist.get(reverse("organisation", args=[archive.body.code])))
    Organisation.objects.filter(pk=archive.other.pk).update(active_to=None)
    assert bring_changes_into_force(now=at(day)) == 1
    assert Fonds.objects.get(code="0060").organisation == archive.body


def test_each_way_in_refuses_the_others_day(archive: Archive) -> None:
    def dissolved(day: date) -> BodyChange:
        return BodyChange(kind="dissolved", day=day, basis="b", before=[archive.other.code])

    with pytest.raises(ReferenceRefused, match="生效日期还没有到"):
        record_body_change(change=dissolved(TODAY() + ONE_DAY), by=CONSOLE, now=timezone.now())
    with pytest.raises(ReferenceRefused, match="生效日期已到"):
        plan_body_change(change=dissolved(TODAY()), by=CONSOLE, now=timezone.now())
    assert not DatedChange.objects.exists()


def test_few_questions_whatever_is_to_come(
    archive: Archive, archivist: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, 13):
        Organisation.objects.create(code=f"B{number}", name=f"机构{number}")
        planned = BodyChange(kind="dissolved", day=TODAY() + number * ONE_DAY, basis="b", before=[f"B{number}"])
        plan_body_change(change=planned, by=CONSOLE, now=timezone.now())
    archivist.get(reverse("organisations"))
    for name, arguments in (("organisations", ()), ("dated-changes", ()), ("organisation", ("B3",))):
        with django_assert_max_num_queries(12):
            assert archivist.get(reverse(name, args=arguments)).status_code == 200
