"""Form templates and the teaching of kinds, through their services: rows, ledger, twice, broken off, refused."""

from __future__ import annotations

import pytest
from django.utils import timezone

from lantai.administration.models import Role
from lantai.administration.services.people_access import Actor
from lantai.archival.imaging.forms import MarkedField
from lantai.digitisation.models import FieldState, FormTemplate, PageField, ReadPage, ScanBatch, SorterVersion
from lantai.digitisation.services.form_templates import (
    TemplateRefused,
    add_template,
    fill_batch,
    retire_template,
)
from lantai.digitisation.services.sorting import TooFewPages, ask_teaching, choose_sorter
from lantai.digitisation.services.understanding import active_sorter, understand
from lantai.ledger.queries import list_entries
from lantai.work.services import run_jobs
from tests.archival.imaging.true_lines import read_line, witnessed
from tests.digitisation.read_pages import put_batch, put_page, put_specimen

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]

BOXES = (
    MarkedField("申请单位", "text", (700, 542, 2180, 672)),
    MarkedField("信用代码", "credit_code", (700, 672, 1320, 802), required=True),
    MarkedField("申请日期", "date", (1857, 440, 2300, 512)),
)
PLACES = BOXES  # where the cells of every generated form lie


def actor() -> Actor:
    return Actor(1, "archivist", Role.ARCHIVIST, "192.0.2.7")


def kinds_of(subject: str) -> list[str]:
    return [each.kind for each in list_entries(limit=50) if each.subject == subject]


@pytest.mark.django_db(transaction=True)
def test_a_template_fills_the_pages_of_a_batch_and_those_read_later() -> None:
    batch = put_batch()
    example, _told = put_specimen(batch, 94_001, "form")
    other, told = put_specimen(batch, 94_002, "form")
    third, _told = put_specimen(batch, 94_003, "permit")
    made = add_template(page_id=example.page_id, name="申请表", marked=PLACES, by=actor(), now=timezone.now())
    assert fill_batch(batch_id=batch.pk, by=actor(), now=timezone.now()) is not None
    assert fill_batch(batch_id=batch.pk, by=actor(), now=timezone.now()) is None
    run_jobs(drain=True)
    values = dict(PageField.objects.filter(page_id=other.page_id).values_list("name", "value"))
    assert values["信用代码"] == next(value for code, value in told if code == "credit_code")
    assert values["申请单位"] == next(value for code, value in told if code == "body")
    assert set(PageField.objects.filter(page_id=other.page_id).values_list("source", flat=True)) == {
        f"template:{made.pk}"
    }
    assert not PageField.objects.filter(page_id=third.page_id).exists()
    (filled,) = list_entries(kinds=["scans.forms-filled"], limit=2)
    assert filled.detail["filled"] == 2 and filled.detail["pages"] == 3
    assert kinds_of(f"form-template:{made.pk}") == ["form-template.added"]
    later, _told = put_specimen(put_batch("乙柜"), 94_004, "form")
    understand(reading=later)
    assert PageField.objects.filter(page_id=later.page_id, source=f"template:{made.pk}").count() == 3


@pytest.mark.django_db(transaction=True)
def test_filled_again_accepted_values_stay_and_after_retiring_suggestions_go() -> None:
    batch = put_batch()
    example, _told = put_specimen(batch, 94_005, "form")
    made = add_template(page_id=example.page_id, name="申请表", marked=PLACES, by=actor(), now=timezone.now())
    fill_batch(batch_id=batch.pk, by=actor(), now=timezone.now())
    run_jobs(drain=True)
    PageField.objects.filter(name="申请单位").update(state=FieldState.ACCEPTED, by="person:1")
    for _press in range(2):
        retire_template(template_id=made.pk, by=actor(), now=timezone.now())
    fill_batch(batch_id=batch.pk, by=actor(), now=timezone.now())
    run_jobs(drain=True)
    assert list(PageField.objects.values_list("name", flat=True)) == ["申请单位"]
    assert sorted(kinds_of(f"form-template:{made.pk}")) == ["form-template.added", "form-template.retired"]


@pytest.mark.database
def test_the_same_template_twice_is_one_and_a_changed_one_takes_its_place() -> None:
    example, _told = put_specimen(put_batch(), 94_006, "form")
    one, two = (
        add_template(page_id=example.page_id, name="申请表", marked=PLACES, by=actor(), now=timezone.now())
        for _ in range(2)
    )
    assert one.pk == two.pk
    changed = add_template(page_id=example.page_id, name="申请表", marked=PLACES[:2], by=actor(), now=timezone.now())
    assert list(FormTemplate.objects.filter(retired_at=None)) == [changed]
    (entry, _first) = list_entries(kinds=["form-template.added"], limit=3)
    assert {entry.detail["replaces"], _first.detail["replaces"]} == {None, one.pk}


@pytest.mark.parametrize(
    ("code", "name", "marked"),
    [
        ("name", "  ", PLACES),
        ("no-fields", "表", ()),
        ("too-many", "表", PLACES * 40),
        ("same-name", "表", (PLACES[0], PLACES[0])),
        ("place", "表", (MarkedField("甲", "text", (10, 10, 9999, 20)),)),
        ("place", "表", (MarkedField("甲", "text", (10, 10, 10, 20)),)),
        ("nothing-printed", "表", (MarkedField("甲", "text", (0, 0, 2480, 3508)),)),
    ],
)
def test_what_is_marked_wrongly_is_refused_and_nothing_is_kept(
    code: str, name: str, marked: tuple[MarkedField, ...]
) -> None:
    example, _told = put_specimen(put_batch(), 94_007, "form")
    with pytest.raises(TemplateRefused) as refused:
        add_template(page_id=example.page_id, name=name, marked=marked, by=actor(), now=timezone.now())
    assert refused.value.code == code and not FormTemplate.objects.exists()
    with pytest.raises(ReadPage.DoesNotExist):
        add_template(page_id=example.page_id + 99, name="表", marked=PLACES, by=actor(), now=timezone.now())


def decided(batch: ScanBatch, count: int, kind: str = "户口迁移证") -> None:
    for number in range(count):
        lines = [
            read_line(f"{text}{number}", (300, 200 + 100 * place, 1500, 260 + 100 * place))
            for place, text in enumerate(
                ("迁出地址", "迁入地址", "户口专用", "持证人", "与户主关系", "迁移原因", "签发派出所")
            )
        ]
        reading = put_page(batch, lines)
        reading.kind, reading.kind_by, reading.reviewed_at = kind, "person:1", timezone.now()
        reading.save()


@pytest.mark.django_db(transaction=True)
def test_taught_by_decisions_a_new_kind_is_told_its_accuracy_known_and_it_is_taken_back() -> None:
    batch = put_batch()
    with pytest.raises(TooFewPages):
        ask_teaching(by=actor(), now=timezone.now())
    decided(batch, 8)
    for _press in range(2):
        ask_teaching(by=actor(), now=timezone.now())
    assert len(list_entries(kinds=["sorter.teaching-asked"], limit=5)) == 1
    run_jobs(drain=True)
    version = SorterVersion.objects.get()
    assert (version.active, version.pages, version.tested, version.right, version.right_before) == (True, 8, 2, 2, 0)
    fresh = put_page(
        batch,
        [
            read_line(text, (300, 200 + 100 * place, 1500, 260 + 100 * place))
            for place, text in enumerate(
                (
                    "迁出地址某某",
                    "迁入地址某某",
                    "户口专用章",
                    "持证人某某",
                    "与户主关系之子",
                    "迁移原因上学",
                    "签发派出所",
                )
            )
        ],
    )
    understand(reading=fresh)
    assert (fresh.kind, fresh.kind_by) == ("户口迁移证", "system")
    for _press in range(2):
        choose_sorter(number=None, by=actor(), now=timezone.now())
    understand(reading=fresh)
    assert fresh.kind == "" and len(list_entries(kinds=["sorter.chosen"], limit=5)) == 1
    choose_sorter(number=version.pk, by=actor(), now=timezone.now())
    assert SorterVersion.objects.get(active=True) == version
    with pytest.raises(SorterVersion.DoesNotExist):
        choose_sorter(number=version.pk + 9, by=actor(), now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_taught_wrongly_it_still_tells_the_kinds_it_knew() -> None:
    decided(put_batch(), 6)
    ask_teaching(by=actor(), now=timezone.now())
    run_jobs(drain=True)
    _page, lines, _told = witnessed(94_011, "permit")
    assert active_sorter().decide(lines).kind == "permit"
