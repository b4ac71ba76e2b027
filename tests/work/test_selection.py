"""Rows ticked over many pages, all of a filter, and what is done with them at once; views kept of a list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Organisation, Person, Role
from lantai.ledger.models import Entry
from lantai.work.models import BulkItem, BulkOrder, DueWork, FirstView, Job, JobState, Notice, SavedView, Selection
from lantai.work.queries import open_duties
from lantai.work.services import finish_work, run_jobs
from tests.make_people import make_person, signed_in
from tests.work.queue_rows import LONG, duty, make_duties

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
AT = "selection"


@pytest.fixture
def archivist() -> Person:
    return make_person(Role.ARCHIVIST)


@pytest.fixture
def client(archivist: Person) -> Client:
    return signed_in(archivist)


def key(number: int) -> str:
    return f"submission:S{number:06d}"


def post(client: Client, status: int = 302, **data: Any) -> Any:
    response = client.post(reverse(AT, args=["duties"]), data)
    assert response.status_code == status, response.status_code
    return response


def shown(client: Client, **query: Any) -> str:
    return str(client.get(reverse("work"), query).content.decode())


def ticked(page: str) -> list[str]:
    """The keys of the ticked rows of a page."""
    return [part.split('"')[0] for part in page.split('name="selected" value="')[1:] if "checked" in part.split(">")[0]]


def order_of(response: Any) -> BulkOrder:
    return BulkOrder.objects.get(pk=UUID(response["Location"].split("/")[2]))


def test_ticks_of_many_pages_add_up_and_one_click_clears_them(client: Client) -> None:
    make_duties(70)
    post(client, act="keep", shown=[key(1), key(2), key(3)], selected=[key(1), key(3)])
    post(client, act="keep", shown=[key(65)], selected=[key(65)])
    post(client, act="keep", shown=[key(65)], selected=[key(65)])
    page = shown(client)
    assert "已选 <b data-count>3</b>" in page and 'data-elsewhere="1"' in page
    assert ticked(page) == [key(1), key(3)]
    assert ticked(shown(client, page=3)) == [key(65)]
    post(client, act="keep", shown=[key(1), key(2)], selected=[key(2)])
    assert ticked(shown(client)) == [key(2), key(3)]
    assert shown(signed_in(make_person(Role.ARCHIVIST, username="two"))).count(" checked") == 0
    post(client, act="clear")
    assert ticked(shown(client)) == [] and not Selection.objects.exists()


def test_all_results_of_a_filter_with_exceptions(client: Client) -> None:
    make_duties(70)
    DueWork.objects.bulk_create([duty(each, kind="verification") for each in (1, 2)])
    post(client, act="all", query="kind=submission&nonsense=1")
    page = shown(client, kind="submission")
    assert "已选 <b data-count>70</b>" in page and len(ticked(page)) == 30 and "选择全部" not in page
    post(client, act="keep", shown=[key(1), key(2)], selected=[key(2)])
    page = shown(client, kind="submission")
    assert "已选 <b data-count>69</b>" in page and key(1) not in ticked(page)
    everything = shown(client)
    assert "选择全部 72 条结果" in everything and "verification:V000001" not in ticked(everything)
    assert "其中包括另一个筛选结果的全部" in everything
    post(client, act="keep", shown=["verification:V000001"], selected=["verification:V000001"])
    assert "已选 <b data-count>70</b>" in shown(client)
    later = duty(99)
    later.save()
    assert "已选 <b data-count>71</b>" in shown(client)
    order = order_of(post(client, act="duty-put-off"))
    keys = set(order.items.values_list("key", flat=True))
    assert len(keys) == 71 and key(99) in keys and key(1) not in keys and "verification:V000001" in keys


def test_a_script_is_answered_shortly_and_the_way_back_stays_in_the_list(client: Client) -> None:
    make_duties(2)
    told = client.post(
        reverse(AT, args=["duties"]),
        {"act": "keep", "shown": [key(1)], "selected": [key(1)]},
        headers={"x-requested-with": "fetch"},
    )
    assert (told.status_code, told.content) == (204, b"")
    assert post(client, act="keep", back="/work/?kind=submission&page=2")["Location"] == "/work/?kind=submission&page=2"
    for elsewhere in ("//evil.example/", "https://evil.example/work/?", "/people/", "/work/../people/", "\u202e"):
        assert post(client, act="keep", back=elsewhere)["Location"] == "/work/"
    for wrong in ("", "\u202e\u0000", "x" * 500):
        post(client, act="keep", shown=[wrong], selected=[wrong])
    assert Selection.objects.get().keys == [key(1)]
    post(client, status=404, act="no-such-act", shown=[key(1)], selected=[key(1)])
    assert client.post(reverse(AT, args=["no-such-list"]), {"act": "all"}).status_code == 404
    leader = signed_in(make_person(Role.LEADER))
    assert leader.post(reverse(AT, args=["duties"]), {"act": "all"}).status_code == 404
    assert signed_in(make_person(Role.AUDIT)).post(reverse(AT, args=["duties"])).status_code == 403


def test_nothing_selected_leads_back_with_a_word(client: Client) -> None:
    make_duties(1)
    answer = client.post(reverse(AT, args=["duties"]), {"act": "duty-put-off"}, follow=True)
    assert "没有选择任何一项" in answer.content.decode()
    assert not BulkOrder.objects.exists()


def test_putting_off_is_shown_then_done_in_the_background_and_once(client: Client, archivist: Person) -> None:
    DueWork.objects.bulk_create([duty(1, days=5), duty(2, days=1), duty(3, days=0), duty(4, days=None), duty(5)])
    post(client, act="keep", shown=[key(each) for each in range(1, 5)], selected=[key(each) for each in range(1, 5)])
    response = post(client, act="duty-put-off", back="/work/?sort=oldest", shown=[key(5)], selected=[key(5)])
    order = order_of(response)
    page = client.get(response["Location"]).content.decode()
    assert "将办理 4 项" in page and "不包括 1 项" in page and "今天到期或已逾期，不能暂缓" in page
    assert "暂缓 4 项" in page and 'href="/work/?sort=oldest"' in page
    finish_work(kind="submission", subjects=["S000005"], by="person:9", now=timezone.now())
    today = timezone.localdate()
    wrong = client.post(response["Location"], {"until": today.isoformat(), "reason": ""})
    assert "请选择明天起" in wrong.content.decode() and not Job.objects.exists()
    given = {"until": (today + timedelta(days=3)).isoformat(), "reason": "等移交单位来函"}
    first, second = (client.post(response["Location"], given) for _time in range(2))
    assert first["Location"] == second["Location"] == f"/jobs/{order_of(response).task_id}/"
    assert Job.objects.count() == 1 and not Selection.objects.exists()
    assert client.get(response["Location"]).status_code == 302
    run_jobs(drain=True)
    kept = {each.subject: each.put_off_until for each in DueWork.objects.all()}
    assert kept["S000001"] == kept["S000004"] == today + timedelta(days=3)
    assert kept["S000002"] == today + timedelta(days=1)  # not beyond its due day
    assert kept["S000003"] is None and kept["S000005"] is None
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == (JobState.TROUBLED, 4, 4)
    ended = client.get(f"/jobs/{job.task_id}/").content.decode()
    assert "完成但有异常" in ended and "办成 3 项，没有办成 1 项，不包括 1 项" in ended and "已经办结" in ended
    assert 'href="/submissions/S000005/"' in ended and "重试没有办成的 1 项" in ended
    notice = Notice.objects.get()
    assert (notice.text, notice.person_id, notice.link) == ("bulk-troubled", archivist.pk, f"/jobs/{job.task_id}/")
    kinds = list(Entry.objects.order_by("id").values_list("kind", flat=True))
    assert kinds.count("bulk.confirmed") == 1 and kinds.count("duty.put-off") == 3
    entry = Entry.objects.get(kind="duty.put-off", subject="S000002")
    assert (entry.actor, entry.role) == (f"person:{archivist.pk}", "archivist")
    assert '"after":"' in (entry.text or "").replace(" ", "") and "等移交单位来函" in (entry.text or "")
    assert order.items.filter(state=BulkItem.State.DONE).count() == 3
    assert [each.subject for each in open_duties(role="archivist", today=today)] == ["S000003"]
    later = open_duties(role="archivist", today=today + timedelta(days=3))
    assert {each.subject for each in later} == {"S000001", "S000002", "S000003", "S000004"}


def test_what_failed_is_tried_again_once_and_only_that(client: Client) -> None:
    DueWork.objects.bulk_create([duty(1), duty(2)])
    post(client, act="all", query="")
    place = post(client, act="duty-put-off")["Location"]
    finish_work(kind="submission", subjects=["S000002"], by="person:9", now=timezone.now())
    until = (timezone.localdate() + timedelta(days=2)).isoformat()
    first = client.post(place, {"until": until, "reason": "等"})["Location"]
    run_jobs(drain=True)
    duty(2).save()  # it is open again
    again = [client.post(f"{first}retry/", {"act": "failed"})["Location"] for _time in range(2)]
    assert again[0] == again[1] != first
    run_jobs(drain=True)
    assert DueWork.objects.get(subject="S000002", finished_at=None).put_off_until is not None
    repeated = BulkOrder.objects.get(repeats__isnull=False)
    assert [each.key for each in repeated.items.all()] == [key(2)]
    assert Job.objects.get(task_id=repeated.task_id).state == JobState.DONE
    assert "没有办成的已经重试" in client.get(first).content.decode()
    assert Notice.objects.filter(text="bulk-done").count() == 1
    nothing = client.post(f"{again[0]}retry/", {"act": "failed"}, follow=True)
    assert "没有可以重试的" in nothing.content.decode()
    system = signed_in(make_person(Role.SYSTEM))
    assert system.post(f"{first}retry/", {"act": "failed"}).status_code == 403
    assert BulkOrder.objects.count() == 2


def test_what_was_put_off_is_taken_up_again(client: Client) -> None:
    later = timezone.localdate() + timedelta(days=4)
    DueWork.objects.bulk_create([duty(1, put_off_until=later, put_off_reason="等"), duty(2)])
    post(client, act="keep", shown=[key(1), key(2)], selected=[key(1), key(2)])
    place = post(client, act="duty-take-up")["Location"]
    assert "没有暂缓" in client.get(place).content.decode()
    client.post(place, {})
    run_jobs(drain=True)
    assert DueWork.objects.get(subject="S000001").put_off_until is None
    assert Entry.objects.filter(kind="duty.taken-up", subject="S000001").count() == 1


def test_an_order_is_its_makers_own(client: Client) -> None:
    make_duties(1)
    post(client, act="all", query="")
    place = post(client, act="duty-put-off")["Location"]
    other = signed_in(make_person(Role.ARCHIVIST, username="other"))
    assert other.get(place).status_code == 404
    until = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert other.post(place, {"until": until, "reason": "等"}).status_code == 404
    assert not Job.objects.exists()


def test_a_view_is_kept_changed_reverted_and_given_up(client: Client, archivist: Person) -> None:
    make_duties(3)
    name = LONG[:60]
    page = shown(client, kind="submission", sort="newest")
    assert "另存为视图" in page
    made = client.post(reverse("views", args=["duties"]), {"name": name, "query": "sort=newest&kind=submission"})
    view = SavedView.objects.get()
    assert made["Location"] == f"/work/?view={view.pk}&kind=submission&sort=newest"
    page = client.get(made["Location"]).content.decode()
    assert name in page and f"{name} *" not in page and "设为默认" in page
    changed = shown(client, view=view.pk, kind="submission", due="week")
    assert f"{name} *" in changed and "已改动，尚未保存" in changed and "还原" in changed
    assert f'href="/work/?view={view.pk}&amp;kind=submission&amp;sort=newest"' in changed
    saved = client.post(reverse("view", args=[view.pk]), {"act": "save", "query": "kind=submission&due=week"})
    assert saved["Location"] == f"/work/?view={view.pk}&kind=submission&due=week"
    again = client.post(reverse("views", args=["duties"]), {"name": name, "query": ""}, follow=True)
    assert "已有同名的视图" in again.content.decode() and SavedView.objects.count() == 1
    assert "请给视图起一个名称" in client.post(reverse("views", args=["duties"]), {}, follow=True).content.decode()
    client.post(reverse("view", args=[view.pk]), {"act": "first"})
    assert client.get(reverse("work"))["Location"] == saved["Location"]
    assert shown(client, view="all").count('aria-current="page"') >= 1
    client.post(reverse("view", args=[view.pk]), {"act": "unfirst"})
    assert client.get(reverse("work")).status_code == 200 and not FirstView.objects.exists()
    client.post(reverse("view", args=[view.pk]), {"act": "first"})
    client.post(reverse("view", args=[view.pk]), {"act": "delete"})
    assert not SavedView.objects.exists() and client.get(reverse("work")).status_code == 200
    told = list(Entry.objects.filter(subject=f"view:{view.pk}").order_by("id").values_list("kind", "actor"))
    assert told == [(kind, f"person:{archivist.pk}") for kind in ("view.kept", "view.changed", "view.removed")]


def test_team_views_are_seen_by_the_team_and_changed_by_its_archivists(client: Client) -> None:
    client.post(reverse("views", args=["duties"]), {"name": "我的", "query": "due=week"})
    client.post(reverse("views", args=["duties"]), {"name": "本周", "query": "due=week", "team": "yes"})
    own, team = SavedView.objects.order_by("id")
    colleague = signed_in(make_person(Role.ARCHIVIST, username="colleague"))
    page = shown(colleague)
    assert "本周" in page and "我的" not in page.replace("我的工作", "").replace("我的账号", "").replace("我的收藏", "")
    assert colleague.post(reverse("view", args=[own.pk]), {"act": "delete"}).status_code == 404
    assert colleague.post(reverse("view", args=[own.pk]), {"act": "first"}).status_code == 404
    assert colleague.post(reverse("view", args=[team.pk]), {"act": "save", "query": "due=today"}).status_code == 302
    team.refresh_from_db()
    assert team.query == "due=today"
    body = Organisation.objects.create(code="11330000000000000X", name="县民政局")
    clerk = signed_in(make_person(Role.DEPARTMENT, username="clerk", organisation=body))
    assert "本周" not in shown(clerk)
    for act in ("save", "delete", "first"):
        assert clerk.post(reverse("view", args=[team.pk]), {"act": act}).status_code == 404
    assert signed_in(make_person(Role.PUBLIC)).post(reverse("view", args=[team.pk])).status_code == 403
    assert client.post(reverse("views", args=["no-such-list"]), {"name": "x"}).status_code == 404
