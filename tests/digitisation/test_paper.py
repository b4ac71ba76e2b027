"""The paper beside the scans: steps with operator, time and equipment; originals go out and come back, told each."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import Loan, WorkStep
from lantai.digitisation.services.lending import LoanRefused, lend_originals, note_step, take_back_original
from lantai.ledger.queries import list_entries
from tests.digitisation.readings import read_batch
from tests.digitisation.scans import CODES, by, catalogued
from tests.ingest.county import found_county
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Person:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    catalogued()
    return make_person(Role.ARCHIVIST)


@pytest.fixture
def client(archivist: Person) -> Client:
    return signed_in(archivist)


def told(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def lent(client: Client, codes: str, **more: str) -> str:
    due = (timezone.localdate() + timedelta(days=7)).isoformat()
    sent = {"codes": codes, "borrower": "数字化公司", "purpose": "数字化", "due_on": due} | more
    answer = client.post(reverse("digitising-lend"), sent)
    return "" if answer.status_code == 302 else told(answer)


@pytest.mark.database
def test_originals_go_out_and_come_back(client: Client) -> None:
    assert lent(client, f"{CODES[0]}\n {CODES[1]}\n\n") == ""
    page = told(client.get(reverse("digitising-loans")))
    assert CODES[0] in page and CODES[1] in page and "数字化公司" in page
    loan = Loan.objects.get(archive_code=CODES[0])
    client.post(reverse("digitising-return", args=[loan.pk]), {"condition": "完好，2 页"})
    loan.refresh_from_db()
    assert loan.back_at is not None
    assert "完好，2 页" in told(client.get(reverse("digitising-loans")))
    out = list_entries(kinds=["originals.lent"], limit=9)
    assert {each.subject for each in out} == set(CODES[:2])
    (back,) = list_entries(kinds=["originals.returned"], limit=9)
    assert (back.subject, back.detail) == (
        CODES[0], {"before": {"borrower": "数字化公司"}, "after": {"condition": "完好，2 页"}},
    )  # fmt: skip
    assert lent(client, CODES[0]) == ""


def test_what_cannot_go_out_is_said_and_none_goes(client: Client, archivist: Person) -> None:
    assert lent(client, CODES[0]) == ""
    assert f"这些原件已经借出：{CODES[0]}" in lent(client, f"{CODES[0]}\n{CODES[1]}")
    assert "目录中没有这些档号：没有" in lent(client, f"没有\n{CODES[2]}")
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "应还日期不能早于今天" in lent(client, CODES[1], due_on=yesterday)
    assert "lt-field" in lent(client, "", borrower="")
    assert Loan.objects.count() == 1
    with pytest.raises(LoanRefused, match="many"):
        lend_originals(
            codes=[str(number) for number in range(501)], borrower="x", purpose="y", due_on=timezone.localdate(),
            by=by(archivist), now=timezone.now(),
        )  # fmt: skip
    with pytest.raises(LoanRefused, match="empty"):
        take_back_original(loan_id=Loan.objects.get().pk, condition=" ", by=by(archivist), now=timezone.now())
    assert client.get(reverse("digitising-return", args=[99])).status_code == 404
    Loan.objects.update(due_on=timezone.localdate() - timedelta(days=2))
    assert "lt-late" in told(client.get(reverse("digitising-loans")))


def test_steps_are_noted_with_operator_equipment_and_time(client: Client, archivist: Person) -> None:
    batch = read_batch()
    place = reverse("digitising-step-new", args=[batch.pk])
    sent = {
        "code": "scanning", "operator": "李四", "equipment": "扫描仪 A3-600", "note": "",
        "began_at": "2026-01-05T08:30", "ended_at": "2026-01-05T11:00",
    }  # fmt: skip
    assert "结束不能早于开始" in told(client.post(place, {**sent, "ended_at": "2026-01-04T11:00"}))
    assert "结束时间不能在将来" in told(client.post(place, {**sent, "ended_at": "2999-01-04T11:00"}))
    assert client.post(place, sent).status_code == 302
    page = told(client.get(reverse("digitising-steps", args=[batch.pk])))
    assert "李四" in page and "扫描仪 A3-600" in page and "08:30" in page
    (entry,) = list_entries(kinds=["scans.step-noted"], limit=9)
    assert entry.subject == f"scans:{batch.pk}"
    assert entry.detail is not None and entry.detail["after"]["equipment"] == "扫描仪 A3-600"
    with pytest.raises(ValueError, match="a step has a code"):
        note_step(
            batch_id=batch.pk, code="x", operator="a", equipment="", began_at=timezone.now(), ended_at=timezone.now(),
            note="", by=by(archivist), now=timezone.now(),
        )  # fmt: skip
    for name in ("digitising-steps", "digitising-step-new"):
        assert client.get(reverse(name, args=[batch.pk + 9])).status_code == 404


def test_every_form_pressed_twice_is_done_once(client: Client) -> None:
    batch = read_batch()
    sent = {
        "code": "preparing", "operator": "张三", "began_at": "2026-01-05T08:30", "ended_at": "2026-01-05T11:00",
    }  # fmt: skip
    for _press in range(2):
        client.post(reverse("digitising-step-new", args=[batch.pk]), sent)
        lent(client, CODES[0])
    loan = Loan.objects.get()
    for _press in range(2):
        assert client.post(reverse("digitising-return", args=[loan.pk]), {"condition": "完好"}).status_code == 302
    assert WorkStep.objects.count() == 1
    counts = [len(list_entries(kinds=[each], limit=9)) for each in ("scans.step-noted", "originals.lent")]
    assert (counts, len(list_entries(kinds=["originals.returned"], limit=9))) == ([1, 1], 1)


def test_every_page_is_english_too(client: Client) -> None:
    batch = read_batch()
    lent(client, CODES[0])
    client.post(reverse("language"), {"language": "en"})
    assert "Originals out and back" in told(client.get(reverse("digitising-loans")))
    assert "No step is noted yet" in told(client.get(reverse("digitising-steps", args=[batch.pk])))
