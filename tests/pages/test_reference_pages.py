"""The pages of bodies, fonds, agreements and credentials: what they show, what they change, what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import (
    Agreement,
    Credential,
    Fonds,
    FondsEntry,
    FondsGuide,
    FondsSuccession,
    Organisation,
    OrganisationChange,
    Person,
    Role,
    ServiceItem,
)
from lantai.administration.queries import agreements_of, credential_of
from lantai.ledger.queries import list_entries
from tests.make_people import signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]

LONG = "云岭县" * 66 + "局局"
TODAY = timezone.localdate


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def said(kind: str, subject: str = "") -> list[Any]:
    """The ledger's entries of one kind, the newest first."""
    return list_entries(kinds=(f"administration.{kind}",), subject=subject, limit=50)


def confirmed(client: Client, address: str, data: dict[str, Any]) -> HttpResponse:
    """Send *data*, look at its effects, and send it again with the mark of what was shown."""
    shown = client.post(address, data)
    assert shown.status_code == 200
    page = text_of(shown)
    assert 'name="confirmed"' in page, page
    mark = page.split('name="confirmed" value="')[1].split('"')[0]
    return client.post(address, {**data, "confirmed": mark})


def body_data(**more: Any) -> dict[str, Any]:
    return {"code": "JYJ", "name": "云岭县教育局", "kind": "agency", **more}


def test_a_body_is_registered_and_corrected(archivist: Client) -> None:
    done = archivist.post(reverse("organisation-new"), body_data(region_code="331199", active_from="2019-03-01"))
    assert done["Location"] == reverse("organisation", args=["JYJ"])
    assert "云岭县教育局" in text_of(archivist.get(reverse("organisations"), {"words": "教育"}))
    [entry] = said("organisation-registered", "organisation:JYJ")
    assert entry.detail["after"]["name"] == "云岭县教育局"
    correct = {"name": LONG, "credit_code": "", "region_code": "331199", "reason": "录错"}
    assert archivist.post(reverse("organisation-correct", args=["JYJ"]), correct).status_code == 302
    assert Organisation.objects.get(code="JYJ").name == LONG
    [entry] = said("organisation-changed", "organisation:JYJ")
    assert (entry.detail["before"]["name"], entry.detail["after"]["name"]) == ("云岭县教育局", LONG)
    assert entry.detail["reason"] == "录错"
    assert LONG in text_of(archivist.get(reverse("organisation", args=["JYJ"])))


def test_every_fault_of_a_body_is_told_at_once(archivist: Client, archive: Archive) -> None:
    wrong = body_data(code=archive.body.code, name="", region_code="33119", credit_code="123", active_from="2019-02-30")
    page = text_of(archivist.post(reverse("organisation-new"), wrong))
    for fault in ("已被使用", "校验码不对", "6 位或 12 位", "有 5 处需要修改"):
        assert fault in page, fault
    assert not Organisation.objects.filter(name="").exists()


def change(**more: Any) -> dict[str, Any]:
    return {"kind": "renamed", "day": TODAY().isoformat(), "basis": "云编〔2026〕3号", **more}


def test_a_renamed_body_hands_its_fonds_on(archivist: Client, archive: Archive) -> None:
    code, address = archive.body.code, reverse("organisation-change", args=[archive.body.code])
    ServiceItem.objects.create(code="0119000999", name="某事项", organisation=archive.body)
    data = change(new_code="ZWFW", new_name="云岭县政务服务局", heir="ZWFW", note="机构改革")
    shown = archivist.post(address, data)
    assert "0059" in text_of(shown) and "由 ZWFW 继续" in text_of(shown)
    assert not OrganisationChange.objects.exists(), "nothing happens before it is confirmed"
    assert confirmed(archivist, address, data).status_code == 302
    new = Organisation.objects.get(code="ZWFW")
    assert Organisation.objects.get(code=code).active_to == TODAY() - timedelta(days=1)
    assert new.active_from == TODAY()
    assert Fonds.objects.get(code="0059").organisation == new
    assert ServiceItem.objects.get(code="0119000999").organisation == new
    [succession] = FondsSuccession.objects.all()
    assert (succession.former.code, succession.heir) == (code, new)
    assert agreements_of(organisation_ids=[archive.body.pk]) == {}
    for kind in ("bodies-changed", "organisation-ended", "fonds-followed", "agreement-ended", "item-changed"):
        [entry] = said(kind)
        assert entry.actor == f"person:{archive.people[Role.ARCHIVIST].pk}"
    for body in (code, "ZWFW"):
        page = text_of(archivist.get(reverse("organisation", args=[body])))
        assert "更名" in page and "云编〔2026〕3号" in page and "由云岭县政务服务局继续" in page
    again = archivist.post(address, data)
    assert again.status_code == 200 and "已被使用" in text_of(again)
    assert OrganisationChange.objects.count() == 1


def test_a_dissolved_body_closes_its_fonds(archivist: Client, archive: Archive) -> None:
    address = reverse("organisation-change", args=[archive.other.code])
    assert confirmed(archivist, address, change(kind="dissolved")).status_code == 302
    closed = Fonds.objects.get(code="0060")
    assert closed.ends_on == TODAY() - timedelta(days=1)
    assert closed.organisation == archive.other
    assert "全宗 0060 截止" in text_of(archivist.get(reverse("organisation", args=[archive.other.code])))
    [entry] = said("fonds-closed", "fonds:0060")
    assert (entry.detail["before"]["ends_on"], entry.detail["after"]["ends_on"]) == (None, closed.ends_on.isoformat())


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"kind": "merged"}, "合并须有至少两个机构"),
        ({"kind": "split"}, "分立须由一个机构变为至少两个机构"),
        ({"kind": "renamed"}, "更名须是一个机构变为另一个机构"),
        ({"kind": "dissolved", "heir": "NOBODY"}, "承接全宗的机构须是变更后机构之一"),
        ({"kind": "renamed", "new_code": "X1"}, "同时填写代码和名称"),
        ({"kind": "no-such"}, "变更类型"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    archivist: Client, archive: Archive, more: dict[str, Any], fault: str
) -> None:
    answer = archivist.post(reverse("organisation-change", args=[archive.body.code]), change(**more))
    assert answer.status_code == 200
    assert fault in text_of(answer)
    assert 'name="confirmed"' not in text_of(answer)


def test_a_merger_of_two_and_another_value_after_the_preview(archivist: Client, archive: Archive) -> None:
    address = reverse("organisation-change", args=[archive.body.code])
    data = change(kind="merged", others=[archive.other.code], new_code="HB", new_name="云岭县审批监管局", heir="HB")
    page = text_of(archivist.post(address, data))
    mark = page.split('name="confirmed" value="')[1].split('"')[0]
    other = archivist.post(address, {**data, "note": "改了", "confirmed": mark})
    assert other.status_code == 200 and not OrganisationChange.objects.exists(), "only what was shown is confirmed"
    assert confirmed(archivist, address, data).status_code == 302
    assert {each.organisation.code for each in Fonds.objects.filter(code__in=["0059", "0060"])} == {"HB"}


def test_fonds_are_opened_with_their_file_and_guide(archivist: Client, archive: Archive) -> None:
    opened = {"code": "0077", "name": LONG, "organisation": archive.body.code, "begins_on": "2020-01-01"}
    assert archivist.post(reverse("fonds-new"), opened)["Location"] == reverse("fonds", args=["0077"])
    address = reverse("fonds-entry-new", args=["0077"])
    first = {"part": "1", "title": "全宗介绍", "made_on": "2024-05-01", "text": "本全宗……"}
    assert archivist.post(address, first).status_code == 302
    file = SimpleUploadedFile("..\\大事记（一）.pdf", b"%PDF-1.7 x", content_type="text/html")
    second = {"part": "1", "title": "大事记", "made_on": "2024-06-01", "file": file, "replaces": "1"}
    assert archivist.post(address, second).status_code == 302
    page = text_of(archivist.get(reverse("fonds", args=["0077"])))
    assert "已由第 2 件取代" in page and "大事记（一）.pdf" in page and "全宗背景" in page
    got = archivist.get(reverse("fonds-entry-file", args=["0077", 2]))
    assert got.content == b"%PDF-1.7 x"
    assert got["Content-Disposition"].startswith("attachment")
    assert "本全宗……" in text_of(archivist.get(reverse("fonds-entry", args=["0077", 1])))
    assert archivist.get(reverse("fonds-entry-file", args=["0077", 1])).status_code == 404
    entries = said("fonds-entry-added", "fonds:0077")
    assert len(entries) == 2 and entries[0].detail["after"]["sha256"] == FondsEntry.objects.get(number=2).sha256
    guide = {"valid_from": "2026-01-01", "history": "成立于 2019 年", "scope": "许可档案"}
    assert archivist.post(reverse("fonds-guide", args=["0077"]), guide).status_code == 302
    again = archivist.post(reverse("fonds-guide", args=["0077"]), guide | {"history": "改"})
    assert again.status_code == 200 and "之后生效" in text_of(again)
    assert FondsGuide.objects.count() == 1
    assert "成立于 2019 年" in text_of(archivist.get(reverse("fonds", args=["0077"])))


def test_faults_of_a_fonds_and_its_file(archivist: Client, archive: Archive) -> None:
    page = text_of(archivist.post(reverse("fonds-new"), {"code": "0059", "name": "", "organisation": "没有"}))
    assert "有 3 处需要修改" in page
    wrong = {"part": "99", "title": "", "made_on": "2999-01-01"}
    page = text_of(archivist.post(reverse("fonds-entry-new", args=["0059"]), wrong))
    for fault in ("形成日期不能晚于今天", "请填写正文或选择文件", "有 4 处需要修改"):
        assert fault in page, fault
    assert archivist.get(reverse("fonds", args=["nothing"])).status_code == 404


def agreement_data(archive: Archive, **more: Any) -> dict[str, Any]:
    return {
        "number": "YJ-2026-77",
        "organisation": archive.other.code,
        "fonds": "0060",
        "profile": "generic",
        "policy": "automatic",
        "items": "0119000101\n0119000101",
        "formats": "OFD，pdf",
        "correction_days": "10",
        "handover_days": "30",
        "valid_from": TODAY().isoformat(),
        **more,
    }


def test_an_agreement_is_signed_replaced_and_ended(archivist: Client, archive: Archive) -> None:
    Agreement.objects.filter(organisation=archive.other).delete()
    done = confirmed(archivist, reverse("agreement-new"), agreement_data(archive))
    row = Agreement.objects.get(number="YJ-2026-77")
    assert done["Location"] == reverse("agreement", args=[row.pk])
    assert (row.items, row.formats) == (["0119000101"], ["ofd", "pdf"])
    assert row.limits == {"correction_days": 10, "handover_days": 30}
    view = agreements_of(organisation_ids=[archive.other.pk])[archive.other.pk]
    assert view.automatic and view.correction_days == 10 and view.handover_days == 30
    later = (TODAY() + timedelta(days=10)).isoformat()
    new = agreement_data(archive, number="YJ-2026-78", policy="manual", valid_from=later)
    assert confirmed(archivist, reverse("agreement-replace", args=[row.pk]), new).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == TODAY() + timedelta(days=9)
    assert [each.subject for each in said("agreement-ended")] == ["agreement:YJ-2026-77"]
    following = Agreement.objects.get(number="YJ-2026-78")
    end = reverse("agreement-end", args=[following.pk])
    early = archivist.post(end, {"last_day": "2001-01-01", "reason": "撤"})
    assert early.status_code == 200 and "早于生效日期" in text_of(early)
    assert archivist.post(end, {"last_day": later, "reason": "撤"}).status_code == 302
    assert "将生效" in text_of(archivist.get(reverse("agreements")))


def test_faults_of_an_agreement(archivist: Client, archive: Archive) -> None:
    wrong = agreement_data(archive, organisation="x", profile="none", correction_days="0", valid_to="2001-01-01")
    page = text_of(archivist.post(reverse("agreement-new"), wrong))
    assert "有 4 处需要修改" in page and 'name="confirmed"' not in page
    taken = agreement_data(archive, number=Agreement.objects.first().number)  # type: ignore[union-attr]
    answer = confirmed(archivist, reverse("agreement-new"), taken)
    assert answer.status_code == 200 and "已被使用" in text_of(answer)


def test_a_credential_is_shown_once_and_revoked(archivist: Client, archive: Archive) -> None:
    data = {"organisation": archive.body.code, "name": "审批系统", "calls_per_minute": "60", "webhook": ""}
    page = text_of(archivist.post(reverse("credential-new"), data))
    row = Credential.objects.get(name="审批系统")
    secret = next(each for each in page.replace("<", " ").replace(">", " ").split() if each.startswith("lt_"))
    found = credential_of(secret=secret)
    assert found is not None and (found.prefix, found.calls_per_minute) == (row.prefix, 60)
    listed = text_of(archivist.get(reverse("credentials")))
    assert row.prefix in listed and secret not in listed
    [entry] = said("credential-issued", f"credential:{row.prefix}")
    assert secret not in str(entry.detail)
    revoke = reverse("credential-revoke", args=[row.prefix])
    assert archivist.post(revoke, {"reason": ""}).status_code == 200
    assert credential_of(secret=secret) is not None
    assert archivist.post(revoke, {"reason": "泄露"}).status_code == 302
    assert archivist.post(revoke, {"reason": "再一次"}).status_code == 302
    assert credential_of(secret=secret) is None
    assert len(said("credential-revoked")) == 1
    wrong = text_of(
        archivist.post(reverse("credential-new"), {**data, "name": "", "calls_per_minute": "0", "webhook": "x"})
    )
    assert "有 3 处需要修改" in wrong


PAGES: list[tuple[str, tuple[Any, ...], str]] = [
    ("organisations", (), "Register a body"),
    ("organisation-new", (), "Register a body"),
    ("fonds-list", (), "Fonds and fonds files"),
    ("fonds", ("0059",), "Fonds file"),
    ("fonds-entry-new", ("0059",), "At most 8 MB"),
    ("fonds-guide", ("0059",), "Rules of use"),
    ("agreements", (), "Sign an agreement"),
    ("agreement-new", (), "Days for correction"),
    ("credentials", (), "Issue a credential"),
]


@pytest.mark.parametrize(("name", "arguments", "words"), PAGES)
def test_pages_in_english_with_few_queries(
    archive: Archive,
    name: str,
    arguments: tuple[Any, ...],
    words: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    person = archive.people[Role.ARCHIVIST]
    Person.objects.filter(pk=person.pk).update(language="en")
    client = signed_in(Person.objects.get(pk=person.pk))
    client.get(reverse("organisations"))
    with django_assert_max_num_queries(12):
        response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    assert words in text_of(response)
