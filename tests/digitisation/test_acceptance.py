"""Acceptance through its pages: drawn, inspected, measured, concluded, signed by another; refused batches go back."""

from __future__ import annotations

import io
import shutil

import pikepdf
import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.archival.imaging.acceptance import draw_sample
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import Acceptance, Correction, ReadPage, ScanBatch
from lantai.digitisation.services import (
    AcceptanceRefused,
    FilingRefused,
    ask_filing,
    begin_acceptance,
    conclude_acceptance,
    judge_record,
    sign_acceptance,
)
from lantai.ledger.queries import list_entries
from lantai.work.models import Notice
from tests.digitisation.accepting import accept, second_person
from tests.digitisation.read_batches import CODES, catalogue, read_batch
from tests.digitisation.scans import by
from tests.ingest.county import found_county
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
KINDS = ["scans.acceptance-begun", "scans.record-inspected", "scans.acceptance-concluded", "scans.acceptance-signed"]


@pytest.fixture
def archivist() -> Person:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    catalogue()
    return make_person(Role.ARCHIVIST)


def told(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def begun(batch: ScanBatch, person: Person, **more: float) -> Acceptance:
    rates = {"rate": 100.0, "passing": 95.0, "read": 0.0} | more
    return begin_acceptance(batch_id=batch.pk, **rates, by=by(person), now=timezone.now())


def look_at_all(client: Client, batch: ScanBatch, faults: dict[str, str]) -> None:
    for each in Acceptance.objects.order_by("-round")[0].drawn.all():
        sent = {"faults": [faults[each.archive_code]]} if each.archive_code in faults else {}
        client.post(reverse("digitising-inspect", args=[batch.pk, each.pk]), {**sent, "note": ""})


@pytest.mark.database
def test_a_batch_is_drawn_inspected_concluded_and_signed_by_another(archivist: Person) -> None:
    batch, made = read_batch(archivist)
    client, other = signed_in(archivist), signed_in(second_person())
    page = reverse("digitising-acceptance", args=[batch.pk])
    with pytest.raises(FilingRefused, match="not-accepted"):
        ask_filing(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    assert "抽检比例" in told(client.get(page))
    client.post(page, {"rate": "50", "passing": "95", "read": "0"})
    row = Acceptance.objects.get()
    (drawn,) = row.drawn.all()
    assert [drawn.archive_code] == draw_sample(CODES, seed=row.seed, rate=50)
    assert row.seed in told(client.get(page))
    inspected = told(client.get(reverse("digitising-inspect", args=[batch.pk, drawn.pk])))
    assert made[0].lines[1].text in inspected or made[2].lines[1].text in inspected
    assert inspected.count("<img ") == drawn.pages
    look_at_all(client, batch, {})
    client.post(reverse("digitising-conclude", args=[batch.pk]))
    concluded = told(client.get(page))
    assert "合格" in concluded and reverse("digitising-sign", args=[batch.pk]) not in concluded
    refused = client.post(reverse("digitising-sign", args=[batch.pk]))
    assert refused.status_code == 403 and "须由验收人以外的人签认" in told(refused)
    other.post(reverse("digitising-sign", args=[batch.pk]))
    row.refresh_from_db()
    assert (row.state, row.concluded_by, row.shortfalls) == ("signed", f"person:{archivist.pk}", [])
    assert row.signed_by == f"person:{second_person().pk}"
    assert ask_filing(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    entries = sorted(list_entries(kinds=KINDS, limit=9), key=lambda each: each.at)
    assert [each.kind for each in entries] == KINDS
    assert entries[0].detail is not None and entries[0].detail["after"]["drawn"] == [drawn.archive_code]
    assert entries[-1].result == "accepted"
    assert Notice.objects.filter(person=archivist, text="scans-accepted").count() == 1


def test_a_refused_batch_goes_back_with_reasons_and_can_be_tried_again(archivist: Person) -> None:
    batch, _made = read_batch(archivist)
    client, other = signed_in(archivist), signed_in(second_person())
    page = reverse("digitising-acceptance", args=[batch.pk])
    client.post(page, {"rate": "100", "passing": "95", "read": "0"})
    look_at_all(client, batch, {CODES[1]: "skewed"})
    client.post(reverse("digitising-conclude", args=[batch.pk]))
    shown = told(client.get(page))
    assert "不合格" in shown and "抽检合格率 50.00%，要求 95%" in shown and "歪斜" in shown
    other.post(reverse("digitising-sign", args=[batch.pk]))
    assert Notice.objects.filter(person=archivist, text="scans-refused").count() == 1
    with pytest.raises(FilingRefused, match="not-accepted"):
        ask_filing(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    assert "上一次验收不合格" in told(client.get(page, {"again": "1"}))
    accept(batch, archivist)
    assert list(Acceptance.objects.order_by("round").values_list("round", "shortfalls")) == [(1, ["passing"]), (2, [])]
    assert Acceptance.objects.values("seed").distinct().count() == 2


def test_the_recognition_rate_is_measured_on_reviewed_pages(archivist: Person) -> None:
    batch, _made = read_batch(archivist)
    row = begun(batch, archivist, read=99.0)
    for each in row.drawn.all():
        judge_record(acceptance_id=row.pk, drawn_id=each.pk, faults=[], note="", by=by(archivist), now=timezone.now())
    with pytest.raises(AcceptanceRefused, match="not-reviewed"):
        conclude_acceptance(acceptance_id=row.pk, note="", by=by(archivist), now=timezone.now())
    pages = ReadPage.objects.filter(page__batch=batch).order_by("pk")
    characters = sum(len("".join(str(line["text"]).split())) for page in pages for line in page.lines)
    wrong = pages[0]
    text = wrong.lines[3]["text"]
    Correction.objects.create(reading=wrong, line=3, before="甲乙" + text[2:], after=text, by="x", at=timezone.now())
    pages.update(reviewed_by="x", reviewed_at=timezone.now())
    short = conclude_acceptance(acceptance_id=row.pk, note="", by=by(archivist), now=timezone.now())
    row.refresh_from_db()
    assert (row.characters, row.errors) == (characters, 2)
    assert (short == ("read",)) == (100 - 200 / characters < 99)


def test_every_form_pressed_twice_is_done_once(archivist: Person) -> None:
    batch, _made = read_batch(archivist)
    client, other = signed_in(archivist), signed_in(second_person())
    page = reverse("digitising-acceptance", args=[batch.pk])
    for _press in range(2):
        assert client.post(page, {"rate": "100", "passing": "95", "read": "0"}).status_code == 302
    for _press in range(2):
        look_at_all(client, batch, {CODES[0]: "unclear"})
    for _press in range(2):
        assert client.post(reverse("digitising-conclude", args=[batch.pk])).status_code == 302
    for _press in range(2):
        assert other.post(reverse("digitising-sign", args=[batch.pk])).status_code == 302
    counts = {kind: len(list_entries(kinds=[kind], limit=9)) for kind in KINDS}
    assert counts == dict(zip(KINDS, (1, 2, 1, 1), strict=True))


def test_what_makes_no_sense_is_refused_in_words(archivist: Person) -> None:
    batch, _made = read_batch(archivist)
    client = signed_in(archivist)
    page = reverse("digitising-acceptance", args=[batch.pk])
    assert "lt-field" in told(client.post(page, {"rate": "0", "passing": "200", "read": "-1"}))
    assert client.post(reverse("digitising-conclude", args=[batch.pk])).status_code == 404
    with pytest.raises(AcceptanceRefused, match="rates"):
        begun(batch, archivist, rate=101)
    row = begun(batch, archivist)
    drawn = row.drawn.first()
    assert drawn is not None
    assert "还有抽检件没有检查" in told(client.post(reverse("digitising-conclude", args=[batch.pk])))
    with pytest.raises(AcceptanceRefused, match="faults"):
        judge_record(
            acceptance_id=row.pk, drawn_id=drawn.pk, faults=["x"], note="", by=by(archivist), now=timezone.now()
        )
    with pytest.raises(AcceptanceRefused, match="unfinished"):
        sign_acceptance(acceptance_id=row.pk, by=by(second_person()), now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Acceptance.objects.filter(pk=row.pk).update(concluded_by="person:1", signed_by="person:1")
    for name, more in (("digitising-acceptance", []), ("digitising-inspect", [drawn.pk]), ("digitising-report", [1])):
        assert client.get(reverse(name, args=[batch.pk + 9, *more])).status_code == 404
    assert client.get(reverse("digitising-report", args=[batch.pk, 1])).status_code == 404
    assert client.get(reverse("digitising-inspect", args=[batch.pk, drawn.pk + 99])).status_code == 404


def test_the_report_is_printed_and_pages_are_english_too(archivist: Person) -> None:
    batch, _made = read_batch(archivist)
    accept(batch, archivist)
    client = signed_in(archivist)
    sent = client.get(reverse("digitising-report", args=[batch.pk, 1]))
    assert sent.headers["Content-Type"] == "application/pdf"
    with pypdfium2.PdfDocument(sent.content) as document:
        text = document[0].get_textpage().get_text_range()
    for words in (
        "数字化成果验收报告",
        CODES[0],
        CODES[1],
        "合格，可以入库。",
        Acceptance.objects.get().seed,
        "100.00%",
    ):
        assert words in text.replace("\r\n", "")
    with pikepdf.open(io.BytesIO(sent.content)) as document_too:
        assert len(document_too.pages) == 1
    client.post(reverse("language"), {"language": "en"})
    shown = told(client.get(reverse("digitising-acceptance", args=[batch.pk])))
    assert "Accepted." in shown and "Acceptance report" in shown
