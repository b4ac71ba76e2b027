"""The pages of preservation through the door: read, decide, ask; in both languages, twice, and with wrong input."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Organisation, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.catalog.models import Record, Secrecy
from lantai.preservation.models import CopyRule, FormatDecision, NewVerdict
from lantai.preservation.services import queue_copies, set_copy_rule
from lantai.work.models import Job
from lantai.work.services import run_jobs
from tests.make_people import make_person, signed_in
from tests.pages.archive import CLEARED
from tests.preservation.holdings import count, take_in
from tests.preservation.test_verdicts import again, named_by_others

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Client:
    return signed_in(make_person(Role.ARCHIVIST, username="yan", **CLEARED))


@pytest.fixture
def record(body: Organisation) -> Record:
    """A record some of whose files have copies, and one of which was refused."""
    found = take_in(body, 51, broken=True)
    set_copy_rule(fonds_code="", classes="", families=["pdf", "ofd", "image"], by=CONSOLE, now=timezone.now())
    queue_copies(now=timezone.now())
    run_jobs(drain=True)
    count()
    return found


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return str(response.content.decode())


def test_every_page_takes_few_queries_and_speaks_both_languages(
    archivist: Client, record: Record, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = {
        reverse("preservation"): ("长期保存", "At risk"),
        reverse("preservation-format", args=["lantai/ofd"]): ("GB/T 33190-2016", "Wishes of long-term formats"),
        reverse("preservation-records", args=["lantai/ofd"]) + "?which=refused": ("未能制作 1 个", "1 not made"),
        reverse("preservation-rules"): ("规范化副本策略", "Rules of normalised copies"),
        reverse("preservation-verdicts", args=["open"]): ("没有待决定的", "Nothing to decide"),
        reverse("preservation-verdicts", args=["decided"]): ("还没有决定过", "Nothing was decided yet"),
        reverse("preservation-decide", args=["lantai/ofd"]): ("作出决定", "Decide"),
        reverse("preservation-rule"): ("设定规范化副本策略", "Set rule of normalised copies"),
        reverse("preservation-copies", args=[record.record_code]): ("U+0F40", "U+0F40"),
        reverse("record", args=[record.record_code]) + "?tab=forms": ("制作事件", "How it was made"),
    }
    for address in pages:
        archivist.get(address)
    for address, (chinese, _english) in pages.items():
        with django_assert_max_num_queries(14):  # two are the session and the person
            assert chinese in text_of(archivist, address)
    archivist.post(reverse("language"), {"language": "en"})
    for address, (_chinese, english) in pages.items():
        assert english in text_of(archivist, address), address

    archivist.post(reverse("language"), {"language": "zh-hans"})
    _a_copy_goes_out_whole(archivist, record)
    for guessed in ("formats/fmt/99999", "verdicts/none", "copies/E0", "records/x"):
        text_of(archivist, f"/preservation/{guessed}/", 404)
    Record.objects.filter(pk=record.pk).update(secrecy=Secrecy.RESTRICTED)
    low: Any = signed_in(make_person(Role.ARCHIVIST, username="low", clearance=Secrecy.PUBLIC))
    assert low.get(reverse("preservation-copies", args=[record.record_code])).status_code in (403, 404)


def _a_copy_goes_out_whole(archivist: Client, record: Record) -> None:
    told = text_of(archivist, reverse("record", args=[record.record_code]) + "?tab=forms")
    assert "营业执照.jpg 的规范化副本" in told
    assert "是有效的 PDF/A-2b" in told
    form = next(each for each in record.representations.filter(kind="normalised") if each.source.endswith(".jpg"))
    address = reverse("record-form", args=[record.record_code, form.pk])
    assert address in told
    response = archivist.get(address)
    data = b"".join(response.streaming_content)
    assert (data[:5], len(data)) == (b"%PDF-", form.bytes)
    assert archivist.get(reverse("record-form", args=[record.record_code, form.pk + 999])).status_code == 404
    received = record.representations.get(kind="received")
    assert archivist.get(reverse("record-form", args=[record.record_code, received.pk])).status_code == 404


def test_a_decision_is_made_once_and_wrong_ones_are_told(archivist: Client) -> None:
    address = reverse("preservation-decide", args=["fmt/101"])
    assert archivist.post(address, {"grade": "low", "target": "", "reason": " "}).status_code == 200
    assert not FormatDecision.objects.exists()
    refused = archivist.post(address, {"grade": "low", "target": "pdfa-2b", "reason": "甲"})
    assert "没有转换为 PDF/A 的办法" in refused.content.decode()
    for _time in range(2):
        answer = archivist.post(address, {"grade": "medium", "target": "", "reason": "甲"})
        assert answer.status_code == 302
    assert FormatDecision.objects.count() == 1
    assert "本馆决定" in text_of(archivist, reverse("preservation-format", args=["fmt/101"]))


def test_a_rule_is_set_changed_and_taken_away(archivist: Client, body: Organisation) -> None:
    address = reverse("preservation-rule")
    archivist.post(address, {"fonds_code": "0059", "classes": "ZY", "families": ["image"]})
    assert CopyRule.objects.get(fonds_code="0059").families == ["image"]
    shown = text_of(archivist, f"{address}?fonds_code=0059&classes=ZY")
    assert 'value="image" id="id_families_3" checked' in " ".join(shown.split())
    assert "没有全宗 9" in archivist.post(address, {"fonds_code": "9", "families": []}).content.decode()
    archivist.post(address, {"fonds_code": "0059", "classes": "ZY", "remove": "yes"})
    assert not CopyRule.objects.filter(fonds_code="0059").exists()


def test_new_verdicts_are_decided_on_their_page(archivist: Client, body: Organisation) -> None:
    changed = take_in(body, 52)
    true = named_by_others(changed, picture="x-fmt/391")
    again()
    here = text_of(archivist, reverse("preservation-verdicts", args=["open"]))
    address = f"{reverse('preservation-verdict')}?before=x-fmt%2F391&amp;after={true.replace('/', '%2F')}"
    assert address in here
    address = address.replace("&amp;", "&")
    assert "营业执照.jpg" in text_of(archivist, address)
    assert archivist.post(address, {"reason": "", "accept": "yes"}).status_code == 200
    for _time in range(2):
        assert archivist.post(address, {"reason": "更准", "accept": "yes"}).status_code == 302
    run_jobs(drain=True)
    assert NewVerdict.objects.get().state == "accepted"
    assert "更准" in text_of(archivist, reverse("preservation-verdicts", args=["decided"]))


def test_copies_are_asked_for_on_the_page_and_for_what_is_selected(archivist: Client, body: Organisation) -> None:
    first, second = take_in(body, 53), take_in(body, 54)
    page = reverse("preservation-copies", args=[first.record_code])
    assert "还没有规范化副本" in text_of(archivist, page)
    assert archivist.post(page).status_code == 302
    run_jobs(drain=True)
    assert "已保存的副本" in text_of(archivist, page)
    assert Job.objects.filter(title="制作规范化副本").count() == 1
    assert not second.representations.filter(kind="normalised").exists()
    ticked = {"selected": [second.record_code], "shown": [second.record_code], "act": "copies"}
    assert archivist.post(reverse("selection", args=["records"]), ticked).status_code == 302
    run_jobs(drain=True)
    assert second.representations.filter(kind="normalised").exists()
