"""What people type about formats: risk, target and reason; whose files get copies; what is decided of new verdicts."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.preservation.register import COPIED, FAMILIES, GRADES, TARGETS


class FormatForm(forms.Form):
    """A decision about one format."""

    grade = forms.ChoiceField(label=_("风险等级"), choices=list(GRADES.items()))
    target = forms.ChoiceField(
        label=_("目标格式"),
        choices=list(TARGETS.items()),
        required=False,
        help_text=_("规范化副本的格式；原件始终保留。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class RuleForm(forms.Form):
    """Of which families of formats a fonds and class get copies."""

    fonds_code = forms.CharField(label=_("全宗号"), max_length=20, required=False, help_text=_("留空为全部全宗。"))
    classes = forms.CharField(
        label=_("门类或类别"), max_length=90, required=False, help_text=_("如 ZY 或 ZY·XK；留空为全部类别。")
    )
    families = forms.MultipleChoiceField(
        label=_("制作规范化副本的格式"),
        choices=[(each, FAMILIES[each]) for each in COPIED],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一个也不选，就是不制作。"),
    )


class VerdictForm(forms.Form):
    """Why a new verdict is taken or not."""

    reason = forms.CharField(label=_("理由"), max_length=300)
