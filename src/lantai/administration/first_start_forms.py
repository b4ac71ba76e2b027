"""What the first visitor of a new archive types: the code of the console, a name, three people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from lantai.administration.queries.people import normal_person_number, normal_username

ROLES = (("system", _("系统管理员")), ("security", _("安全保密管理员")), ("audit", _("安全审计员")))
USERNAME = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}\Z", _("账号须为 3 至 64 个小写字母、数字、点、横线或下划线，以字母或数字开头。")
)


class FirstStartForm(forms.Form):
    """Everything at once, so that every fault is told at once."""

    code = forms.CharField(
        label=_("启动码"),
        max_length=40,
        help_text=_("程序启动时显示在服务器控制台上，只能用一次。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    archive_name = forms.CharField(label=_("档案馆名称"), max_length=100, help_text=_("用于页眉、回执和证明。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role, label in ROLES:
            for name, words, most in (
                ("username", _("账号"), 64),
                ("number", _("人员编号"), 64),
                ("name", _("姓名"), 64),
            ):
                self.fields[f"{role}_{name}"] = forms.CharField(
                    label=f"{label} · {words}",
                    max_length=most,
                    validators=[USERNAME] if name == "username" else [],
                    widget=forms.TextInput(attrs={"autocomplete": "off"}),
                )

    def clean(self) -> dict[str, Any]:
        """Three different people with three different accounts."""
        data = super().clean() or {}
        kinds = (("username", normal_username), ("number", normal_person_number))
        for name, normal in kinds:
            seen: set[str] = set()
            for role, _label in ROLES:
                value = normal(data.get(f"{role}_{name}", ""))
                if value and value in seen:
                    self.add_error(f"{role}_{name}", _("三员须是三个不同的人。"))
                seen.add(value)
        return data
