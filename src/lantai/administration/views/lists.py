"""Code lists of the standards (标准代码表): list, one list with its versions, export, a new version from a day on."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.models import Role
from lantai.administration.queries.lists import CodeList, ListVersion, NoSuchList, code_list, code_lists
from lantai.administration.rule_forms import CodeListForm
from lantai.administration.services.code_lists import publish_code_list
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.audit import plain_cell
from lantai.administration.views.showing import (
    DetailPage,
    EffectPage,
    Part,
    confirm_act,
    effects_table,
    is_confirmed,
    phase_of,
    plain_table,
    preview_act,
    span_words,
)
from lantai.common.components import Act, Cell, Link, Pair, PairGroup, Row
from lantai.common.pages import ListPage, show
from lantai.common.paging import text_asked

HERE = "code-lists"
ONE_DAY = timedelta(days=1)


def _found(key: str) -> CodeList:
    try:
        return code_list(key=key)
    except NoSuchList as unknown:
        raise Http404 from unknown


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """List the code lists."""
    today = timezone.localdate()
    rows = [Row(_cells(each, each.on(today)), key=each.key, name=each.name) for each in code_lists()]
    headings = (_("代码表"), _("标准"), _("现行版本"), _("生效日期"), _("代码数"), _("来源"))
    table = plain_table(_("标准代码表"), headings, rows)
    facts = _("代码按档案自身的日期取用，不写在程序里；新版本从某日起生效，旧版本保留，也可补录。")
    return show(request, ListPage(title=_("标准代码表"), here=HERE, facts=facts, table=table))


def _cells(row: CodeList, version: ListVersion) -> list[Cell]:
    return [
        Cell(row.name, href=resolve_url("code-list", row.key), code=row.key, main=True),
        Cell(row.standard),
        Cell(version.version),
        Cell(version.valid_from.isoformat(), whole=True),
        Cell(str(len(version.codes))),
        Cell(_("随产品提供") if version.delivered else _("本馆发布")),
    ]


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def one_list(request: HttpRequest, key: str) -> HttpResponse:
    """Show one list: the version in force, or the one the address names, and all versions."""
    row = _found(key)
    return show(request, _list_page(row, _asked(row, text_asked(request, "version"))))


def _list_page(row: CodeList, version: ListVersion) -> DetailPage:
    codes = [
        Row([Cell(each.code, mono=True), Cell(each.zh, main=True), Cell(each.en), Cell(each.note, wide=True)])
        for each in version.codes
    ]
    headings = (_("代码"), _("中文"), _("英文"), _("说明"))
    return DetailPage(
        title=row.name,
        here=HERE,
        back=[Link(_("标准代码表"), resolve_url(HERE)), Link(row.key, code=True)],
        groups=[PairGroup(_("第 %(version)s 版") % {"version": version.version}, _pairs(row, version))],
        parts=[Part(title=_("代码"), table=plain_table(_("代码"), headings, codes)), _versions(row)],
        bar=[
            Act(
                _("导出 CSV"), href=f"{resolve_url('code-list-file', row.key)}?version={version.version}", download=True
            ),
            Act(_("编制新版本"), href=resolve_url("code-list-new", row.key), kind="primary"),
        ],
    )


def _asked(row: CodeList, name: str) -> ListVersion:
    found = next((each for each in row.versions if each.version == name), None)
    if name and found is None:
        raise Http404
    return found or row.on(timezone.localdate())


def _pairs(row: CodeList, version: ListVersion) -> list[Pair]:
    return [
        Pair(_("标准"), row.standard),
        Pair(_("有效期"), span_words(version.valid_from, version.valid_to)),
        Pair(_("依据"), version.basis),
        Pair(_("来源"), _("随产品提供") if version.delivered else _("本馆发布")),
    ]


def _versions(row: CodeList) -> Part:
    rows = []
    for each in row.versions:
        state, words = phase_of(each.valid_from, each.valid_to)
        cells = [
            Cell(each.version, href=f"?version={each.version}", main=True),
            Cell(span_words(each.valid_from, each.valid_to)),
            Cell(each.basis),
            Cell(state=state, state_text=words),
        ]
        rows.append(Row(cells))
    headings = (_("版本"), _("有效期"), _("依据"), _("状态"))
    return Part(title=_("历次版本"), table=plain_table(_("历次版本"), headings, rows))


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def list_file(request: HttpRequest, key: str) -> HttpResponse:
    """Give a version of a list as CSV."""
    version = _asked(_found(key), text_asked(request, "version"))
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow((_("代码"), _("中文"), _("英文"), _("说明")))
    for each in version.codes:
        write.writerow([plain_cell(value) for value in (each.code, each.zh, each.en, each.note)])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{version.version}.csv"'
    return response


@roles(Role.ARCHIVIST, Role.SYSTEM)
def list_new(request: HttpRequest, key: str) -> HttpResponse:
    """Publish a version of a list, beginning from the newest, after a look at what changes."""
    row = _found(key)
    lines = "\n".join("|".join((each.code, each.zh, each.en, each.note)).rstrip("|") for each in row.versions[0].codes)
    form = CodeListForm(request.POST or None, initial={"codes": lines})
    if form.is_valid() and is_confirmed(request, form):
        try:
            publish_code_list(key=key, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已发布代码表新版本。"))
            return redirect("code-list", key)
        except ReferenceRefused as refused:
            form.add_error("valid_from", str(refused))
    return show(request, _new_page(row, form))


def _new_page(row: CodeList, form: CodeListForm) -> EffectPage:
    ready, title = form.is_bound and not form.errors, _("编制新版本")
    return EffectPage(
        title=title,
        here=HERE,
        back=[Link(_("标准代码表"), resolve_url(HERE)), Link(row.name, resolve_url("code-list", row.key)), Link(title)],
        form=form,
        submit=confirm_act(form, _("确认发布")) if ready else preview_act(),
        cancel=resolve_url("code-list", row.key),
        warning=_("发布后不能修改；选项和检验按档案自身的日期取用版本，已登记的内容不变。"),
        effects=effects_table(_effects(row, form)) if ready else None,
    )


def _effects(row: CodeList, form: CodeListForm) -> list[tuple[str, str, str]]:
    first = row.versions[-1].valid_from
    if form.cleaned_data["valid_from"] < first:
        told_span = {"from": form.cleaned_data["valid_from"].isoformat(), "until": (first - ONE_DAY).isoformat()}
        span = _("补录的旧版，有效期 %(from)s 至 %(until)s") % told_span
        return [(_("有效期"), span, _("这段日期形成的档案按它选择和检验；以后的版本不变"))]
    held = {each.code: each.zh for each in row.versions[0].codes}
    said = {each["code"]: each["zh"] for each in form.cleaned_data["codes"]}
    told = (
        (_("新增的代码"), [code for code in said if code not in held], _("生效日起可选")),
        (_("取消的代码"), [code for code in held if code not in said], _("生效日起不再可选；已使用的保留")),
        (_("改名的代码"), [code for code in said if held.get(code, said[code]) != said[code]], _("生效日起显示新名称")),
    )
    lines = [(what, "、".join(codes[:40]), then) for what, codes, then in told if codes]
    return lines or [(_("代码"), _("与上一版相同"), _("只登记新的版本号和依据"))]
