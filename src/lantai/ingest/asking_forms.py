"""What people type into the pages of what departments are asked for: filters, deadlines, contacts, reminders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.queries.people import organisation_choices

REMINDED = (("handover", _("办结未移交")), ("correction", _("退回未补正")), ("material", _("办理中缺材料")))
COLLECTED = (("1", _("申报材料")), ("2", _("过程材料")), ("3", _("结果材料")))
_EVERYTHING = ("", _("全部"))


class AskedForm(forms.Form):
    """The filter above cases and corrections; bodies are offered to those who see more than one."""

    text = forms.CharField(label=_("题名或编号"), max_length=100, required=False)
    organisation = forms.TypedChoiceField(label=_("移交单位"), required=False, coerce=int, empty_value=None)
    state = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    item = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bodies: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bodies:
            self.fields["organisation"].choices = [_EVERYTHING, *organisation_choices()]  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]


class HandoverRuleForm(forms.Form):
    """A deadline for packages of closed cases."""

    organisation = forms.TypedChoiceField(label=_("移交单位"), required=False, coerce=int, empty_value=None)
    item_code = forms.CharField(
        label=_("事项编码"), max_length=120, required=False, help_text=_("不填则适用于该单位的全部事项。")
    )
    closes = forms.CharField(
        label=_("办结的环节或状态"),
        max_length=200,
        help_text=_("多个用顿号隔开；办件进度到达其中一个，期限即开始计算。"),
    )
    days = forms.IntegerField(label=_("办结后多少天内移交"), min_value=0, max_value=3650)
    basis = forms.CharField(label=_("依据"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("全部单位")), *organisation_choices()]  # type: ignore[attr-defined]

    def clean_closes(self) -> list[str]:
        """The nodes, each once."""
        return _nodes(self.cleaned_data["closes"])


def _nodes(text: str) -> list[str]:
    """Nodes or states as they were typed, each once."""
    given = text.replace(",", "、").replace("，", "、").split("、")
    found = list(dict.fromkeys(each.strip() for each in given if each.strip()))
    if not found:
        raise forms.ValidationError(_("请写明至少一个环节或状态。"))
    return found


class CollectionRuleForm(forms.Form):
    """A deadline for materials of running cases."""

    material_type = forms.ChoiceField(label=_("材料类型"), choices=COLLECTED)
    organisation = forms.TypedChoiceField(label=_("移交单位"), required=False, coerce=int, empty_value=None)
    item_code = forms.CharField(
        label=_("事项编码"), max_length=120, required=False, help_text=_("不填则适用于该单位的全部事项。")
    )
    nodes = forms.CharField(
        label=_("从哪个环节或状态起"),
        max_length=200,
        help_text=_("多个用顿号隔开；办件进度到达其中一个，期限即开始计算。"),
    )
    days = forms.IntegerField(label=_("多少天内收齐"), min_value=0, max_value=3650)
    basis = forms.CharField(label=_("依据"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("全部单位")), *organisation_choices()]  # type: ignore[attr-defined]

    def clean_nodes(self) -> list[str]:
        """The nodes, each once."""
        return _nodes(self.cleaned_data["nodes"])


class ReminderRuleForm(forms.Form):
    """A reminder that goes out by itself."""

    kind = forms.ChoiceField(label=_("催办对象"), choices=REMINDED)
    days = forms.IntegerField(
        label=_("期限前后多少天"),
        min_value=-365,
        max_value=365,
        help_text=_("负数为期限之前，0 为当天，正数为逾期之后。"),
    )


class ContactForm(forms.Form):
    """Where mail to a body goes."""

    organisation = forms.TypedChoiceField(label=_("移交单位"), coerce=int)
    name = forms.CharField(label=_("联系人"), max_length=100, required=False)
    address = forms.EmailField(label=_("电子邮箱"), max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("请选择")), *organisation_choices()]  # type: ignore[attr-defined]


class ReminderForm(forms.Form):
    """What an archivist adds to a reminder."""

    note = forms.CharField(
        label=_("补充说明"),
        max_length=300,
        required=False,
        help_text=_("写在每一封的清单之后。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
