"""What people type into the pages of digitisation."""

from __future__ import annotations

from typing import Any, BinaryIO

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lantai.archival.imaging.measuring import PROFILES
from lantai.digitisation.services.taking import waiting_folders


class ManyFiles(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class ScansField(forms.FileField):
    """Several uploaded files, as a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(ScansField, self).clean(each, initial) for each in given]


class NewBatchForm(forms.Form):
    """A folder of the incoming area, or files; what it is called, what it was scanned for."""

    name = forms.CharField(label=_("名称"), max_length=200, required=False, help_text=_("不填就用文件夹的名称。"))
    profile = forms.ChoiceField(label=_("扫描规格"))
    folder = forms.ChoiceField(
        label=_("扫描件文件夹"), required=False, help_text=_("扫描仪或外包单位放进交接区的文件夹，一个文件夹一个批次。")
    )
    scans = ScansField(
        label=_("或上传扫描件"),
        required=False,
        help_text=_("TIFF、JPEG、PDF 等，以档号命名（档号.pdf、档号-001.jpg）；可多选。"),
        widget=ManyFiles(attrs={"accept": ".tif,.tiff,.jpg,.jpeg,.png,.bmp,.jp2,.pdf"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = get_language() == "en"
        self.fields["profile"].choices = [  # type: ignore[attr-defined]
            (each.code, each.en if english else each.zh) for each in PROFILES.values()
        ]
        self.fields["profile"].initial = "ocr"
        self.fields["folder"].choices = [("", _("（不选）")), *((each, each) for each in waiting_folders())]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Exactly one of folder and files."""
        given = super().clean() or {}
        if bool(given.get("folder")) == bool(given.get("scans")):
            raise forms.ValidationError(_("请选择一个文件夹，或上传扫描件，二者取一。"))
        return given

    def uploads(self) -> list[tuple[str, BinaryIO]]:
        """The uploaded files, each with its name."""
        return [(str(each.name), each.file) for each in self.cleaned_data["scans"]]
