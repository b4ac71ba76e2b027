"""What system administrators type about witnesses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class WitnessForm(forms.Form):
    """A witness to be asked from now on."""

    body = forms.CharField(label=_("见证单位"), max_length=200, help_text=_("运行见证服务的部门或档案馆。"))
    address = forms.CharField(
        label=_("服务地址"),
        max_length=500,
        help_text=_("https:// 开头；只有本机的服务可用 http://。只会访问这个地址。"),
    )
    keys = forms.CharField(
        label=_("公钥"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("对方运行 lantai witness key 显示的各行，请当面或另行核对。"),
    )


class PolicyForm(forms.Form):
    """How many witnesses must cosign."""

    def __init__(self, *args: Any, witnesses: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["least"] = forms.IntegerField(
            label=_("至少需要几个见证方"),
            min_value=0,
            max_value=witnesses,
            help_text=_("一个检查点得到这么多见证方的签名，才算得到见证；0 表示不要求。"),
        )
