"""What people type about storage: declarations, policies, carriers; the rules themselves stand in the services."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.body_forms import date_field
from lantai.storage.models import Location

CARRIERS = [("", _("未申报")), *Location.Carrier.choices]
_GIGABYTE = 1_000_000_000


class DeclareForm(forms.Form):
    """What cannot be measured of a location."""

    medium = forms.ChoiceField(label=_("载体类型"), choices=CARRIERS, required=False)
    place = forms.CharField(
        label=_("所在地点"), max_length=200, required=False, help_text=_("与主存储位置地点不同的，算作异地。")
    )
    offline = forms.BooleanField(label=_("离线：平时不连接"), required=False)
    write_once = forms.BooleanField(label=_("一次写入：不修改、不删除"), required=False)
    in_service = forms.BooleanField(label=_("在用：向这里复制"), required=False)


class PolicyForm(forms.Form):
    """How many copies records need."""

    fonds_code = forms.CharField(label=_("全宗号"), max_length=20, required=False, help_text=_("留空为全部全宗。"))
    class_code = forms.CharField(
        label=_("门类或类别号"), max_length=60, required=False, help_text=_("留空为全部类别。")
    )
    copies = forms.IntegerField(label=_("副本份数"), min_value=1, max_value=9, initial=3)
    kinds = forms.IntegerField(label=_("载体种类"), min_value=0, max_value=9, initial=2)
    elsewhere = forms.IntegerField(label=_("其中异地份数"), min_value=0, max_value=8, initial=1)
    detached = forms.IntegerField(label=_("其中离线或一次写入份数"), min_value=0, max_value=8, initial=0)


class CarrierForm(forms.Form):
    """A carrier to enter in the register."""

    number = forms.CharField(label=_("载体编号"), max_length=60)
    kind = forms.ChoiceField(label=_("载体类型"), choices=Location.Carrier.choices)
    gigabytes = forms.IntegerField(label=_("容量（GB）"), min_value=1, max_value=100_000_000)
    made_on = date_field(_("制作日期"))
    content = forms.CharField(label=_("内容"), max_length=300, required=False)
    place = forms.CharField(label=_("存放地点"), max_length=200, required=False)
    location = forms.ChoiceField(label=_("所载存储位置"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        codes = Location.objects.order_by("pk").values_list("code", flat=True)
        self.fields["location"].choices = [("", _("无")), *((each, each) for each in codes)]  # type: ignore[attr-defined]

    def capacity(self) -> int:
        """In bytes, as carriers are sold."""
        return int(self.cleaned_data["gigabytes"]) * _GIGABYTE


class CheckForm(forms.Form):
    """What the check of a carrier found."""

    checked_on = date_field(_("检查日期"))
    sound = forms.TypedChoiceField(
        label=_("检查结论"),
        choices=[("yes", _("完好，继续使用")), ("no", _("不合格，停用"))],
        coerce=lambda value: value == "yes",
    )
    outcome = forms.CharField(label=_("检查情况"), max_length=300, required=False)
