"""Every big list keeps what is selected on the server, and views; its selection is exported, printed, arranged."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Role
from lantai.catalog.models import Arrangement, Record
from lantai.ingest.models import Batch, CorrectionRequest, HandledCase, Reminder, Submission
from lantai.ledger.models import Entry
from lantai.ledger.services import append_noted_entries
from lantai.work.models import BulkOrder, Mail, Notice, SavedView, Selection
from lantai.work.services.ordering import perform_bulk
from tests.make_people import make_person, signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]


@pytest.fixture
def client(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def page_of(client: Client, place: str, **query: Any) -> str:
    response = client.get(place, query)
    assert response.status_code == 200, place
    return str(response.content.decode())


def tick(client: Client, listing: str, *keys: str, act: str = "keep", **more: str) -> str:
    given: dict[str, Any] = {"act": act, "shown": keys, "selected": keys, **more}
    response = client.post(reverse("selection", args=[listing]), given)
    assert response.status_code == 302
    return str(response["Location"])


def text_on(document: pypdfium2.PdfDocument, number: int) -> str:
    return str(document[number].get_textpage().get_text_bounded())


def selected(page: str) -> int:
    found = re.search(r"data-count>(\d+)<", page)
    return int(found[1]) if found else -1


def test_submissions_are_selected_over_pages_and_decided_in_the_background(archive: Archive, client: Client) -> None:
    code, back = archive.waiting.record_code, archive.returned.record_code
    place = reverse("submissions")
    tick(client, "submissions", code)
    tick(client, "submissions", back)
    assert selected(page_of(client, place)) == 2
    assert page_of(client, place).count(" checked") == 2
    tick(client, "submissions", act="all", query="state=examined")
    page = page_of(client, place, state="examined")
    assert selected(page) == 1 and "已选择筛选结果的全部" in page
    order = tick(client, "submissions", act="submission-approve", back=f"{place}?state=examined")
    assert "接收 1 件" in page_of(client, order)
    client.post(order, {})
    perform_bulk.call(order=str(BulkOrder.objects.get().pk))
    assert Submission.objects.get(record_code=code).state == "approved"
    assert not Selection.objects.exists()


def test_a_view_of_every_list_is_kept_and_opens_it(archive: Archive, client: Client) -> None:
    for listing, name, query in (
        ("submissions", "submissions", "state=rejected"),
        ("batches", "batches", "waiting=yes"),
        ("cases", "handover-cases", "state=overdue"),
        ("corrections", "corrections", "state=late"),
        ("records", "search", "open_state=open"),
    ):
        kept = client.post(reverse("views", args=[listing]), {"name": "常用", "team": "yes", "query": query})
        place = str(kept["Location"])
        assert place.startswith(f"{reverse(name)}?view=") and place.endswith(query)
        page = page_of(client, place)
        assert "视图“常用” · 团队共用" in page, listing
        view = SavedView.objects.get(listing=listing)
        client.post(reverse("view", args=[view.pk]), {"act": "first"})
        assert client.get(reverse(name))["Location"] == place
        colleague = signed_in(make_person(Role.ARCHIVIST, username=f"second-{listing}", clearance=1))
        assert "常用" in page_of(colleague, reverse(name)), listing
        assert "常用" not in page_of(signed_in(archive.people[Role.SUPERVISOR]), reverse(name)), listing
    assert Entry.objects.filter(kind="view.kept").count() == 5


def test_a_view_of_a_place_in_the_tree_leads_there(archive: Archive, client: Client) -> None:
    record = archive.record
    classes = f"{record.category_code}·{record.class_code}"
    query = f"fonds={record.fonds_code}&classes={classes}&year={record.year}&show=items"
    kept = client.post(reverse("views", args=["children"]), {"name": "许可件", "query": query})
    year = reverse("arrangement-year", args=[record.fonds_code, classes, record.year])
    assert str(kept["Location"]).startswith(f"{year}?view=")
    page = page_of(client, str(kept["Location"]))
    assert "视图“许可件”" in page and record.title in page
    view = SavedView.objects.get()
    client.post(reverse("view", args=[view.pk]), {"act": "first"})
    assert client.get(reverse("arrangement"))["Location"] == kept["Location"]
    assert client.get(f"{reverse('arrangement')}?view=all").status_code == 200


def test_records_selected_in_a_search_are_exported_and_nothing_else(archive: Archive, client: Client) -> None:
    codes = sorted(Record.objects.values_list("record_code", flat=True))
    page = page_of(client, reverse("search"))
    assert all(f'value="{code}"' in page for code in codes)
    place = tick(client, "records", codes[0], act="export-catalogue")
    assert place == f"{reverse('export')}?selection=records"
    assert "导出所选的 1 件" in page_of(client, place)
    sent = client.post(place, {"kind": "xlsx"})
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(sent))).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [row[-1] for row in rows if row[-1] in codes] == [codes[0]]
    append_noted_entries()
    told = json.loads(Entry.objects.get(kind="catalogue.exported").text or "")["detail"]
    assert (told["records"], told["selected"]) == (1, 1)
    tick(client, "records", act="all", query="")
    assert f"导出所选的 {len(codes)} 件" in page_of(client, place)
    tick(client, "records", act="clear")
    assert "没有符合条件的档案" in client.post(place, {"kind": "csv"}).content.decode()
    assert tick(client, "records", act="export-catalogue") == reverse("search")
    assert client.get(f"{reverse('export')}?selection=duties").status_code == 404


def test_a_selection_never_widens_what_its_reader_may_see(archive: Archive) -> None:
    Record.objects.filter(pk=archive.record.pk).update(secrecy=5)
    client = signed_in(archive.people[Role.ARCHIVIST])
    tick(client, "records", archive.record.record_code, archive.open_record.record_code)
    place = f"{reverse('export')}?selection=records"
    sent = b"".join(client.post(place, {"kind": "csv"})).decode("utf-8-sig")
    assert archive.open_record.record_code in sent and archive.record.record_code not in sent
    plan = page_of(client, tick(client, "records", act="arrange-move"))
    assert "已选 1 件" in plan


def test_selected_records_are_printed_with_stamps_and_spine_in_true_size(archive: Archive, client: Client) -> None:
    codes = list(Record.objects.values_list("record_code", flat=True))
    place = tick(client, "children", *codes, act="print-forms")
    assert place == f"{reverse('arrangement-printing')}?selection=children"
    assert f"所选 {len(codes)} 件" in page_of(client, place)
    read = {}
    for form in ("catalogue", "label", "note", "stamps", "overprint"):
        response = client.get(reverse("arrangement-printed", args=[form]), {"selection": "children"})
        assert response["Content-Type"] == "application/pdf", form
        read[form] = pypdfium2.PdfDocument(response.content)
    record = archive.record
    assert record.archive_code is not None
    assert record.archive_code in text_on(read["catalogue"], 0)
    stamp = text_on(read["overprint"], 0)
    assert record.fonds_code in stamp and str(record.year) in stamp and len(read["overprint"]) == len(codes)
    assert record.archive_code.rpartition("-")[2] in text_on(read["stamps"], 0)
    assert [round(each / 72 * 25.4) for each in read["label"][1].get_size()] == [297, 420]
    halves = client.get(reverse("arrangement-printed", args=["label"]), {"selection": "children", "paper": "A4"})
    assert round(pypdfium2.PdfDocument(halves.content)[1].get_height()) == 842
    append_noted_entries()
    told = [json.loads(each.text or "")["detail"] for each in Entry.objects.filter(kind="catalogue.printed")]
    assert {each["form"] for each in told} == {"catalogue", "label", "note", "stamps", "overprint"}
    assert set(told[0]["codes"]) <= set(codes)
    assert client.get(f"{reverse('arrangement-printing')}?selection=duties").status_code == 404


def test_what_is_selected_is_arranged_and_given_up_then(archive: Archive, client: Client) -> None:
    record = archive.record
    plan = tick(client, "records", record.record_code, act="arrange-move", back=f"{reverse('search')}?q=x")
    assert f'href="{reverse("search")}?q=x"' in page_of(client, plan)
    fields = {"classes": f"{record.category_code}", "volume": "", "reason": "分类有误"}
    client.post(plan, fields | {"act": "preview"})
    assert Selection.objects.exists()
    client.post(plan, fields | {"act": "confirm"})
    assert Arrangement.objects.get().state == "queued" and not Selection.objects.exists()


def test_many_departments_are_reminded_once_a_body_from_both_lists(archive: Archive, client: Client) -> None:
    today = timezone.localdate()
    for number in range(1, 41):
        HandledCase.objects.create(
            organisation_id=(archive.body if number <= 25 else archive.other).pk,
            case_number=f"YL-{number:03}",
            item_name="食品经营许可",
            closed_at=timezone.now() - timedelta(days=30),
            due_on=today - timedelta(days=3),
        )
    tick(client, "cases", act="all", query="state=overdue")
    place = tick(client, "cases", act="handover-remind")
    page = page_of(client, place)
    assert "将办理 40 项" in page and "将发出 2 封" in page and archive.other.name in page
    client.post(place, {"note": "月底前"})
    order = BulkOrder.objects.get()
    for _again in range(2):
        perform_bulk.call(order=str(order.pk))
    assert Reminder.objects.count() == 40
    assert Notice.objects.filter(text="reminder").count() == 2 and not Mail.objects.exists()
    assert Entry.objects.filter(kind="case.reminded").count() == 40
    key = f"package:{archive.returned.record_code}"
    asked = CorrectionRequest.objects.get(submission=archive.returned)
    assert asked.answered_at is None
    place = tick(client, "corrections", key, act="handover-remind")
    client.post(place, {"note": ""})
    perform_bulk.call(order=str(BulkOrder.objects.latest("made_at").pk))
    assert Reminder.objects.filter(subject=archive.returned.record_code, kind="correction").count() == 1


def test_pages_lead_to_the_one_before_and_after(archive: Archive, client: Client) -> None:
    codes = list(Submission.objects.order_by("-pk").values_list("record_code", flat=True))
    page = page_of(client, reverse("submission", args=[codes[1]]), queue="submissions", within="")
    assert f"第 2 件，共 {len(codes)} 件" in page
    assert f'href="/submissions/{codes[0]}/?queue=submissions" rel="prev" data-key="["' in page
    assert f'href="/submissions/{codes[2]}/?queue=submissions" rel="next" data-key="]"' in page
    alone = page_of(client, reverse("submission", args=[codes[0]]), queue="submissions", within="state=rejected")
    assert "第 1 件" in alone or "共 1 件" in alone
    assert 'rel="next"' in page_of(client, reverse("submission", args=[codes[1]]))
    ids = list(Record.objects.order_by("pk").values_list("record_code", flat=True))
    assert f'href="/records/{ids[1]}/"' in page_of(client, reverse("record", args=[ids[0]]))
    found = page_of(client, reverse("record", args=[ids[0]]), queue="records", within="sort=oldest", q="许可")
    assert "共 2 件" in found and "queue=records&amp;within=sort%3Doldest&amp;q=" in found
    year = f"fonds={archive.record.fonds_code}&classes=ZY·XK&year={archive.record.year}&show=items"
    child = page_of(client, reverse("record", args=[ids[0]]), queue="children", within=year)
    assert "共 2 件" in child and 'data-key="]"' in child
    for nonsense in ("fonds=%00&year=99999", "x" * 5000, "fonds=J&year=２０２６"):
        page_of(client, reverse("record", args=[ids[0]]), queue="children", within=nonsense)
    public = page_of(signed_in(archive.people[Role.PUBLIC]), reverse("record", args=[archive.open_record.record_code]))
    assert 'data-key="]"' not in public


def test_lists_keep_to_few_queries(archive: Archive, client: Client) -> None:
    year = reverse("arrangement-year", args=[archive.record.fonds_code, "ZY·XK", archive.record.year])
    tick(client, "records", act="all", query="")
    tick(client, "submissions", act="all", query="state=examined")
    tick(client, "children", archive.record.record_code)
    batch = Batch.objects.create(
        organisation_id=archive.body.pk, number="P1", name="一批", channel="upload", opened_at=timezone.now()
    )
    submission = reverse("submission", args=[archive.waiting.record_code])
    record = reverse("record", args=[archive.record.record_code])
    found = {}
    for place in (
        reverse("submissions"),
        reverse("search"),
        year,
        reverse("arrangement"),
        reverse("corrections"),
        reverse("handover-cases"),
        reverse("batches"),
        reverse("batch", args=[batch.pk]),
        f"{submission}?queue=submissions",
        submission,
        f"{record}?queue=records",
        f"{record}?queue=children&within=fonds%3D{archive.record.fonds_code}%26classes%3DZY%C2%B7XK%26year%3D2026",
        record,
    ):
        client.get(place)
        with CaptureQueriesContext(connection) as counted:
            client.get(place)
        found[place] = len(counted)
    assert {place: n for place, n in found.items() if n > 12} == {}


def test_nobody_selects_in_a_list_that_is_not_theirs(archive: Archive) -> None:
    department = signed_in(archive.people[Role.DEPARTMENT])
    code = archive.waiting.record_code
    given = {"act": "submission-approve", "shown": [code], "selected": [code]}
    assert department.post(reverse("selection", args=["submissions"]), given).status_code == 404
    for act in ("export-catalogue", "arrange-move", "print-forms"):
        refused = department.post(reverse("selection", args=["records"]), given | {"act": act})
        assert refused.status_code == 404, act
    leader = signed_in(archive.people[Role.LEADER])
    assert leader.post(reverse("selection", args=["submissions"]), {"act": "all"}).status_code == 404
    assert not BulkOrder.objects.exists()
