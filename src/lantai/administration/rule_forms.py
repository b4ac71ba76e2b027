"""What people type about items, material rules, retention, checks, profiles and code lists, read and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from lantai.administration.body_forms import body_choices, date_field, long_text
from lantai.administration.models import Fonds, Mode
from lantai.administration.queries.lists import code_choices
from lantai.administration.queries.rule_base import CheckRow
from lantai.administration.services.profiles import LARGEST_PROFILE, ProfileFaults, read_profile
from lantai.archival.checks.material_text import MaterialTextError, conditions_from_text, needs_from_text

LARGEST_CATALOGUE = 20 * 1024 * 1024
VERSION = RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z._-]*\Z", _("版本号只能用字母、数字、点、横线和下划线。"))
LINE_CODE = RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z._/-]*\Z", _("条目号只能用字母、数字、点、横线和斜线。"))
RULE_TYPES = [("1", _("申报材料")), ("2", _("过程材料")), ("3", _("结果材料"))]
_REASONS = {
    "unknown": _("第 %(place)d 个字符起不能识别"),
    "unfinished": _("第 %(place)d 个字符处缺少右括号"),
    "expected-term": _("第 %(place)d 个字符处应为材料或括号"),
    "expected-end": _("第 %(place)d 个字符起有多余内容"),
    "too-deep": _("第 %(place)d 个字符处括号层数过多"),
    "count": _("第 %(place)d 个字符处的数量不对"),
    "condition": _("第 %(place)d 个字符起不是“元素 运算 值”的条件"),
}


def told_place(fault: MaterialTextError) -> str:
    """Where a text cannot be read and why, in the reader's language."""
    return str(_REASONS[fault.reason]) % {"place": fault.at + 1}


class FindItemsForm(forms.Form):
    """Which items to list."""

    words = forms.CharField(label=_("事项编码或名称"), max_length=100, required=False)
    organisation = forms.ChoiceField(label=_("实施机构"), required=False)
    type = forms.ChoiceField(label=_("事项类型"), required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")),
            ("open", _("在办")),
            ("ended", _("已停办")),
            ("waiting", _("有待生效的变更")),
            ("bare", _("没有材料规则")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("全部"))]
        self.fields["organisation"].choices = [*every, *body_choices(standing=False)]  # type: ignore[attr-defined]
        self.fields["type"].choices = [*every, *code_choices(key="item-type")]  # type: ignore[attr-defined]


class CatalogueForm(forms.Form):
    """A catalogue of items to be read, and from which day it holds."""

    file = forms.FileField(
        label=_("事项目录文件"), help_text=_("JSON 行、JSON 或 CSV（首行为列名），UTF-8 或 GBK，至多 20 MB。")
    )
    valid_from = date_field(_("生效日期"), hint=_("材料目录的新版本从这一天起。"))
    whole_of = forms.ChoiceField(
        label=_("文件是否为完整目录"), required=False, help_text=_("完整目录中没有的事项列为停办；否则不动。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = [(code, say("%(body)s的完整目录") % {"body": name}) for code, name in body_choices()]
        self.fields["whole_of"].choices = [  # type: ignore[attr-defined]
            ("", _("不完整，只新增和更新")),
            ("*", _("全部事项的完整目录")),
            *bodies,
        ]

    def clean_file(self) -> Any:
        """The file is not too large."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_CATALOGUE:
            raise forms.ValidationError(_("文件超过 20 MB。"))
        return file


class ItemVersionForm(forms.Form):
    """A version of an item's material catalogue."""

    version = forms.CharField(label=_("版本"), max_length=40, validators=[VERSION])
    valid_from = date_field(_("生效日期"), hint=_("按受理日期适用。"))
    mode = forms.ChoiceField(label=_("与上级规则的关系"), choices=Mode.choices)
    materials = long_text(_("材料目录（一行一个）"), required=False, rows=6)

    def clean_materials(self) -> list[str]:
        """The names, one a line, each once."""
        lines = (" ".join(each.split()) for each in self.cleaned_data["materials"].splitlines())
        return list(dict.fromkeys(each for each in lines if each))


class RuleSetForm(forms.Form):
    """Material rules of a level above the item."""

    level = forms.ChoiceField(
        label=_("级别"), choices=[("default", _("缺省")), ("region", _("行政区划")), ("unit", _("单位"))]
    )
    key = forms.CharField(
        label=_("区划代码或全宗号"), max_length=20, required=False, help_text=_("缺省级不填；单位级填全宗号。")
    )
    valid_from = date_field(_("生效日期"), hint=_("按受理日期适用。"))
    mode = forms.ChoiceField(label=_("与上级规则的关系"), choices=Mode.choices)

    def clean(self) -> dict[str, Any]:
        """The key fits the level."""
        data = super().clean() or {}
        level, key = data.get("level"), data.get("key", "")
        if level == "default" and key:
            self.add_error("key", _("缺省级不填区划代码或全宗号。"))
        if level == "region" and not (key.isascii() and key.isdecimal() and len(key) in (6, 12)):
            self.add_error("key", _("行政区划代码是 6 位或 12 位数字。"))
        if level == "unit" and not Fonds.objects.filter(code=key).exists():
            self.add_error("key", _("没有这个全宗号。"))
        return data


class LineForm(forms.Form):
    """What every line of a rule list has: code, name, conditions, basis."""

    code = forms.CharField(label=_("条目号"), max_length=40, validators=[LINE_CODE])
    name = forms.CharField(label=_("名称"), max_length=300)
    when = forms.CharField(
        label=_("条件"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("如：result 不属于 不予许可、退件；item_code 有值"),
    )
    basis = forms.CharField(label=_("依据"), max_length=300, required=False)

    def clean_when(self) -> list[dict[str, Any]]:
        """The conditions as data."""
        try:
            return conditions_from_text(self.cleaned_data["when"])
        except MaterialTextError as fault:
            raise forms.ValidationError(told_place(fault)) from fault


class MaterialLineForm(LineForm):
    """One material rule."""

    type = forms.ChoiceField(label=_("材料类型"), choices=RULE_TYPES, initial="1")
    needs = forms.CharField(
        label=_("须有的材料"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("如：A*“申请书” 且 (“营业执照” 或 “身份证明”)；至少2项(“合同”、“发票”、“完税证明”)；“声明书”×2"),
    )
    field_order = ("code", "type", "name", "needs", "when", "basis")

    def clean_needs(self) -> dict[str, Any]:
        """What is needed, as data."""
        try:
            return needs_from_text(self.cleaned_data["needs"])
        except MaterialTextError as fault:
            raise forms.ValidationError(told_place(fault)) from fault

    def rule(self) -> dict[str, Any]:
        """The line as a rule pack has it; call it on a valid form."""
        data = self.cleaned_data
        made = {name: data[name] for name in ("code", "type", "name", "needs")}
        return made | {name: data[name] for name in ("when", "basis") if data[name]}


class RetentionLineForm(LineForm):
    """One line of a retention table."""

    retention = forms.ChoiceField(label=_("保管期限"))
    field_order = ("code", "name", "retention", "when", "basis")

    def __init__(self, *args: Any, periods: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("归档范围")
        choices = periods
        self.fields["retention"].choices = choices  # type: ignore[attr-defined]
        self.fields["retention"].initial = choices[0][0]  # so that a blank line counts as one


class _Lines(forms.BaseFormSet[Any]):
    """Lines of a rule list: each code once."""

    def clean(self) -> None:
        """Say of every code that stands twice."""
        seen: set[str] = set()
        for form in self.forms:
            code = form.cleaned_data.get("code") if hasattr(form, "cleaned_data") else None
            if code and not form.cleaned_data.get("DELETE"):
                if code in seen:
                    form.add_error("code", _("条目号 %(code)s 重复。") % {"code": code})
                seen.add(code)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Let a line be taken out."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("删去这一条")


MaterialLines: Any = forms.formset_factory(
    MaterialLineForm, formset=_Lines, extra=2, can_delete=True, max_num=300, absolute_max=300
)
RetentionLines: Any = forms.formset_factory(
    RetentionLineForm, formset=_Lines, extra=2, can_delete=True, max_num=500, absolute_max=500
)


def kept_lines(lines: Any) -> list[Any]:
    """The forms of a formset that say something and are not taken out; call it on a valid formset."""
    return [each for each in lines.forms if each.cleaned_data and not each.cleaned_data.get("DELETE")]


class TrialForm(forms.Form):
    """The package to try rules on; `target` says what is being written."""

    package = forms.CharField(
        label=_("待处理或已退回的移交包（电子文件号）"),
        max_length=120,
        required=False,
        help_text=_("只试不存：看这个包按上面的规则缺哪些材料。"),
    )
    target = forms.CharField(widget=forms.HiddenInput, max_length=130)


class RetentionTableForm(forms.Form):
    """A version of a retention table."""

    key = forms.CharField(label=_("表号"), max_length=24, validators=[VERSION])
    version = forms.CharField(label=_("版本"), max_length=24, validators=[VERSION])
    name = forms.CharField(label=_("名称"), max_length=200)
    organisation = forms.ChoiceField(label=_("适用单位"), required=False)
    approval = forms.CharField(label=_("审批文号"), max_length=200)
    default_code = forms.ChoiceField(label=_("缺省保管期限"), required=False)
    effective_from = date_field(_("生效日期"))

    def __init__(self, *args: Any, periods: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("通用")), *body_choices()]  # type: ignore[attr-defined]
        self.fields["default_code"].choices = [("", _("无")), *periods]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """From which day a rule pack holds, and why it is published."""

    effective_from = date_field(_("生效日期"))
    note = forms.CharField(label=_("说明"), max_length=500)


class ProfileForm(forms.Form):
    """A profile file, uploaded or typed, from which day it holds, and why."""

    file = forms.FileField(
        label=_("方案文件"),
        required=False,
        help_text=_("TOML 或 JSON，UTF-8；选择文件后点“预览影响”，内容显示在下面，可以直接修改。"),
        widget=forms.FileInput(attrs={"accept": ".toml,.json"}),
    )
    text = forms.CharField(
        label=_("方案内容"),
        required=False,
        max_length=LARGEST_PROFILE,
        widget=forms.Textarea(attrs={"rows": 18, "class": "lt-input lt-code"}),
    )
    effective_from = date_field(_("生效日期"), hint=_("从这一天起收到的包按新版本读取和检测。"))
    note = forms.CharField(label=_("说明"), max_length=500, required=False)
    package = forms.CharField(
        label=_("试读的移交包（电子文件号）"),
        max_length=40,
        required=False,
        help_text=_("填写后，预览时按这份方案重新读取并检测这个包，只试不存。"),
    )

    def clean(self) -> dict[str, Any]:
        """The text of the file, where one was chosen, goes before what was typed."""
        data = super().clean() or {}
        file, text = data.get("file"), data.get("text") or ""
        if file:
            if file.size > LARGEST_PROFILE:
                self.add_error("file", _("文件过大。"))
                return data
            text = file.read().decode("utf-8-sig", errors="replace")
        data["text"] = text.replace("\r\n", "\n")
        if not text.strip():
            self.add_error("text", _("请选择方案文件，或写出内容。"))
            return data
        try:
            data["data"] = read_profile(text=data["text"])
        except ProfileFaults as refused:
            for fault in refused.faults[:50]:
                self.add_error("text", fault)
        return data


class SeveritiesForm(forms.Form):
    """How severe a fault of each check is, as a version of the base rules from a day on."""

    CHOICES = (
        ("blocking", _("退回")),
        ("warning", _("由档案员决定")),
        ("note", _("只作提示")),
        ("off", _("不检测")),
    )

    version = forms.CharField(label=_("版本"), max_length=40, validators=[VERSION])
    effective_from = date_field(_("生效日期"))
    reason = forms.CharField(
        label=_("不检测的理由"),
        max_length=200,
        required=False,
        help_text=_("把检测项改为“不检测”时必填；写入每份检测报告。"),
    )

    def __init__(self, *args: Any, rows: Sequence[CheckRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self.fields[row.code] = forms.ChoiceField(
                label=f"{row.code} {row.name}", choices=self.CHOICES, initial=row.severity
            )

    def clean(self) -> dict[str, Any]:
        """What is not checked any more has a reason."""
        data = super().clean() or {}
        newly = [row for row in self.rows if data.get(row.code) == "off" and row.severity != "off"]
        if newly and not (data.get("reason") or "").strip():
            self.add_error("reason", _("请写明不检测的理由。"))
        return data

    def severities(self) -> dict[str, str]:
        """The severities that differ from what was delivered; call it on a valid form."""
        chosen = {row.code: (self.cleaned_data[row.code], row.delivered) for row in self.rows}
        return {code: now for code, (now, delivered) in chosen.items() if now not in (delivered, "off")}

    def off(self) -> dict[str, str]:
        """The checks that are not made, each with its reason: one that was off keeps its own."""
        return {
            row.code: row.reason or self.cleaned_data["reason"].strip()
            for row in self.rows
            if self.cleaned_data[row.code] == "off"
        }


class CodeListForm(forms.Form):
    """A new version of a code list."""

    version = forms.CharField(label=_("版本"), max_length=40, validators=[VERSION])
    valid_from = date_field(_("生效日期"))
    basis = forms.CharField(label=_("依据"), max_length=200)
    codes = forms.CharField(
        label=_("代码（一行一个：代码，中文，英文，说明）"),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 16, "class": "lt-input lt-code"}),
        help_text=_("各栏以制表符或竖线隔开；英文和说明可不填。"),
    )

    def clean_codes(self) -> list[dict[str, str]]:
        """The lines as codes; every fault with its line."""
        found, faults = [], []
        seen: set[str] = set()
        for number, line in enumerate(self.cleaned_data["codes"].splitlines(), 1):
            if not line.strip():
                continue
            parts = [each.strip() for each in line.replace("\t", "|").split("|")]
            code, zh, en, note = [*parts, "", "", ""][:4]
            if not code or not zh or len(parts) > 4:
                faults.append(say("第 %(line)d 行：须有代码和中文，至多四栏。") % {"line": number})
            elif code in seen:
                faults.append(say("第 %(line)d 行：代码 %(code)s 重复。") % {"line": number, "code": code[:60]})
            elif max(map(len, parts)) > 400:
                faults.append(say("第 %(line)d 行：一栏至多 400 字。") % {"line": number})
            seen.add(code)
            found.append({"code": code, "zh": zh, "en": en, "note": note})
        if faults:
            raise forms.ValidationError(faults)
        if not found:
            raise forms.ValidationError(_("至少要有一个代码。"))
        return found
