"""Regions, values and kinds of read pages as people decide them, and the gallery of seals; services and pages."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lantai.administration.models import Person, Role
from lantai.digitisation.models import Correction, PageField, ReadPage, Region, ScanBatch
from lantai.digitisation.read_lines import place_of_line
from lantai.digitisation.services.correcting import NotToBeReviewed, correct_lines, undo_correction
from lantai.digitisation.services.deciding import FieldAnswer, FieldRefused, answer_fields, set_page_kind
from lantai.digitisation.services.marking import RegionGiven, RegionRefused, change_region, mark_region
from lantai.ledger.queries import list_entries
from tests.digitisation.readings import kept_line, read_batch, specimen_batch
from tests.digitisation.test_reviewing import NUMBER, form_of
from tests.make_people import actor, make_person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]
SEAL = RegionGiven(
    kind="seal", box=(100, 200, 400, 500), text="云岭县行政审批局", owner="云岭县局", shape="round", colour="red"
)


@pytest.fixture
def batch() -> ScanBatch:
    return read_batch()


@pytest.fixture
def person() -> Person:
    return make_person(Role.ARCHIVIST)


def first(batch: ScanBatch) -> ReadPage:
    return ReadPage.objects.filter(page__batch=batch).order_by("page_id")[0]


def said(reading: ReadPage, person: Person) -> dict[str, Any]:
    return {"page_id": reading.page_id, "by": actor(person), "now": timezone.now()}


def field(reading: ReadPage, name: str, value: str, **more: Any) -> PageField:
    box = {"left": 10, "top": 20, "right": 90, "bottom": 40}
    return PageField.objects.create(page=reading.page, name=name, value=value, source="rule:x", **box, **more)


def at(batch: ScanBatch, name: str) -> str:
    return reverse(name, args=[batch.pk, first(batch).page_id])


def sent(given: RegionGiven, act: str, region: int = 0) -> dict[str, str]:
    names = ("left", "top", "right", "bottom")
    told = {name: str(value) for name, value in zip(names, given.box, strict=True)}
    told |= {name: str(getattr(given, name)) for name in ("kind", "text", "owner", "shape", "colour")}
    return {**told, "act": act, "region": str(region)}


@pytest.mark.database
def test_a_region_is_marked_once_changed_and_struck_out_with_entries(batch: ScanBatch, person: Person) -> None:
    reading = first(batch)
    region = mark_region(given=SEAL, **said(reading, person))
    assert mark_region(given=SEAL, **said(reading, person)).pk == region.pk
    assert (region.owner_score, region.by) == (1.0, f"person:{person.pk}")
    (entry,) = list_entries(kinds=["scans.region-marked"], limit=3)
    assert entry.detail["after"]["box"] == [100, 200, 400, 500]
    gone = RegionGiven(kind="seal", box=SEAL.box, text="别的", dismissed=True)
    assert change_region(region_id=region.pk, given=gone, **said(reading, person))
    assert not change_region(region_id=region.pk, given=gone, **said(reading, person))
    (entry,) = list_entries(kinds=["scans.region-changed"], limit=3)
    assert (entry.detail["before"]["text"], entry.detail["after"]["dismissed"]) == ("云岭县行政审批局", True)
    region.refresh_from_db()
    assert (region.owner, region.owner_score, region.dismissed) == ("", 0.0, True)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (RegionGiven(kind="cat", box=(0, 0, 9, 9)), "kind"),
        (RegionGiven(kind="photo", box=(9, 0, 9, 9)), "box"),
        (RegionGiven(kind="photo", box=(0, 0, 1241, 9)), "box"),
        (RegionGiven(kind="photo", box=(0, 0, 9, 9), text="一\x00"), "text"),
        (RegionGiven(kind="photo", box=(0, 0, 9, 9), text="长" * 501), "text"),
    ],
)
def test_what_is_no_region_is_refused(batch: ScanBatch, person: Person, given: RegionGiven, code: str) -> None:
    with pytest.raises(RegionRefused) as refused:
        mark_region(given=given, **said(first(batch), person))
    assert refused.value.code == code
    assert not Region.objects.exists()
    assert list_entries(kinds=["scans.region-marked"], limit=1) == []


def test_a_line_that_was_missed_is_put_in_where_it_stands(batch: ScanBatch, person: Person) -> None:
    client, reading = signed_in(person), first(batch)
    correct_lines(
        **form_of(reading),
        typed={2: "申请人：王晓明"},
        seen=(),
        by=actor(person),
        now=timezone.now(),  # type: ignore[arg-type]
    )
    line = RegionGiven(kind="line", box=(100, 165, 300, 178), text="漏掉的一行")
    for _press in range(2):
        client.post(at(batch, "digitising-review-regions"), sent(line, "mark"))
    reading.refresh_from_db()
    texts = [each["text"] for each in reading.lines]
    assert texts[1:4] == ["关于准予行政许可的决定", "漏掉的一行", "申请人：王晓明"]
    assert [(each.line, each.after) for each in Correction.objects.order_by("pk")] == [
        (3, "申请人：王晓明"),
        (2, "漏掉的一行"),
    ]
    added = Correction.objects.latest("pk")
    assert undo_correction(correction_id=added.pk, **said(reading, person))
    reading.refresh_from_db()
    assert reading.lines[2]["text"] == ""


def test_lines_are_put_in_by_their_place() -> None:
    lines = [kept_line("一二三四", 100), kept_line("甲乙", 140), kept_line("丙丁", 140, left=600)]
    assert place_of_line(lines, (100, 10, 200, 34)) == 0
    assert place_of_line(lines, (100, 120, 180, 138)) == 1
    assert place_of_line(lines, (400, 140, 500, 164)) == 2
    assert place_of_line(lines, (600, 180, 700, 204)) == 3
    assert place_of_line([], (0, 0, 9, 9)) == 0


def test_values_are_accepted_refused_and_corrected_with_entries(batch: ScanBatch, person: Person) -> None:
    reading = first(batch)
    name, number, faulty = (
        field(reading, "人名", "王小明"), field(reading, "公民身份号码", NUMBER),
        field(reading, "日期", "2019-02-30", fault="x"),
    )  # fmt: skip
    answers = {name.pk: FieldAnswer("accepted"), number.pk: FieldAnswer("refused"), 9999: FieldAnswer("accepted")}
    assert answer_fields(answers=answers, **said(reading, person)) == 2
    assert answer_fields(answers=answers, **said(reading, person)) == 0
    assert answer_fields(answers={faulty.pk: FieldAnswer("accepted", "2019-02-28")}, **said(reading, person)) == 1
    faulty.refresh_from_db()
    assert (faulty.value, faulty.state, faulty.fault, faulty.by) == (
        "2019-02-28", "accepted", "", f"person:{person.pk}",
    )  # fmt: skip
    entries = list_entries(kinds=["scans.fields-answered"], limit=5)
    assert len(entries) == 2
    assert NUMBER not in str([each.detail for each in entries])
    for answer in (FieldAnswer("yes"), FieldAnswer("accepted", " "), FieldAnswer("accepted", "一" * 1001)):
        with pytest.raises(FieldRefused):
            answer_fields(answers={name.pk: answer}, **said(reading, person))


def test_a_kind_set_by_hand_says_who(batch: ScanBatch, person: Person) -> None:
    reading = first(batch)
    assert set_page_kind(kind=" 决定书 ", **said(reading, person))
    assert not set_page_kind(kind="决定书", **said(reading, person))
    reading.refresh_from_db()
    assert (reading.kind, reading.kind_by, reading.kind_confidence) == ("决定书", f"person:{person.pk}", 1.0)
    (entry,) = list_entries(kinds=["scans.kind-changed"], limit=2)
    assert entry.detail["before"] == {"kind": "", "by": ""}
    with pytest.raises(FieldRefused):
        set_page_kind(kind="长" * 41, **said(reading, person))
    ReadPage.objects.update(reviewed_at=timezone.now())
    for act in (
        lambda: set_page_kind(kind="通知", **said(reading, person)),
        lambda: mark_region(given=SEAL, **said(reading, person)),
        lambda: answer_fields(answers={}, **said(reading, person)),
    ):
        with pytest.raises(NotToBeReviewed, match="done"):
            act()


def test_the_forms_of_regions_and_fields_work_without_script(batch: ScanBatch, person: Person) -> None:
    client, reading = signed_in(person), first(batch)
    regions, fields = at(batch, "digitising-review-regions"), at(batch, "digitising-review-fields")
    client.post(regions, sent(SEAL, "mark"))
    region = Region.objects.get()
    page = client.get(f"{at(batch, 'digitising-review-page')}?tab=regions").content.decode()
    assert "云岭县行政审批局" in page
    assert f'data-place="r{region.pk}"' in page
    refused = client.post(
        f"{regions}?tab=regions", sent(RegionGiven(kind="photo", box=(9, 9, 1, 1), text="留着"), "mark")
    )
    assert refused.status_code == 409
    assert 'value="留着"' in refused.content.decode()
    client.post(regions, sent(SEAL, "dismiss", region.pk))
    assert Region.objects.get().dismissed
    client.post(regions, sent(SEAL, "restore", region.pk))
    assert not Region.objects.get().dismissed
    assert client.post(regions, sent(SEAL, "change", 999)).status_code == 404
    good, bad = field(reading, "人名", "王小明"), field(reading, "日期", "2019-02-30", fault="没有这样的日期")
    page = client.get(f"{at(batch, 'digitising-review-page')}?tab=fields").content.decode()
    assert "没有这样的日期" in page
    client.post(fields, {"act": "sound"})
    assert set(PageField.objects.filter(state="accepted")) == {good}
    client.post(fields, {"act": "accept", "field": str(bad.pk), "value": "2019-02-28"})
    client.post(fields, {"act": "refuse", "field": str(good.pk)})
    client.post(fields, {"act": "reopen", "field": str(good.pk)})
    client.post(fields, {"act": "kind", "kind": "notice", "kind_other": "云岭特有文书"})
    assert first(batch).kind == "云岭特有文书"
    assert (PageField.objects.get(pk=good.pk).state, PageField.objects.get(pk=bad.pk).value) == (
        "suggested",
        "2019-02-28",
    )
    assert client.post(fields, {"act": "accept", "field": "999"}).status_code == 404
    assert client.post(fields, {"act": "x", "field": str(good.pk)}).status_code == 409
    other = reverse("digitising-review-regions", args=[batch.pk + 1, reading.page_id])
    assert client.post(other, sent(SEAL, "mark")).status_code == 404


def test_seals_are_found_by_words_shape_and_owner_and_shown_as_pictures(person: Person) -> None:
    batch, client = specimen_batch(("decision",)), signed_in(person)
    page = first(batch).page
    box = {"left": 800, "top": 1300, "right": 1000, "bottom": 1500}
    known = Region.objects.create(
        page=page, kind="seal", text="云岭县行政审批局", owner="云岭县行政审批局", shape="round", colour="red",
        by="system", **box,
    )  # fmt: skip
    Region.objects.create(page=page, kind="seal", text="发票专用章", shape="oval", colour="blue", by="system", **box)
    Region.objects.create(page=page, kind="seal", text="划掉的", shape="oval", by="system", dismissed=True, **box)
    Region.objects.create(page=page, kind="photo", text="照片", by="system", **box)
    place = reverse("digitising-seals")
    for query, count in (
        ("", 2), ("q=审批 云岭", 1), ("q=发票", 1), ("shape=oval", 1), ("colour=red", 1), ("owned=unknown", 1),
        ("owned=known&shape=oval", 0), ("shape=x&owned=y&page=99", 2),
    ):  # fmt: skip
        assert client.get(f"{place}?{query}").content.decode().count("<img ") == count, query
    assert "没有这样的印章" in client.get(f"{place}?q=没有").content.decode()
    picture = reverse("digitising-region-picture", args=[batch.pk, known.pk])
    for _look in range(2):
        made = Image.open(io.BytesIO(client.get(picture).content))
        assert max(made.size) <= 320
    assert client.get(reverse("digitising-region-picture", args=[batch.pk + 1, known.pk])).status_code == 404
    review = f"{reverse('digitising-review-page', args=[batch.pk, page.pk])}?tab="
    for at_page in (place, f"{review}regions", f"{review}fields"):
        client.get(at_page)
        with CaptureQueriesContext(connection) as seen:
            client.get(at_page)
        asked = [each for each in seen.captured_queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(asked) <= 12, [each["sql"][:90] for each in asked]


def test_parts_of_a_page_in_english(batch: ScanBatch, person: Person) -> None:
    client: Client = signed_in(person)
    mark_region(given=SEAL, **said(first(batch), person))
    field(first(batch), "日期", "2019-02-30", fault="没有这样的日期")
    client.post(reverse("language"), {"language": "en"})
    review = at(batch, "digitising-review-page")
    assert "Round" in client.get(f"{review}?tab=regions").content.decode()
    assert "no such date" in client.get(f"{review}?tab=fields").content.decode()
    assert "Seals" in client.get(reverse("digitising-seals")).content.decode()
