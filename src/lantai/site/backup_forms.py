"""The form in which a person decides how often backups are made, how long they are kept, and what a drill must meet."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.storage.services import PolicyAsked


class BackupPolicyForm(forms.Form):
    """The policy of backups; the limits themselves stand in the service."""

    every_hours = forms.IntegerField(label=_("数据库备份间隔（小时）"), min_value=1, max_value=720)
    key_hours = forms.IntegerField(label=_("密钥变动后备份间隔（小时）"), min_value=1, max_value=720)
    generations = forms.IntegerField(label=_("数据库备份保留份数"), min_value=1, max_value=1000)
    key_days = forms.IntegerField(
        label=_("密钥备份至多保留（天）"), min_value=1, max_value=3650,
        help_text=_("销毁一件档案后，最后一份旧的密钥备份清除之日，销毁才彻底完成。"),
    )  # fmt: skip
    point_hours = forms.IntegerField(label=_("恢复点目标（小时）"), min_value=1, max_value=8760)
    time_minutes = forms.IntegerField(label=_("恢复时间目标（分钟）"), min_value=1, max_value=43_200)
    drill_days = forms.IntegerField(label=_("恢复演练间隔（天）"), min_value=1, max_value=3650)
    reason = forms.CharField(label=_("依据"), max_length=200)

    def asked(self) -> PolicyAsked:
        """The policy typed in; call it on a valid form."""
        return PolicyAsked(**{name: value for name, value in self.cleaned_data.items() if name != "reason"})
