"""What people choose when they export."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.queries import list_fonds
from lantai.exchange.models import Export


class ExportForm(forms.Form):
    """The form of the packages, and which records where none were chosen before."""

    kind = forms.ChoiceField(
        label=_("格式"), choices=Export.Kind.choices, initial=Export.Kind.EEP, widget=forms.RadioSelect
    )
    fonds = forms.ChoiceField(label=_("全宗"), required=False)
    year_from = forms.IntegerField(label=_("起始年度"), required=False, min_value=1000, max_value=9999)
    year_until = forms.IntegerField(label=_("终止年度"), required=False, min_value=1000, max_value=9999)

    def __init__(self, *args: Any, chosen: bool, **kwargs: Any) -> None:
        """With *chosen* the records are given, and only the format is asked."""
        super().__init__(*args, **kwargs)
        if chosen:
            for name in ("fonds", "year_from", "year_until"):
                del self.fields[name]
            return
        fonds = self.fields["fonds"]
        fonds.required = True
        fonds.choices = [("", _("请选择")), *((each.code, f"{each.code} {each.name}") for each in list_fonds())]  # type: ignore[attr-defined]
