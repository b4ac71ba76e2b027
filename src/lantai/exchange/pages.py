"""The pages of exports: asking, the list of one's own, one of them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table, Tile
from lantai.common.pages import FormPage, ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment, written_size
from lantai.exchange.models import Export
from lantai.exchange.queries import exports_of
from lantai.exchange.services import MOST
from lantai.work.services import Sentence, said

HERE = "exports"
SIZE = 30
_STATES = {"waiting": "waiting", "ready": "pass", "empty": "fail", "expired": "inactive"}


def ask_page(form: BaseForm, *, codes: Sequence[str] | None, asked: dict[str, str], problem: str = "") -> FormPage:
    """Choose the format; *codes* are the records chosen before, None where a fonds is asked for."""
    notices = [Notice("bad", _("没有导出。"), problem)] if problem else []
    if codes is not None and not problem:
        n = len(codes)
        said_of = ngettext("导出所选的 %(n)s 件。", "导出所选的 %(n)s 件。", n) % {"n": f"{n:,}"}
        notices.append(Notice("info", said_of, _("不得复制的、没有文件的会略去，并逐件说明理由。")))
    action = reverse("export-packages")
    return FormPage(
        title=_("导出封装包"),
        here=HERE,
        back=[Link(_("导出封装包"), reverse("exports")), Link(_("新的导出"))],
        form=form,
        action=f"{action}?{urlencode(asked)}" if asked else action,
        submit=Act(_("开始导出"), kind="primary", icon="package-export"),
        cancel=reverse("exports"),
        notices=notices,
        warning=_("在后台制作，可离开本页；每一件都记入账本，文件保留七天。"),
    )


def problem_words(code: str) -> str:
    """Why nothing is exported."""
    if code == "too-many":
        return _("一次至多导出 %(n)s 件，请缩小范围，分几次导出。") % {"n": f"{MOST:,}"}
    return _("没有符合条件的档案。")


def exports_page(request: HttpRequest, reader: Reader) -> ListPage:
    """One's own exports, the newest first."""
    found = portion_asked(
        request, size=SIZE, read=lambda offset, limit: exports_of(reader=reader, offset=offset, limit=limit)
    )
    return ListPage(
        title=_("导出封装包"),
        here=HERE,
        facts=_("只列出您自己的导出；文件制作完成后保留七天。"),
        acts=[Act(_("新的导出"), href=reverse("export-packages"), kind="primary", icon="package-export")],
        table=Table(
            label=_("导出封装包"),
            columns=[Column(each) for each in (_("时间"), _("格式"), _("状态"), _("件数"), _("文件"), "")],
            rows=[_row(each) for each in found.lines],
            pager=found.pager if found.pager.pages > 1 else None,
            empty=Empty(
                icon="package-export",
                title=_("还没有导出过封装包"),
                text=_("在检索结果或分类中选择档案，或在这里按全宗导出。"),
            ),
        ),
    )


def _row(export: Export) -> Row:
    return Row(
        cells=[
            Cell(written_moment(export.asked_at), href=reverse("export-one", args=[export.pk])),
            Cell(str(Export.Kind(export.kind).label)),
            Cell(state=_STATES[export.state], state_text=str(Export.State(export.state).label)),
            Cell(f"{export.done:,}"),
            Cell(f"{export.name} {written_size(export.bytes)}" if export.name else ""),
            Cell(acts=_download(export)),
        ],
    )


def _download(export: Export) -> list[Act]:
    if export.state != Export.State.READY:
        return []
    return [Act(_("下载"), href=reverse("export-file", args=[export.pk]), icon="download", download=True)]


def export_page(export: Export) -> ListPage:
    """One export: how far it is, its file, and what was left out and why."""
    total, out = len(export.codes), len(export.left_out)
    tiles = [
        Tile(_("要求导出"), f"{total:,}"),
        Tile(_("已导出"), f"{export.done - out:,}"),
        Tile(_("略去"), f"{out:,}"),
    ]
    acts = _download(export)
    for each in acts:
        each = Act(each.text, href=each.href, icon=each.icon, kind="primary", download=True)
        acts = [each]
    return ListPage(
        title=_("导出 %(n)s") % {"n": export.pk},
        here=HERE,
        back=[Link(_("导出封装包"), reverse("exports")), Link(_("导出 %(n)s") % {"n": export.pk})],
        facts=" · ".join(_facts(export)),
        acts=acts,
        notices=_notices(export, total),
        tiles=tiles,
        table=Table(
            label=_("略去的档案"),
            columns=[Column(_("电子文件号")), Column(_("理由"))],
            rows=[
                Row(cells=[Cell(code, href=reverse("record", args=[code])), Cell(said(Sentence(why, values)))])
                for code, why, values in export.left_out[:500]
            ],
            empty=Empty(icon="circle-check", title=_("没有略去的档案"), text=""),
        ),
    )


def _facts(export: Export) -> list[str]:
    told = [str(Export.Kind(export.kind).label), written_moment(export.asked_at)]
    if export.name:
        told += [export.name, written_size(export.bytes), f"SHA-256 {export.sha256}"]
    return told


def _notices(export: Export, total: int) -> list[Notice]:
    if export.state == Export.State.WAITING:
        words = _("已完成 %(done)s / %(total)s 件。") % {"done": f"{export.done:,}", "total": f"{total:,}"}
        return [Notice("info", words, _("在后台制作，完成后会通知您；刷新本页看进度。"))]
    if export.state == Export.State.EMPTY:
        return [Notice("warn", _("没有一件可以导出。"), _("理由见下表。"))]
    if export.state == Export.State.EXPIRED:
        return [Notice("info", _("文件已过七天，已清除。"), _("需要时请重新导出。"))]
    return []
