"""The page of the design system: every component in all its states, with sample values in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.common.components import (
    Act,
    Bulk,
    Cell,
    CheckGroup,
    CheckLine,
    Chip,
    Column,
    Empty,
    Event,
    Facet,
    FacetValue,
    Hit,
    JobRow,
    Link,
    Notice,
    Pager,
    Pair,
    ReceiptLink,
    Row,
    Step,
    Tab,
    Table,
    Tile,
    YearBar,
)
from lantai.common.pages import Page
from lantai.common.states import STATES

TONES = (
    ("ink", ("900", "700", "600", "500", "400", "200", "50")),
    ("dai", ("900", "800", "700", "600", "500", "200", "100", "50")),
    ("zhu", ("700", "600", "500", "100")),
    ("paper", ("700", "300", "200", "100", "50")),
    ("ok", ("700", "600", "200", "100")),
    ("warn", ("700", "600", "300", "200", "100")),
    ("bad", ("700", "600", "200", "100")),
    ("info", ("700", "600", "200", "100")),
    ("seal", ("700", "600", "200", "100")),
)

ICONS = (
    "activity", "adjustments-horizontal", "archive", "arrow-back-up", "bookmark", "building", "calendar-due", "check",
    "checks", "clipboard-list", "copy", "database", "download", "edit", "external-link", "eye", "file-text", "files",
    "filter", "fingerprint", "folder", "history", "home", "id", "inbox", "info-circle", "key", "link", "list-check",
    "list-details", "lock", "lock-open", "mail", "message", "package-import", "photo", "player-pause", "player-play",
    "plus", "printer", "receipt", "refresh", "search", "send", "settings", "shield-check", "tag", "trash-x", "upload",
    "user-check", "user-plus", "user-share", "users", "virus", "wand", "x",
)  # fmt: skip
"""Icons that any page may use; an icon named elsewhere in the product joins the sprite by itself."""


class SampleForm(forms.Form):
    """A form with every kind of control; given an answer with faults it shows them."""

    code = forms.CharField(label=gettext_lazy("档号"), help_text=gettext_lazy("例如 0023-WS·1998-Y-ZFB-0017"))
    title = forms.CharField(label=gettext_lazy("题名"), required=False)
    retention = forms.ChoiceField(
        label=gettext_lazy("保管期限"),
        choices=[("Y", gettext_lazy("永久")), ("D30", gettext_lazy("30 年")), ("D10", gettext_lazy("10 年"))],
    )
    note = forms.CharField(label=gettext_lazy("备注"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    result = forms.ChoiceField(
        label=gettext_lazy("处理决定"),
        widget=forms.RadioSelect,
        choices=[("accept", gettext_lazy("接收")), ("return", gettext_lazy("退回"))],
        required=False,
    )
    sure = forms.BooleanField(label=gettext_lazy("我已核对以上内容"), required=False)

    def clean_code(self) -> str:
        """A year of two digits is the fault that the sample shows."""
        code: str = self.cleaned_data["code"]
        if "·98-" in code:
            raise forms.ValidationError(_("年度应为 4 位数字，例如 1998。"))
        return code


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPage(Page):
    """Sample values of every component."""

    template: ClassVar[str] = "lantai/design.html"
    tones: Sequence[tuple[str, Sequence[str]]] = TONES
    icons: Sequence[str] = ICONS
    buttons: Sequence[Act] = ()
    notices: Sequence[Notice] = ()
    states: Sequence[tuple[str, str | Promise]] = ()
    form: SampleForm
    faulty: SampleForm
    tabs: Sequence[Tab] = ()
    chips: Sequence[Chip] = ()
    tiles: Sequence[Tile] = ()
    table: Table
    jobs: Sequence[JobRow] = ()
    pairs: Sequence[Pair] = ()
    steps: Sequence[Step] = ()
    failed_steps: Sequence[Step] = ()
    events: Sequence[Event] = ()
    groups: Sequence[CheckGroup] = ()
    receipts: Sequence[ReceiptLink] = ()
    hits: Sequence[Hit] = ()
    facets: Sequence[Facet] = ()
    empties: Sequence[Empty] = ()
    crumbs: Sequence[Link] = ()
    command: str = ""


def _table() -> Table:
    open_it = Act(_("处理"), href="#")
    rows = (
        (
            _("关于同意兴建青溪水库灌区工程的批复"),
            "0023-WS·1998-Y-ZFB-0017",
            "todo",
            _("文号、面积 2 处识别可信度低"),
            _("今天 17:30"),
            "soon",
        ),
        (
            _("不动产登记审批档案移交包"),
            "SIP-20261118-003",
            "fail",
            _("3 件缺电子签名，1 件无法打开"),
            _("逾期 1 天"),
            "late",
        ),
        (_("企业设立登记档案"), "0142-SP·2024-Y-SCJ-1190", "pass", _("四性检测 28 项全部通过"), "2026-11-26", ""),
    )
    return Table(
        label=_("待办列表"),
        columns=[
            Column(_("待办事项")),
            Column(_("状态")),
            Column(_("需要注意")),
            Column(_("期限"), sort="ascending", href="#"),
            Column(_("操作"), hidden=True),
        ],
        rows=[
            Row(
                key=code,
                name=title,
                selected=code.startswith("0142"),
                cells=[
                    Cell(title, href="#", code=code, main=True),
                    Cell(state=state),
                    Cell(why, tone="muted", wide=True),
                    Cell(due, tone=tone, whole=True),  # type: ignore[arg-type]
                    Cell(acts=[open_it]),
                ],
            )
            for title, code, state, why, due, tone in rows
        ],
        bulk=Bulk(
            action="#",
            acts=[
                Act(_("批量通过"), kind="primary", icon="checks", name="act", value="pass"),
                Act(_("退回"), icon="arrow-back-up", name="act", value="return"),
            ],
            select_all=Act(_("选择全部 23 条"), name="act", value="all"),
            clear=Act(_("取消选择"), name="act", value="clear"),
        ),
        pager=Pager(first=1, last=3, total=23, page=2, pages=8, base="?page=", note=_("按期限排序")),
    )


def _groups() -> tuple[CheckGroup, ...]:
    return (
        CheckGroup(
            name=_("真实性"),
            state="fail",
            passed=8,
            total=9,
            lines=[
                CheckLine(
                    "GD-1-2",
                    _("电子签名"),
                    "fail",
                    _("签名证书已过期，且没有时间戳。"),
                    _("请重新签名后补交。"),
                    "material/permit.pdf",
                    "DA/T 70-2018",
                ),
                CheckLine("GD-1-3", _("元数据项数据类型"), "pass"),
            ],
        ),
        CheckGroup(
            name=_("完整性"),
            state="warning",
            passed=9,
            total=10,
            lines=[
                CheckLine("GD-2-1", _("元数据必填项"), "warning", _("缺“保管期限”。"), _("按规则表可以补为“30 年”。"))
            ],
        ),
        CheckGroup(
            name=_("可用性"), state="pass", passed=7, total=7, lines=[CheckLine("GD-3-1", _("文件可以打开"), "pass")]
        ),
        CheckGroup(
            name=_("安全性"),
            state="pass",
            passed=4,
            total=4,
            lines=[CheckLine("GD-4-1", _("病毒"), "not-applicable", _("没有连接病毒引擎。"))],
        ),
    )


def _jobs() -> tuple[JobRow, ...]:
    return (
        JobRow(
            _("批量检测：自然资源局移交包"),
            "running",
            62,
            "1,306 / 2,107",
            _("约剩 14 分钟"),
            acts=[Act(_("暂停"), name="act", value="pause")],
        ),
        JobRow(
            _("固化检测：第 4 季度抽检"),
            "troubled",
            100,
            "51,204",
            _("用时 6 分 12 秒"),
            troubles=_("2 处异常"),
            acts=[Act(_("查看失败清单"), href="#"), Act(_("重试失败项"), name="act", value="retry")],
        ),
        JobRow(_("批量赋档号：组织部 2021"), "done", 100, "318", _("用时 41 秒")),
        JobRow(
            _("重建索引"),
            "failed",
            12,
            "2,400 / 20,000",
            _("磁盘空间不足"),
            acts=[Act(_("重试"), name="act", value="retry")],
        ),
        JobRow(_("文本抽取"), "waiting", None, "", _("前面还有 1 个任务")),
        JobRow(_("导入目录"), "paused", 40, "40,000 / 100,000", _("陈晓岚 暂停")),
    )


def _hits() -> tuple[Hit, ...]:
    return (
        Hit(
            "#",
            _("关于同意兴建<mark>青溪水库</mark>灌区工程的批复"),
            "open",
            [_("云岭县人民政府"), "1998-08-12", _("2 页")],
            "0023-WS·1998-Y-ZFB-0017",
            _("……同意兴建<mark>青溪水库</mark>灌区工程。工程位于青溪乡、石桥镇境内……"),
            _("县人民政府办公室 › 文书 › 1998 › 永久"),
        ),
        Hit(
            "#",
            _("青溪水库移民搬迁补偿登记册"),
            "controlled",
            [_("云岭县移民安置办公室"), "1972"],
            "0045-WS·1972-Y-YMB-0011",
            icon="lock",
            refused=Notice(
                "info",
                _("含个人信息，控制使用。"),
                _("本人或者持公函的单位可以申请查阅，通常 3 个工作日答复。"),
                Act(_("申请查阅"), href="#"),
            ),
        ),
    )


def design_page() -> DesignPage:
    """The page with its sample values, in the language that is active."""
    good = SampleForm(initial={"code": "0023-WS·1998-Y-ZFB-0017", "retention": "Y"}, auto_id="good_%s")
    faulty = SampleForm({"code": "0023-WS·98-Y-ZFB-0017", "retention": "D40", "result": "accept"}, auto_id="faulty_%s")
    return DesignPage(
        title=_("设计系统"),
        here="design",
        facts=_("每个组件的每种状态。写页面时用这里的组件，不另造。"),
        form=good,
        faulty=faulty,
        states=[(code, state.words) for code, state in STATES.items()],
        buttons=[
            Act(_("通过并下一件"), kind="primary", icon="check", key="mod+enter"),
            Act(_("保存草稿")),
            Act(_("退回"), kind="danger", icon="arrow-back-up"),
            Act(_("重置"), kind="ghost"),
            Act(_("导出清单"), href="#", icon="download"),
            Act(_("接收"), kind="primary", reason=_("还有 2 件不能接收")),
        ],
        notices=[
            Notice("info", _("4 项由识别建议填写，核对后才生效。")),
            Notice("ok", _("已保存。"), _("修改已记入历史，可以撤回。")),
            Notice("warn", _("12 件缺“保管期限”。"), _("可以一次补为“30 年”。"), Act(_("预览并批量补录"), href="#")),
            Notice("bad", _("2 件不能接收。"), _("可以先接收其余 212 件，2 件退回补正。")),
        ],
        tabs=[
            Tab(_("全部待办"), "#", here=True, count=23),
            Tab(_("接收检测"), "#", count=6),
            Tab(_("存为视图"), "#", icon="plus"),
        ],
        chips=[Chip(_("开放"), "#"), Chip("1968–2002", "#")],
        tiles=[
            Tile(_("逾期与今日到期"), "3", _("项"), _("逾期 1 · 今日 2"), "#", hot=True),
            Tile(_("待我处理"), "23", _("项"), _("接收 6 · 著录 9 · 利用 8"), "#"),
            Tile(_("本周已办结"), "41", _("项"), _("比上周同期多 9")),
        ],
        table=_table(),
        jobs=_jobs(),
        pairs=[
            Pair(_("档号"), "0023-WS·1998-Y-ZFB-0017", code=True, copy=True),
            Pair(_("题名"), _("关于同意兴建青溪水库灌区工程的批复")),
            Pair(_("形成日期"), "1998-08-12", state="suggested"),
            Pair(_("开放标识"), "", state="open"),
            Pair(_("主题词"), ""),
        ],
        steps=[
            Step(_("接收"), "done", "11-20 16:22"),
            Step(_("四性检测"), "done", "11-20 16:23"),
            Step(_("处理"), "now"),
            Step(_("进馆")),
        ],
        failed_steps=[Step(_("接收"), "done"), Step(_("四性检测"), "failed"), Step(_("处理")), Step(_("进馆"))],
        events=[
            Event(_("查到档案 1 件，转审核"), "2026-11-21 14:05", _("利用服务科"), stands="now"),
            Event(_("已受理"), "2026-11-20 10:05", stands="ok"),
            Event(_("检测不通过，退回"), "2026-11-20 09:12", detail=_("缺电子签名"), stands="bad"),
        ],
        groups=_groups(),
        receipts=[
            ReceiptLink(_("接收回执"), "2026-11-20 16:22:04", "9f2c41d07be58a63", href="#"),
            ReceiptLink(_("检测结果"), "2026-11-20 16:22:06", "07aa31c9d5e2840f", _("不通过：2 项"), "#", refused=True),
            ReceiptLink(_("处理决定")),
        ],
        hits=_hits(),
        facets=[
            Facet(
                _("年份"),
                years=[
                    YearBar(1968 + each, (each * 7) % 23, ((each * 7) % 23) / 23, 4 < each < 20) for each in range(30)
                ],
                year_from="1973",
                year_until="1987",
            ),
            Facet(_("开放状态"), [FacetValue(_("开放"), 87, "#", here=True), FacetValue(_("控制使用"), 29, "#")]),
        ],
        empties=[
            Empty(
                "confetti",
                _("待办已全部处理"),
                _("新的移交包和申请到达时会在这里出现。"),
                [Act(_("查看已办结"), href="#")],
            ),
            Empty(
                "search",
                _("没有找到“青溪水厍”"),
                _("可以少用几个条件，或者请档案员代查。"),
                [Act(_("清除条件"), href="#"), Act(_("请档案员代查"), href="#")],
            ),
            Empty(
                "lock",
                _("这份档案控制使用"),
                _("含个人信息。本人、亲属或者持公函的单位可以申请查阅。"),
                [Act(_("申请查阅"), href="#", kind="primary")],
            ),
        ],
        crumbs=[Link(_("县人民政府办公室"), "#"), Link(_("文书档案"), "#"), Link(_("第 17 件"))],
        command="python3 verify_proof.py 0023-WS·1998-Y-ZFB-0017.proof.json --key yunling.pub",
    )
