"""Package profiles (包方案): what kinds of package are known, each version with its elements and its file."""

from __future__ import annotations

import json
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.models import PackageProfile, Role
from lantai.administration.queries.profiles import ProfileRow, profile_versions
from lantai.administration.services.people_access import roles
from lantai.administration.views.showing import DetailPage, Part, plain_table
from lantai.archival.packages.profile import ElementRule, delivered_text
from lantai.common.components import Act, Cell, Column, Empty, Link, Pair, PairGroup, Row, Table
from lantai.common.pages import ListPage, show

HERE = "package-profiles"
OBLIGATIONS = {"m": gettext_lazy("必选"), "c": gettext_lazy("条件选"), "o": gettext_lazy("可选")}


@roles(Role.ARCHIVIST)
@require_safe
def package_profiles(request: HttpRequest) -> HttpResponse:
    """List every version of every profile."""
    rows, today = profile_versions(), timezone.localdate()
    headings = (_("包方案"), _("版本"), _("生效日期"), _("状态"), _("元数据项"), _("来源"), _("说明"))
    page = ListPage(
        title=_("移交包方案"),
        here=HERE,
        facts=_("移交包的目录结构、元数据项和取值，以数据描述；新版本从某日起用于新收到的包。"),
        acts=[Act(_("编制新版本"), href=resolve_url("package-profile-new"), icon="plus", kind="primary")],
        table=Table(
            label=_("移交包方案"),
            columns=[Column(each) for each in headings],
            rows=[Row(_cells(each, rows, today), key=f"{each.code}/{each.version}", name=each.name) for each in rows],
            empty=Empty("packages", _("没有包方案"), ""),
        ),
    )
    return show(request, page)


def named(row: ProfileRow) -> str:
    """What a profile is called in the reader's language."""
    return row.name_en if get_language() == "en" else row.name


def _cells(row: ProfileRow, every: list[ProfileRow], today: date) -> list[Cell]:
    state, words = phase(row, every, today)
    return [
        Cell(named(row), href=resolve_url("package-profile", row.code, row.version), code=row.code, main=True),
        Cell(row.version, mono=True, whole=True),
        Cell(row.effective_from.isoformat() if row.effective_from else _("一直"), whole=True),
        Cell(state=state, state_text=words),
        Cell(str(len(row.profile.base.elements))),
        Cell(_("随产品提供") if row.delivered else _("本馆发布")),
        Cell(row.note, wide=True),
    ]


def phase(row: ProfileRow, every: list[ProfileRow], today: date) -> tuple[str, str]:
    """Whether a version holds today, is to come, or was replaced."""
    begun = [each for each in every if each.code == row.code and (each.effective_from or date.min) <= today]
    if row.effective_from is not None and row.effective_from > today:
        return "waiting", _("将生效")
    newest = max(begun, key=lambda each: each.effective_from or date.min)
    return ("active", _("现行")) if newest is row else ("inactive", _("已被取代"))


def _found(code: str, version: str) -> ProfileRow:
    row = next((each for each in profile_versions() if (each.code, each.version) == (code, version)), None)
    if row is None:
        raise Http404
    return row


@roles(Role.ARCHIVIST)
@require_safe
def package_profile(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """Show one version: what it asks of a package."""
    return show(request, _profile_page(_found(code, version)))


def _profile_page(row: ProfileRow) -> DetailPage:
    profile, place = row.profile, [row.code, row.version]
    folders = [
        Row([Cell(each.id, mono=True), Cell(each.name, main=True), Cell(_("必有") if each.required else "")])
        for each in profile.folders
    ]
    return DetailPage(
        title=named(row),
        here=HERE,
        back=[Link(_("移交包方案"), resolve_url(HERE)), Link(f"{row.code}/{row.version}", code=True)],
        groups=[PairGroup(_("方案"), _pairs(row))],
        parts=[
            Part(title=_("基本信息元数据"), table=_elements(_("基本信息元数据"), profile.base.elements)),
            Part(title=_("材料元数据"), table=_elements(_("材料元数据"), profile.base.file_elements)),
            Part(title=_("管理过程元数据"), table=_elements(_("管理过程元数据"), profile.process.elements)),
            Part(
                title=_("文件夹"),
                table=plain_table(_("文件夹"), (_("代码"), _("名称"), _("要求")), folders, _("不分文件夹")),
            ),
        ],
        bar=[
            Act(_("下载方案文件"), href=resolve_url("package-profile-file", *place), download=True),
            Act(
                _("编制新版本"),
                href=f"{resolve_url('package-profile-new')}?from={row.code}/{row.version}",
                kind="primary",
            ),
        ],
        say=_("发布后不能修改；要改就编制新版本，从某日起生效。"),
    )


def _pairs(row: ProfileRow) -> list[Pair]:
    profile = row.profile
    return [
        Pair(_("方案代码"), row.code, code=True),
        Pair(_("版本"), row.version, code=True),
        Pair(_("依据"), profile.source or "—"),
        Pair(_("生效日期"), row.effective_from.isoformat() if row.effective_from else _("一直")),
        Pair(_("基本信息文件"), "、".join(profile.base.files)),
        Pair(_("过程信息文件"), "、".join(profile.process.files)),
        Pair(_("容器"), "、".join(sorted(profile.containers))),
        Pair(_("约定格式"), "、".join(sorted(profile.formats)) or _("不限")),
        Pair(_("包名"), profile.package_name_form or "—"),
        Pair(_("说明"), row.note or "—"),
        Pair(_("SHA-256"), row.digest or "—", code=True),
    ]


def _elements(label: str, elements: tuple[ElementRule, ...]) -> Table:
    english = get_language() == "en"
    rows = [
        Row(
            [
                Cell(each.tag, mono=True),
                Cell(each.name_en if english else each.name, main=True),
                Cell(str(OBLIGATIONS[each.obligation]), more=each.condition),
                Cell(each.type, more="、".join(list(each.values)[:6])),
                Cell(each.element),
            ]
        )
        for each in elements
    ]
    return plain_table(label, (_("标签"), _("名称"), _("要求"), _("类型"), "DA/T 46"), rows, _("没有"))


@roles(Role.ARCHIVIST)
@require_safe
def package_profile_file(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """The file of one version, to be changed and published as another."""
    row = _found(code, version)
    kind, text = ("toml", delivered_text(code)) if row.delivered else ("json", profile_text(row))
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{code}-{version}.{kind}"'
    return response


def profile_text(row: ProfileRow) -> str:
    """A version as a file: a delivered one as it was written, with its comments."""
    if row.delivered:
        return delivered_text(row.code)
    data = PackageProfile.objects.values_list("data", flat=True).get(code=row.code, version=row.version)
    return json.dumps(data, ensure_ascii=False, indent=2)
