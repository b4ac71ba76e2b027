"""The pages of form templates: the list, marking one on an example, what they filled in a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import names_of
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table, Tile
from lantai.common.pages import ListPage, Page
from lantai.common.paging import number_asked, portion_asked
from lantai.common.written import written_moment
from lantai.digitisation import queries
from lantai.digitisation.pages.placing import HERE, LARGE, batch_crumb, language_place
from lantai.digitisation.queries import form_templates as found_in
from lantai.digitisation.services.form_templates import TemplateRefused
from lantai.digitisation.template_forms import MarkedFieldForm, TemplateNameForm, field_forms

SIZE = 50
_SHOWN_VALUES = 4
_UNFILLED = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field lies on the shown picture: its number, and its sides in hundredths of the picture."""

    number: int
    left: str
    top: str
    width: str
    height: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkingPage(Page):
    """A page that was read, its places that look like fields, and the form that makes a template of it."""

    template: ClassVar[str] = "digitisation/marking.html"
    picture: str
    places: Sequence[Place]
    form: BaseForm
    fields: Sequence[tuple[MarkedFieldForm, str]]
    action: str
    cancel: str
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledListPage(ListPage):
    """What templates filled in a batch; ``others`` are pages that none fits."""

    template: ClassVar[str] = "digitisation/filled.html"
    others: Table
    fill_at: str
    exports: Sequence[Act]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesPage(ListPage):
    """The templates; those in use can be retired."""

    template: ClassVar[str] = "digitisation/templates.html"
    retire_at: str


def templates_page() -> TemplatesPage:
    """Form templates (表单模板)."""
    rows = found_in.list_templates()
    names = names_of(references={each.by for each in rows})
    return TemplatesPage(
        title=_("表单模板"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("表单模板"))],
        facts=_("在一页上标出各字段的位置，同样的表单就逐字段取数，并按类型和校验码检查。"),
        retire_at=reverse("digitising-form-retire"),
        table=Table(
            label=_("表单模板"),
            columns=[
                Column(_("名称")),
                Column(_("字段")),
                Column(_("已取数"), right=True),
                Column(_("登记人")),
                Column(_("登记时间")),
                Column(_("办理"), hidden=True),
            ],
            rows=[_template_row(each, names.get(each.by, each.by)) for each in rows],
            empty=Empty(
                icon="forms",
                title=_("还没有表单模板"),
                text=_("打开一个已识别的批次，在“表单取数”里选一页标注。"),
                acts=[Act(_("扫描批次"), href=reverse("digitising"), icon="scan", kind="primary")],
            ),
        ),
    )


def _template_row(each: found_in.TemplateRow, by: str) -> Row:
    retire = Act(_("停用"), name="template", value=str(each.id), icon="archive")
    href = reverse("digitising-form-mark", args=each.example) if each.example else ""
    return Row(
        [
            Cell(each.name, main=True, wide=True, href=href),
            Cell("、".join(each.fields[:6]), more=_("共 %(n)s 个字段") % {"n": len(each.fields)}, wide=True),
            Cell(str(each.pages), right=True, more=_("页")),
            Cell(by),
            Cell(written_moment(each.at), whole=True),
            Cell(_("已停用"), tone="muted") if each.retired_at else Cell(acts=[retire]),
        ],
        key=str(each.id),
        name=each.name,
    )


def marking_page(
    batch_id: int,
    page_id: int,
    *,
    named: TemplateNameForm | None = None,
    sent: Sequence[MarkedFieldForm] | None = None,
    problem: str = "",
) -> MarkingPage:
    """A page to mark a form on. Raises NoSuchBatch."""
    view = found_in.example_view(batch_id=batch_id, page_id=page_id)
    row = queries.batch_view(batch_id=batch_id).row
    forms = list(sent) if sent is not None else field_forms(view.proposed)
    texts = {each.box: each.text for each in view.proposed}
    boxes = [(each, _box(each)) for each in forms]
    notices = [Notice("bad", _("没有登记。"), problem)] if problem else []
    filled = reverse("digitising-forms", args=[batch_id])
    return MarkingPage(
        title=_("标注表单"),
        here=HERE,
        back=batch_crumb(row, Link(_("表单取数"), filled), Link(_("标注表单"))),
        facts=view.title,
        picture=reverse("digitising-image", args=[batch_id, page_id, LARGE]),
        places=[
            _place(each.number, box, view.width, view.height)
            for each, box in boxes
            if box is not None and each.proposed
        ],
        form=named or TemplateNameForm(),
        fields=[(each, texts.get(box, "") if box else "") for each, box in boxes],
        action=reverse("digitising-form-mark", args=[batch_id, page_id]),
        cancel=filled,
        notices=notices,
    )


def filled_page(request: HttpRequest, batch_id: int) -> FilledListPage:
    """What templates filled in a batch. Raises NoSuchBatch."""
    row = queries.batch_view(batch_id=batch_id).row
    templates = [each for each in found_in.list_templates() if each.pages or each.retired_at is None]
    asked = number_asked(request, "template")
    chosen = asked if any(each.id == asked for each in templates) else None
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: found_in.list_filled(
            batch_id=batch_id, template_id=chosen, offset=offset, limit=limit
        ),
    )
    named = {each.id: each.name for each in templates}
    return FilledListPage(
        title=_("表单取数"),
        here=HERE,
        back=batch_crumb(row, Link(_("表单取数"))),
        facts=_("模板取出的值是建议，须经人核对。"),
        acts=[Act(_("表单模板"), href=reverse("digitising-form-templates"), icon="forms")],
        tiles=[Tile(_("已取数"), str(found.pager.total), unit=_("页"))],
        fill_at=reverse("digitising-forms-fill", args=[batch_id]),
        exports=[
            Act(
                _("%(name)s：%(kind)s") % {"name": each.name, "kind": kind.upper()},
                href=reverse("digitising-forms-export", args=[batch_id, each.id, kind]),
                icon="download",
                download=True,
            )
            for each in templates
            if each.pages
            for kind in ("csv", "json")
        ],
        table=Table(
            label=_("取出的值"),
            columns=[Column(_("页")), Column(_("表单")), Column(_("值")), Column(_("问题"))],
            rows=[_filled_row(batch_id, each, named.get(each.template, "")) for each in found.lines],
            pager=found.pager,
            empty=Empty(icon="forms", title=_("还没有取数"), text=_("先在一页上标注表单，再取数。")),
        ),
        others=_others(batch_id),
    )


def _filled_row(batch_id: int, each: found_in.FilledPage, name: str) -> Row:
    called = f"{each.code} · {each.number}" if each.code else each.path
    values = "；".join(f"{one.name}：{one.value}" for one in each.values[:_SHOWN_VALUES] if one.value)
    words = [f"{one.name}：{_fault(one.fault)}" for one in each.values if one.fault]
    return Row(
        [
            Cell(called, main=True, mono=True, wide=True, href=_picture(batch_id, each.page_id)),
            Cell(name, more=_("%(n)s 个值") % {"n": len(each.values)}),
            Cell(values, wide=True),
            Cell("；".join(words), tone="late" if words else "", wide=True),
        ],
        name=called,
    )


def _others(batch_id: int) -> Table:
    pages = found_in.unfilled_pages(batch_id=batch_id, limit=_UNFILLED)
    return Table(
        label=_("没有模板的页"),
        columns=[Column(_("页")), Column(_("办理"), hidden=True)],
        rows=[
            Row(
                [
                    Cell(called, main=True, mono=True, wide=True, href=_picture(batch_id, number)),
                    Cell(
                        acts=[
                            Act(
                                _("标注表单"),
                                href=reverse("digitising-form-mark", args=[batch_id, number]),
                                icon="forms",
                            )
                        ]
                    ),
                ],
                name=called,
            )
            for number, called in pages
        ],
        empty=Empty(icon="circle-check", title=_("没有这样的页"), text=_("每一页都有模板，或还没有识别。")),
    )


def refusal_words(refused: TemplateRefused) -> str:
    """Why a template was not made, and what to do."""
    match refused.code:
        case "name":
            return _("请填表单名称。")
        case "no-fields":
            return _("至少选用一个字段。")
        case "too-many":
            return _("一张表单最多 %(n)s 个字段。") % {"n": refused.detail}
        case "same-name":
            return _("有两个字段都叫“%(name)s”，请改名。") % {"name": refused.detail}
        case "place":
            return _("“%(name)s”的位置不在页面之内。") % {"name": refused.detail}
    return _("字段之外没有可以对位的固定文字，请换一页标注。")


def _picture(batch_id: int, page_id: int) -> str:
    return reverse("digitising-image", args=[batch_id, page_id, LARGE])


def _fault(told: str) -> str:
    return found_in.FAULT_WORDS.get(told, (told, told))[language_place()]


def _box(form: MarkedFieldForm) -> tuple[int, int, int, int] | None:
    """Where a field lies, as it is proposed or was sent."""
    told = [form[name].value() for name in ("left", "top", "right", "bottom")]
    if not all(str(each).isdecimal() and len(str(each)) < 7 for each in told):
        return None
    left, top, right, bottom = (int(each) for each in told)
    return left, top, right, bottom


def _place(number: int, box: tuple[int, int, int, int], width: int, height: int) -> Place:
    left, top, right, bottom = box
    return Place(
        number,
        f"{100 * left / width:.2f}",
        f"{100 * top / height:.2f}",
        f"{100 * (right - left) / width:.2f}",
        f"{100 * (bottom - top) / height:.2f}",
    )
