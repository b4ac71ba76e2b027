"""Reviewing what was read: corrections with who and when, undo, holds, throughput; through services and pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.digitisation.models import Correction, PageReview, ReadPage, ReviewSpell, ScanBatch
from lantai.digitisation.queries import reviewing as queries
from lantai.digitisation.services.correcting import (
    CorrectedMeanwhile,
    LinesRefused,
    NotToBeReviewed,
    ReviewHeld,
    correct_lines,
    undo_correction,
)
from lantai.digitisation.services.reviewing import finish_review, open_review, reopen_review, take_over_review
from lantai.ledger.queries import list_entries
from lantai.work.models import Notice
from tests.digitisation.readings import CODE, read_batch
from tests.make_people import actor, make_person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]
NUMBER = "33010619900101123X"


@pytest.fixture
def batch() -> ScanBatch:
    return read_batch()


@pytest.fixture
def person() -> Person:
    return make_person(Role.ARCHIVIST)


def first(batch: ScanBatch) -> ReadPage:
    return ReadPage.objects.filter(page__batch=batch).order_by("page_id")[0]


def form_of(reading: ReadPage) -> dict[str, object]:
    page = queries.page_to_review(batch_id=reading.page.batch_id, page_id=reading.page_id, now=timezone.now())
    return {"page_id": reading.page_id, "token": page.token, "mark": page.mark}


def correct(reading: ReadPage, person: Person, typed: dict[int, str], **more: object) -> tuple[int, ...]:
    given = {**form_of(reading), "typed": typed, "seen": (), "by": actor(person), "now": timezone.now(), **more}
    return correct_lines(**given)  # type: ignore[arg-type]


def at(batch: ScanBatch, name: str = "digitising-review-page") -> str:
    return reverse(name, args=[batch.pk, first(batch).page_id])


def sent(client: Client, batch: ScanBatch, data: dict[str, object], **more: object) -> object:
    form = form_of(first(batch))
    return client.post(at(batch), {"token": form["token"], "mark": form["mark"], **data}, **more)  # type: ignore[arg-type]


@pytest.mark.database
def test_a_corrected_line_keeps_what_stood_there_who_and_when(batch: ScanBatch, person: Person) -> None:
    reading = first(batch)
    assert correct(reading, person, {2: "申请人：王晓明", 0: "云岭县行政审批局"}) == (2,)
    reading.refresh_from_db()
    assert reading.lines[2]["text"] == "申请人：王晓明"
    assert [each[0] for each in reading.lines[2]["words"]] == list("申请人：王晓明")
    assert reading.lines[2]["words"][5][1] == [[200, 180], [220, 180], [220, 204], [200, 204]]
    assert reading.doubtful == 0
    (made,) = reading.corrections.all()
    assert (made.line, made.before, made.after, made.by) == (
        2,
        "申请人：王小明",
        "申请人：王晓明",
        f"person:{person.pk}",
    )
    (entry,) = list_entries(kinds=["scans.lines-corrected"], limit=2)
    assert entry.subject == f"scans:{batch.pk}"
    told = [{"line": 2, "before": "申请人：王小明", "after": "申请人：王晓明"}]
    assert entry.detail == {"page": reading.page_id, "lines": told, "seen": []}
    assert correct(reading, person, {2: "申请人：王晓明"}) == ()
    assert reading.corrections.count() == 1


def test_a_right_line_is_doubtful_no_more_and_an_identity_number_stays_out_of_the_ledger(
    batch: ScanBatch, person: Person
) -> None:
    reading = first(batch)
    correct(reading, person, {}, seen=(2,))
    reading.refresh_from_db()
    assert (reading.doubtful, reading.lines[2]["by"]) == (0, f"person:{person.pk}")
    assert list_entries(kinds=["scans.lines-seen"], limit=2)[0].detail["seen"] == [2]
    correct(reading, person, {3: f"号码{NUMBER}"})
    (entry,) = list_entries(kinds=["scans.lines-corrected"], limit=2)
    assert NUMBER not in str(entry.detail)
    assert Correction.objects.get().after == f"号码{NUMBER}"


def test_undo_is_a_correction_too_and_only_of_what_still_stands(batch: ScanBatch, person: Person) -> None:
    reading = first(batch)
    correct(reading, person, {2: "甲"})
    older = Correction.objects.get()
    correct(reading, person, {2: "乙"})
    newer = Correction.objects.latest("pk")
    undo = {"page_id": reading.page_id, "by": actor(person), "now": timezone.now()}
    assert not undo_correction(correction_id=older.pk, **undo)
    assert undo_correction(correction_id=newer.pk, **undo)
    assert not undo_correction(correction_id=newer.pk, **undo)
    reading.refresh_from_db()
    assert reading.lines[2]["text"] == "甲"
    assert [(each.before, each.after) for each in Correction.objects.order_by("pk")] == [
        ("申请人：王小明", "甲"),
        ("甲", "乙"),
        ("乙", "甲"),
    ]
    other = ReadPage.objects.exclude(pk=reading.pk)[0]
    with pytest.raises(Correction.DoesNotExist):
        undo_correction(page_id=other.page_id, correction_id=newer.pk, by=actor(person), now=timezone.now())


def test_what_cannot_be_a_line_and_what_came_too_late_is_refused_whole(batch: ScanBatch, person: Person) -> None:
    reading = first(batch)
    before = form_of(reading)
    for text in ("长" * 2001, "一\x00二"):
        with pytest.raises(LinesRefused) as refused:
            correct(reading, person, {0: "好", 1: text})
        assert refused.value.lines == (1,)
    correct(reading, person, {1: "甲"})
    with pytest.raises(CorrectedMeanwhile) as meanwhile:
        correct(reading, person, {0: "好", 1: "乙"}, mark=before["mark"])
    assert meanwhile.value.lines == (1,)
    with pytest.raises(NotToBeReviewed, match="read-anew"):
        correct(reading, person, {0: "好"}, token="1-2-3")
    ScanBatch.objects.update(filed_at=timezone.now())
    with pytest.raises(NotToBeReviewed, match="filed"):
        correct(reading, person, {0: "好"})
    reading.refresh_from_db()
    assert [each["text"] for each in reading.lines[:2]] == ["云岭县行政审批局", "甲"]
    assert Correction.objects.count() == 1
    assert correct_lines_outside(reading, person) == ()


def correct_lines_outside(reading: ReadPage, person: Person) -> tuple[int, ...]:
    """Lines that are not there are passed over."""
    ScanBatch.objects.update(filed_at=None)
    return correct(reading, person, {99: "无"}, seen=(99,))


def test_one_holds_a_page_another_takes_it_over_and_the_first_is_told(batch: ScanBatch, person: Person) -> None:
    other, reading, now = make_person(Role.ARCHIVIST, "other"), first(batch), timezone.now()
    assert open_review(page_id=reading.page_id, person_id=person.pk, now=now)
    assert open_review(page_id=reading.page_id, person_id=person.pk, now=now)
    assert not open_review(page_id=reading.page_id, person_id=other.pk, now=now)
    with pytest.raises(ReviewHeld) as held:
        correct(reading, other, {0: "乙"})
    assert held.value.holder.person_id == person.pk
    take = {"page_id": reading.page_id, "name": "乙", "title": "页", "link": "/", "now": now}
    assert take_over_review(by=actor(other), **take) == person.pk
    assert take_over_review(by=actor(other), **take) is None
    notice = Notice.objects.get()
    assert (notice.person_id, notice.text) == (person.pk, "review-taken-over")
    assert len(list_entries(kinds=["scans.review-taken-over"], limit=3)) == 1
    with pytest.raises(ReviewHeld):
        correct(reading, person, {0: "甲"})
    assert open_review(page_id=reading.page_id, person_id=person.pk, now=now + timedelta(minutes=6))


def test_throughput_counts_work_and_cuts_pauses(batch: ScanBatch, person: Person) -> None:
    reading, began = first(batch), timezone.now()
    open_review(page_id=reading.page_id, person_id=person.pk, now=began)
    correct(reading, person, {2: "甲"}, now=began + timedelta(seconds=30))
    form = form_of(reading)
    done = {"typed": {}, "seen": (), "by": actor(person)}
    finish_review(**form, **done, now=began + timedelta(minutes=10))  # type: ignore[arg-type]
    finish_review(**form, **done, now=began + timedelta(minutes=11))  # type: ignore[arg-type]
    spell = ReviewSpell.objects.get(finished_at__isnull=False)
    assert (spell.seconds, spell.lines, spell.corrected) == (150, 4, 1)
    (rate,) = queries.reviewer_rates(now=began + timedelta(hours=1), batch_id=batch.pk)
    assert (rate.pages, rate.pages_an_hour, rate.lines_an_hour) == (1, 24, 96)
    assert queries.reviewer_rates(now=began + timedelta(days=40)) == []
    reading.refresh_from_db()
    assert (reading.reviewed_by, reading.doubtful) == (f"person:{person.pk}", 0)
    assert PageReview.objects.get().editor_id in (None, person.pk)
    (entry,) = list_entries(kinds=["scans.page-reviewed"], limit=3)
    assert entry.detail == {"page": reading.page_id, "lines": 4, "corrected": 1, "doubtful": 0}
    with pytest.raises(NotToBeReviewed, match="done"):
        correct(reading, person, {2: "乙"})
    assert reopen_review(page_id=reading.page_id, by=actor(person), now=began)
    assert not reopen_review(page_id=reading.page_id, by=actor(person), now=began)
    assert correct(reading, person, {2: "乙"}) == (2,)


def test_the_page_without_script_from_opening_to_the_next(batch: ScanBatch, person: Person) -> None:
    client = signed_in(person)
    page = client.get(at(batch)).content.decode()
    assert 'name="l2"' in page
    assert 'name="seen" value="2"' in page
    assert "1 处存疑" in page
    answer = sent(client, batch, {"l0": "云岭县", "l1": "关于准予行政许可的决定", "seen": ["2"], "then": "stay"})
    assert answer.status_code == 302  # type: ignore[attr-defined]
    page = client.get(f"{at(batch)}?tab=history").content.decode()
    assert "<del>云岭县行政审批局</del>" in page
    made = Correction.objects.get()
    client.post(at(batch, "digitising-review-undo"), {"correction": made.pk})
    assert first(batch).lines[0]["text"] == "云岭县行政审批局"
    answer = sent(client, batch, {"l3": "二〇一九年三月二日", "then": "next"})
    second = ReadPage.objects.filter(page__batch=batch).order_by("page_id")[1]
    place = reverse("digitising-review-page", args=[batch.pk, second.page_id])
    assert answer.headers["Location"] == place  # type: ignore[attr-defined]
    assert first(batch).reviewed_at is not None
    done = client.get(at(batch)).content.decode()
    assert 'name="l2"' not in done
    assert "重新校对" in done
    client.post(at(batch, "digitising-review-hold"), {"act": "reopen"})
    assert 'name="l2"' in client.get(at(batch)).content.decode()


def test_a_line_sent_by_itself_gets_the_state_back(batch: ScanBatch, person: Person) -> None:
    client = signed_in(person)
    answer = sent(client, batch, {"l2": "申请人：王晓明", "seen": "2"}, headers={"HX-Request": "true"})
    text = answer.content.decode()  # type: ignore[attr-defined]
    assert "没有存疑" in text
    assert f'name="mark" value="{Correction.objects.get().pk}"' in text
    late = client.post(
        at(batch), {"token": form_of(first(batch))["token"], "mark": "0", "l2": "别的"}, headers={"HX-Request": "true"}
    )
    assert late.status_code == 422
    assert "申请人：王晓明" in late.content.decode()
    assert first(batch).lines[2]["text"] == "申请人：王晓明"


def test_two_people_on_one_page_lose_nothing(batch: ScanBatch, person: Person) -> None:
    mine, theirs = signed_in(person), signed_in(make_person(Role.ARCHIVIST, "other"))
    mine.get(at(batch))
    page = theirs.get(at(batch)).content.decode()
    assert "正在校对这一页" in page
    assert 'name="l2"' not in page
    refused = sent(theirs, batch, {"l2": "乙", "then": "stay"})
    assert refused.status_code == 409  # type: ignore[attr-defined]
    theirs.post(at(batch, "digitising-review-hold"), {"act": "take"})
    assert 'name="l2"' in theirs.get(at(batch)).content.decode()
    refused = sent(mine, batch, {"l2": "甲", "then": "stay"})
    assert "您的改动没有保存" in refused.content.decode()  # type: ignore[attr-defined]
    theirs.post(at(batch, "digitising-review-hold"), {"act": "leave"})
    assert 'name="l2"' in mine.get(at(batch)).content.decode()


def test_what_another_changed_stands_beside_what_was_typed(batch: ScanBatch, person: Person) -> None:
    client, old = signed_in(person), form_of(first(batch))
    sent(client, batch, {"l2": "甲"})
    answer = client.post(at(batch), {"token": old["token"], "mark": old["mark"], "l2": "乙", "then": "next"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert ">乙</textarea>" in page
    assert "对方的文字</b>：甲" in page
    assert first(batch).reviewed_at is None


def test_lists_of_what_waits_and_of_reviewers(batch: ScanBatch, person: Person) -> None:
    client, reading = signed_in(person), first(batch)
    place = reverse("digitising-review", args=[batch.pk])
    page = client.get(place).content.decode()
    assert f"{CODE} 第 1 页" in page
    assert at(batch) in page
    finish_review(**form_of(reading), typed={}, seen=(), by=actor(person), now=timezone.now())  # type: ignore[arg-type]
    ReviewSpell.objects.update(seconds=60)
    assert "240" in client.get(f"{place}?queue=reviewed").content.decode()
    everything = client.get(reverse("digitising-reviews")).content.decode()
    assert "甲柜一月" in everything
    assert "没有这样的页" in client.get(f"{place}?queue=unread").content.decode()
    assert client.get(f"{place}?queue=x&page=9999").status_code == 200


def test_a_page_is_read_in_few_queries_and_in_english(batch: ScanBatch, person: Person) -> None:
    client = signed_in(person)
    client.get(at(batch))
    sent(client, batch, {"l2": "甲"})
    for place in (at(batch), reverse("digitising-review", args=[batch.pk]), reverse("digitising-reviews")):
        with CaptureQueriesContext(connection) as seen:
            client.get(place)
        print(place, len(seen), *[each["sql"][:160] for each in seen], sep="\n")
        assert len(seen) <= 12, [each["sql"][:90] for each in seen]
    client.post(reverse("language"), {"language": "en"})
    page = client.get(at(batch)).content.decode()
    assert "Done, next page" in page
    assert "doubtful" in page


def test_guessed_addresses_and_wrong_input(batch: ScanBatch, person: Person) -> None:
    client, reading = signed_in(person), first(batch)
    away = [(batch.pk + 1, reading.page_id), (batch.pk, reading.page_id + 99)]
    for arguments in away:
        for name in ("digitising-review-page", "digitising-review-undo", "digitising-review-hold"):
            assert client.post(reverse(name, args=arguments), {"act": "take"}).status_code == 404
        assert client.get(reverse("digitising-review-page", args=arguments)).status_code == 404
    assert client.get(reverse("digitising-review", args=[batch.pk + 1])).status_code == 404
    assert client.post(at(batch, "digitising-review-undo"), {"correction": "x"}).status_code == 404
    assert client.post(at(batch), {"l2": "甲", "lx": "乙", "seen": "z"}).status_code == 409
    assert not Correction.objects.exists()
    ReadPage.objects.filter(pk=reading.pk).update(problem=["图像损坏", "the picture is broken"], lines=[])
    page = client.get(at(batch)).content.decode()
    assert "图像损坏" in page
    assert 'id="lt-review"' not in page
