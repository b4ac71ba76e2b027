"""The pages of backups (备份与恢复演练): the register, the drills, one drill, the policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role
from lantai.administration.views.showing import DetailPage, Part
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, PairGroup, Row, Table, Tile
from lantai.common.pages import FormPage, ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment, written_size, written_span
from lantai.site.backup_forms import BackupPolicyForm
from lantai.site.backups.reports import Line
from lantai.site.backups.taking import escrow_recipients
from lantai.site.storage_pages import HERE, storage_tabs
from lantai.storage.backup_queries import (
    DATABASE,
    BackupRules,
    BackupView,
    DrillView,
    backup_figures,
    backup_rules,
    list_backups,
    list_drills,
)
from lantai.storage.copies import BackupFigures

SIZE = 50
_STATES = {"making": "running", "kept": "done", "failed": "failed", "gone": "inactive"}


def backups_page(request: HttpRequest, *, role: Role, now: datetime) -> ListPage:
    """The register: every backup, whether it is kept, and what it is."""
    figures, rules = backup_figures(), backup_rules()
    found = portion_asked(request, size=SIZE, read=lambda offset, limit: list_backups(offset=offset, limit=limit))
    return ListPage(
        title=_("备份"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("备份"))],
        facts=_policy_said(rules),
        acts=_acts() if role == Role.SYSTEM else [],
        notices=list(_notices(figures, rules, now)),
        tiles=_tiles(figures),
        tabs=storage_tabs("backups"),
        table=Table(
            label=_("备份登记"),
            columns=[Column(each) for each in (_("备份"), _("种类"), _("状态"), _("大小"), _("内容"), _("位置"))],
            rows=[Row(_cells(each)) for each in found.lines],
            pager=found.pager,
            empty=Empty("database", _("还没有备份"), _("后台程序会按策略自动备份；也可以现在备份。")),
            keyed=False,
        ),
    )


def _acts() -> list[Act]:
    return [
        Act(_("立即备份"), href=reverse("backup-make"), kind="primary", icon="database"),
        Act(_("备份策略"), href=reverse("backup-policy"), icon="adjustments"),
    ]


def _policy_said(rules: BackupRules) -> str:
    told = {
        "hours": round(rules.every.total_seconds() / 3600), "count": rules.generations, "days": rules.key_days,
        "point": round(rules.point.total_seconds() / 3600), "minutes": round(rules.time.total_seconds() / 60),
    }  # fmt: skip
    kept = _("每 %(hours)s 小时一次，留 %(count)s 份；密钥另放，至多 %(days)s 天。")
    return kept % told + _("恢复点目标 %(point)s 小时，恢复时间目标 %(minutes)s 分钟。") % told


def _tiles(figures: BackupFigures) -> list[Tile]:
    never = _("从未")
    return [
        Tile(_("最近数据库备份"), written_moment(figures.database) or never, hot=figures.database is None),
        Tile(_("最近密钥备份"), written_moment(figures.keys) or never, hot=figures.keys is None),
        Tile(_("最近恢复演练"), written_moment(figures.drilled) or never, href=reverse("restore-drills")),
    ]


def _notices(figures: BackupFigures, rules: BackupRules, now: datetime) -> Iterator[Notice]:
    if not rules.by:
        yield Notice("info", _("备份策略还没有人签署，现按缺省值执行。"), _("请由系统管理员核定并签署。"))
    if not escrow_recipients():
        advice = _("密钥丢失，加密内容就读不出，账本也不能照旧签名。请由安全保密管理员在“密钥管理”设托管人。")
        yield Notice("warn", _("没有托管人，密钥没有备份。"), advice)
    if figures.failed is not None and (figures.database is None or figures.failed > figures.database):
        yield Notice("bad", _("最近一次备份失败。"), _("原因见下表；排除后会自动再试。"))
    if figures.drilled is None or now - figures.drilled > timedelta(days=rules.drill_days):
        advice = _("请携托管人的身份文件，在服务器上运行 lantai backup drill --identity 身份文件。")
        yield Notice("warn", _("该做恢复演练了。"), advice)


def _cells(each: BackupView) -> list[Cell]:
    database = each.kind == DATABASE
    return [
        Cell(written_moment(each.begun_at), more=each.name, main=True, whole=True),
        Cell(_("数据库") if database else _("密钥")),
        _state_cell(each),
        Cell(written_size(each.bytes) if each.bytes else "—", whole=True),
        Cell(_held(each), wide=True),
        Cell(code=each.place, wide=True),
    ]


def _state_cell(each: BackupView) -> Cell:
    words = {"making": _("进行中"), "kept": _("在库，已读回核对"), "failed": _("失败"), "gone": _("已清除")}
    return Cell(
        state=_STATES[each.state], state_text=words[each.state], more=each.trouble or written_moment(each.gone_at)
    )


def _held(each: BackupView) -> str:
    facts = each.facts
    if each.kind == DATABASE and "records" in facts:
        told = {"records": f"{facts['records']:,}", "entries": f"{each.entries:,}", "files": facts["transit_files"]}
        return _("档案 %(records)s 件，账目 %(entries)s 条，在途文件 %(files)s 个") % told
    if "keys" in facts:
        return _("数据密钥 %(keys)s 把，托管人 %(n)s 位") % {"keys": f"{facts['keys']:,}", "n": facts["recipients"]}
    return "—"


def drills_page(*, now: datetime) -> ListPage:
    """Every drill with its verdict."""
    rules, figures = backup_rules(), backup_figures()
    return ListPage(
        title=_("恢复演练"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("恢复演练"))],
        facts=_("把最近一次备份恢复到旁边，与本馆逐项比对；每一项都当场实测，报告存档并记入账本。"),
        notices=[each for each in _notices(figures, rules, now) if each.tone == "warn"],
        tabs=storage_tabs("restore-drills"),
        table=Table(
            label=_("恢复演练"),
            columns=[Column(each) for each in (_("时间"), _("结论"), _("备份"), _("用时"), _("经办"))],
            rows=[
                Row(
                    [
                        Cell(written_moment(each.begun_at), href=reverse("restore-drill", args=[each.id]), main=True),
                        _verdict_cell(each),
                        Cell(each.backup, mono=True),
                        Cell(written_span(round((each.ended_at - each.begun_at).total_seconds()))),
                        Cell(each.by),
                    ]
                )
                for each in list_drills()
            ],
            empty=Empty("shield-check", _("还没有做过恢复演练"), _("在服务器上运行 lantai backup drill。")),
            keyed=False,
        ),
    )


def _verdict_cell(each: DrillView) -> Cell:
    lines = [Line(**line) for line in each.report["lines"]]
    asked = [line for line in lines if line.met is not None]
    told = {"met": sum(bool(line.met) for line in asked), "all": len(asked)}
    words = _("%(met)s/%(all)s 项符合") % told
    return Cell(state="pass" if each.met else "fail", state_text=words)


def drill_page(found: DrillView) -> DetailPage:
    """One drill: what had to be, what was."""
    english = get_language() == "en"
    moment = written_moment(found.begun_at)
    facts = [Pair(en if english else zh, value) for zh, en, value in found.report["facts"]]
    facts += [Pair(_("报告摘要（SHA-256，记入账本）"), found.digest, code=True), Pair(_("经办"), found.by)]
    return DetailPage(
        title=_("恢复演练 %(at)s") % {"at": moment},
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("恢复演练"), reverse("restore-drills")), Link(moment)],
        acts=[
            Act(_("打印一页报告"), href=reverse("restore-drill-pdf", args=[found.id]), icon="printer", download=True)
        ],
        notices=[_verdict(found)],
        groups=[PairGroup(_("演练"), facts)],
        parts=[Part(title=_("实测各项"), table=_lines_table(found, english=english))],
    )


def _verdict(found: DrillView) -> Notice:
    if found.met:
        return Notice("ok", _("全部符合。"), _("备份能够恢复，恢复出的馆与本馆相同。"))
    return Notice("bad", _("有不符合的项目。"), _("请逐项查明原因，改正后再演练一次。"))


def _lines_table(found: DrillView, *, english: bool) -> Table:
    verdicts = {True: ("pass", _("达到")), False: ("fail", _("未达到")), None: ("not-applicable", _("仅记录"))}
    rows = []
    for each in (Line(**line) for line in found.report["lines"]):
        state, words = verdicts[each.met]
        cells = [Cell(each.en if english else each.zh, main=True, wide=True), Cell(each.expected),
                 Cell(each.measured, wide=True), Cell(state=state, state_text=words)]  # fmt: skip
        rows.append(Row(cells))
    columns = [Column(each) for each in (_("项目"), _("应为"), _("实测"), _("结论"))]
    return Table(label=_("实测各项"), columns=columns, rows=rows, keyed=False)


def policy_form_page(form: BackupPolicyForm) -> FormPage:
    """The policy, to be decided."""
    return FormPage(
        title=_("备份策略"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("备份"), reverse("backups")), Link(_("备份策略"))],
        form=form,
        submit=Act(_("签署并生效"), kind="primary"),
        cancel=reverse("backups"),
        warning=_("以您的名义记入账本，含变更前后；到期的备份随后清除。"),
        two_columns=True,
    )


def make_page(form: Form) -> FormPage:
    """Asked before a backup is made at once."""
    keys = bool(escrow_recipients())
    return FormPage(
        title=_("立即备份"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("备份"), reverse("backups")), Link(_("立即备份"))],
        form=form,
        submit=Act(_("开始备份"), kind="primary"),
        cancel=reverse("backups"),
        warning=_("交后台办理，业务不停；先备份密钥，再备份数据库。") if keys else _("交后台办理，业务不停。"),
    )
