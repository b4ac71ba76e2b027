"""Describing in the browser without script: the form, all faults, drafts, who edits, suggestions, history, review."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lantai.administration.models import Person, Role
from lantai.administration.services.code_lists import publish_code_list
from lantai.administration.services.people_access import CONSOLE
from lantai.catalog.models import Describing, DescriptionDraft, Record
from lantai.finding.services import follow_ledger
from lantai.ledger.models import Entry
from lantai.ledger.services import sequence_entries
from lantai.work.models import Notice
from tests.ingest.county import DAY
from tests.make_people import make_person, signed_in
from tests.pages.archive import CLEARED, Archive

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]


@pytest.fixture
def me(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


@pytest.fixture
def colleague(archive: Archive) -> Person:
    return make_person(Role.ARCHIVIST, username="colleague", **CLEARED)


def form_of(page: str) -> dict[str, str]:
    """What the form would send if nothing were typed."""
    values = dict(re.findall(r'<input[^>]* name="([\w-]+)" value="([^"]*)"', page))
    values |= dict(re.findall(r'<textarea[^>]* name="([\w-]+)"[^>]*>([^<]*)<', page))
    chosen = re.findall(r'<select[^>]* name="([\w-]+)".*?(?:<option selected>([^<]*)<|</select>)', page, re.DOTALL)
    values |= dict(chosen)
    return {name: value for name, value in values.items() if name.startswith("e-") or name in ("version", "token")}


def opened(client: Client, record: Record) -> dict[str, str]:
    page = client.get(reverse("record-describe", args=[record.record_code]))
    assert page.status_code == 200
    return form_of(page.content.decode())


def save(client: Client, record: Record, form: dict[str, str], **more: str) -> HttpResponse:
    return client.post(reverse("record-describe", args=[record.record_code]), form | more)


def events(record: Record, kind: str) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(subject=record.record_code, kind=kind).order_by("id")
    return [json.loads(each.text)["detail"] for each in rows if each.text]


def test_the_form_shows_what_the_standard_asks_for(archive: Archive, me: Client) -> None:
    page = me.get(reverse("record-describe", args=[archive.record.record_code])).content.decode()
    for words in ("题名", "必备", "有则必著", "在别处决定的项目", "由编号给定", "保存并到下一件", "个可选项"):
        assert words in page, words
    assert page.count('name="e-title"') == 1
    assert form_of(page)["e-title"] == archive.record.title


def test_the_form_offers_the_list_of_the_records_own_date(archive: Archive, me: Client) -> None:
    address = reverse("record-describe", args=[archive.record.record_code])
    page = me.get(address).content.decode()
    assert "代码表：公开属性（著录值域） 2022 版，按形成日期 2025-03-10 取用" in page
    publish_code_list(
        key="dat18-disclosure",
        version="2025-2",
        valid_from=date(2025, 2, 1),
        basis="本馆决定",
        codes=[{"code": "1", "zh": "全文公开", "en": "", "note": ""}],
        by=CONSOLE,
        now=DAY,
    )
    page = me.get(address).content.decode()
    assert "2025-2 版，按形成日期 2025-03-10 取用" in page and "<option>全文公开</option>" in page
    form = opened(me, archive.record)
    answer = save(me, archive.record, form, **{"e-disclosure": "主动公开"})
    assert answer.status_code == 422
    assert "不在代码表 公开属性（著录值域） 2025-2 版之内" in answer.content.decode()
    assert save(me, archive.record, form, **{"e-disclosure": "全文公开"}).status_code == 302
    assert events(archive.record, "record.described")[0]["lists"] == {"disclosure": "dat18-disclosure 2025-2"}
    tab = me.get(reverse("record", args=[archive.record.record_code]), {"tab": "history"}).content.decode()
    assert "代码表：dat18-disclosure 2025-2" in tab


def test_saving_writes_history_and_search_follows(archive: Archive, me: Client) -> None:
    form = opened(me, archive.record)
    answer = save(me, archive.record, form, **{"e-title": "兰台测试题名改过", "e-note": "首页缺角", "then": "stay"})
    assert answer.status_code == 302
    archive.record.refresh_from_db()
    assert archive.record.title == "兰台测试题名改过"
    assert events(archive.record, "record.described")[0]["after"] == {"title": "兰台测试题名改过", "note": "首页缺角"}
    while sequence_entries():
        pass
    follow_ledger(now=DAY)
    assert "兰台测试题名改过" in re.sub(
        "</?mark>", "", me.get(reverse("search"), {"q": "兰台测试题名改过"}).content.decode()
    )
    history = me.get(reverse("record", args=[archive.record.record_code]), {"tab": "history"}).content.decode()
    assert "修改著录" in history and "首页缺角" in history
    shown = me.get(reverse("record", args=[archive.record.record_code])).content.decode()
    assert "首页缺角" in shown and "待复核" in shown


def test_wrong_values_are_all_told_and_kept(archive: Archive, me: Client) -> None:
    form = opened(me, archive.record)
    wrong = {"e-title": "", "e-date": "去年", "e-creator": "局" * 301, "e-note": "留着我"}
    answer = save(me, archive.record, form, **wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "有 3 处需要修改" in page
    for key in ("title", "date", "creator"):
        assert f'href="#e-{key}"' in page and f'id="e-{key}_error"' in page
    assert form_of(page)["e-note"] == "留着我" and form_of(page)["e-date"] == "去年"
    assert events(archive.record, "record.described") == []
    assert opened(me, archive.record)["e-note"] == "留着我"


def test_a_draft_is_restored_and_thrown_away(archive: Archive, me: Client, colleague: Person) -> None:
    form = opened(me, archive.record)
    draft = reverse("record-draft", args=[archive.record.record_code])
    part = me.post(draft, form | {"e-note": "写到一半"}, headers={"HX-Request": "true"})
    assert part.status_code == 200 and "草稿已存" in part.content.decode()
    page = me.get(reverse("record-describe", args=[archive.record.record_code])).content.decode()
    assert "已恢复您" in page and form_of(page)["e-note"] == "写到一半"
    archive.record.refresh_from_db()
    assert not Describing.objects.get(record=archive.record).elements
    assert me.post(draft, form | {"draft": "drop"}).status_code == 302
    assert opened(me, archive.record)["e-note"] == ""


def test_nothing_typed_is_lost_when_the_session_ends(archive: Archive, me: Client, colleague: Person) -> None:
    person = archive.people[Role.ARCHIVIST]
    for htmx in (False, True):
        client = signed_in(person)
        form = opened(client, archive.record)
        Session.objects.all().delete()
        typed = form | {"e-note": f"还没存 {htmx}"}
        name = "record-draft" if htmx else "record-describe"
        headers = {"HX-Request": "true"} if htmx else {}
        answer = client.post(reverse(name, args=[archive.record.record_code]), typed, headers=headers)
        target = answer["HX-Redirect"] if htmx else answer["Location"]
        assert target.startswith(reverse("sign-in")) and "describe" in target
        assert opened(signed_in(person), archive.record)["e-note"] == f"还没存 {htmx}"
    assert DescriptionDraft.objects.filter(person_id=person.pk).count() == 1
    stranger = Client().post(
        reverse("record-describe", args=[archive.record.record_code]), {"e-note": "x", "token": "forged"}
    )
    assert stranger.status_code == 401, "nothing of a stranger's is kept here: it goes along through signing in"
    other = opened(signed_in(person), archive.open_record)["token"]
    Client().post(reverse("record-describe", args=[archive.record.record_code]), {"e-note": "x", "token": other})
    assert DescriptionDraft.objects.get(person_id=person.pk).values["note"] == "还没存 True"


def test_who_edits_is_shown_and_taking_over_leaves_a_note(archive: Archive, me: Client, colleague: Person) -> None:
    mine = opened(me, archive.record)
    theirs = signed_in(colleague)
    address = reverse("record-describe", args=[archive.record.record_code])
    page = theirs.get(address).content.decode()
    assert "正在著录这件档案" in page and "接手编辑" in page and "只查看" in page and 'name="e-title"' not in page
    blocked = save(theirs, archive.record, mine, **{"e-note": "乙"})
    assert blocked.status_code == 409 and "您的改动没有保存" in blocked.content.decode()
    taken = theirs.post(reverse("record-hold", args=[archive.record.record_code]), {"act": "take"})
    assert taken["Location"] == address
    assert Notice.objects.filter(person_id=archive.people[Role.ARCHIVIST].pk, text="description-taken-over").exists()
    assert "接手了您正在著录的" in me.get(reverse("notices")).content.decode()
    assert opened(theirs, archive.record)["e-note"] == "乙"
    late = save(me, archive.record, mine, **{"e-note": "甲"})
    assert late.status_code == 409 and form_of(late.content.decode())["e-note"] == "甲"
    assert save(me, archive.record, mine, **{"e-note": "甲", "then": "take"}).status_code == 302
    assert Describing.objects.get(record=archive.record).elements == {"note": "甲"}


def test_what_both_changed_stands_side_by_side(archive: Archive, me: Client, colleague: Person) -> None:
    mine = opened(me, archive.record)
    theirs = signed_in(colleague)
    theirs.post(reverse("record-hold", args=[archive.record.record_code]), {"act": "take"})
    changed = {"e-note": "对方的附注", "e-subjects": "登记"}
    assert save(theirs, archive.record, opened(theirs, archive.record), **changed).status_code == 302
    answer = save(me, archive.record, mine, **{"e-note": "我的附注"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "对方保存的值" in page and "对方的附注" in page
    form = form_of(page)
    assert (form["e-note"], form["e-subjects"], form["version"]) == ("我的附注", "登记", "1")
    assert save(me, archive.record, form).status_code == 302
    assert Describing.objects.get(record=archive.record).elements == {"note": "我的附注", "subjects": "登记"}


def test_suggestions_count_for_nothing_until_accepted(archive: Archive, me: Client) -> None:
    page = me.get(reverse("record-describe", args=[archive.record.record_code])).content.decode()
    assert "建议" in page and "出处" in page and "采纳" in page
    found = re.findall(
        r'data-element="(\w+)"(?:(?!data-element).)*?name="accept" value="(\w+)"(?:(?!data-element).)*?',
        page,
        re.DOTALL,
    )
    element, key = next(each for each in found if each[0] == "class")
    answer = me.post(reverse("record-suggestion", args=[archive.record.record_code]), form_of(page) | {"accept": key})
    assert answer["Location"].endswith(f"#e-{element}")
    assert events(archive.record, "suggestion.accepted")[0]["rule"] == "2026-1/class-place"
    assert not Describing.objects.get(record=archive.record).elements
    form = opened(me, archive.record)
    assert form["e-class"] == "ZY·XK"
    save(me, archive.record, form)
    assert Describing.objects.get(record=archive.record).elements["class"] == "ZY·XK"
    again = me.get(reverse("record-describe", args=[archive.record.record_code])).content.decode()
    others = list(re.findall(r'name="dismiss" value="(\w+)"', again))
    assert key not in others
    if others:
        me.post(
            reverse("record-suggestion", args=[archive.record.record_code]), form_of(again) | {"dismiss": others[0]}
        )
        assert len(events(archive.record, "suggestion.dismissed")) == 1
        assert others[0] not in me.get(reverse("record-describe", args=[archive.record.record_code])).content.decode()
    me.post(reverse("record-suggestion", args=[archive.record.record_code]), form_of(again) | {"accept": "0" * 16})


def test_a_step_is_undone_from_the_history(archive: Archive, me: Client) -> None:
    save(me, archive.record, opened(me, archive.record), **{"e-title": "第一步"})
    entry = Entry.objects.get(subject=archive.record.record_code, kind="record.described")
    address = reverse("record-change", args=[archive.record.record_code, entry.pk])
    page = me.get(address).content.decode()
    assert "撤销这一步" in page and archive.record.title in page and "第一步" in page
    assert me.post(address, {"version": "1"}).status_code == 302
    assert Record.objects.get(pk=archive.record.pk).title == archive.record.title
    assert "无需撤销" in me.get(address).content.decode()
    assert me.get(reverse("record-change", args=[archive.record.record_code, entry.pk + 999])).status_code == 404


def test_review_is_for_a_second_person(archive: Archive, me: Client, colleague: Person) -> None:
    save(me, archive.record, opened(me, archive.record), **{"e-note": "好"})
    address = reverse("record-review", args=[archive.record.record_code])
    own = me.get(reverse("record", args=[archive.record.record_code])).content.decode()
    assert "复核通过并到下一件" not in own
    assert me.post(address, {"version": "1"}).status_code == 403
    theirs = signed_in(colleague)
    assert archive.record.title in theirs.get(reverse("describing"), {"queue": "review"}).content.decode()
    assert "复核通过并到下一件" in theirs.get(reverse("record", args=[archive.record.record_code])).content.decode()
    assert theirs.post(address, {"version": "1"}).status_code == 302
    assert theirs.post(address, {"version": "1"}).status_code == 302
    assert len(events(archive.record, "record.description-reviewed")) == 1
    assert archive.record.title in theirs.get(reverse("describing"), {"queue": "reviewed"}).content.decode()


def test_saving_leads_to_the_next_of_the_queue(archive: Archive, me: Client) -> None:
    listed = me.get(reverse("describing")).content.decode()
    assert listed.index(archive.record.record_code) < listed.index(archive.open_record.record_code)
    address = reverse("record-describe", args=[archive.record.record_code]) + "?queue=undescribed"
    form = opened(me, archive.record)
    then = me.post(address, form | {"then": "next"})
    assert archive.open_record.record_code in then["Location"] and "queue=undescribed" in then["Location"]
    assert archive.record.record_code not in me.get(reverse("describing")).content.decode()


def test_pages_of_describing_ask_little_of_the_database(archive: Archive, me: Client) -> None:
    for address in (
        reverse("record-describe", args=[archive.record.record_code]),
        reverse("describing"),
    ):
        me.get(address)
        with CaptureQueriesContext(connection) as asked:
            me.get(address)
        assert len(asked) <= 14, [each["sql"][:120] for each in asked.captured_queries]


def test_naughty_input_gives_exact_pages(archive: Archive, me: Client) -> None:
    form = opened(me, archive.record)
    for each in ("' OR 1=1 --", "<script>alert(1)</script>", "\u202e\u0000\ufffe", "𠮷" * 3000, "{{7*7}}", "\ud83d"):
        text = each.encode("utf-8", "replace").decode()
        answer = save(me, archive.record, form, **{"e-title": text, "e-date": text, "version": text})
        assert answer.status_code in (409, 422), each
        assert "<script>alert" not in answer.content.decode()
    for query in ({"queue": "x"}, {"after": "-1"}, {"fonds": "<b>"}):
        assert me.get(reverse("describing"), query).status_code == 200
    assert me.get(reverse("record-describe", args=["nothing"])).status_code == 404


def test_relations_are_added_by_search_shown_both_ways_and_taken_back(archive: Archive, me: Client) -> None:
    first, second = archive.record, archive.open_record
    page = me.get(reverse("record", args=[first.record_code]), {"tab": "relations", "find": second.archive_code})
    assert second.title in page.content.decode() and 'name="target"' in page.content.decode()
    relate = reverse("record-relate", args=[first.record_code])
    sent = {"target": second.archive_code, "kind": "follows", "basis": "变更登记"}
    assert me.post(relate, sent).status_code == 302
    me.post(relate, sent)
    assert "这条关联已经有了" in me.get(reverse("describing")).content.decode()
    for target, words in (("没有的档号", "没有找到"), (first.record_code, "不能与自己关联")):
        me.post(relate, {"target": target, "kind": "refers"})
        assert words in me.get(reverse("describing")).content.decode()
    me.post(reverse("record-relate", args=[second.record_code]), {"target": first.record_code, "kind": "follows"})
    assert "不能互相接续" in me.get(reverse("describing")).content.decode()
    assert len(events(first, "record.related")) == 1
    there = me.get(reverse("record", args=[first.record_code]), {"tab": "relations"}).content.decode()
    back = me.get(reverse("record", args=[second.record_code]), {"tab": "relations"}).content.decode()
    assert "接续" in there and "变更登记" in there and "后续" in back and first.title in back
    remove = reverse("record-unrelate", args=[first.record_code])
    named = {"relation": f"follows:{second.record_code}"}
    me.post(remove, named | {"reason": " "})
    assert first.relations.count() == 1
    me.post(remove, named | {"reason": "登记错误"})
    assert first.relations.count() == 0
    assert events(first, "record.relation-removed")[0]["reason"] == "登记错误"


def test_files_are_ordered_split_and_merged_from_the_page(archive: Archive, me: Client) -> None:
    address = reverse("record-compose", args=[archive.record.record_code])
    page = me.get(address).content.decode()
    count = page.count('name="part"')
    assert count > 2 and "拆出所选文件" in page
    order = {f"order-{at}": str(count - at) for at in range(count)}
    assert me.post(address, order | {"act": "compose", "role-0": "sheet"}).status_code == 302
    assert events(archive.record, "record.composed")[0]["after"][-1]["role"] == "sheet"
    nothing = me.post(address, {"act": "split", "title": "新", "reason": "误并"})
    assert nothing.status_code == 422 and "请勾选" in nothing.content.decode()
    before = me.get(reverse("record", args=[archive.record.record_code]), {"tab": "files"}).content.decode()
    made = me.post(address, {"act": "split", "part": ["0", "1"], "title": "拆出来的新件", "reason": "误并"})
    assert made.status_code == 302
    new = Record.objects.get(title="拆出来的新件")
    assert made["Location"] == reverse("record-describe", args=[new.record_code])
    assert new.files == 2 and new.archive_code
    assert "拆出来的新件" in me.get(made["Location"]).content.decode()
    assert (
        "拆出新件" in me.get(reverse("record", args=[archive.record.record_code]), {"tab": "history"}).content.decode()
    )
    whole = me.get(reverse("record-package", args=[archive.record.record_code]))
    assert whole.status_code == 403 and "下载原包" in before
    assert me.get(reverse("record-file", args=[new.record_code, 1])).status_code == 200
    other = me.post(address, {"act": "merge", "other": archive.open_record.record_code, "merge-reason": "像"})
    assert other.status_code == 422 and "开放标识" in other.content.decode()
    into = reverse("record-compose", args=[archive.record.record_code])
    me.post(reverse("record-hold", args=[new.record_code]), {"act": "let-go"})
    merged = me.post(into, {"act": "merge", "other": new.archive_code, "merge-reason": "本来是一件"})
    assert merged.status_code == 302, merged.content.decode()
    gone = me.get(reverse("record", args=[new.archive_code])).content.decode()
    assert "这件档案已并入另一件" in gone
    assert me.get(reverse("record-describe", args=[new.record_code])).status_code == 403
    assert me.get(address).content.decode().count('name="part"') == count


def test_what_the_text_says_too_has_its_source(archive: Archive, me: Client) -> None:
    page = me.get(reverse("record-describe", args=[archive.record.record_code])).content.decode()
    sources = dict(re.findall(r'name="(e-\w+)"[^>]*data-source="([\d-]+)"', page))
    assert sources["e-title"] == "1-0" and sources["e-date"] == "1-6" and "e-document_number" in sources
