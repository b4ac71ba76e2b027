"""The page on which a crosswalk is made: one row a column, the first lines as they will become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.forms import BoundField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lantai.archival.tables import (
    CrosswalkError,
    Line,
    Mapped,
    cell_name,
    column_letters,
    map_line,
    rules_from_data,
    targets,
)
from lantai.common.components import Act, Cell, Column, Link, Notice, Row, Table
from lantai.common.pages import Page
from lantai.ingest import import_queries as queries
from lantai.ingest.import_forms import FIXED, STEPS, CrosswalkForm, HeaderForm, initial_of
from lantai.ingest.import_words import fault_words, target_name
from lantai.ingest.models import ImportState

PREVIEWED = 20
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One column of the table: letter and heading, some of its values, and the controls that say what it becomes;
    ``more`` are further transforms, of which ``more_used`` are in use.
    """

    letter: str
    heading: str
    samples: str
    target: SafeString
    act: SafeString
    option: SafeString
    more: Sequence[tuple[SafeString, SafeString]] = ()
    more_used: int = 0


@dataclass(frozen=True, slots=True)
class FixedRow:
    """One element that is the same for all lines."""

    name: str
    control: SafeString
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosswalkPage(Page):
    """Columns to elements (对照), with the first lines as they will become."""

    template: ClassVar[str] = "ingest/crosswalk.html"
    rows: Sequence[MappingRow]
    fixed: Sequence[FixedRow]
    name: BoundField
    header: HeaderForm
    header_action: str
    preview: Table
    notices: Sequence[Notice]
    action: str
    cancel: str
    acts_below: Sequence[Act]
    consequence: str


def crosswalk_form(request: HttpRequest, view: queries.ImportView) -> CrosswalkForm:
    """The form as it was sent, or as the import's crosswalk fills it."""
    if request.method == "POST":
        return CrosswalkForm(request.POST, columns=view.columns)
    initial = initial_of(view.rules, view.columns)
    initial["name"] = view.crosswalk.rpartition(" v")[0]
    return CrosswalkForm(initial=initial, columns=view.columns)


def crosswalk_page(view: queries.ImportView, form: CrosswalkForm, problem: str = "") -> CrosswalkPage:
    """The crosswalk of an import as *form* has it now."""
    lines = [
        each for each in queries.sample_lines(catalogue_id=view.row.id)
        if each.number > view.head_last
    ][:PREVIEWED]  # fmt: skip
    rules: Sequence[Mapping[str, Any]] = view.rules
    if form.is_bound and form.is_valid():
        rules = form.rules()
    notices = [Notice("bad", _("没有进行。"), problem)] if problem else []
    lacking = _lacking(rules)
    if lacking:
        notices.append(Notice("warn", _("还缺少必填的著录项。"), "、".join(target_name(key) for key in lacking)))
    place = reverse("import-crosswalk", args=[view.row.id])
    return CrosswalkPage(
        title=_("核对对照"),
        here="imports",
        back=[
            Link(_("目录导入"), reverse("imports")),
            Link(view.row.name, reverse("import", args=[view.row.id])),
            Link(_("核对对照")),
        ],
        facts=_("每一列成为哪个著录项；表头认得的已经填好。带 * 的必填，可由列、固定值或档号给出。"),
        rows=[_row(form, place_of, heading, lines) for place_of, heading in enumerate(view.columns)],
        fixed=[_fixed(form, key) for key in FIXED],
        name=form["name"],
        header=header_form(view),
        header_action=reverse("import-header", args=[view.row.id]),
        preview=_preview(rules, view.columns, lines),
        notices=notices,
        action=place,
        cancel=reverse("import", args=[view.row.id]),
        acts_below=[
            Act(_("预览"), name="act", value="preview"),
            Act(_("保存对照表"), name="act", value="save", icon="device-floppy"),
            Act(_("试导"), name="act", value="check", icon="list-check", kind="primary", key="mod+enter"),
        ],
        consequence=_("试导逐行检查，不写入目录；结果按行列出每一处问题。"),
    )


def header_form(view: queries.ImportView, data: Mapping[str, Any] | None = None) -> HeaderForm:
    """The form that says where the header stands."""
    initial = {"sheet": view.form.sheet, "first": view.head_first, "last": view.head_last}
    return HeaderForm(data, initial=initial, sheets=view.sheets, prefix="head")


def may_change(view: queries.ImportView) -> bool:
    """Whether the crosswalk of this import can still be changed."""
    return view.row.state in (ImportState.MAPPING, ImportState.CHECKED)


def _lacking(rules: Sequence[Mapping[str, Any]]) -> list[str]:
    given = {each["target"] for each in rules}
    from_code = {"fonds_code", "category_code", "year", "retention"} if "archive_code" in given else set()
    return [key for key, each in targets().items() if each.required and key not in given | from_code]


def _row(form: CrosswalkForm, place: int, heading: str, lines: Sequence[Line]) -> MappingRow:
    values = [each.cells[place] for each in lines if place < len(each.cells) and each.cells[place]]
    samples = list(dict.fromkeys(values))[:SAMPLES]

    def control(name: str, css: str, step: int | None = None) -> SafeString:
        bound = form[f"{name}-{place}" if step is None else f"{name}-{place}-{step}"]
        said = f"{heading}{_('：')}{bound.label}" if not step else f"{heading}{_('：')}{bound.label} {step + 1}"
        return bound.as_widget(attrs={"class": css, "aria-label": said})

    return MappingRow(
        letter=column_letters(place),
        heading=heading,
        samples=" · ".join(each[:30] for each in samples),
        target=control("target", "lt-select"),
        act=control("act", "lt-select", 0),
        option=control("option", "lt-input", 0),
        more=[(control("act", "lt-select", step), control("option", "lt-input", step)) for step in range(1, STEPS)],
        more_used=sum(bool(form[f"act-{place}-{step}"].value()) for step in range(1, STEPS)),
    )


def _fixed(form: CrosswalkForm, key: str) -> FixedRow:
    bound = form[f"fixed-{key}"]
    star = " *" if targets()[key].required else ""
    return FixedRow(f"{bound.label}{star}", bound.as_widget(attrs={"class": "lt-input"}), bound.id_for_label)


def _preview(rules: Sequence[Mapping[str, Any]], columns: Sequence[str], lines: Sequence[Line]) -> Table:
    """The first lines as elements; what does not become one is told in its place."""
    try:
        known = rules_from_data([each for each in rules if each["columns"] or each["steps"]])
    except CrosswalkError:
        known = ()
    shown = [each.target for each in known]
    rows = [_preview_row(each, map_line(known, columns, each.cells), shown) for each in lines]
    return Table(
        label=_("前 20 行预览"),
        columns=[Column(_("行")), *(Column(target_name(each)) for each in shown)],
        rows=rows,
        keyed=False,
    )


def _preview_row(line: Line, mapped: Mapped, shown: Sequence[str]) -> Row:
    wrong = {each.target: each for each in mapped.misfits}
    cells = [Cell(str(line.number), main=True)]
    for key in shown:
        if key in wrong:
            each = wrong[key]
            where = cell_name(each.column, line.number) if each.column >= 0 else ""
            cells.append(
                Cell(
                    state="fail",
                    state_text=fault_words(each.code, key, "")[0],
                    more=f"{where} {each.found[:40]}".strip(),
                )
            )
        else:
            cells.append(Cell(mapped.values.get(key, "")[:80]))
    return Row(cells, name=str(line.number))
