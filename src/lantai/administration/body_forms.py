"""What people type about bodies, fonds, agreements and credentials, read and bounded."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from lantai.administration.models import AccessionPolicy, Fonds, Organisation, OrganisationKind
from lantai.administration.models.history import ChangeKind
from lantai.administration.queries.bodies import standing_on
from lantai.archival.codes import check_social_credit_code

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CODE = RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z_-]*\Z", _("只能用字母、数字、横线和下划线，以字母或数字开头。"))
REGION = RegexValidator(r"^[0-9]{6}([0-9]{6})?\Z", _("行政区划代码是 6 位或 12 位数字。"))


def date_field(label: _StrOrPromise, *, required: bool = True, hint: _StrOrPromise = "") -> forms.DateField:
    """A day, typed or chosen."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def day_typed(text: str) -> date | None:
    """The day that was typed, as far as it can be read: choices beside it are those of that day."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def long_text(label: _StrOrPromise, *, required: bool = True, rows: int = 4, most: int = 20_000) -> forms.CharField:
    """Text of several lines."""
    return forms.CharField(label=label, required=required, max_length=most, widget=forms.Textarea(attrs={"rows": rows}))


def body_choices(*, standing: bool = True, on: date | None = None) -> list[tuple[str, str]]:
    """Bodies by code, as choices; `standing` takes those that stand on a day only (today, when None)."""
    rows = Organisation.objects.order_by("code")
    if standing:
        rows = rows.filter(standing_on(on or timezone.localdate()))
    return [(code, f"{code} {name}") for code, name in rows.values_list("code", "name")]


def check_credit_code(code: str) -> str:
    """The credit code in capitals. Raises ValidationError for a form or check digit that is wrong."""
    code = code.strip().upper()
    if code and not check_social_credit_code(code).holds:
        raise forms.ValidationError(_("统一社会信用代码的形式或校验码不对。"))
    return code


class FindBodiesForm(forms.Form):
    """Which bodies to list."""

    words = forms.CharField(label=_("代码或名称"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=[("", _("全部")), *OrganisationKind.choices])
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")),
            ("standing", _("现行")),
            ("ended", _("已撤销")),
            ("waiting", _("有待生效的变更")),
        ],
    )


class CorrectBodyForm(forms.Form):
    """What may be corrected of a body: not its code, and not what law changes (that is a change of its own)."""

    name = forms.CharField(label=_("名称"), max_length=200)
    credit_code = forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False)
    region_code = forms.CharField(label=_("行政区划代码"), max_length=12, required=False, validators=[REGION])
    reason = forms.CharField(label=_("更正理由"), max_length=200)

    def clean_credit_code(self) -> str:
        """The check digit holds."""
        return check_credit_code(self.cleaned_data["credit_code"])


class NewBodyForm(forms.Form):
    """A body to be registered."""

    code = forms.CharField(label=_("机构代码"), max_length=32, validators=[CODE], help_text=_("本馆自定，登记后不变。"))
    name = forms.CharField(label=_("名称"), max_length=200)
    kind = forms.ChoiceField(label=_("类型"), choices=OrganisationKind.choices, initial=OrganisationKind.AGENCY)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"), max_length=18, required=False, help_text=_("18 位；内设机构不填。")
    )
    region_code = forms.CharField(label=_("行政区划代码"), max_length=12, required=False, validators=[REGION])
    parent = forms.ChoiceField(label=_("上级"), required=False)
    active_from = date_field(_("成立日期"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", _("无")), *body_choices()]  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """Nobody has the code."""
        code: str = self.cleaned_data["code"]
        if Organisation.objects.filter(code=code).exists():
            raise forms.ValidationError(_("此机构代码已被使用。"))
        return code

    def clean_credit_code(self) -> str:
        """The check digit holds and no standing body has it."""
        code = check_credit_code(self.cleaned_data["credit_code"])
        if code and Organisation.objects.filter(credit_code=code, active_to__isnull=True).exists():
            raise forms.ValidationError(_("已有现行机构使用此信用代码。"))
        return code


class ChangeBodyForm(forms.Form):
    """A change of bodies, told from the body it begins with."""

    kind = forms.ChoiceField(label=_("变更类型"), choices=ChangeKind.choices)
    day = date_field(
        _("生效日期"), hint=_("新状态的第一天；原机构到前一天为止。以后的日子到日自动生效，之前可以撤回。")
    )
    basis = forms.CharField(label=_("依据文件"), max_length=200, help_text=_("如机构编制部门的文号。"))
    others = forms.MultipleChoiceField(
        label=_("一并变更的机构"),
        required=False,
        help_text=_("合并时，与本机构一起合并的机构。"),
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    after = forms.MultipleChoiceField(
        label=_("变更后的机构（已登记）"),
        required=False,
        help_text=_("分立后原机构保留的，也选上。"),
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    new_code = forms.CharField(label=_("新机构代码"), max_length=32, required=False, validators=[CODE])
    new_name = forms.CharField(label=_("新机构名称"), max_length=200, required=False)
    new_credit_code = forms.CharField(label=_("新机构信用代码"), max_length=18, required=False)
    heir = forms.CharField(
        label=_("承接全宗的机构代码"),
        max_length=32,
        required=False,
        help_text=_("全宗和事项由它继续；不填则全宗到前一天截止。"),
    )
    note = forms.CharField(label=_("说明"), max_length=500, required=False)

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own, choices = own, body_choices()
        self.fields["others"].choices = [each for each in choices if each[0] != own]  # type: ignore[attr-defined]
        self.fields["after"].choices = choices  # type: ignore[attr-defined]

    def clean_new_credit_code(self) -> str:
        """The check digit holds."""
        return check_credit_code(self.cleaned_data["new_credit_code"])

    def clean(self) -> dict[str, Any]:
        """A new body has both code and name."""
        data = super().clean() or {}
        for one, other in (("new_code", "new_name"), ("new_name", "new_code")):
            if data.get(one) and not data.get(other) and other not in self.errors:
                self.add_error(other, _("登记新机构须同时填写代码和名称。"))
        return data


class NewFondsForm(forms.Form):
    """A fonds to be opened."""

    code = forms.CharField(
        label=_("全宗号"),
        max_length=20,
        validators=[RegexValidator(r"^[0-9A-Z]{4}\Z", _("全宗号是 4 位大写字母或数字。"))],
    )
    name = forms.CharField(label=_("全宗名称"), max_length=200)
    organisation = forms.ChoiceField(label=_("立档单位"))
    begins_on = date_field(_("起始日期"), required=False)
    note = forms.CharField(label=_("说明"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = body_choices(standing=False)  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """Nobody has the number."""
        code: str = self.cleaned_data["code"]
        if Fonds.objects.filter(code=code).exists():
            raise forms.ValidationError(_("此全宗号已被使用。"))
        return code


class FindFondsForm(forms.Form):
    """Which fonds to list."""

    words = forms.CharField(label=_("全宗号、名称或立档单位"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), ("open", _("现行")), ("closed", _("已截止"))]
    )


LARGEST_FILE = 8 * 1024 * 1024
"""Bytes of a file in a fonds file; larger ones belong among the records."""


class FondsEntryForm(forms.Form):
    """A document of a fonds file."""

    part = forms.ChoiceField(label=_("类别"))
    title = forms.CharField(label=_("题名"), max_length=200)
    made_on = date_field(_("形成日期"))
    text = forms.CharField(
        label=_("正文"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("正文和文件至少有一项。"),
    )
    file = forms.FileField(label=_("文件"), required=False, help_text=_("至多 8 MB。"))
    replaces = forms.TypedChoiceField(label=_("取代"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, parts: list[tuple[str, str]], earlier: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["part"].choices = parts  # type: ignore[attr-defined]
        self.fields["replaces"].choices = [("", _("无")), *earlier]  # type: ignore[attr-defined]

    def clean_made_on(self) -> Any:
        """A document is not of tomorrow."""
        day = self.cleaned_data["made_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("形成日期不能晚于今天。"))
        return day

    def clean(self) -> dict[str, Any]:
        """There is text or a file, and the file is not too large."""
        data = super().clean() or {}
        file = data.get("file")
        if file is not None and file.size > LARGEST_FILE:
            self.add_error("file", _("文件超过 8 MB。"))
        if file is None and not data.get("text") and "file" not in self.errors:
            self.add_error("text", _("请填写正文或选择文件。"))
        return data


class FondsGuideForm(forms.Form):
    """A version of a fonds' guide."""

    valid_from = date_field(_("生效日期"))
    history = long_text(_("立档单位沿革"), rows=6)
    scope = long_text(_("档案内容与成分"), rows=6)
    arrangement = long_text(_("整理情况"), required=False)
    access = long_text(_("利用规定"), required=False)
    aids = long_text(_("检索工具"), required=False)


class AgreementForm(forms.Form):
    """An agreement to be signed."""

    number = forms.CharField(label=_("协议编号"), max_length=60)
    organisation = forms.ChoiceField(label=_("移交单位"))
    fonds = forms.ChoiceField(label=_("全宗"))
    profile = forms.ChoiceField(label=_("包方案"))
    policy = forms.ChoiceField(label=_("接收方式"), choices=AccessionPolicy.choices, initial=AccessionPolicy.MANUAL)
    items = long_text(_("约定事项编码"), required=False, rows=3)
    formats = forms.CharField(
        label=_("约定格式"), max_length=300, required=False, help_text=_("如 ofd, pdf；空为不限。")
    )
    correction_days = forms.IntegerField(
        label=_("补正期限（日）"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=_("退回后须在此期限内重新移交。"),
    )
    handover_days = forms.IntegerField(
        label=_("移交期限（日）"), required=False, min_value=1, max_value=3650, help_text=_("办结后须在此期限内移交。")
    )
    largest_files = forms.IntegerField(label=_("每包文件数上限"), required=False, min_value=1, max_value=1_000_000)
    largest_bytes = forms.IntegerField(label=_("每包大小上限（MB）"), required=False, min_value=1, max_value=1_000_000)
    valid_from = date_field(_("生效日期"))
    valid_to = date_field(_("失效日期"), required=False)

    def __init__(self, *args: Any, profiles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].help_text = _("一行一个事项编码；空为不限。")
        fonds = Fonds.objects.order_by("code").values_list("code", "name")
        self.fields["organisation"].choices = body_choices()  # type: ignore[attr-defined]
        self.fields["fonds"].choices = [(code, f"{code} {name}") for code, name in fonds]  # type: ignore[attr-defined]
        self.fields["profile"].choices = profiles  # type: ignore[attr-defined]

    def clean_items(self) -> list[str]:
        """The codes, one a line, each once."""
        return list(dict.fromkeys(self.cleaned_data["items"].split()))

    def clean_formats(self) -> list[str]:
        """The formats, split at commas and spaces, each once."""
        return list(dict.fromkeys(self.cleaned_data["formats"].replace("，", " ").replace(",", " ").lower().split()))

    def clean(self) -> dict[str, Any]:
        """The last day lies not before the first."""
        data = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("失效日期不得早于生效日期。"))
        return data

    def limits(self) -> dict[str, int]:
        """The limits typed in, as an agreement keeps them; call it on a valid form."""
        data = self.cleaned_data
        named = {
            "correction_days": data["correction_days"],
            "handover_days": data["handover_days"],
            "files": data["largest_files"],
            "bytes": data["largest_bytes"] and data["largest_bytes"] * 1024 * 1024,
        }
        return {name: value for name, value in named.items() if value}


class EndForm(forms.Form):
    """The last day of something, and why."""

    last_day = date_field(_("终止日期"))
    reason = forms.CharField(label=_("理由"), max_length=200)


class CredentialForm(forms.Form):
    """A credential to be issued."""

    organisation = forms.ChoiceField(label=_("单位"))
    name = forms.CharField(label=_("用途"), max_length=100, help_text=_("调用本系统的业务系统名称。"))
    calls_per_minute = forms.IntegerField(label=_("每分钟调用上限"), min_value=1, max_value=100_000, initial=600)
    webhook = forms.URLField(label=_("回执推送地址"), max_length=500, required=False, assume_scheme="https")
    valid_to = date_field(_("有效期至"), required=False, hint=_("这一天之后不能再调用；不填则不限，吊销为止。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = body_choices()  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    """Why a credential is revoked."""

    reason = forms.CharField(label=_("吊销理由"), max_length=200)
