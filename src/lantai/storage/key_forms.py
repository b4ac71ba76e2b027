"""Forms of the keys: a rule of sealing, an escrow recipient, a rotation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.storage.models import SealingRule
from lantai.storage.services import RuleAsked


class RuleForm(forms.Form):
    """A rule of sealing to decide."""

    fonds_code = forms.CharField(label=_("全宗号"), max_length=20, required=False, help_text=_("空为全部全宗。"))
    retention = forms.CharField(
        label=_("保管期限代码"), max_length=8, required=False, help_text=_("Y、D30、D10；空为全部期限。")
    )
    algorithm = forms.ChoiceField(
        label=_("加密"),
        choices=[*SealingRule.Algorithm.choices, ("", _("不加密"))],
        required=False,
        initial="AES-256-GCM",
    )
    searchable = forms.BooleanField(
        label=_("全文进检索库"), required=False, initial=True,
        help_text=_("检索库中的全文是明文；不勾选则这些档案只能按目录检索。"),
    )  # fmt: skip
    reason = forms.CharField(label=_("依据"), max_length=200)

    def asked(self) -> RuleAsked:
        """The rule typed in; call it on a valid form."""
        data = self.cleaned_data
        algorithm = data["algorithm"]
        return RuleAsked(
            data["fonds_code"].strip(), data["retention"].strip(), bool(algorithm), algorithm or "AES-256-GCM",
            data["searchable"],
        )  # fmt: skip


class RecipientForm(forms.Form):
    """An escrow recipient to add."""

    name = forms.CharField(label=_("托管人"), max_length=80)
    recipient = forms.CharField(label=_("公钥"), max_length=200, help_text=_("以 age1 开头的一行。"))


class RotationForm(forms.Form):
    """Why all keys are rotated now."""

    reason = forms.CharField(label=_("依据"), max_length=200, help_text=_("如定期轮换、人员变动、销毁之后。"))
