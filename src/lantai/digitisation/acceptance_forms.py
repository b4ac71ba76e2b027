"""What people type while they accept a batch."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.archival.imaging.acceptance import PASSING, READ, SAMPLE
from lantai.digitisation.services.accepting import FAULTS

_WORDS = {
    "missing": _("缺页、多页或重页"),
    "order": _("页序错误"),
    "wrong-record": _("图像与条目不符"),
    "skewed": _("歪斜"),
    "cut": _("图像不完整"),
    "unclear": _("不清晰"),
    "colour": _("色彩失真"),
    "description": _("著录有误"),
    "text": _("识别文字不可用"),
}


def fault_words(code: str) -> str:
    """What is wrong with a record, in words."""
    return str(_WORDS[code])


class BeginForm(forms.Form):
    """How many records are drawn, and what must be reached, in per cent."""

    rate = forms.FloatField(
        label=_("抽检比例（%）"), initial=SAMPLE, min_value=0.01, max_value=100, help_text=_("DA/T 31：不低于 5%。")
    )
    passing = forms.FloatField(label=_("合格率要求（%）"), initial=PASSING, min_value=0.01, max_value=100)
    read = forms.FloatField(
        label=_("识别率要求（%）"),
        initial=READ,
        min_value=0,
        max_value=100,
        help_text=_("在抽检件校对后的文字上实测；填 0 不测。"),
    )


class InspectForm(forms.Form):
    """What is wrong with one record; nothing is a verdict too."""

    faults = forms.MultipleChoiceField(
        label=_("发现的问题"),
        required=False,
        choices=[(each, _WORDS[each]) for each in FAULTS],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=500)
