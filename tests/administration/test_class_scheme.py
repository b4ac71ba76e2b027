"""The classification scheme over time: which classes there are on a day, where records go, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference_data import NOW as LOADED
from reference_data import load_reference

from lantai.administration.models import ClassAct, Organisation, RecordClass, SchemeChange, ServiceItem
from lantai.administration.queries import PlacementQuestion, class_scheme, list_classes, placements
from lantai.administration.queries.bodies import body_and_class
from lantai.administration.services import ReferenceRefused
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.schemes import ClassChange, change_class_scheme, withdraw_class_change
from lantai.ledger.queries import entries_about

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
FIRST = date(2027, 1, 1)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def classes() -> None:
    for path, name in (("ZY", "专业"), ("ZY·XK", "行政许可"), ("ZY·QR", "行政确认"), ("KU", "会计")):
        above = RecordClass.objects.filter(path=path.rpartition("·")[0]).first()
        RecordClass.objects.create(
            path=path, code=path.rpartition("·")[2], level=path.count("·") + 1, name=name, parent=above
        )


def changed(act: str, path: str, name: str = "", day: date = FIRST, now: datetime = NOW, **more: str) -> SchemeChange:
    return change_class_scheme(
        change=ClassChange(act, path, name, **more), day=day, basis="档案分类方案修订", by=CONSOLE, now=now
    )


@pytest.mark.usefixtures("classes")
def test_a_class_begins_changes_its_name_and_ends_on_its_days() -> None:
    changed("added", "ZY·QT", "其他权力", item_type="10")
    changed("renamed", "ZY·XK", "许可类", day=FIRST + 365 * ONE_DAY)
    changed("closed", "ZY·QR", day=FIRST + 365 * ONE_DAY, successor="ZY·XK")
    scheme, later = class_scheme(), FIRST + 365 * ONE_DAY
    assert [*scheme.on(FIRST - ONE_DAY)] == ["KU", "ZY", "ZY·QR", "ZY·XK"]
    assert [*scheme.on(FIRST)] == ["KU", "ZY", "ZY·QR", "ZY·QT", "ZY·XK"]
    assert [*scheme.on(later)] == ["KU", "ZY", "ZY·QT", "ZY·XK"]
    assert [scheme.on(day)["ZY·XK"].name for day in (later - ONE_DAY, later)] == ["行政许可", "许可类"]
    assert [scheme.place_of("ZY·QR", day) for day in (later - ONE_DAY, later)] == ["ZY·QR", "ZY·XK"]
    assert scheme.place_of("ZY·QT", FIRST - ONE_DAY) == "ZY", "not there yet: the class above"
    assert scheme.place_of("KJ·01", FIRST) == "KJ·01", "nobody registered it"
    assert [each.name for each in list_classes() if each.path == "ZY·XK"] == ["许可类"]
    assert body_and_class(organisation_id=0, class_path="ZY·XK", on=later)[1] == "许可类"
    assert body_and_class(organisation_id=0, class_path="ZY·XK", on=later - ONE_DAY)[1] == "行政许可"
    [entry] = entries_about(subject="class:ZY·XK")
    assert entry.kind == "administration.class-renamed" and entry.detail is not None
    assert (entry.detail["before"]["name"], entry.detail["after"]["name"]) == ("行政许可", "许可类")
    assert entries_about(subject="class:ZY·QR")[-1].kind == "administration.class-closed"


@pytest.mark.usefixtures("classes")
@pytest.mark.parametrize(
    ("act", "path", "name", "more", "fault"),
    [
        ("added", "ZY·XK", "x", {}, "已被使用"),
        ("added", "ZY·OLD", "x", {}, "已被使用"),
        ("added", "NO·XK", "x", {}, "上级类别 NO 在生效日期不在用"),
        ("added", "ZY·XK·1·2·3", "x", {}, "至多四级"),
        ("renamed", "ZY·NO", "x", {}, "不在用"),
        ("renamed", "ZY·XK", "行政许可", {}, "没有改动"),
        ("renamed", "ZY·OLD", "x", {}, "不在用"),
        ("closed", "ZY", "", {}, "须先停用下级类别：ZY·QR、ZY·XK"),
        ("closed", "ZY·XK", "", {"successor": "ZY·XK"}, "不是本类别"),
        ("closed", "ZY·XK", "", {"successor": "ZY·OLD"}, "须在用"),
        ("closed", "ZY·OLD", "", {}, "不在用"),
    ],
)
def test_what_cannot_be_is_refused(act: str, path: str, name: str, more: dict[str, str], fault: str) -> None:
    changed("added", "ZY·OLD", "旧", day=FIRST - 800 * ONE_DAY)
    changed("closed", "ZY·OLD", day=FIRST - 400 * ONE_DAY)
    before = SchemeChange.objects.count(), RecordClass.objects.count()
    with pytest.raises(ReferenceRefused, match=fault):
        changed(act, path, name, **more)
    with pytest.raises(ReferenceRefused, match="生效日期不能早于"):
        changed("added", "ZY·NEW", "x", day=FIRST - 401 * ONE_DAY)
    assert (SchemeChange.objects.count(), RecordClass.objects.count()) == before


@pytest.mark.usefixtures("classes")
def test_the_last_change_is_withdrawn_before_its_day() -> None:
    first, second = changed("added", "ZY·QT", "其他"), changed("renamed", "ZY·QT", "其他权力", day=FIRST + ONE_DAY)
    with pytest.raises(ReferenceRefused, match="最后登记"):
        withdraw_class_change(number=first.pk, reason="r", by=CONSOLE, now=NOW)
    withdraw_class_change(number=second.pk, reason="名称未定", by=CONSOLE, now=NOW)
    item = ServiceItem.objects.create(code="1", name="x", record_class=RecordClass.objects.get(path="ZY·QT"))
    with pytest.raises(ReferenceRefused, match="已有事项归入"):
        withdraw_class_change(number=first.pk, reason="r", by=CONSOLE, now=NOW)
    item.delete()
    late = datetime.combine(FIRST, datetime.min.time(), tzinfo=UTC)
    with pytest.raises(ReferenceRefused, match="还没有生效"):
        withdraw_class_change(number=first.pk, reason="r", by=CONSOLE, now=late)
    withdraw_class_change(number=first.pk, reason="不增加了", by=CONSOLE, now=NOW)
    assert not RecordClass.objects.filter(path="ZY·QT").exists()
    assert [*class_scheme().on(FIRST + 9 * ONE_DAY)] == ["KU", "ZY", "ZY·QR", "ZY·XK"]
    assert [each.kind for each in entries_about(subject="class:ZY·QT")][-2:] == [
        "administration.class-change-withdrawn"
    ] * 2
    changed("added", "ZY·QT", "其他")


def test_a_record_is_placed_by_the_scheme_of_its_own_date() -> None:
    load_reference()
    body = Organisation.objects.get(code="SCJG").pk
    item = ServiceItem.objects.get(code="0119000101")
    assert item.record_class is not None and item.record_class.path == "ZY·XK·SP"
    turn = date(2023, 1, 1)
    changed("added", "ZY·XK·CY", "餐饮", day=turn)
    changed("closed", "ZY·XK·SP", day=turn, successor="ZY·XK·CY")

    def placed(**metadata: str) -> tuple[str, ...]:
        [place] = placements(asked=[PlacementQuestion(body, "generic", metadata)], at=LOADED)
        return (place.category, *place.classes)

    from_item, old, new = {"item_code": "0119000101"}, {"decided_at": "2022-12-31"}, {"decided_at": "2023-01-01"}
    assert placed(**from_item, **old) == ("ZY", "XK", "SP")
    assert placed(**from_item, **new) == ("ZY", "XK", "CY")
    assert placed(**from_item) == ("ZY", "XK", "CY"), "without a date of its own the day of intake"


STEPS = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["added", "renamed", "closed"]),
        st.sampled_from(["A", "A·1", "A·2", "A·1·X", "B"]),
        st.integers(0, 3),
        st.sampled_from(["", "A", "A·2", "B"]),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_day_agrees_with_a_slow_reference(steps: Any) -> None:
    """Against a book of days: each class with its name, kept by hand for every day."""
    start, days = date(2030, 1, 1), 2400
    with transaction.atomic():
        RecordClass.objects.create(path="A", code="A", level=1, name="甲")
        book: list[dict[str, str]] = [{"A": "甲"} for _day in range(days)]
        at = 0
        for ahead, act, path, number, successor in steps:
            day = at + ahead
            name = f"名{number}" if act != ClassAct.CLOSED else ""
            try:
                changed(
                    act,
                    path,
                    name,
                    day=start + timedelta(days=day),
                    **({"successor": successor} if act == ClassAct.CLOSED else {}),
                )
            except ReferenceRefused:
                continue
            at = day
            for later in range(day, days):
                if act == ClassAct.CLOSED:
                    del book[later][path]
                else:
                    book[later][path] = name
        scheme = class_scheme()
        for offset in range(0, days, 37):
            found = scheme.on(start + timedelta(days=offset))
            assert {path: each.name for path, each in found.items()} == book[offset], offset
            for path in scheme.known:
                place = scheme.place_of(path, start + timedelta(days=offset))
                assert place in found or place == "", (path, place)
                assert path not in found or place == path
            assert all(path.rpartition("·")[0] in found for path in found if "·" in path), "none without the one above"
        transaction.set_rollback(True)
