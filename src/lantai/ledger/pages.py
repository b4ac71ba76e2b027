"""The ledger page (账本), built: checkpoint, how to check it, and recent entries for those who may see them."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lantai.common.components import Act, Cell, Column, Empty, Notice, Pair, Row, Table, Tile
from lantai.common.pages import LedgerPage
from lantai.common.written import written_moment
from lantai.ledger import queries
from lantai.ledger.queries import EntryView

KINDS = {
    "submission.received": gettext_noop("收到移交包"),
    "submission.examined": gettext_noop("完成四性检测"),
    "submission.decided": gettext_noop("作出处理决定"),
    "submission.stopped": gettext_noop("进馆中止，转人工"),
    "record.accessioned": gettext_noop("进馆登记"),
    "record.confirmed": gettext_noop("格式确认与全文提取"),
    "record.format-disagreement": gettext_noop("格式复核结果不一致"),
    "record.moved": gettext_noop("移动位置"),
    "record.destroyed": gettext_noop("销毁内容"),
    "arrangement.ordered": gettext_noop("办理批量整理"),
    "catalogue.printed": gettext_noop("打印目录"),
    "code.given": gettext_noop("给予档号"),
    "record.described": gettext_noop("修改著录"),
    "record.description-reviewed": gettext_noop("复核通过"),
    "record.split": gettext_noop("拆出新件"),
    "record.merged": gettext_noop("并入另一件的内容"),
    "code.changed": gettext_noop("更换档号"),
    "code.voided": gettext_noop("档号作废"),
    "code.passed-over": gettext_noop("跳过已被占用的号码"),
    "case.progressed": gettext_noop("办件进度"),
}
"""The entries shown here tell of records; those of persons are in the audit log, and read there only."""
RECENT = 30


def ledger_page(*, entries: bool, origin: str) -> LedgerPage:
    """The ledger's page. With *entries* the newest ones are listed; *origin* is this server's address."""
    checkpoint = queries.latest_checkpoint()
    waiting = queries.waiting_entries()
    name, vkey = settings.LANTAI_ORIGIN, queries.ledger_vkey()
    place = f"{origin}{reverse('ledger-checkpoint')}"
    return LedgerPage(
        title=_("账本与凭证"),
        here="ledger",
        facts=_("每件事在账本中只增不改；任何人都可以用公钥核对检查点，改动会被发现。"),
        acts=[Act(_("下载检查点"), href=reverse("ledger-checkpoint"), icon="download", download=True)],
        tiles=[
            Tile(_("已编入"), f"{checkpoint.size:,}" if checkpoint else "0", _("条")),
            Tile(_("等待编入"), f"{waiting:,}", _("条"), _("通常一秒内编入")),
            Tile(_("最新检查点"), written_moment(checkpoint.at) if checkpoint else "—"),
        ],
        checkpoint=checkpoint.note if checkpoint else "",
        checkpoint_href=reverse("ledger-checkpoint"),
        pairs=[
            Pair(_("账本名称"), name, code=True, copy=True),
            Pair(_("公钥（vkey）"), vkey, code=True, copy=True),
            Pair(_("树根摘要"), checkpoint.root.hex() if checkpoint else "", code=True),
            Pair(_("公开内容"), _("检查点、树的瓦片和承诺值；条目内容从不公开")),
        ],
        commands=f"curl -sO {place}\npython3 verify_proof.py --vkey '{vkey}' <record>.proof.json",
        entries=_entries() if entries else None,
        notices=_notices(checkpoint, waiting),
    )


def _notices(checkpoint: queries.CheckpointView | None, waiting: int) -> list[Notice]:
    if checkpoint is None:
        return [Notice("info", _("账本还是空的。"), _("第一件事发生后几秒内产生检查点。"))]
    if waiting > 10_000:
        return [Notice("warn", _("编入落后。"), _("请系统管理员检查续编程序是否在运行。"))]
    if not queries.checkpoint_holds(note=checkpoint.note):
        return [Notice("bad", _("检查点签名无效。"), _("请立即联系系统管理员，运行 lantai verify 查明。"))]
    return [Notice("ok", _("检查点签名有效。"), _("刚用本馆公钥核对过；账本按顺序编入，只增不改。"))]


def _entries() -> Table:
    found = queries.list_entries(kinds=tuple(KINDS), limit=RECENT)
    return Table(
        label=_("最近的账目"),
        columns=[
            Column(_("序号"), right=True),
            Column(_("时间"), sort="descending"),
            Column(_("事项")),
            Column(_("对象")),
        ],
        rows=[_row(each) for each in found],
        empty=Empty(icon="book-2", title=_("还没有账目"), text=_("收到第一个移交包时写入第一条。")),
        keyed=False,
    )


def _row(entry: EntryView) -> Row:
    index = f"{entry.index:,}" if entry.index is not None else _("等待")
    return Row(
        [
            Cell(index, right=True, mono=True, whole=True),
            Cell(written_moment(entry.at), whole=True),
            Cell(_(KINDS[entry.kind]), main=True),
            Cell(entry.subject, mono=True, wide=True),
        ]
    )
