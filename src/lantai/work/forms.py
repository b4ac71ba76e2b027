"""What people type into the pages of work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DUE = (
    ("", _("全部")),
    ("overdue", _("已逾期")),
    ("today", _("今天到期")),
    ("week", _("一周内到期")),
    ("put-off", _("已暂缓")),
)
SORTS = (("", _("期限从近到远")), ("oldest", _("最早提出")), ("newest", _("最近提出")))
PUT_OFF_DAYS = 90


class DutiesForm(forms.Form):
    """The filter above the due work."""

    text = forms.CharField(label=_("题名或编号"), max_length=100, required=False)
    due = forms.ChoiceField(label=_("办理期限"), choices=DUE, required=False)
    sort = forms.ChoiceField(label=_("排序"), choices=SORTS, required=False)
    kind = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    view = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)


class ConfirmForm(forms.Form):
    """An act with which nothing need be typed."""


class PutOffForm(forms.Form):
    """Until when duties are put off, and why."""

    until = forms.DateField(
        label=_("暂缓到"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("到这一天重新出现在待办中；期限更早的，在期限当天重新出现。"),
    )
    reason = forms.CharField(label=_("暂缓理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_until(self) -> Any:
        """A day to come, but not far away."""
        day, today = self.cleaned_data["until"], timezone.localdate()
        if not today < day <= today + timedelta(days=PUT_OFF_DAYS):
            words = _("请选择明天起 %(days)s 天之内的日期。") % {"days": PUT_OFF_DAYS}
            raise forms.ValidationError(words)
        return day


class ViewForm(forms.Form):
    """The name of a view to keep, and whether the team has it too."""

    name = forms.CharField(max_length=60)
    team = forms.BooleanField(required=False)
    query = forms.CharField(max_length=4000, required=False)
