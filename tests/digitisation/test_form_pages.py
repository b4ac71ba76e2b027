"""Pages of form templates and of the sorting: marking, filling, taking out, teaching; wrong input; two languages."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Role
from lantai.digitisation.models import FormTemplate, PageField, ScanBatch, SorterVersion
from lantai.work.services import run_jobs
from tests.archival.imaging.true_lines import read_line
from tests.digitisation.read_pages import put_batch, put_page, put_specimen
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]


@pytest.fixture
def client() -> Client:
    return signed_in(make_person(Role.ARCHIVIST))


def told(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def sent_from(page: str) -> dict[str, str]:
    """What a browser sends of the form of a page as it is shown."""
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            sent[name[1]] = value[1] if value else "on" if "checkbox" in tag else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


@pytest.mark.django_db(transaction=True)
def test_a_form_is_marked_by_what_is_proposed_filled_and_taken_out(client: Client) -> None:
    batch = put_batch()
    example, _told = put_specimen(batch, 95_001, "permit")
    other, values = put_specimen(batch, 95_002, "permit")
    mark = reverse("digitising-form-mark", args=[batch.pk, example.page_id])
    assert mark in told(client.get(reverse("digitising-forms", args=[batch.pk])))
    page = told(client.get(mark))
    assert page.count('class="lt-marking__box"') >= 8 and "统一社会信用代码" in page
    sent = {**sent_from(page), "name": "食品经营许可证"}
    for _press in range(2):
        assert client.post(mark, sent).headers["Location"] == reverse("digitising-forms", args=[batch.pk])
    template = FormTemplate.objects.get()
    assert {each["name"]: each["type"] for each in template.data["fields"]}["统一社会信用代码"] == "credit_code"
    client.post(reverse("digitising-forms-fill", args=[batch.pk]))
    run_jobs(drain=True)
    code = next(value for kind, value in values if kind == "credit_code")
    listed = told(client.get(reverse("digitising-forms", args=[batch.pk])))
    assert code in listed and "食品经营许可证" in listed
    PageField.objects.filter(page_id=other.page_id, name="单位名称").update(value="=1+1")
    taken = client.get(reverse("digitising-forms-export", args=[batch.pk, template.pk, "csv"]))
    rows = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert rows[1]["统一社会信用代码"] == code and rows[1]["单位名称"] == "'=1+1" and len(rows) == 2
    data = json.loads(client.get(reverse("digitising-forms-export", args=[batch.pk, template.pk, "json"])).content)
    field = next(each for each in data[1]["fields"] if each["name"] == "统一社会信用代码")
    assert field["value"] == code and field["state"] == "suggested" and len(field["box"]) == 4
    shown = told(client.get(reverse("digitising-form-templates")))
    assert "食品经营许可证" in shown
    client.post(reverse("digitising-form-retire"), {"template": template.pk})
    assert "已停用" in told(client.get(reverse("digitising-form-templates")))


def test_places_are_typed_in_and_what_is_wrong_is_said(client: Client) -> None:
    batch = put_batch()
    example, _told = put_specimen(batch, 95_003, "form")
    mark = reverse("digitising-form-mark", args=[batch.pk, example.page_id])
    sent = sent_from(told(client.get(mark)))
    count = int(sent["fields"])
    none = {name: value for name, value in sent.items() if not name.endswith("-pick")}
    assert "至少选用一个字段" in told(client.post(mark, {**none, "name": "表"}))
    assert "这个字段是必填项" in told(client.post(mark, {**sent, "name": " "}))
    last = f"field-{count - 1}"
    typed = {**none, "name": "表", f"{last}-pick": "on", f"{last}-kind": "text"}
    assert "请给字段起名" in told(client.post(mark, typed))
    assert "请填四边的位置" in told(client.post(mark, {**typed, f"{last}-name": "单位"}))
    outside = dict(zip(("left", "top", "right", "bottom"), (700, 542, 99_999, 672), strict=True))
    sides = {f"{last}-{side}": value for side, value in outside.items()}
    answer = told(client.post(mark, {**typed, f"{last}-name": "单位<b>", **sides}))
    assert "“单位&lt;b&gt;”的位置不在页面之内" in answer
    assert not FormTemplate.objects.exists()
    client.post(mark, {**typed, f"{last}-name": "单位", **sides, f"{last}-right": 2180})
    assert FormTemplate.objects.get().data["fields"][0]["box"] == [700, 542, 2180, 672]
    for odd in ({"fields": "x"}, {"fields": "99999999"}, {"fields": "3", "name": "表", "field-0-kind": "odd"}, {}):
        assert client.post(mark, odd).status_code == 200


def test_there_are_no_such_pages(client: Client) -> None:
    batch = put_batch()
    example, _told = put_specimen(batch, 95_004, "form")
    for name, arguments in (
        ("digitising-form-mark", [batch.pk, example.page_id + 9]),
        ("digitising-form-mark", [batch.pk + 9, example.page_id]),
        ("digitising-forms", [batch.pk + 9]),
        ("digitising-forms-export", [batch.pk, 99, "csv"]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 404
    assert client.get(f"/digitising/{batch.pk}/forms/1.xml").status_code == 404
    for name, data in (
        ("digitising-form-retire", {"template": "x"}),
        ("digitising-form-retire", {"template": "99"}),
        ("digitising-sorting-choose", {"version": "99"}),
        ("digitising-sorting-choose", {"version": "-1"}),
    ):
        assert client.post(reverse(name), data).status_code == 404
    assert client.post(reverse("digitising-forms-fill", args=[batch.pk + 9])).status_code == 404
    assert client.get(f"{reverse('digitising-forms', args=[batch.pk])}?template=77&page=9").status_code == 200


def decided(batch: ScanBatch, count: int) -> None:
    for number in range(count):
        texts = ("迁出地址", "迁入地址", "户口专用", "持证人", "与户主关系", "迁移原因", "签发派出所")
        lines = [
            read_line(f"{text}{number}", (300, 200 + 100 * at, 1500, 260 + 100 * at)) for at, text in enumerate(texts)
        ]
        reading = put_page(batch, lines)
        reading.kind, reading.kind_by, reading.reviewed_at = "户口迁移证", "person:1", timezone.now()
        reading.save()


@pytest.mark.django_db(transaction=True)
def test_the_sorting_is_taught_its_accuracy_shown_and_another_version_chosen(client: Client) -> None:
    place = reverse("digitising-sorting")
    batch = put_batch()
    assert "至少要有 5 页由人改定种类" in told(client.get(place))
    assert client.post(reverse("digitising-sorting-teach")).status_code == 409
    decided(batch, 8)
    assert client.post(reverse("digitising-sorting-teach")).headers["Location"] == place
    run_jobs(drain=True)
    page = told(client.get(place))
    assert "100.0%" in page and "2 页中对 2 页" in page and "户口迁移证" in page
    version = SorterVersion.objects.get()
    client.post(reverse("digitising-sorting-choose"), {"version": "0"})
    assert not SorterVersion.objects.filter(active=True).exists()
    client.post(reverse("digitising-sorting-choose"), {"version": str(version.pk)})
    assert SorterVersion.objects.get(active=True) == version


def test_every_page_is_english_too(client: Client) -> None:
    batch = put_batch()
    example, _told = put_specimen(batch, 95_005, "form")
    client.post(reverse("language"), {"language": "en"})
    assert "Marking a form" in told(client.get(reverse("digitising-form-mark", args=[batch.pk, example.page_id])))
    for name, arguments, words in (
        ("digitising-forms", [batch.pk], "Pages without a template"),
        ("digitising-form-templates", [], "No form templates yet"),
        ("digitising-sorting", [], "Not taught yet"),
    ):
        assert words in told(client.get(reverse(name, args=arguments)))
