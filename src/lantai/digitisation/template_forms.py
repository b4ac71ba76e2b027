"""What people type where they mark a form: its name, and of each field the name, type and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lantai.archival.imaging.forms import FIELD_TYPES, MarkedField
from lantai.digitisation.queries.form_templates import ProposedField

BLANKS, MOST = 3, 100
"""Places that may be typed in beside those that are proposed; fields a form may have."""


class TemplateNameForm(forms.Form):
    """What the form is called."""

    name = forms.CharField(label=_("表单名称"), max_length=120)


class MarkedFieldForm(forms.Form):
    """One field: picked or not; its box in pixels of the scan."""

    pick = forms.BooleanField(label=_("选用"), required=False)
    name = forms.CharField(label=_("字段名称"), max_length=80, required=False)
    kind = forms.ChoiceField(label=_("类型"))
    must = forms.BooleanField(label=_("必填"), required=False)
    left = forms.IntegerField(label=_("左"), min_value=0, required=False)
    top = forms.IntegerField(label=_("上"), min_value=0, required=False)
    right = forms.IntegerField(label=_("右"), min_value=0, required=False)
    bottom = forms.IntegerField(label=_("下"), min_value=0, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = int(get_language() == "en")
        self.fields["kind"].choices = [(code, words[place]) for code, words in FIELD_TYPES.items()]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs.update({"aria-label": f"{field.label} {self.number}", "autocomplete": "off"})
            if self.proposed and name in _PLACE:
                field.widget = forms.HiddenInput()

    @property
    def number(self) -> int:
        """Which it is, from 1."""
        return int(str(self.prefix or "0").rpartition("-")[2]) + 1

    @property
    def proposed(self) -> bool:
        """Whether its place was proposed, and is not to be typed."""
        return bool(self.initial)

    def clean(self) -> dict[str, Any]:
        """A picked field has a name and a place."""
        given = super().clean() or {}
        if given.get("pick"):
            if not (given.get("name") or "").strip():
                self.add_error("name", _("请给字段起名。"))
            if any(given.get(each) is None for each in _PLACE):
                self.add_error("pick", _("请填四边的位置。"))
        return given

    def marked(self) -> MarkedField | None:
        """The field, None where it was not picked."""
        given = self.cleaned_data
        if not given.get("pick"):
            return None
        box = (given["left"], given["top"], given["right"], given["bottom"])
        return MarkedField(given["name"].strip(), given["kind"], box, bool(given.get("must")))


_PLACE = ("left", "top", "right", "bottom")


def field_forms(proposed: Sequence[ProposedField]) -> list[MarkedFieldForm]:
    """A form for each place that is proposed, picked at first, and some for places that are typed in."""
    made = []
    for number, each in enumerate(proposed):
        initial = {"pick": True, "name": each.name, "kind": each.kind, **dict(zip(_PLACE, each.box, strict=True))}
        made.append(MarkedFieldForm(prefix=f"field-{number}", initial=initial))
    return made + [MarkedFieldForm(prefix=f"field-{len(proposed) + number}") for number in range(BLANKS)]


def sent_field_forms(data: Mapping[str, Any]) -> list[MarkedFieldForm]:
    """The forms as they were sent, each with the place it was shown with."""
    told = str(data.get("fields", ""))
    count = min(int(told), MOST) if told.isascii() and told.isdecimal() and len(told) < 5 else 0
    shown = max(0, count - BLANKS)
    return [
        MarkedFieldForm(data, prefix=f"field-{number}", initial={"pick": False} if number < shown else {})
        for number in range(count)
    ]
