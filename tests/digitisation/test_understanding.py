"""What pages that were read are and say: kind and fields as suggestions; what people decided stays."""

from __future__ import annotations

import pytest

from lantai.digitisation.models import FieldState, PageField
from lantai.digitisation.services.understanding import understand
from tests.archival.imaging.true_lines import read_line
from tests.digitisation.read_pages import HEIGHT, WIDTH, put_batch, put_page, put_specimen

pytestmark = pytest.mark.django_db


def test_a_page_gets_its_kind_and_its_values_with_their_places() -> None:
    reading, told = put_specimen(put_batch(), 92_001, "decision")
    understand(reading=reading)
    reading.refresh_from_db()
    assert (reading.kind, reading.kind_by) == ("decision", "system") and reading.kind_confidence > 0.9
    fields = PageField.objects.filter(page_id=reading.page_id)
    values = set(fields.values_list("source", "value"))
    for code, value in told:
        assert code == "date" or (f"rule:{code}", value) in values
    assert not fields.exclude(state=FieldState.SUGGESTED).exists()
    for each in fields:
        assert 0 <= each.left < each.right <= WIDTH and 0 <= each.top < each.bottom <= HEIGHT and each.confidence > 0.5


@pytest.mark.database
def test_read_again_what_people_decided_stays_and_nothing_stands_twice() -> None:
    reading, _told = put_specimen(put_batch(), 92_002, "permit")
    understand(reading=reading)
    before = PageField.objects.count()
    accepted, refused = PageField.objects.order_by("pk")[:2]
    for each, state in ((accepted, FieldState.ACCEPTED), (refused, FieldState.REFUSED)):
        each.state, each.by = state, "person:1"
        each.save()
    reading.kind, reading.kind_by = "form", "person:1"
    reading.save()
    understand(reading=reading)
    reading.refresh_from_db()
    assert (reading.kind, reading.kind_by) == ("form", "person:1")
    assert PageField.objects.count() == before
    assert PageField.objects.get(pk=accepted.pk).state == FieldState.ACCEPTED


def test_a_page_of_no_known_kind_is_unknown_and_a_bad_number_says_what_is_wrong() -> None:
    line = read_line("身份证号码：110105194912310021", (100, 100, 900, 140))
    reading = put_page(put_batch(), [line])
    understand(reading=reading)
    (field,) = PageField.objects.all()
    assert (reading.kind, field.name, field.fault) == ("", "公民身份号码", "校验码不符")
    empty = put_page(put_batch("乙柜"), [])
    understand(reading=empty)
    assert empty.kind == "" and not PageField.objects.filter(page_id=empty.page_id).exists()
