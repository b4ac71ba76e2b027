"""The scanned pages of a batch as pictures, with what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.archival.imaging.measuring import PageFault
from lantai.common.components import Empty, Link, Tab, Table
from lantai.common.pages import ListPage
from lantai.common.paging import portion_asked
from lantai.digitisation import queries
from lantai.digitisation.pages.placing import HERE, SMALL, batch_crumb, language_place

SHOWN = 24


@dataclass(frozen=True, slots=True)
class ShownPage:
    """One page in the list of pages: its small image, what it is, what is wrong with it."""

    title: str
    where: str
    facts: str
    small: str
    large: str
    words: Sequence[str]
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesPage(ListPage):
    """Pages of a batch as pictures."""

    template: ClassVar[str] = "digitisation/pages.html"
    shown: Sequence[ShownPage]
    empty: Empty


def pages_page(request: HttpRequest, batch_id: int) -> PagesPage:
    """The pages of a batch as pictures; ``state`` of the address narrows. Raises NoSuchBatch."""
    asked = request.GET.get("state", "all")
    portion = asked if asked in queries.PORTIONS else "all"
    found = portion_asked(
        request,
        size=SHOWN,
        read=lambda offset, limit: queries.list_pages(batch_id=batch_id, portion=portion, offset=offset, limit=limit),
    )
    view = queries.batch_view(batch_id=batch_id)
    here = reverse("digitising-pages", args=[batch_id])
    words = {"all": _("全部"), "faulty": _("有提示"), "unlinked": _("没有挂接"), "sheets": _("分隔页")}
    if view.reading.mode:
        words |= {"read": _("已识别"), "doubtful": _("存疑"), "seals": _("有印章"), "tables": _("有表格")}
    if view.reading.unreadable:
        words |= {"unread": _("不能识别")}
    return PagesPage(
        title=_("扫描页"),
        here=HERE,
        back=batch_crumb(view.row, Link(_("扫描页"))),
        tabs=[Tab(text, f"{here}?state={key}", here=key == portion) for key, text in words.items()],
        table=Table(label=_("扫描页"), columns=[], rows=[], pager=found.pager),
        shown=[_shown(batch_id, each) for each in found.lines],
        empty=Empty(icon="scan", title=_("没有这样的页"), text=_("换一个范围查看。")),
    )


def _shown(batch_id: int, each: queries.PageRow) -> ShownPage:
    language = "en" if language_place() else "zh"
    words = [fault.sentence(language) for fault in each.faults]
    if each.problem:
        words.insert(0, each.problem[language_place()])
    if each.unread:
        words.insert(0, each.unread[language_place()])
    if each.doubtful:
        words.append(ngettext("%(n)s 行存疑", "%(n)s 行存疑", each.doubtful) % {"n": each.doubtful})
    if each.sheet:
        words = [_("分隔页：%(code)s") % {"code": each.sheet}]
    title = f"{each.code} · {each.number}" if each.code else _("没有挂接")
    size = f"{each.width} × {each.height}" if each.width else ""
    return ShownPage(
        title=_("分隔页") if each.sheet else title,
        where=each.path if each.frame == 1 else f"{each.path} #{each.frame}",
        facts=" · ".join(
            part
            for part in (size, f"{each.dpi} dpi" if each.dpi else "", _modes().get(each.mode, ""), _read(each))
            if part
        ),
        small="" if each.problem else reverse("digitising-image", args=[batch_id, each.id, SMALL]),
        large=reverse("digitising-page", args=[batch_id, each.id]),
        words=words,
        tone="bad" if each.problem or each.unread or _grave(each.faults) else "",
    )


def _read(each: queries.PageRow) -> str:
    if each.characters is None:
        return ""
    return _("%(n)s 字 · 把握 %(sure)s%%") % {"n": each.characters, "sure": round(100 * each.confidence)}


def _grave(faults: Sequence[PageFault]) -> bool:
    return any(each.code != "blank" for each in faults)


def _modes() -> dict[str, str]:
    return {"binary": _("黑白"), "grey": _("灰度"), "colour": _("彩色")}
