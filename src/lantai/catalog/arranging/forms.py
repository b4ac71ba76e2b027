"""What people type when they arrange: where to, how called, in which order, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

Choices = Sequence[tuple[str, str]]
ORDERS = (
    ("chosen", _("所选顺序")),
    ("date", _("按日期")),
    ("document", _("按文号")),
    ("title", _("按题名")),
)


class MoveForm(forms.Form):
    """Where the records are to go: a class or a volume, one of the two."""

    classes = forms.ChoiceField(label=_("移到类别"), required=False, help_text=_("移出案卷、改分类时选择。"))
    volume = forms.CharField(
        label=_("放入案卷"), max_length=120, required=False, help_text=_("填案卷的档号或电子文件号；与类别二选一。")
    )
    reason = forms.CharField(label=_("理由"), max_length=300)
    renumber = forms.BooleanField(
        label=_("与新位置不符的档号，换发新档号"),
        required=False,
        help_text=_("缺省不换：档号给定后不变。换发的，旧档号仍可查到。"),
    )

    def __init__(self, *args: Any, classes: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["classes"].choices = [("", "—"), *classes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of the two must be given."""
        given = super().clean() or {}
        if bool(given.get("classes")) == bool(given.get("volume", "").strip()):
            self.add_error("volume", _("请在类别和案卷中选填一个。"))
        return given


class VolumeForm(forms.Form):
    """A new volume."""

    title = forms.CharField(label=_("案卷题名"), max_length=1000)
    classes = forms.ChoiceField(label=_("类别"))
    year = forms.IntegerField(label=_("年度"), min_value=1000, max_value=9999)
    reason = forms.CharField(label=_("理由"), max_length=300)

    def __init__(self, *args: Any, classes: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["classes"].choices = list(classes)  # type: ignore[attr-defined]


class NumberForm(forms.Form):
    """In which order the records get their numbers."""

    order = forms.ChoiceField(label=_("排列顺序"), choices=ORDERS)


class VoidForm(forms.Form):
    """Why codes are voided."""

    reason = forms.CharField(
        label=_("作废理由"), max_length=300, help_text=_("理由留在号码上，空号由此得到说明；作废的号码不再使用。")
    )


class ClassForm(forms.Form):
    """A class to be added to the classification scheme."""

    parent = forms.ChoiceField(label=_("上级类别"), required=False)
    code = forms.RegexField(
        label=_("代码"), regex="^[A-Z0-9]{1,8}$", help_text=_("1—8 位大写字母或数字，如 XK。"), max_length=8
    )
    name = forms.CharField(label=_("名称"), max_length=100)
    name_en = forms.CharField(label=_("英文名称"), max_length=100, required=False)

    def __init__(self, *args: Any, parents: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["parent"].choices = [("", "—"), *parents]  # type: ignore[attr-defined]


class ClassChangeForm(forms.Form):
    """A class added, renamed or closed from a day on."""

    act = forms.ChoiceField(
        label=_("变更"), choices=[("added", _("增加")), ("renamed", _("更名")), ("closed", _("停用"))]
    )
    path = forms.ChoiceField(
        label=_("类别"), required=False, help_text=_("更名或停用的类别；增加时是上级类别，不选则增加门类。")
    )
    code = forms.RegexField(
        label=_("代码"), regex="^[A-Z0-9]{1,8}$", help_text=_("增加时填：1—8 位大写字母或数字。"), required=False
    )
    name = forms.CharField(label=_("名称"), max_length=100, required=False, help_text=_("停用时不填。"))
    name_en = forms.CharField(label=_("英文名称"), max_length=100, required=False)
    item_type = forms.ChoiceField(
        label=_("事项类型"), required=False, help_text=_("没有指明类别的事项，按类型归入这个类别。")
    )
    successor = forms.ChoiceField(
        label=_("改用类别"), required=False, help_text=_("停用后，生效日期起形成的档案归入它；不选则归入上级类别。")
    )
    day = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("这一天起形成的档案按新方案；以前的仍按当时的方案。"),
    )
    basis = forms.CharField(label=_("依据"), max_length=200)

    def __init__(self, *args: Any, classes: Choices, item_types: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, offered in (("path", classes), ("successor", classes), ("item_type", item_types)):
            self.fields[name].choices = [("", "—"), *offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What each act needs is given."""
        given = super().clean() or {}
        act = given.get("act")
        if act == "added" and not given.get("code") and "code" not in self.errors:
            self.add_error("code", _("请填写新类别的代码。"))
        if act in ("renamed", "closed") and not given.get("path") and "path" not in self.errors:
            self.add_error("path", _("请选择类别。"))
        if act in ("added", "renamed") and not given.get("name") and "name" not in self.errors:
            self.add_error("name", _("请填写名称。"))
        return given


class SchemeForm(forms.Form):
    """A new version of the rule that archive codes of a category are written by."""

    category = forms.ChoiceField(label=_("门类"))
    structure = forms.CharField(
        label=_("编号结构"),
        max_length=200,
        help_text=_(
            "组成部分依次写出，前面是分隔符；“:6”是流水号位数。例：fonds-category·class2·year·retention-item:6"
        ),
    )
    scope = forms.CharField(
        label=_("流水号范围"),
        max_length=200,
        required=False,
        help_text=_("共用一个流水号的组成部分，以空格分开；不填即流水号前的全部。"),
    )
    valid_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, categories: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["category"].choices = list(categories)  # type: ignore[attr-defined]

    def clean_valid_from(self) -> date:
        """A rule begins today at the earliest: codes of the past were given by the rules of the past."""
        day: date = self.cleaned_data["valid_from"]
        today = timezone.localdate()
        if day < today:
            raise forms.ValidationError(_("生效日期不能早于今天。"))
        if day > today + timedelta(days=3660):
            raise forms.ValidationError(_("生效日期不能晚于十年后。"))
        return day


class PrintForm(forms.Form):
    """Which records a form is printed of, and what it says beside what is known."""

    retention = forms.ChoiceField(label=_("保管期限"), required=False)
    box = forms.CharField(label=_("盒号"), max_length=20, required=False)
    spine = forms.ChoiceField(
        label=_("盒脊厚度"),
        choices=[("20", "20 mm"), ("30", "30 mm"), ("40", "40 mm"), ("50", "50 mm")],
        initial="30",
        required=False,
    )
    paper = forms.ChoiceField(
        label=_("盒脊用纸"),
        choices=[("A3", _("A3（整张）")), ("A4", _("A4（上下两半）"))],
        initial="A3",
        required=False,
        help_text=_("盒脊按 310 mm 原大，打印时选择“实际大小”。"),
    )
    stamp_place = forms.ChoiceField(
        label=_("归档章套印位置"),
        choices=[("right", _("首页上端右侧")), ("centre", _("首页上端中间")), ("left", _("首页上端左侧"))],
        initial="right",
        required=False,
    )
    stamp_top = forms.IntegerField(
        label=_("归档章距上边（mm）"), min_value=5, max_value=250, initial=10, required=False
    )
    note = forms.CharField(
        label=_("情况说明"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("印在备考表上：缺少、修改、补充、移出、销毁等情况。"),
    )
    arranger = forms.CharField(label=_("整理人"), max_length=40, required=False)
    inspector = forms.CharField(label=_("检查人"), max_length=40, required=False)

    def __init__(self, *args: Any, retentions: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["retention"].choices = [("", _("全部")), *retentions]  # type: ignore[attr-defined]
