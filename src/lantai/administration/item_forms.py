"""What people type about what is registered of a service item."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.administration.body_forms import body_choices, date_field, day_typed
from lantai.administration.queries.classes import list_classes
from lantai.administration.queries.lists import code_choices


class ItemDetailsForm(forms.Form):
    """Everything that is registered of an item, from a day on; choices are those of that day."""

    name = forms.CharField(label=_("事项名称"), max_length=300)
    type = forms.ChoiceField(label=_("事项类型"), required=False)
    organisation = forms.ChoiceField(label=_("实施机构"), required=False)
    record_class = forms.ChoiceField(label=_("归入类别"), required=False)
    promised_days = forms.IntegerField(label=_("承诺时限（工作日）"), min_value=0, max_value=9999)
    ended_on = date_field(_("停办日期"), required=False, hint=_("办理的最后一天；在办的不填。"))
    valid_from = date_field(_("生效日期"), hint=_("今天或以前的立即生效；以后的到那一天生效，之前可以撤回。"))
    reason = forms.CharField(label=_("依据或理由"), max_length=200)

    def __init__(self, data: Any = None, *, held: dict[str, Any], **kwargs: Any) -> None:
        today = timezone.localdate()
        super().__init__(data, initial={**held, "valid_from": today}, **kwargs)
        day = day_typed((data or {}).get("valid_from", "")) or today
        choices = {
            "type": code_choices(key="item-type", on=day),
            "organisation": body_choices(on=day),
            "record_class": [(each.path, f"{each.path} {each.name}") for each in list_classes(on=day)],
        }
        for name, offered in choices.items():
            kept = [(held[name], held[name])] if held[name] and held[name] not in dict(offered) else []
            self.fields[name].choices = [("", _("无")), *kept, *offered]  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    """Why a change that is not in force is withdrawn."""

    reason = forms.CharField(label=_("撤回理由"), max_length=200)
