"""Components escape what strangers wrote, and say in words what they show in colour."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.template import Context, Template
from django.test.utils import override_settings

from lantai.common.components import Act, Cell, CheckGroup, CheckLine, Column, JobRow, Pair, Row, Table
from lantai.common.states import STATES, state

EVIL = """"><script>alert('x')</script>{{ 7|add:1 }}&amp;"""


def draw(source: str, **values: object) -> str:
    return Template("{% load lantai i18n %}" + source).render(Context(values))


@pytest.mark.parametrize("code", sorted(STATES))
def test_a_state_always_has_icon_and_words(code: str) -> None:
    drawn = draw("{% status code %}", code=code)
    assert "<use href=" in drawn
    assert str(state(code).words) in drawn


def test_a_state_that_is_not_listed_cannot_be_shown() -> None:
    with pytest.raises(KeyError):
        draw("{% status 'green' %}")


def test_what_strangers_wrote_is_never_markup() -> None:
    values = {
        "act": Act(EVIL, href=EVIL),
        "refused": Act(EVIL, reason=EVIL),
        "job": JobRow(EVIL, "running", 5, EVIL, EVIL),
        "pairs": [Pair(EVIL, EVIL, copy=True)],
        "table": Table(EVIL, [Column(EVIL)], [Row([Cell(EVIL, href=EVIL, code=EVIL, more=EVIL)])]),
        "groups": [CheckGroup(EVIL, "fail", 0, 1, [CheckLine(EVIL, EVIL, "fail", EVIL, EVIL, EVIL)])],
        "evil": EVIL,
    }
    drawn = draw(
        "{% button act %}{% button refused %}{% job job %}{% pairs pairs %}{% table table %}{% check_list groups %}"
        "{% note 'warn' %}{{ evil }}{% endnote %}{% card title=evil foot=evil %}{{ evil }}{% endcard %}"
        "{% code_block evil evil 'x' %}{% copy_button evil %}{% count 3 False evil %}"
        "{% actions evil %}{% endactions %}",
        **values,
    )
    assert "<script" not in drawn
    assert drawn.count("&lt;script&gt;") > 20
    assert "8&amp;" not in drawn
    assert not re.search(r'="[^"]*"><script', drawn)


def test_passed_groups_are_folded_and_failed_ones_open() -> None:
    groups = [CheckGroup(name, name, 1, 1, []) for name in ("pass", "fail", "warning", "not-applicable")]
    drawn = draw("{% check_list groups %}", groups=groups)
    assert [bool(opened) for opened in re.findall(r"<details( open)?>", drawn)] == [False, True, True, False]


def test_a_job_with_faults_never_looks_done() -> None:
    drawn = draw("{% job job %}", job=JobRow("抽检", "troubled", 100, troubles="2 处异常"))
    assert "lt-tag--warn" in drawn
    assert "lt-tag--ok" not in drawn
    assert "2 处异常" in drawn


def test_a_refused_act_says_why_and_cannot_submit() -> None:
    drawn = draw("{% button act %}", act=Act("接收", kind="primary", name="decision", value="accept", reason="缺签名"))
    assert 'type="button"' in drawn
    assert 'aria-disabled="true"' in drawn
    assert "缺签名" in drawn
    assert "accept" not in drawn


class Sample(forms.Form):
    code = forms.CharField(label="档号", help_text="如 0023")
    kind = forms.ChoiceField(label="门类", choices=[("WS", "文书")], required=False)
    sure = forms.BooleanField(label="已核对", required=False)
    ways = forms.ChoiceField(label="方式", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect, required=False)
    file = forms.FileField(label="文件", required=False)


def test_a_field_is_joined_with_its_hint_and_its_error() -> None:
    form = Sample({"code": ""})
    drawn = draw("{% for each in form %}{% field each %}{% endfor %}{% error_summary form %}", form=form)
    assert 'aria-invalid="true"' in drawn
    control = re.search(r'<input[^>]*name="code"[^>]*>', drawn)
    assert control is not None
    described = re.search(r'aria-describedby="([^"]+)"', control.group())
    assert described is not None
    for name in described.group(1).split():
        assert f'id="{name}"' in drawn
    assert '<a href="#id_code">' in drawn
    assert "（可不填）" in drawn
    assert 'class="lt-select"' in drawn
    assert drawn.count('type="radio"') == 2


def test_an_untouched_form_has_no_summary() -> None:
    assert draw("{% error_summary form %}", form=Sample()).strip() == ""


def test_a_table_with_too_few_cells_is_a_mistake_of_the_view() -> None:
    with pytest.raises(ValueError, match="shorter"):
        draw("{% table table %}", table=Table("x", [Column("a"), Column("b")], [Row([Cell("1")])]))


@override_settings(LANGUAGE_CODE="zh-hans")
def test_counts_of_nothing_are_not_drawn() -> None:
    assert draw("{% count number %}", number=None) == ""
    assert ">0<" in draw("{% count number %}", number=0)
