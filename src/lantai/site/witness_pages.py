"""The pages of witnesses (见证): who cosigned what and when, which policy is unmet, and what contradicts us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, Row, Table, Tile
from lantai.common.pages import FormPage, ListPage, Page
from lantai.common.written import written_moment
from lantai.ledger import queries
from lantai.ledger.queries import AnchorView, ConflictView, CosignatureView, TimestampView, WitnessFigures, WitnessView
from lantai.site.witness_forms import PolicyForm, WitnessForm

HERE = "witnesses"
CHECKPOINTS = 15
KINDS = {
    "fork": gettext_noop("账本分叉"),
    "rollback": gettext_noop("账本倒退"),
}
MEANING = {
    "fork": gettext_noop(
        "见证方持有本馆密钥签署的检查点，它不在本馆现在的账本里：账目被改过，或有人用本馆密钥另写了一本账。"
    ),
    "rollback": gettext_noop("见证方见过本馆更长的账本：现在的数据库缺少后来的账目，例如从旧备份恢复。"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessesPage(ListPage):
    """The witnesses, the newest checkpoints with who cosigned them, contradictions, and what others need of us."""

    template: ClassVar[str] = "site/witnesses.html"
    checkpoints: Table
    conflicts: Table | None = None
    timestamps: Table
    anchors: Table | None = None
    handing: list[Pair]
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage(Page):
    """One contradiction with both notes."""

    template: ClassVar[str] = "site/witness_conflict.html"
    notices: list[Notice]
    held: str
    ours: str
    pairs: list[Pair]


def witnesses_page(*, reader: Reader, origin: str) -> WitnessesPage:
    """All about the witnesses of our ledger, for who watches it; only system administrators may change it."""
    figures = queries.witness_figures()
    conflicts = queries.recent_conflicts()
    witnesses = queries.list_witnesses(retired=True)
    changes = reader.role == Role.SYSTEM
    acts = [Act(_("账本与凭证"), href=reverse("ledger"), icon="book-2")] if not changes else []
    if changes:
        acts = [
            Act(_("见证策略"), href=reverse("witness-policy"), icon="adjustments"),
            Act(_("增加见证方"), href=reverse("witness-new"), icon="plus", kind="primary"),
        ]
    return WitnessesPage(
        title=_("账本见证"),
        here=HERE,
        facts=_("别的部门或档案馆为本馆检查点签名；账本若被改写、倒退或分叉，任何一个见证方都会发现。"),
        acts=acts,
        notices=list(_notices(figures, conflicts)),
        tiles=_tiles(figures),
        table=_witness_table(witnesses, changes=changes),
        checkpoints=_checkpoint_table(),
        conflicts=_conflict_table(conflicts) if conflicts else None,
        timestamps=_timestamp_table(),
        anchors=_anchor_table(),
        handing=[
            Pair(_("账本名称"), settings.LANTAI_ORIGIN, code=True, copy=True),
            Pair(_("公钥（vkey）"), queries.ledger_vkey(), code=True, copy=True, note=_("请见证方加入")),
            Pair(_("得到见证的检查点"), f"{origin}{reverse('ledger-cosigned')}", code=True),
            Pair(_("见证策略地址"), f"{origin}{reverse('ledger-policy')}", code=True, note=_("核验时用 --policy 给出")),
        ],
        policy=queries.policy_text(witnesses=witnesses, least=figures.least),
    )


def witness_form_page(form: WitnessForm) -> FormPage:
    """Add a witness."""
    return _form_page(form, Act(_("增加见证方"), kind="primary"), _("公钥须与对方当面或另行核对。"))


def policy_form_page(form: PolicyForm) -> FormPage:
    """Set how many must cosign."""
    return _form_page(form, Act(_("保存策略"), kind="primary"), _("今后的检查点按新策略判断；变更写入账本。"))


def retire_page(form: Form, witness: WitnessView) -> FormPage:
    """Retire a witness."""
    told = _("今后不再请 %(name)s（%(body)s）见证；已有的签名保留。") % {"name": witness.name, "body": witness.body}
    return _form_page(form, Act(_("停用见证方"), kind="danger"), told)


def conflict_page(found: ConflictView) -> ConflictPage:
    """One contradiction: what it means, what to do, both notes."""
    settled = found.settled_at is not None
    todo = _("请保全两份检查点，停止向账本写入，与见证方核对，并查明数据库与密钥何时被谁动过。")
    return ConflictPage(
        title=_(KINDS[found.kind]),
        here=HERE,
        back=[Link(_("账本见证"), reverse(HERE)), Link(_(KINDS[found.kind]))],
        acts=[
            Act(
                words,
                href=reverse("witness-conflict-note", args=[found.id, side]),
                icon="download",
                download=True,
            )
            for words, side, note in (
                (_("下载见证方的检查点"), "held", found.held),
                (_("下载本馆的检查点"), "ours", found.ours),
            )
            if note
        ],
        notices=[
            Notice("info", _("已解决。"), _("该见证方后来又为本馆检查点签名；证据保留。"))
            if settled
            else Notice("bad", _(MEANING[found.kind]), todo)
        ],
        held=found.held,
        ours=found.ours,
        pairs=[
            Pair(_("为什么不能同时为真"), _reason(found)),
            *_told(_("见证方持有"), found.held),
            *_told(_("本馆出示"), found.ours),
            Pair(_("见证方"), found.witness, code=True, note=found.body),
            Pair(_("见证方的答复"), found.answer, code=True),
            Pair(_("发现时间"), written_moment(found.found_at)),
            Pair(_("解决时间"), written_moment(found.settled_at) if found.settled_at else "—"),
        ],
    )


def _reason(found: ConflictView) -> str:
    """Why both notes cannot be of one ledger that only grows, in one sentence."""
    held, ours = queries.told_by_note(note=found.held), queries.told_by_note(note=found.ours)
    if held is None or ours is None:
        return _("见证方不承认本馆出示的检查点延续了它签过的那一份。")
    if held.size == ours.size:
        return _("同样是 %(n)s 条，树根却不同。") % {"n": f"{held.size:,}"}
    if found.kind == "rollback":
        values = {"held": f"{held.size:,}", "ours": f"{ours.size:,}"}
        return _("见证方已见过 %(held)s 条，现在的账本只有 %(ours)s 条。") % values
    values = {"held": f"{held.size:,}", "ours": f"{ours.size:,}"}
    return _("现在的 %(ours)s 条账目里，前 %(held)s 条的树根不是见证方签过的那一个。") % values


def _told(words: str, note: str) -> list[Pair]:
    """Size, root and signer of one of the notes."""
    told = queries.told_by_note(note=note)
    if told is None:
        return []
    signed = _("本馆密钥签名有效") if told.signed else _("不是本馆密钥签署")
    size = _("%(n)s 条") % {"n": f"{told.size:,}"}
    return [Pair(words, told.root.hex(), code=True, note=f"{size}，{signed}")]


def _form_page(form: Form, submit: Act, warning: str) -> FormPage:
    return FormPage(
        title=submit.text,
        here=HERE,
        back=[Link(_("账本见证"), reverse(HERE)), Link(submit.text)],
        form=form,
        submit=submit,
        cancel=reverse(HERE),
        warning=warning,
    )


def _notices(figures: WitnessFigures, conflicts: list[ConflictView]) -> list[Notice]:
    found = [
        Notice(
            "bad",
            _(KINDS[each.kind]) + _("："),
            _("%(body)s 的见证方持有的检查点与本馆账本不符。") % {"body": each.body},
            Act(_("查看证据"), href=reverse("witness-conflict", args=[each.id])),
        )
        for each in conflicts
        if each.settled_at is None
    ]
    if found:
        return found
    if not figures.witnesses:
        return [Notice("info", _("还没有见证方。"), _("没有别人见证，持有密钥和数据库的人就能改写整本账而不被发现。"))]
    if not figures.least:
        return [Notice("warn", _("没有见证策略。"), _("请系统管理员确定至少需要几个见证方。"))]
    if figures.waiting_since is not None:
        told = _("自 %(at)s 起的检查点还没有得到 %(n)s 个见证方签名。")
        values = {"at": written_moment(figures.waiting_since), "n": figures.least}
        return [Notice("info", _("等待见证。"), told % values)]
    return [Notice("ok", _("最新检查点已得到见证。"), _("满足策略：至少 %(n)s 个见证方。") % {"n": figures.least})]


def _tiles(figures: WitnessFigures) -> list[Tile]:
    met = written_moment(figures.met_at) if figures.met_at else ""
    return [
        Tile(_("见证方"), str(figures.witnesses), _("个"), _("策略要求 %(n)s 个") % {"n": figures.least}),
        Tile(_("已得到见证"), f"{figures.met_size:,}", _("条"), met),
        Tile(_("未解决的矛盾"), str(figures.conflicts), _("处"), hot=figures.conflicts > 0),
    ]


def _witness_table(witnesses: list[WitnessView], *, changes: bool) -> Table:
    headings = (_("见证方"), _("最近见证"), _("落后"), _("状态"), *((_("操作"),) if changes else ()))
    return Table(
        label=_("见证方"),
        columns=[Column(each) for each in headings],
        rows=[Row(_witness_cells(each, changes=changes)) for each in witnesses],
        empty=Empty("rosette-discount-check", _("还没有见证方"), _("请对方运行 lantai witness，再在此加入其公钥。")),
        keyed=False,
    )


def _witness_cells(witness: WitnessView, *, changes: bool) -> list[Cell]:
    if witness.retired_at:
        state, words = "inactive", _("已停用")
    elif witness.trouble:
        state, words = "troubled", _("没有成功")
    else:
        state, words = ("active", _("正常")) if witness.cosigned_at else ("waiting", _("等待第一次见证"))
    retire = Act(_("停用见证方"), href=reverse("witness-retire", args=[witness.id]))
    return [
        Cell(witness.body, main=True, code=witness.name, more=witness.address, wide=True),
        Cell(
            written_moment(witness.cosigned_at) if witness.cosigned_at else "—",
            more=_("%(n)s 条") % {"n": f"{witness.cosigned_size:,}"} if witness.cosigned_size else "",
            whole=True,
        ),
        Cell(_("%(n)s 条") % {"n": f"{witness.behind:,}"} if not witness.retired_at else "—", whole=True),
        Cell(state=state, state_text=words, more=witness.trouble),
        *((Cell(acts=[] if witness.retired_at else [retire]),) if changes else ()),
    ]


def _checkpoint_table() -> Table:
    checkpoints = queries.recent_checkpoints(limit=CHECKPOINTS)
    kept = queries.cosignatures_of(sizes=[each.size for each in checkpoints])
    return Table(
        label=_("最近的检查点"),
        columns=[Column(_("条数"), right=True), Column(_("时间"), sort="descending"), Column(_("见证"))],
        rows=[
            Row(
                [
                    Cell(f"{each.size:,}", right=True, mono=True, main=True),
                    Cell(written_moment(each.at), whole=True),
                    Cell(_("、").join(map(_cosigned, kept.get(each.size, []))) or "—", wide=True),
                ]
            )
            for each in checkpoints
        ],
        empty=Empty("rosette-discount-check", _("还没有检查点"), _("第一件事发生后几秒内产生检查点。")),
        keyed=False,
    )


def _cosigned(each: CosignatureView) -> str:
    return f"{each.witness} {written_moment(each.time)}"


def _timestamp_acts(each: TimestampView) -> list[Act]:
    parts = ((_("时间戳文件"), "token"), (_("所盖内容"), "stamped"))
    place = [each.size, each.number]
    return [Act(words, href=reverse("timestamp-file", args=[*place, part]), download=True) for words, part in parts]


def _timestamp_table() -> Table:
    headings = (_("条数"), _("时间"), _("时间戳机构"), _("须在此前续期"), _("操作"))
    return Table(
        label=_("时间戳"),
        columns=[Column(each) for each in headings],
        rows=[
            Row(
                [
                    Cell(f"{each.size:,}", mono=True, main=True, more=_("第 %(n)s 次") % {"n": each.number}),
                    Cell(written_moment(each.at), whole=True),
                    Cell(each.authority, wide=True),
                    Cell(each.until.isoformat(), whole=True),
                    Cell(acts=_timestamp_acts(each)),
                ]
            )
            for each in queries.recent_timestamps()
        ],
        empty=Empty("clock", _("还没有时间戳"), _("用 LANTAI_TIMESTAMP 指定时间戳机构后，每天为检查点取一次。")),
        keyed=False,
    )


def _anchor_table() -> Table | None:
    """The newest anchors; None where there are none and no chain is named."""
    found = queries.recent_anchors()
    if not found and not settings.LANTAI_EVM:
        return None
    return Table(
        label=_("链上锚定"),
        columns=[Column(_("条数")), Column(_("入块时间")), Column(_("链与区块")), Column(_("交易与所载内容"))],
        rows=[_anchor_row(each) for each in found],
        empty=Empty("link", _("还没有锚定"), _("续编程序每天把最新检查点的摘要写到链上。")),
        keyed=False,
    )


def _anchor_row(each: AnchorView) -> Row:
    block = _("区块 %(n)s") % {"n": f"{each.block:,}"} if each.block is not None else ""
    return Row(
        [
            Cell(f"{each.size:,}", mono=True, main=True),
            Cell(written_moment(each.block_at), whole=True)
            if each.block_at
            else Cell(state="waiting", state_text=_("等待入块")),
            Cell(_("链 %(n)s") % {"n": each.chain}, more=block, whole=True),
            Cell(code=each.transaction, more=each.data, wide=True),
        ]
    )


def _conflict_table(conflicts: list[ConflictView]) -> Table:
    return Table(
        label=_("矛盾记录"),
        columns=[Column(_("类型")), Column(_("见证方")), Column(_("发现时间")), Column(_("状态")), Column(_("操作"))],
        rows=[
            Row(
                [
                    Cell(_(KINDS[each.kind]), main=True),
                    Cell(each.body, code=each.witness),
                    Cell(written_moment(each.found_at), whole=True),
                    Cell(
                        state="done" if each.settled_at else "fail",
                        state_text=_("已解决") if each.settled_at else _("未解决"),
                    ),
                    Cell(acts=[Act(_("查看证据"), href=reverse("witness-conflict", args=[each.id]))]),
                ]
            )
            for each in conflicts
        ],
        keyed=False,
    )
