"""The queue of due work: its order, its filters, its counts, its speed; from one duty to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Organisation, Person, Role
from lantai.work import queries
from lantai.work.models import DueWork
from lantai.work.queries import DutyFilter
from lantai.work.services import DutyToRaise, Sentence, finish_work, raise_work
from tests.make_people import make_person, signed_in
from tests.work.queue_rows import LONG, duty, make_duties, make_many

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def archivist() -> Person:
    return make_person(Role.ARCHIVIST)


def subjects(**chosen: Any) -> list[str]:
    rows = queries.open_duties(role="archivist", today=timezone.localdate(), chosen=DutyFilter(**chosen))
    return [each.subject for each in rows]


def page(person: Person, **query: Any) -> str:
    response = signed_in(person).get(reverse("work"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_overdue_stand_first_and_what_has_no_day_last() -> None:
    now = timezone.now()
    raised = [("A", None), ("B", 2), ("C", -3), ("D", 0), ("E", -1)]
    raise_work(
        duties=[
            DutyToRaise(
                kind="submission",
                subject=subject,
                title=subject,
                reason=Sentence("agreement-asks"),
                role="archivist",
                due_on=None if days is None else timezone.localdate() + timedelta(days=days),
            )
            for subject, days in raised
        ],
        now=now,
    )
    assert subjects() == ["C", "E", "D", "B", "A"]
    assert subjects(sort="oldest") == ["A", "B", "C", "D", "E"]
    assert subjects(sort="newest") == ["E", "D", "C", "B", "A"]
    assert subjects(due="overdue") == ["C", "E"]
    assert subjects(due="today") == ["D"]
    assert subjects(due="week") == ["D", "B"]
    assert subjects(kind="verification") == []
    assert subjects(text="b") == ["B"]


def test_figures_count_by_kind_and_leave_out_what_is_put_off_and_what_is_done() -> None:
    later = timezone.localdate() + timedelta(days=9)
    DueWork.objects.bulk_create(
        [
            duty(1, days=-2),
            duty(2, days=0),
            duty(3, days=7),
            duty(4, days=8),
            duty(5, days=-1, kind="verification"),
            duty(6, days=None),
            duty(7, days=20, put_off_until=later),
            duty(8, days=3, put_off_until=timezone.localdate()),
            duty(9, days=1, role="department", organisation_id=5),
        ]
    )
    finish_work(kind="submission", subjects=["S000004"], by="person:1", now=timezone.now())
    found = queries.duty_figures(role="archivist", organisation_id=None, today=timezone.localdate())
    assert (found.overdue, found.today, found.week, found.put_off, found.finished) == (2, 1, 3, 1, 1)
    assert found.kinds == {"submission": 5, "verification": 1}
    assert found.late_kinds == {"submission": 1, "verification": 1}
    assert found.open == 6 == queries.count_duties(role="archivist")
    assert queries.count_duties(role="department", organisation_id=5) == 1
    assert queries.count_duties(role="department", organisation_id=6) == 0
    assert subjects(due="put-off") == ["S000007"]


def test_the_page_shows_why_and_its_filters_stand_in_the_address(archivist: Person) -> None:
    DueWork.objects.bulk_create([duty(1, days=-2, title=LONG), duty(2, kind="verification", title="核验发现问题")])
    shown = page(archivist)
    assert LONG in shown and "逾期 2 天" in shown and "按移交协议须由档案员决定是否接收" in shown
    assert "第 1–2 条，共 2 条" in shown and "接收检测 1" in shown
    assert "due=overdue" in shown and "due=week" in shown
    narrowed = page(archivist, kind="verification", text="核验", sort="newest")
    assert LONG not in narrowed and "第 1–1 条，共 1 条" in narrowed
    assert "queue=duties&amp;within=kind%3Dverification" in narrowed
    assert "没有符合条件的事项" in page(archivist, text="绝无此事")
    english = Person.objects.get(pk=archivist.pk)
    english.language = "en"
    english.save(update_fields=["language"])
    assert "Overdue" in page(english) and "1–2 of 2" in page(english)


def test_one_goes_from_duty_to_duty_in_the_order_one_came_from() -> None:
    DueWork.objects.bulk_create(
        [duty(1, days=3), duty(2, days=1), duty(3, days=2), duty(4, days=2), duty(5, days=None)]
    )

    def beside(key: str, **chosen: Any) -> tuple[str, str, int, int]:
        found = queries.duty_neighbours(
            role="archivist",
            today=timezone.localdate(),
            organisation_id=None,
            chosen=DutyFilter(**chosen),
            key=f"submission:{key}",
        )
        assert found is not None
        return found.previous[-1:], found.following[-1:], found.place, found.total

    assert beside("S000002") == ("", "3", 1, 5)
    assert beside("S000003") == ("2", "4", 2, 5)
    assert beside("S000004") == ("3", "1", 3, 5)
    assert beside("S000005") == ("1", "", 5, 5)
    assert beside("S000003", sort="newest") == ("4", "2", 3, 5)
    assert beside("S000003", sort="oldest") == ("2", "4", 3, 5)
    assert beside("S000002", due="put-off") == ("", "", 1, 0)
    finish_work(kind="submission", subjects=["S000003"], by="person:1", now=timezone.now())
    assert beside("S000003") == ("2", "4", 2, 4)
    unknown = queries.duty_neighbours(
        role="archivist", today=timezone.localdate(), organisation_id=None, chosen=DutyFilter(), key="submission:no"
    )
    assert unknown is None


def test_a_queue_of_many_stays_within_its_queries(
    archivist: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_many(20_000, today=timezone.localdate(), now=timezone.now())
    client = signed_in(archivist)
    client.get(reverse("work"))
    client.post(reverse("selection", args=["duties"]), {"act": "all", "query": "kind=submission"})
    for query in ("", "page=600", "kind=submission&due=week", "text=199", "due=put-off", "sort=newest&view=all"):
        with django_assert_max_num_queries(12):
            assert client.get(f"{reverse('work')}?{query}").status_code == 200, query


def test_the_menu_counts_no_further_than_it_must(archivist: Person) -> None:
    make_duties(queries.MANY - 1)
    client = signed_in(archivist)
    assert '<span class="lt-count lt-count--hot">999</span>' in client.get(reverse("notices")).content.decode()
    duty(queries.MANY).save()
    assert '<span class="lt-count lt-count--hot">999+</span>' in client.get(reverse("notices")).content.decode()


def test_a_department_sees_its_own_corrections_only(archivist: Person) -> None:
    own, other = (Organisation.objects.create(code=f"1133000000000{number}", name=f"单位{number}") for number in (1, 2))
    clerk = make_person(Role.DEPARTMENT, organisation=own)
    DueWork.objects.bulk_create(
        [
            duty(1, kind="correction", role="department", organisation_id=own.pk, title="本单位的"),
            duty(2, kind="correction", role="department", organisation_id=other.pk, title="别的单位的"),
        ]
    )
    shown = page(clerk)
    assert "本单位的" in shown and "别的单位的" not in shown and "批量接收" not in shown


def test_a_page_beyond_the_last_is_the_last(archivist: Person) -> None:
    make_duties(65)
    assert "第 61–65 条，共 65 条" in page(archivist, page=99)
