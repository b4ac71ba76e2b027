"""What people type into the pages of intake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.queries.people import organisation_choices
from lantai.ingest.models import SubmissionState
from lantai.ingest.services.uploading import LIST_BYTES

DECISIONS = ("approve", "return")


def _body_field() -> forms.TypedChoiceField:
    """Which body hands over; nothing is chosen beforehand, so that none is named by mistake."""
    return forms.TypedChoiceField(label=_("移交单位"), coerce=int, error_messages={"required": _("请选择移交单位。")})


def _bodies() -> list[tuple[Any, Any]]:
    return [("", _("请选择")), *organisation_choices()]


class SubmissionsForm(forms.Form):
    """The filter above the submissions; bodies are offered to those who see more than one."""

    text = forms.CharField(label=_("题名、包名或编号"), max_length=200, required=False)
    state = forms.ChoiceField(label=_("状态"), required=False)
    organisation = forms.TypedChoiceField(label=_("移交单位"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, bodies: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("全部"))
        self.fields["state"].choices = [everything, *SubmissionState.choices]  # type: ignore[attr-defined]
        if bodies:
            self.fields["organisation"].choices = [everything, *organisation_choices()]  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]


class DecisionForm(forms.Form):
    """An archivist's decision: the reason must be given for a return, and the department reads it."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        required=False,
        help_text=_("退回时必填，写明问题和补正要求；将写入回执，移交单位可以看到。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    decision = forms.ChoiceField(choices=[(each, each) for each in DECISIONS], widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """A return says why."""
        found = super().clean() or {}
        if found.get("decision") == "return" and not (found.get("reason") or "").strip():
            self.add_error("reason", _("请写明退回的理由。"))
        return found


class ReturnForm(DecisionForm):
    """The decision on one package: a return names findings, words of one's own, or both, and a day."""

    findings = forms.MultipleChoiceField(
        label=_("退回理由：检测问题"), required=False, widget=forms.CheckboxSelectMultiple
    )
    until = forms.DateField(
        label=_("补正期限"),
        required=False,
        help_text=_("不填则按移交协议约定。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    field_order = ("findings", "reason", "until", "decision")

    def __init__(self, *args: Any, findings: Sequence[tuple[str, str]] = (), today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["reason"].label = _("补充说明")
        self.fields["reason"].help_text = _(
            "退回时，检测问题和说明至少要有一项；都写入回执和补正通知，移交单位可以看到。"
        )
        if findings:
            self.fields["findings"].choices = list(findings)  # type: ignore[attr-defined]
        else:
            del self.fields["findings"]

    def clean_until(self) -> date | None:
        """A day that has not passed."""
        day: date | None = self.cleaned_data["until"]
        if day is not None and day < self.today:
            raise forms.ValidationError(_("期限不能早于今天。"))
        return day

    def clean(self) -> dict[str, Any]:
        """Findings are reasons too."""
        found = super().clean() or {}
        if found.get("findings") and "reason" in self.errors:
            del self.errors["reason"]
            found["reason"] = ""
        return found


class BatchesForm(forms.Form):
    """The filter above the batches."""

    text = forms.CharField(label=_("批次号或名称"), max_length=100, required=False)
    organisation = forms.TypedChoiceField(label=_("移交单位"), required=False, coerce=int, empty_value=None)
    waiting = forms.CharField(max_length=5, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bodies: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bodies:
            self.fields["organisation"].choices = [("", _("全部")), *organisation_choices()]  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]


class BatchDecisionForm(forms.Form):
    """Which packages of a batch go back; everything else that waits is taken in."""

    checks = forms.MultipleChoiceField(
        label=_("退回有这些问题的移交包"), required=False, widget=forms.CheckboxSelectMultiple
    )
    packages = forms.MultipleChoiceField(
        label=_("另外退回这些移交包"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=_("退回说明"),
        max_length=500,
        required=False,
        help_text=_("写入每一件退回包的回执和补正通知。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    attach = forms.BooleanField(label=_("附上每一件自己的检测问题"), required=False, initial=True)
    due_on = forms.DateField(
        label=_("补正期限"),
        required=False,
        help_text=_("不填则按移交协议约定。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(
        self,
        *args: Any,
        checks: Sequence[tuple[str, str]],
        packages: Sequence[tuple[str, str]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name, choices in (("checks", checks), ("packages", packages)):
            if choices:
                self.fields[name].choices = list(choices)  # type: ignore[attr-defined]
            else:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """What goes back goes with a reason, until a day to come."""
        found = super().clean() or {}
        back = found.get("checks") or found.get("packages")
        if back and not found.get("attach") and not (found.get("note") or "").strip():
            self.add_error("note", _("请写明退回的理由，或附上检测问题。"))
        day = found.get("due_on")
        if day is not None and day < self.today:
            self.add_error("due_on", _("期限不能早于今天。"))
        return found


class ManyFilesInput(forms.ClearableFileInput):
    """A field for several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; each is checked as one."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files as a list."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(each, initial) for each in given if each] or super().clean(
            None, initial
        )


class UploadForm(forms.Form):
    """Packages from a browser. The department is asked of an archivist only; it sends for itself."""

    packages = ManyFilesField(
        label=_("移交包"),
        help_text=_("ZIP 或 TAR，可多选；每个文件是一个办件或一件档案。"),
        error_messages={"required": _("请选择至少一个移交包。")},
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ".zip,.tar,.tgz,.gz,.eep,.xml"}),
    )
    profile = forms.ChoiceField(label=_("移交包格式"))
    organisation = _body_field()
    batch = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    replaces = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, profiles: list[tuple[str, str]], bodies: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = profiles  # type: ignore[attr-defined]
        if bodies:
            self.fields["organisation"].choices = _bodies()  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]


class ListForm(forms.Form):
    """A hand-over list, registered before its packages come."""

    handover = forms.FileField(
        label=_("移交清单"),
        help_text=_("XML 或 CSV，列出每个包的名称、大小和摘要；之后上传的包会逐一核对。"),
        widget=forms.FileInput(attrs={"accept": ".xml,.csv"}),
    )
    organisation = _body_field()

    def __init__(self, *args: Any, bodies: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bodies:
            self.fields["organisation"].choices = _bodies()  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]

    def clean_handover(self) -> Any:
        """A list is small; a package chosen by mistake is not read."""
        given = self.cleaned_data["handover"]
        if given.size > LIST_BYTES:
            raise forms.ValidationError(_("清单过大：这里只收清单，移交包在上一页上传。"))
        return given
