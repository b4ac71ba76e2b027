"""What people type about the paper: a step that was done, originals that go out and come back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.digitisation.models import StepCode

_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class StepForm(forms.Form):
    """One step of a batch as it was done."""

    code = forms.ChoiceField(label=_("工序"), choices=StepCode.choices)
    operator = forms.CharField(label=_("操作人"), max_length=100)
    equipment = forms.CharField(
        label=_("设备和软件"), max_length=200, required=False, help_text=_("扫描仪型号、软件名称和版本。")
    )
    began_at = forms.DateTimeField(label=_("开始"), widget=_MOMENT)
    ended_at = forms.DateTimeField(label=_("结束"), widget=_MOMENT)
    note = forms.CharField(label=_("说明"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        """The end lies behind the beginning."""
        given = super().clean() or {}
        began, ended = given.get("began_at"), given.get("ended_at")
        if began and ended and ended < began:
            raise forms.ValidationError(_("结束不能早于开始。"))
        return given


class LendForm(forms.Form):
    """Originals that go out of the storeroom."""

    codes = forms.CharField(label=_("档号"), widget=forms.Textarea(attrs={"rows": 6}), help_text=_("一行一个。"))
    borrower = forms.CharField(label=_("借出给"), max_length=100)
    purpose = forms.CharField(label=_("用途"), max_length=200, initial=_("数字化"))
    due_on = forms.DateField(label=_("应还日期"), widget=forms.DateInput(attrs={"type": "date"}))


class ReturnForm(forms.Form):
    """Originals that come back."""

    condition = forms.CharField(label=_("归还时状况"), max_length=500, help_text=_("页数、次序、装订、有无破损。"))
