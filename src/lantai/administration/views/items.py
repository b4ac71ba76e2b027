"""Service items (政务服务事项): list, one item, and the import of a catalogue with a look at what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.models import DatedKind, ItemImport, ItemVersion, Role, ServiceItem
from lantai.administration.queries.catalogue import ItemChange, ItemRow, changes_of_import, list_items
from lantai.administration.queries.dated_changes import changes_of_item
from lantai.administration.queries.lists import codes_in_force
from lantai.administration.rule_forms import RULE_TYPES, CatalogueForm, FindItemsForm
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.item_imports import apply_item_import, read_items
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.dated_changes import waiting_act, waiting_notices
from lantai.administration.views.item_changes import history_part
from lantai.administration.views.showing import DetailPage, Part, day_words, phase_of, plain_table, span_words
from lantai.archival.checks.material_text import conditions_text, needs_text
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pager, Pair, PairGroup, Row, Tab, Table
from lantai.common.pages import FormPage, ListPage, show
from lantai.common.paging import number_asked, pager_of, portion_asked, text_asked

PAGE = 50
HERE = "service-items"
KINDS = ("new", "changed", "gone", "same")


@roles(Role.ARCHIVIST)
@require_safe
def service_items(request: HttpRequest) -> HttpResponse:
    """List the items."""
    form = FindItemsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    today = timezone.localdate()
    found = portion_asked(
        request, size=PAGE, read=lambda offset, limit: list_items(**asked, on=today, offset=offset, limit=limit)
    )
    return show(request, _items_page(form, _table(found.lines, found.pager)))


def _items_page(form: FindItemsForm, table: Table) -> ListPage:
    return ListPage(
        title=_("事项与材料"),
        here=HERE,
        acts=[
            *waiting_act(DatedKind.ITEM),
            Act(_("上级材料规则"), href=resolve_url("material-rules")),
            Act(_("导入事项目录"), href=resolve_url("item-import"), icon="upload", kind="primary"),
        ],
        form=form,
        reset=resolve_url(HERE),
        table=table,
    )


def _table(rows: Any, pager: Pager) -> Table:
    headings = (_("事项名称"), _("事项类型"), _("实施机构"), _("归入类别"), _("承诺时限"), _("材料"), _("状态"))
    types = {each.code: each.words for each in codes_in_force(key="item-type")}
    return Table(
        label=_("政务服务事项"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each, types), key=each.code, name=each.name) for each in rows],
        pager=pager,
        empty=Empty("list-check", _("没有符合条件的事项"), _("换一个条件，或导入事项目录。")),
    )


def _cells(row: ItemRow, types: dict[str, str]) -> list[Cell]:
    ruled = _("目录 %(materials)d 种，规则 %(rules)d 条") % {"materials": row.materials, "rules": row.rules}
    return [
        Cell(row.name, href=resolve_url("service-item", row.code), code=row.code, main=True, wide=True),
        Cell(types.get(row.type, row.type)),
        Cell(row.organisation),
        Cell(row.record_class, mono=True),
        Cell(_("%(number)d 工作日") % {"number": row.promised_days} if row.promised_days else ""),
        Cell(ruled if row.version else _("无"), more=row.version, tone="" if row.version else "muted"),
        _state_cell(row),
    ]


def _state_cell(row: ItemRow) -> Cell:
    """Whether an item is handled today, and from when a change of it holds."""
    ended = row.ended_on is not None and row.ended_on < timezone.localdate()
    words = _("已停办") if ended else _("在办")
    if row.waiting is not None:
        return Cell(state="waiting", state_text=_("%(state)s，%(day)s 起变更") % {"state": words, "day": row.waiting})
    return Cell(state="inactive" if ended else "active", state_text=words)


@roles(Role.ARCHIVIST)
@require_safe
def service_item(request: HttpRequest, code: str) -> HttpResponse:
    """Show one item with the versions of its material catalogue and rules."""
    row = get_object_or_404(ServiceItem.objects.select_related("organisation", "record_class"), code=code)
    changes = changes_of_item(code=code)
    page = DetailPage(
        title=row.name,
        here=HERE,
        back=[Link(_("事项与材料"), resolve_url(HERE)), Link(code, code=True)],
        groups=[PairGroup(_("登记信息"), _pairs(row))],
        parts=[history_part(changes), *_version_parts(row)],
        notices=waiting_notices(changes),
        bar=_bar(code),
        say=_("登记的各项从某日起修改；材料目录和规则按受理日期适用，发布后不改，从某日起用新版本。"),
    )
    return show(request, page)


def _bar(code: str) -> list[Act]:
    return [
        Act(_("修改登记"), href=resolve_url("item-edit", code)),
        Act(_("编制新版本"), href=resolve_url("item-version-new", code), kind="primary"),
    ]


def _pairs(row: ServiceItem) -> list[Pair]:
    types = {each.code: each.words for each in codes_in_force(key="item-type")}
    body = row.organisation
    return [
        Pair(_("事项编码"), row.code, code=True, copy=True),
        Pair(_("事项类型"), types.get(row.type, row.type) or "—"),
        Pair(_("实施机构"), body.name if body else "—", href=resolve_url("organisation", body.code) if body else ""),
        Pair(_("归入类别"), str(row.record_class) if row.record_class else "—"),
        Pair(_("承诺时限"), _("%(number)d 工作日") % {"number": row.promised_days} if row.promised_days else "—"),
        Pair(_("停办日期"), day_words(row.ended_on)),
    ]


def _version_parts(row: ServiceItem) -> list[Part]:
    parts = []
    for version in row.versions.order_by("-valid_from"):
        told = {"version": version.version, "span": span_words(version.valid_from, version.valid_to)}
        state = phase_of(version.valid_from, version.valid_to)[1]
        title = f"{_('第 %(version)s 版：%(span)s') % told}（{state} · {version.get_mode_display()}）"
        parts.append(Part(title=title, table=rules_table(version.rules, version)))
    return parts or [Part(title=_("材料目录和规则"), table=rules_table([], None))]


def rules_table(rules: Any, version: ItemVersion | None) -> Table:
    """Material rules as people write them; below them the materials that no rule asks for."""
    rows = [Row(_rule_cells(each)) for each in rules]
    listed = version.materials if version else []
    rows += [
        Row([Cell(""), Cell(each, main=True), Cell(_("目录中的材料，不作必备要求"), tone="muted")]) for each in listed
    ]
    headings = (_("条目号"), _("名称"), _("须有的材料"), _("条件"), _("依据"))
    padded = [Row([*each.cells, *[Cell("")] * (len(headings) - len(each.cells))]) for each in rows]
    return plain_table(_("材料规则"), headings, padded, _("还没有材料目录和规则，按上级规则检测"))


def _rule_cells(rule: Any) -> list[Cell]:
    return [
        Cell(rule["code"], mono=True),
        Cell(rule["name"], main=True, more=str(dict(RULE_TYPES).get(rule["type"], ""))),
        Cell(needs_text(rule["needs"]), wide=True),
        Cell(conditions_text(rule.get("when", ()))),
        Cell(rule.get("basis", "")),
    ]


@roles(Role.ARCHIVIST)
def item_import(request: HttpRequest) -> HttpResponse:
    """Read a catalogue of items; what it would change is shown next."""
    form = CatalogueForm(*((request.POST, request.FILES) if request.method == "POST" else (None,)))
    if form.is_valid():
        file, data = form.cleaned_data["file"], form.cleaned_data
        given = {"valid_from": data["valid_from"], "whole_of": data["whole_of"]}
        try:
            read = read_items(file_name=file.name, data=file.read(), by=actor_of(request), now=timezone.now(), **given)
            return redirect("item-import-preview", read.pk)
        except ReferenceRefused as refused:
            form.add_error("file", str(refused))
    title = _("导入事项目录")
    back = [Link(_("事项与材料"), resolve_url(HERE)), Link(title)]
    submit = Act(_("读取并预览"), kind="primary")
    page = FormPage(title=title, here=HERE, back=back, form=form, submit=submit, cancel=resolve_url(HERE))
    return show(request, page)


@roles(Role.ARCHIVIST)
def item_import_preview(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show what a catalogue changes, and take it over."""
    read = get_object_or_404(ItemImport, pk=import_id)
    if request.method == "POST":
        try:
            counts = apply_item_import(import_id=import_id, by=actor_of(request), now=timezone.now())
            messages.success(request, _("已导入：新增 %(new)d，更新 %(changed)d，停办 %(gone)d。") % counts)
            return redirect(HERE)
        except ReferenceRefused as refused:
            messages.error(request, str(refused))
    return show(request, _preview(request, read, changes_of_import(read=read)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage(ListPage):
    """What a catalogue would change, with the button that does it."""

    template: ClassVar[str] = "administration/item_import.html"
    bar: Sequence[Act] = ()


def _preview(request: HttpRequest, read: ItemImport, changes: list[ItemChange]) -> ImportPage:
    kind = text_asked(request, "kind")
    counts = {each: sum(change.kind == each for change in changes) for each in KINDS}
    kind = kind if kind in (*KINDS, "faults") else next((each for each in KINDS if counts[each]), "same")
    names = {"new": _("新增"), "changed": _("更新"), "gone": _("停办"), "same": _("不变"), "faults": _("不能读取")}
    numbers = {**counts, "faults": len(read.faults)}
    unknown = {each.said.body or each.said.body_code for each in changes if each.said and each.unknown_body}
    return ImportPage(
        title=_("导入事项目录：核对"),
        here=HERE,
        back=[
            Link(_("事项与材料"), resolve_url(HERE)),
            Link(_("导入事项目录"), resolve_url("item-import")),
            Link(_("核对")),
        ],
        facts=_("%(file)s · 生效日期 %(day)s") % {"file": read.file_name, "day": read.valid_from.isoformat()},
        notices=_notices(read, unknown),
        tabs=[Tab(names[each], f"?kind={each}", here=each == kind, count=numbers[each]) for each in names],
        table=_changes_table(request, kind, changes, read),
        bar=[] if read.applied_at else [Act(_("确认导入"), kind="primary")],
    )


def _notices(read: ItemImport, unknown: set[str]) -> list[Notice]:
    notices = []
    if read.applied_at:
        notices.append(Notice("info", _("这份目录已经导入。"), _("下面按现在的事项重新比较。")))
    if read.faults:
        told = {"number": len(read.faults)}
        notices.append(Notice("warn", _("%(number)d 处不能读取。") % told, _("这些行不会导入；见“不能读取”。")))
    if unknown:
        named: dict[str, object] = {"number": len(unknown), "names": "、".join(sorted(unknown)[:8])}
        notices.append(
            Notice(
                "warn",
                _("%(number)d 个实施机构未登记：%(names)s。") % named,
                _("事项照常导入，实施机构留空；可先登记机构再导入。"),
            )
        )
    return notices


def _changes_table(request: HttpRequest, kind: str, changes: list[ItemChange], read: ItemImport) -> Table:
    page = min(number_asked(request, "page") or 1, 10_000)
    part = slice((page - 1) * PAGE, page * PAGE)
    if kind == "faults":
        rows = [Row([Cell(each, main=True)]) for each in read.faults[part]]
        headings, total = [_("问题")], len(read.faults)
    else:
        chosen = [each for each in changes if each.kind == kind]
        rows, total = [Row(_change_cells(each)) for each in chosen[part]], len(chosen)
        headings = [_("事项编码"), _("事项名称"), _("变化")]
    return Table(
        label=_("导入核对"),
        columns=[Column(each) for each in headings],
        rows=rows,
        pager=pager_of(request, page=page, size=PAGE, total=total) if total else None,
        empty=Empty("list-check", _("这一类没有内容"), ""),
    )


def _change_cells(change: ItemChange) -> list[Cell]:
    fields = {
        "name": _("名称"),
        "type": _("事项类型"),
        "promised_days": _("承诺时限"),
        "organisation": _("实施机构"),
        "ended_on": _("停办日期"),
    }
    told = [f"{fields[name]}{_('：')}{before or '—'} → {after or '—'}" for name, before, after in change.changes]
    if change.materials and change.said:
        told.append(_("材料目录 %(number)d 种") % {"number": len(change.said.materials)})
    return [Cell(change.code, mono=True), Cell(change.name, main=True), Cell("；".join(told), wide=True)]
