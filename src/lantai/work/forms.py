"""What people type into the pages of work."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

DUE = (("", _("全部")), ("overdue", _("已逾期")), ("today", _("今天到期")), ("week", _("一周内到期")))


class DutiesForm(forms.Form):
    """The filter above the due work."""

    text = forms.CharField(label=_("题名或编号"), max_length=100, required=False)
    due = forms.ChoiceField(label=_("办理期限"), choices=DUE, required=False)
    kind = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
