"""Arranging many records at once: moving, volumes, numbering, voiding; told before, each with its entry."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from lantai.administration.models import Person, Role
from lantai.catalog.models import Arrangement, CodeAssignment, Level, Record, RecordState
from lantai.catalog.queries import verify_records
from lantai.catalog.services.arranging import carry_out_arrangement
from lantai.ledger.models import Entry
from lantai.work.models import Job, Notice, Selection
from lantai.work.services import run_jobs
from tests.catalog.arranged import FONDS, OTHER_FONDS, body_of, found_fonds, put
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def people() -> Mapping[Role, Person]:
    return found_fonds(Role.ARCHIVIST)


@pytest.fixture
def client(people: Mapping[Role, Person]) -> Client:
    return signed_in(people[Role.ARCHIVIST])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def year_of(path: str = "ZY·XK", year: int = 2026, fonds: str = FONDS) -> str:
    return reverse("arrangement-year", args=[fonds, path, year])


def choose(client: Client, records: list[Record], act: str, place: str = "") -> str:
    """Tick records and press a button; returns where one is sent."""
    codes, back = [each.record_code for each in records], place or year_of()
    if act == "void":
        answer = client.post(f"{reverse('arrangement-choose')}?from={back}", {"selected": codes, "act": act})
    else:
        act = act if act in ("keep", "clear") else f"arrange-{act}"
        given = {"shown": codes, "selected": codes, "act": act, "back": back}
        answer = client.post(reverse("selection", args=["children"]), given)
    assert answer.status_code == 302
    return str(answer["Location"])


def told_and_done(client: Client, plan: str, fields: dict[str, Any]) -> str:
    """Preview an act, confirm it and let the job run; returns the preview."""
    sent = client.post(plan, fields | {"act": "preview"})
    assert sent.status_code == 302, text_of(sent)
    preview = text_of(client.get(sent["Location"]))
    done = client.post(plan, fields | {"act": "confirm"})
    assert done.status_code == 302, text_of(done)
    carry_out_arrangement.call(number=Arrangement.objects.latest("pk").pk)
    return preview


def entries(kind: str) -> list[dict[str, Any]]:
    found = Entry.objects.filter(kind=kind).order_by("id")
    return [json.loads(each.text or "")["detail"] | {"subject": each.subject, "actor": each.actor} for each in found]


def number(client: Client, records: list[Record], order: str = "chosen", place: str = "") -> str:
    return told_and_done(client, choose(client, records, "number", place), {"order": order})


def test_numbering_is_told_before_and_runs_on_in_order(client: Client, people: Mapping[Role, Person]) -> None:
    records = put(1, 3)
    Record.objects.filter(pk=records[0].pk).update(formed_on="2026-05-01")
    preview = number(client, records, order="date")
    codes = [f"J019-ZY·XK·2026·D30-{n:06d}" for n in (1, 2, 3)]
    assert re.findall(r"J019-ZY·XK·2026·D30-\d{6}", preview) == codes
    assert "将给出 3 个档号" in preview
    for each in records:
        each.refresh_from_db()
    assert [each.archive_code for each in records] == [codes[2], codes[0], codes[1]]
    assert [each.item_number for each in records] == [3, 1, 2]
    assert set(CodeAssignment.objects.values_list("state", flat=True)) == {"used"}
    given = entries("code.given")
    assert [each["after"] for each in given] == codes
    assert {each["actor"] for each in given} == {f"person:{people[Role.ARCHIVIST].pk}"}
    (order,) = entries("arrangement.ordered")
    assert (order["kind"], order["records"]) == ("number", 3)
    assert "批量编号" in str(Notice.objects.get().values)
    assert verify_records().findings == ()


def test_a_code_once_given_stays_and_the_others_go_on(client: Client) -> None:
    records = put(1, 2)
    number(client, records[:1])
    more = put(5, 1, category_code="WS", class_code="")
    preview = number(client, [*records, *more])
    assert "已有档号；档号给定后不变" in preview and "没有现行的档号规则" in preview
    records[0].refresh_from_db()
    assert records[0].archive_code == "J019-ZY·XK·2026·D30-000001"
    done = Arrangement.objects.latest("pk")
    assert (done.state, done.changed, len(done.failures)) == ("done", 1, 2)
    page = text_of(client.get(reverse("arrangement-plan", args=[done.pk])))
    assert "完成但有异常：办成 1 件，2 件未办" in page


def test_moving_never_renumbers_and_says_so(client: Client) -> None:
    records = put(1, 2)
    number(client, records[:1])
    preview = told_and_done(
        client, choose(client, records, "move"), {"classes": "ZY·QR", "volume": "", "reason": "分类有误"}
    )
    assert "1 个档号与新位置不符，保持不变" in preview
    for each in records:
        each.refresh_from_db()
    assert [each.class_code for each in records] == ["QR", "QR"]
    assert records[0].archive_code == "J019-ZY·XK·2026·D30-000001"
    moved = entries("record.moved")
    assert [each["subject"] for each in moved] == [each.record_code for each in records]
    assert moved[0]["before"] == {"category": "ZY", "class": "XK", "volume": ""}
    assert moved[0]["after"] == {"category": "ZY", "class": "QR", "volume": ""}
    assert moved[0]["reason"] == "分类有误"
    history = text_of(client.get(reverse("record", args=[records[0].record_code]), {"tab": "history"}))
    assert "移动位置" in history and "ZY·XK → ZY·QR" in history and "给予档号" in history
    assert verify_records().findings == ()


def test_a_new_code_by_replacement_leaves_the_old_one_found(client: Client) -> None:
    (record,) = put(1, 1)
    number(client, [record])
    fields = {"classes": "ZY·QR", "volume": "", "reason": "分类有误", "renumber": "on"}
    preview = told_and_done(client, choose(client, [record], "move"), fields)
    assert "将换发 1 个新档号" in preview
    record.refresh_from_db()
    assert record.archive_code == "J019-ZY·QR·2026·D30-000001"
    old = CodeAssignment.objects.get(code="J019-ZY·XK·2026·D30-000001")
    assert (old.state, old.reason) == ("replaced", "分类有误")
    assert client.get(reverse("record", args=[old.code])).status_code == 200
    assert verify_records().findings == ()


def test_a_code_that_came_with_its_record_stays_found_when_it_is_replaced(client: Client) -> None:
    (record,) = put(1, 1, archive_code="J019-ZY·XK·2020·D30-000007")
    fields = {"classes": "ZY·QR", "volume": "", "reason": "分类有误", "renumber": "on"}
    told_and_done(client, choose(client, [record], "move"), fields)
    record.refresh_from_db()
    assert record.archive_code == "J019-ZY·QR·2026·D30-000001"
    assert client.get(reverse("record", args=["J019-ZY·XK·2020·D30-000007"])).status_code == 200


def test_a_volume_is_made_filled_and_emptied(client: Client) -> None:
    account = {"category_code": "KU", "class_code": "01"}
    records = [*put(1, 2, **account), *put(3, 1, retention="Y", **account)]
    fields = {"title": "二〇二六年会计凭证", "classes": "KU·01", "year": "2026", "reason": "按月组卷"}
    preview = told_and_done(client, choose(client, records, "volume", year_of("KU·01")), fields)
    assert "保管期限取卷内最长者：永久" in preview
    volume = Record.objects.get(level=Level.VOLUME)
    assert (volume.archive_code, volume.volume_number, volume.retention) == ("J019-KU·01·2026-001", 1, "Y")
    assert set(volume.children.values_list("pk", flat=True)) == {each.pk for each in records}
    number(client, records, place=reverse("arrangement-volume", args=[volume.record_code]))
    records[0].refresh_from_db()
    assert records[0].archive_code == "J019-KU·01·2026-001-001"
    page = text_of(client.get(reverse("arrangement-volume", args=[volume.record_code])))
    assert "J019-KU·01·2026-001-003" in page
    place = reverse("arrangement-volume", args=[volume.record_code])
    whole = re.search(r'name="query" value="([^"]+)"', text_of(client.get(f"{place}?show=items")))
    assert whole is not None
    client.post(reverse("selection", args=["children"]), {"act": "all", "query": html.unescape(whole[1])})
    assert text_of(client.get(f"{place}?show=items")).count(" checked") == 3
    plan = choose(client, [], "move", f"{place}?show=items")
    preview = told_and_done(client, plan, {"classes": "KU·01", "volume": "", "reason": "拆卷"})
    assert "3 个档号与新位置不符，保持不变" in preview
    assert volume.children.count() == 0
    assert verify_records().findings == ()


def test_what_does_not_fit_a_volume_is_refused_with_its_reason(client: Client) -> None:
    account = {"category_code": "KU", "class_code": "01"}
    inside = put(1, 1, retention="D10", **account)
    fields = {"title": "短期卷", "classes": "KU·01", "year": "2026", "reason": "组卷"}
    told_and_done(client, choose(client, inside, "volume", year_of("KU·01")), fields)
    volume = Record.objects.get(level=Level.VOLUME)
    longer = put(10, 1, **account)
    strange = put(11, 1, fonds_code=OTHER_FONDS, organisation_id=body_of("B"), retention="D10", **account)
    gone = put(12, 1, retention="D10", **account)
    Record.objects.filter(pk=gone[0].pk).update(state=RecordState.DESTROYED)
    good = put(13, 1, retention="D10", **account)
    chosen = [*longer, *strange, *gone, volume, *inside, *good]
    preview = told_and_done(
        client, choose(client, chosen, "move"), {"classes": "", "volume": volume.archive_code, "reason": "并卷"}
    )
    for words in ("保管期限长于目标案卷", "不属同一全宗", "不能整理", "案卷不能放入案卷", "已在目标位置"):
        assert words in preview, words
    assert "移动 1 件，5 件不办" in preview
    assert set(volume.children.values_list("pk", flat=True)) == {inside[0].pk, good[0].pk}


def test_a_volume_takes_along_what_lies_in_it(client: Client) -> None:
    records = put(1, 2)
    fields = {"title": "许可卷", "classes": "ZY·XK", "year": "2026", "reason": "组卷"}
    told_and_done(client, choose(client, records, "volume"), fields)
    volume = Record.objects.get(level=Level.VOLUME)
    assert (volume.archive_code, volume.volume_number) == (None, 1)
    told_and_done(client, choose(client, [volume], "move"), {"classes": "ZY·QR", "volume": "", "reason": "改类"})
    assert set(Record.objects.values_list("class_code", flat=True)) == {"QR"}
    assert volume.children.count() == 2
    assert verify_records().findings == ()


def test_voiding_keeps_reason_and_number_and_explains_the_gap(client: Client) -> None:
    records = put(1, 3)
    number(client, records)
    for each in records:
        each.refresh_from_db()
    scope = CodeAssignment.objects.values_list("scope", flat=True)[0]
    place = f"{reverse('arrangement-codes')}?scope={scope}&state=used"
    assert "作废档号…" in text_of(client.get(place))
    preview = told_and_done(client, choose(client, records[1:2], "void", place), {"reason": "重复著录"})
    assert "不能恢复" in preview
    void = CodeAssignment.objects.get(state="void")
    assert (void.number, void.reason) == (2, "重复著录")
    records[1].refresh_from_db()
    assert records[1].archive_code is None
    page = text_of(client.get(f"{reverse('arrangement-codes')}?scope={scope}"))
    assert "重复著录" in page and "作废" in page
    (told,) = entries("code.voided")
    assert (told["before"], told["after"], told["reason"]) == (void.code, None, "重复著录")
    assert client.get(reverse("record", args=[void.code])).status_code == 200
    number(client, records[1:2])
    records[1].refresh_from_db()
    assert records[1].archive_code == "J019-ZY·XK·2026·D30-000004"
    assert verify_records().findings == ()


def test_numbers_never_written_are_shown_as_gaps(client: Client) -> None:
    number(client, put(1, 3))
    CodeAssignment.objects.filter(number=2).delete()
    scope = CodeAssignment.objects.values_list("scope", flat=True)[0]
    page = text_of(client.get(reverse("arrangement-codes"), {"scope": scope}))
    assert "本页有空号：2。" in page
    assert "1 个" in text_of(client.get(reverse("arrangement-codes")))


def test_nothing_is_done_twice_or_unseen(client: Client, people: Mapping[Role, Person]) -> None:
    records = put(1, 2)
    plan = choose(client, records, "number")
    path = plan.partition("?")[0]
    client.post(plan, {"order": "chosen", "act": "preview"})
    changed = client.post(plan, {"order": "title", "act": "confirm"})
    assert Arrangement.objects.get().state == "draft"  # what was not previewed is previewed first
    assert changed["Location"].startswith(path)
    for _again in range(3):
        client.post(plan, {"order": "title", "act": "confirm"})
    carry_out_arrangement.call(number=Arrangement.objects.get().pk)
    carry_out_arrangement.call(number=Arrangement.objects.get().pk)
    assert Job.objects.count() == 1 and CodeAssignment.objects.count() == 2
    other = signed_in(make_person(Role.ARCHIVIST, username="second", clearance=1))
    assert other.get(path).status_code == 404
    assert other.post(plan, {"order": "title", "act": "confirm"}).status_code == 404


def test_choices_are_kept_over_pages_and_dropped(client: Client) -> None:
    records = put(1, 4)
    assert choose(client, records[:1], "keep") == year_of()
    assert choose(client, records[1:2], "keep") == year_of()
    page = text_of(client.get(year_of()))
    assert page.count("checked") == 2
    plan = choose(client, records[2:3], "move")
    assert "已选 3 件" in text_of(client.get(plan))
    choose(client, [], "clear")
    assert Selection.objects.count() == 0
    assert choose(client, [], "move") == year_of()


def test_wrong_input_changes_nothing(client: Client) -> None:
    records = put(1, 1)
    plan = choose(client, records, "move")
    for fields in (
        {"classes": "ZY·QR", "volume": "X", "reason": "两处"},
        {"classes": "", "volume": "", "reason": "无处"},
        {"classes": "ZY·QR", "volume": "", "reason": ""},
        {"classes": "NO", "volume": "", "reason": "无类"},
        {"classes": "ZY·QR", "volume": "", "reason": "长" * 301},
    ):
        assert client.post(plan, fields | {"act": "confirm"}).status_code == 422, fields
    sent = client.post(plan, {"classes": "", "volume": "没有的卷", "reason": "错", "act": "preview"})
    assert "没有这个案卷" in text_of(client.get(sent["Location"]))
    client.post(plan, {"classes": "", "volume": "没有的卷", "reason": "错", "act": "confirm"})
    assert Arrangement.objects.get().state == "draft" and Job.objects.count() == 0
    for name, given in (("arrangement-choose", {"act": "void"}), ("selection", {"act": "keep"})):
        place = reverse(name, args=["children"] if name == "selection" else [])
        sent = client.post(f"{place}?from=https://evil.example/", given | {"back": "https://evil.example/"})
        assert sent["Location"].startswith("/arrange/")


@pytest.mark.django_db(transaction=True)
def test_the_job_tells_how_far_it_is_and_goes_on_where_it_was_broken_off(client: Client) -> None:
    records = [*put(1, 119), *put(120, 1, category_code="WS", class_code="")]
    plan = choose(client, records, "number")
    for act in ("preview", "confirm"):
        client.post(plan, {"order": "chosen", "act": act})
    row = Arrangement.objects.get()
    Arrangement.objects.filter(pk=row.pk).update(done=50)  # as a worker leaves it that was killed after one chunk
    run_jobs(drain=True)
    job, row = Job.objects.get(), Arrangement.objects.get()
    assert (job.state, job.done, job.total) == ("troubled", 120, 120)
    assert "本全宗和门类没有现行的档号规则" in job.troubles[0]
    assert (row.state, row.changed) == ("done", 69)
    assert Record.objects.filter(archive_code__isnull=True).count() == 51
    assert set(CodeAssignment.objects.values_list("number", flat=True)) == set(range(1, 70))
