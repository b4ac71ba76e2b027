"""What a person types about a group of the long-term stage that only people can judge."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.body_forms import date_field
from lantai.preservation.models import LongtermSignoff


class SignoffForm(forms.Form):
    """What was looked at, when, what came of it, and when next."""

    verdict = forms.ChoiceField(label=_("结论"), choices=LongtermSignoff.Verdict.choices, widget=forms.RadioSelect)
    checked_on = date_field(_("检测日期"))
    found = forms.CharField(
        label=_("检测情况"),
        min_length=4,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明检测了什么、用什么办法、情况如何，附报告的写明报告名称和编号。"),
    )
    next_on = date_field(_("下次检测日期"), hint=_("到期后本组须注意；最长两年。"))
