"""What people type into the pages of catalogue imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.administration.queries import list_classes, list_fonds
from lantai.archival.tables import targets
from lantai.ingest.import_words import target_name

STEPS = 4
"""Transforms of one column, one after the other, that the page offers."""
ACTS = (
    ("", _("照原样")),
    ("date", _("日期（表格日期数字）")),
    ("number", _("取数字")),
    ("split", _("拆分")),
    ("part", _("正则取部分")),
    ("codes", _("代码对照")),
    ("join", _("多列合并")),
    ("trim", _("去掉多余字符")),
)
FIXED = ("fonds_code", "category_code", "year", "retention", "creator", "level", "open_state", "secrecy")
"""Elements that may be given once for all lines."""
KINDS = (("xlsx", "Excel (.xlsx)"), ("csv", "CSV"), ("xml", "XML"))


class NewImportForm(forms.Form):
    """A catalogue and, if there are, the files that belong to it."""

    table = forms.FileField(
        label=_("目录文件"),
        help_text=_("Excel（.xlsx）、CSV、XML 或 DBF；表头可以有几行，编码自动识别。"),
        error_messages={"required": _("请选择目录文件。")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv,.xml,.dbf"}),
    )
    memo = forms.FileField(
        label=_("备注文件（DBT 或 FPT）"),
        help_text=_("DBF 表有备注字段时，与表同名的那个文件；没有就不选。"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".dbt,.fpt"}),
    )
    attached = forms.FileField(
        label=_("随附文件（ZIP）"),
        help_text=_("扫描件等，以档号命名（或放在以档号命名的文件夹里），也可以在目录中用一列写明文件名。"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )


class HeaderForm(forms.Form):
    """Where the header of the table stands."""

    sheet = forms.ChoiceField(label=_("工作表"), required=False)
    first = forms.IntegerField(label=_("表头首行"), min_value=0, max_value=60)
    last = forms.IntegerField(label=_("表头末行"), min_value=0, max_value=60)

    def __init__(self, *args: Any, sheets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(sheets) > 1:
            self.fields["sheet"].choices = [(each, each) for each in sheets]  # type: ignore[attr-defined]
        else:
            del self.fields["sheet"]


class CrosswalkForm(forms.Form):
    """A crosswalk, one row a column of the table: its element, its change, the change's options; then fixed values."""

    name = forms.CharField(label=_("保存为"), max_length=200, required=False)

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        chosen = [("", _("（不导入）")), *((key, _starred(key)) for key in targets())]
        for place in range(len(columns)):
            self.fields[f"target-{place}"] = forms.ChoiceField(label=_("著录项"), choices=chosen, required=False)
            for step in range(STEPS):
                self.fields[f"act-{place}-{step}"] = forms.ChoiceField(label=_("转换"), choices=ACTS, required=False)
                self.fields[f"option-{place}-{step}"] = forms.CharField(
                    label=_("参数"), max_length=2000, required=False, strip=False
                )
        for key in FIXED:
            self.fields[f"fixed-{key}"] = forms.CharField(label=target_name(key), max_length=300, required=False)

    def rules(self) -> list[dict[str, Any]]:
        """The crosswalk as data; columns of one element are joined in their order."""
        given = self.cleaned_data
        rows: dict[str, dict[str, Any]] = {}
        for place, heading in enumerate(self.columns):
            key = given[f"target-{place}"]
            if not key:
                continue
            row = rows.setdefault(key, {"target": key, "columns": [], "steps": []})
            row["columns"].append(heading)
            steps = (
                step_from_text(given[f"act-{place}-{step}"], given[f"option-{place}-{step}"]) for step in range(STEPS)
            )
            row["steps"] += [each for each in steps if each is not None]
        for key in FIXED:
            if given[f"fixed-{key}"]:
                row = rows.setdefault(key, {"target": key, "columns": [], "steps": []})
                row["steps"].insert(0, {"act": "constant", "value": given[f"fixed-{key}"]})
        return [rows[key] for key in targets() if key in rows]


def _starred(key: str) -> str:
    return f"{target_name(key)}{' *' if targets()[key].required else ''}"


def initial_of(rules: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, str]:
    """The values of a CrosswalkForm that shows *rules*."""
    initial: dict[str, str] = {}
    for rule in rules:
        steps = [each for each in rule["steps"] if each["act"] != "constant"]
        for each in rule["steps"]:
            if each["act"] == "constant":
                initial[f"fixed-{rule['target']}"] = str(each["value"])
        held = [name for name in rule["columns"] if name in columns]
        for order, heading in enumerate(held):
            place = columns.index(heading)
            initial[f"target-{place}"] = rule["target"]
            last = order == len(held) - 1
            for number, step in enumerate((steps[order:] if last else steps[order : order + 1])[:STEPS]):
                initial[f"act-{place}-{number}"] = step["act"]
                initial[f"option-{place}-{number}"] = text_of_step(step)
    return initial


def step_from_text(act: str, text: str) -> dict[str, Any] | None:
    """One change out of what was typed for it; None for none."""
    match act:
        case "date":
            return {"act": "date", "epoch": int(text) if text.strip() in ("1900", "1904") else 1900}
        case "split":
            by, _bar, part = text.partition("|")
            bare = part.strip()
            return {"act": "split", "by": by, "part": int(bare) if bare.isdecimal() and len(bare) < 4 else 1}
        case "part":
            return {"act": "part", "pattern": text}
        case "codes":
            return _codes(text)
        case "join":
            return {"act": "join", "by": text}
        case "trim":
            return {"act": "trim", "marks": text.strip()}
        case "number":
            return {"act": "number"}
    return None


def _codes(text: str) -> dict[str, Any]:
    pairs = [each.partition("=") for each in text.replace(";", "；").replace("\n", "；").split("；") if "=" in each]
    known = {before.strip(): after.strip() for before, _equals, after in pairs}
    default = known.pop("*", None)
    return {"act": "codes", "map": known or None, "default": default}


def text_of_step(step: Mapping[str, Any]) -> str:
    """What is to be typed for a change, as ``step_from_text`` reads it."""
    match step["act"]:
        case "date":
            return str(step.get("epoch") or "")
        case "split":
            return f"{step['by']}|{step.get('part', 1)}"
        case "part":
            return str(step["pattern"])
        case "codes":
            pairs = [f"{before}={after}" for before, after in step["map"].items()]
            return "；".join([*pairs, f"*={step['default']}"] if step.get("default") is not None else pairs)
        case "join":
            return str(step.get("by", ""))
        case "trim":
            return str(step.get("marks", ""))
    return ""


class ExportForm(forms.Form):
    """What of the catalogue is to be exported, and as what."""

    kind = forms.ChoiceField(label=_("格式"), choices=KINDS, initial="xlsx")
    fonds = forms.ChoiceField(label=_("全宗"), required=False)
    category = forms.ChoiceField(label=_("门类"), required=False)
    year_from = forms.IntegerField(label=_("起始年度"), required=False, min_value=1000, max_value=9999)
    year_until = forms.IntegerField(label=_("终止年度"), required=False, min_value=1000, max_value=9999)
    text = forms.CharField(label=_("题名中含有，或档号开头"), required=False, max_length=120)
    codes = forms.CharField(
        label=_("只导出这些档号"),
        required=False,
        max_length=40_000,
        help_text=_("每行一个档号或电子文件号；不填则按以上条件导出。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("全部"))
        fonds = [(each.code, f"{each.code} {each.name}") for each in list_fonds()]
        classes = [(each.path, f"{each.path} {each.name}") for each in list_classes() if each.level == 1]
        self.fields["fonds"].choices = [everything, *fonds]  # type: ignore[attr-defined]
        self.fields["category"].choices = [everything, *classes]  # type: ignore[attr-defined]
