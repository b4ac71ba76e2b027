"""The pages of the keys (密钥): how they stand, rules of sealing, escrow, what was destroyed. Never a key itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role
from lantai.common.components import Act, Cell, Column, Empty, Notice, Row, Tab, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.written import written_day, written_moment
from lantai.storage.key_queries import DestructionView, KeyFigures

HERE = "keys"
TABS = ("keys", "keys-rules", "keys-escrow", "keys-destroyed")


def keys_page(found: KeyFigures, *, tab: str, role: Role) -> ListPage:
    """One of the four tables, with what is wrong above; acts for the security administrator alone (三员分立)."""
    return ListPage(
        title=_("密钥管理"),
        here=HERE,
        facts=_("密钥库 %(place)s，与存储对象分开保存、分开备份。") % {"place": found.place},
        acts=_acts(found, tab) if role == Role.SECURITY else [],
        notices=list(_notices(found)),
        tiles=[
            Tile(_("数据密钥"), f"{found.data_keys:,}", _("把")),
            Tile(_("在用的密钥加密密钥"), f"{sum(not each.retired_at for each in found.keks):,}", _("把")),
            Tile(_("托管人"), str(len(found.recipients)), _("位"), href=reverse("keys-escrow")),
            Tile(_("已销毁的数据密钥"), f"{found.destroyed:,}", _("把"), href=reverse("keys-destroyed")),
        ],
        tabs=[
            Tab(text, reverse(name), here=name == tab, count=count)
            for name, text, count in (
                ("keys", _("密钥加密密钥"), len(found.keks)),
                ("keys-rules", _("加密规则"), len(found.rules)),
                ("keys-escrow", _("托管人"), len(found.recipients)),
                ("keys-destroyed", _("密钥销毁"), None),
            )
        ],
        table=_TABLES[tab](found),
    )


def _acts(found: KeyFigures, tab: str) -> Sequence[Act]:
    if not found.opens:
        return []
    if tab == "keys-rules":
        return [Act(_("新加密规则"), href=reverse("keys-rule"), kind="primary", icon="adjustments")]
    if tab == "keys-escrow":
        return [Act(_("设托管人"), href=reverse("keys-recipient"), kind="primary", icon="key")]
    if tab == "keys" and found.keks:
        return [Act(_("轮换密钥"), href=reverse("keys-rotation"), kind="primary", icon="key")]
    return []


def _notices(found: KeyFigures) -> Sequence[Notice]:
    if not found.made:
        advice = _("由系统管理员在服务器上运行 lantai keys create；没有密钥库时内容以明文入库。")
        return [Notice("", _("尚未建立密钥库。"), advice)]
    notices = []
    if not found.opens:
        advice = _("加密内容现在读不出来，新的加密入库也会停下：%(fault)s") % {"fault": found.fault}
        notices.append(Notice("bad", _("密钥打不开。"), advice))
    if any(not each.finished_at for each in found.destructions):
        notices.append(Notice("bad", _("有密钥销毁没有完成。"), _("运行 lantai keys check --mend 完成它。")))
    if any(each.retired_at for each in found.keks):
        notices.append(Notice("warn", _("轮换尚未完成。"), _("后台任务会继续；期间读写照常。")))
    if found.opens and not found.recipients:
        advice = _("口令或硬件密钥一旦丢失，加密内容就永远读不出来；加密永久档案前必须先设托管人。")
        notices.append(Notice("warn", _("没有托管人。"), advice))
    return notices


def _shelves(found: KeyFigures) -> Table:
    return Table(
        label=_("密钥加密密钥"),
        columns=_columns(_("全宗与期限"), _("标识"), _("状态"), _("算法"), _("数据密钥"), _("启用时间")),
        rows=[
            Row(
                [
                    Cell(each.shelf, main=True),
                    Cell(code=each.identifier),
                    Cell(state="warning" if each.retired_at else "pass",
                         state_text=_("轮换中") if each.retired_at else _("在用")),
                    Cell(each.wrapping),
                    Cell(f"{each.data_keys:,}"),
                    Cell(written_moment(datetime.fromisoformat(each.made_at)), whole=True),
                ]
            )
            for each in found.keks
        ],
        empty=Empty(
            icon="key",
            title=_("还没有密钥加密密钥"),
            text=_("有档案按规则加密入库时，按全宗和保管期限各建一把；数据密钥由它包裹，每件一把。"),
        ),
        keyed=False,
    )  # fmt: skip


def _rules(found: KeyFigures) -> Table:
    return Table(
        label=_("加密规则"),
        columns=_columns(_("全宗"), _("保管期限"), _("加密"), _("全文检索"), _("决定时间")),
        rows=[
            Row(
                [
                    Cell(each.fonds or _("全部全宗"), main=True),
                    Cell(each.retention or _("全部期限")),
                    Cell(each.algorithm if each.sealed else _("不加密")),
                    Cell((_("全文进检索库") if each.searchable else _("全文不进检索库")) if each.sealed else ""),
                    Cell(written_moment(each.at), whole=True),
                ]
            )
            for each in found.rules
        ],
        empty=Empty(
            icon="adjustments",
            title=_("没有加密规则，内容以明文入库"),
            text=_("规则按全宗和保管期限决定，最具体的一条生效，只管此后入库的档案。"),
        ),
        keyed=False,
    )  # fmt: skip


def _escrow(found: KeyFigures) -> Table:
    return Table(
        label=_("托管人"),
        columns=_columns(_("托管人"), _("公钥"), _("已托管"), _("状态"), _("设立时间")),
        rows=[
            Row(
                [
                    Cell(each.name, main=True),
                    Cell(code=f"{each.recipient[:20]}…"),
                    Cell(f"{each.wraps:,} / {found.data_keys:,}"),
                    Cell(
                        state="pass" if each.wraps >= found.data_keys else "warning",
                        state_text=_("齐全") if each.wraps >= found.data_keys else _("待补齐"),
                    ),
                    Cell(written_moment(datetime.fromisoformat(each.added_at)), whole=True),
                ]
            )
            for each in found.recipients
        ],
        empty=Empty(
            icon="key",
            title=_("没有托管人"),
            text=_("托管人持离线的身份文件，口令丢失后凭它恢复；身份文件用 lantai keys escrow identity 生成。"),
        ),
        keyed=False,
    )


def _destroyed(found: KeyFigures) -> Table:
    return Table(
        label=_("密钥销毁"),
        columns=_columns(_("电子文件号"), _("依据"), _("密钥数"), _("完成时间"), _("彻底完成")),
        rows=[
            Row(
                [
                    Cell(each.subject, main=True),
                    Cell(each.reason, wide=True),
                    Cell(str(each.keys)),
                    Cell(written_moment(each.finished_at), whole=True)
                    if each.finished_at
                    else Cell(state="fail", state_text=_("未完成")),
                    _completion(each),
                ]
            )
            for each in found.destructions
        ],
        empty=Empty(
            icon="trash-x",
            title=_("没有销毁过密钥"),
            text=_("一件档案的全部密钥销毁后，它在任何副本和备份中都读不出来；账本记下密钥的摘要作为凭证。"),
        ),
        keyed=False,
    )


def _completion(each: DestructionView) -> Cell:
    """The day on which no backup held any of the keys any more, or when that will be."""
    if each.complete_at is not None:
        return Cell(state="pass", state_text=written_day(timezone.localdate(each.complete_at)))
    if each.finished_at is None or not each.holders:
        return Cell("—")
    told = {"n": each.holders, "day": written_day(timezone.localdate(each.expected)) if each.expected else "—"}
    return Cell(state="waiting", state_text=_("还有 %(n)s 份旧密钥备份，至迟 %(day)s 清除") % told)


def _columns(*names: str) -> list[Column]:
    return [Column(each) for each in names]


_TABLES = {"keys": _shelves, "keys-rules": _rules, "keys-escrow": _escrow, "keys-destroyed": _destroyed}
