"""The pages of storage (存储与副本): locations, objects below policy, one object, policies, carriers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, Role
from lantai.administration.views.showing import DetailPage, Part, plain_table
from lantai.catalog.queries import RecordSummary, count_records_in, records_in_object
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, PairGroup, Row, Tab, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_day, written_moment, written_size
from lantai.storage.copies import (
    CarrierView,
    CopyView,
    LocationView,
    ObjectView,
    PolicyView,
    SafetyFigures,
    below_policy,
    list_carriers,
    list_locations,
    list_policies,
    safety_figures,
)

HERE = "storage"
SIZE = 50
_STATES = {"wanted": "waiting", "verified": "pass", "damaged": "fail", "missing": "fail"}
_CARRIER_STATES = {"in-use": "active", "spare": "waiting", "retired": "inactive"}


def locations_page() -> ListPage:
    """The locations, what was declared and measured of each, and how many copies stand how."""
    found, figures = list_locations(), safety_figures()
    return ListPage(
        title=_("存储与副本"),
        here=HERE,
        facts=_("增加存储位置用命令 lantai storage add；密钥只保存在服务器上。"),
        notices=list(_notices(found)),
        tiles=_tiles(figures),
        tabs=_tabs("storage", figures),
        table=Table(
            label=_("存储位置"),
            columns=[
                Column(each)
                for each in (_("位置"), _("载体"), _("地点"), _("状态"), _("副本"), _("最久未核对"), _("设备"))
            ],
            rows=[Row(_location_cells(each)) for each in found],
            empty=Empty("server", _("还没有存储位置"), _("第一次存入档案时建立主存储位置。")),
            keyed=False,
        ),
    )


def _tabs(here: str, figures: SafetyFigures) -> list[Tab]:
    told = (
        ("storage", _("存储位置"), None),
        ("storage-below", _("低于策略"), figures.below),
        ("storage-policies", _("副本策略"), None),
        ("carriers", _("载体登记"), None),
        ("backups", _("备份"), None),
        ("restore-drills", _("恢复演练"), None),
    )
    return [Tab(text, reverse(name), here=name == here, count=count) for name, text, count in told]


def storage_tabs(here: str) -> list[Tab]:
    """The tabs of storage, for pages beside these."""
    return _tabs(here, safety_figures())


def _tiles(figures: SafetyFigures) -> list[Tile]:
    return [
        Tile(_("对象"), f"{figures.objects:,}", _("个")),
        Tile(_("安全"), f"{figures.safe:,}", _("个"), _("策略已满足，每份都回读核对过")),
        Tile(_("低于策略"), f"{figures.below:,}", _("个"), href=reverse("storage-below"), hot=figures.below > 0),
        Tile(_("待复制"), f"{figures.wanted:,}", _("份"), _("损坏或缺失 %(n)s 份") % {"n": figures.bad}),
    ]


def _notices(found: Sequence[LocationView]) -> Iterator[Notice]:
    for each in found:
        if each.away_since and not each.offline:
            told = {"code": each.code, "at": written_moment(each.away_since)}
            yield Notice("bad", _("存储位置 %(code)s 自 %(at)s 起不可用。") % told, each.trouble)
    together = {tuple(sorted((each.code, *each.shares))) for each in found if each.shares}
    for codes in sorted(together):
        names = _("、").join(codes)
        yield Notice(
            "warn", _("%(names)s 在同一设备上，只算一份副本。") % {"names": names}, _("请换到另一设备或服务。")
        )
    for each in found:
        if each.in_service and not (each.medium and each.place):
            yield Notice(
                "info",
                _("存储位置 %(code)s 还没有申报载体类型和地点。") % {"code": each.code},
                _("未申报的不算作一种载体，也不算异地。"),
                Act(_("申报"), href=reverse("location", args=[each.code])),
            )


def _location_cells(each: LocationView) -> list[Cell]:
    return [
        Cell(each.code, href=reverse("location", args=[each.code]), main=True, more=each.address),
        Cell(each.medium_name or _("未申报"), more=each.kind_name, tone="" if each.medium else "late"),
        Cell(each.place or _("未申报"), tone="" if each.place else "late"),
        _location_state(each),
        Cell(
            _("已核对 %(n)s") % {"n": f"{each.verified:,}"},
            more=_("待复制 %(n)s，损坏或缺失 %(bad)s，待删除 %(removals)s")
            % {"n": f"{each.wanted:,}", "bad": each.bad, "removals": each.removals},
        ),
        Cell(written_moment(each.oldest), whole=True),
        Cell(each.device or "—", mono=True, wide=True),
    ]


def _location_state(each: LocationView) -> Cell:
    traits = [
        words for told, words in ((each.offline, _("离线")), (each.write_once, _("一次写入"))) if told
    ]  # fmt: skip
    more = _("、").join(traits)
    if not each.in_service:
        return Cell(state="inactive", state_text=_("已停用"), more=more)
    if each.away_since:
        words, state = (_("未连接"), "waiting") if each.offline else (_("不可用"), "fail")
        return Cell(state=state, state_text=words, more=more or each.trouble)
    if each.looked_at is None:
        return Cell(state="unexamined", state_text=_("未查看"), more=more)
    return Cell(state="pass", state_text=_("可用"), more=more or each.trouble)


def location_facts(each: LocationView) -> list[PairGroup]:
    """What was measured of a location, beside the form in which the rest is declared."""
    facts = [
        Pair(_("地址"), each.address, code=True),
        Pair(_("种类"), each.kind_name),
        Pair(_("设备"), each.device or "—", code=True),
        Pair(_("同一设备"), _("、").join(each.shares) or _("无")),
        Pair(_("查看时间"), written_moment(each.looked_at)),
        Pair(_("申报"), f"{each.declared_by} {written_moment(each.declared_at)}".strip() or _("未申报")),
    ]
    if each.trouble:
        facts.append(Pair(_("问题"), each.trouble))
    groups = [PairGroup(_("实测与登记"), facts)]
    if each.promises:
        names = {
            "conditional": _("条件写入"), "digests": _("拒绝错误摘要"), "ranges": _("按范围读取"),
            "listing": _("写后即列"),
        }  # fmt: skip
        words = {"honoured": _("兑现"), "ignored": _("不理会"), "refused": _("不支持")}
        pairs = [Pair(names.get(name, name), words.get(kept, kept)) for name, kept in each.promises.items()]
        groups.append(PairGroup(_("服务承诺（实测；从不依赖，每份回读核对）"), pairs))
    return groups


def below_page(request: HttpRequest) -> ListPage:
    """Objects below their policy, each with what it lacks and where its copies are."""
    figures = safety_figures()
    found = portion_asked(request, size=SIZE, read=lambda offset, limit: below_policy(offset=offset, limit=limit))
    records = count_records_in(object_ids=[each.object_id for each in found.lines])
    return ListPage(
        title=_("低于策略"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("低于策略"))],
        tabs=_tabs("storage-below", figures),
        table=Table(
            label=_("低于策略"),
            columns=[Column(each) for each in (_("对象"), _("档案"), _("缺什么"), _("副本"), _("存入时间"))],
            rows=[Row(_below_cells(each, records.get(each.object_id, 0))) for each in found.lines],
            pager=found.pager,
            empty=Empty("shield-check", _("全部对象都满足副本策略"), _("每份副本都回读核对过。")),
            keyed=False,
        ),
    )


def _below_cells(each: ObjectView, records: int) -> list[Cell]:
    return [
        Cell(each.object_id, href=reverse("stored-object", args=[each.object_id]), main=True, mono=True, wide=True),
        Cell(f"{records:,}"),
        Cell(lacking_words(each), wide=True),
        Cell(_("、").join(f"{copy.location} {_copy_words(copy)}" for copy in each.copies) or "—", wide=True),
        Cell(written_moment(each.deposited_at), whole=True),
    ]


def lacking_words(each: ObjectView) -> str:
    """What an object lacks of its policy, in words."""
    names = {
        "copies": _("独立设备上的副本 %(have)s/%(need)s"), "media": _("载体种类 %(have)s/%(need)s"),
        "elsewhere": _("异地副本 %(have)s/%(need)s"), "detached": _("离线或一次写入副本 %(have)s/%(need)s"),
    }  # fmt: skip
    parts = [names[what] % {"have": have, "need": need} for what, have, need in each.lacking]
    return _("；").join(parts) if parts else _("无") if each.safe else _("尚未安排")


def _copy_words(copy: CopyView) -> str:
    if copy.state == "verified" and not copy.newest:
        return _("是旧版本 %(head)s") % {"head": copy.head}
    return _("位置不可用") if copy.away and copy.state == "verified" else copy.state_name


def object_page(request: HttpRequest, found: ObjectView, reader: Reader) -> DetailPage:
    """One object: its policy, its copies, and for archivists the records in it."""
    parts = [Part(title=_("副本"), table=_copies_table(found))]
    if reader.role == Role.ARCHIVIST:
        lines = portion_asked(
            request,
            size=SIZE,
            read=lambda offset, limit: records_in_object(
                object_id=found.object_id, reader=reader, offset=offset, limit=limit
            ),
        )
        parts.append(Part(title=_("其中的档案"), table=_records_table(lines.lines, lines.pager)))
    asked = found.demand
    policy = _("副本 %(copies)s 份，载体 %(media)s 种，异地 %(elsewhere)s 份，离线或一次写入 %(detached)s 份") % {
        "copies": asked.copies, "media": asked.media, "elsewhere": asked.elsewhere, "detached": asked.detached,
    }  # fmt: skip
    return DetailPage(
        title=_("存储对象"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(found.object_id, code=True)],
        groups=[
            PairGroup(
                _("对象"),
                [
                    Pair(_("标识"), found.object_id, code=True, copy=True),
                    Pair(_("版本"), found.head),
                    Pair(_("大小"), f"{written_size(found.bytes)} · {found.files}"),
                    Pair(_("策略"), policy),
                    Pair(_("缺什么"), lacking_words(found)),
                ],
            )
        ],
        parts=parts,
    )


def _copies_table(found: ObjectView) -> Table:
    headings = (_("位置"), _("状态"), _("版本"), _("核对时间"), _("最近一次失败"))
    rows = [
        Row(
            [
                Cell(each.location, href=reverse("location", args=[each.location]), main=True),
                Cell(state=_STATES[each.state], state_text=_copy_words(each)),
                Cell(each.head or "—"),
                Cell(written_moment(each.verified_at), whole=True),
                Cell(each.fault, wide=True),
            ]
        )
        for each in found.copies
    ]
    return plain_table(_("副本"), headings, rows)


def _records_table(lines: Sequence[RecordSummary], pager: object) -> Table:
    headings = (_("档号"), _("题名"), _("日期"))
    table = plain_table(
        _("其中的档案"),
        headings,
        [
            Row(
                [
                    Cell(
                        each.archive_code or each.record_code,
                        href=reverse("record", args=[each.record_code]),
                        main=True,
                    ),
                    Cell(each.title, wide=True),
                    Cell(written_day(each.formed_on), whole=True),
                ]
            )
            for each in lines
        ],
        _("这个对象里没有登记在册的档案。"),
    )
    return Table(table.label, table.columns, table.rows, pager, empty=table.empty, keyed=False)  # type: ignore[arg-type]


def policies_page() -> ListPage:
    """The policies by fonds and class."""
    return ListPage(
        title=_("副本策略"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("副本策略"))],
        facts=_("最具体的一条起作用；一个对象含多件档案时，取最严的。"),
        acts=[Act(_("设定策略"), href=reverse("storage-policy"), icon="plus", kind="primary")],
        tabs=_tabs("storage-policies", safety_figures()),
        table=Table(
            label=_("副本策略"),
            columns=[
                Column(each)
                for each in (_("全宗号"), _("类别"), _("副本份数"), _("载体种类"), _("异地"), _("离线"), _("操作"))
            ],
            rows=[Row(_policy_cells(each)) for each in list_policies()],
            keyed=False,
        ),
    )


def _policy_cells(each: PolicyView) -> list[Cell]:
    asked = each.demand
    query = f"?fonds_code={each.fonds_code}&class_code={each.class_code}"
    return [
        Cell(each.fonds_code or _("全部"), main=True, more="" if each.kept else _("缺省策略")),
        Cell(each.class_code or _("全部")),
        *(Cell(str(value)) for value in (asked.copies, asked.media, asked.elsewhere, asked.detached)),
        Cell(acts=[Act(_("修改"), href=reverse("storage-policy") + query)]),
    ]


def carriers_page(request: HttpRequest) -> ListPage:
    """The register of carriers, those whose check is due first."""
    found = portion_asked(request, size=SIZE, read=lambda offset, limit: list_carriers(offset=offset, limit=limit))
    headings = (_("载体编号"), _("类型"), _("容量"), _("内容"), _("存放地点"), _("检查"), _("下次检查"), _("状态"))
    return ListPage(
        title=_("载体登记"),
        here=HERE,
        back=[Link(_("存储与副本"), reverse("storage")), Link(_("载体登记"))],
        acts=[Act(_("登记载体"), href=reverse("carrier-new"), icon="plus", kind="primary")],
        tabs=_tabs("carriers", safety_figures()),
        table=Table(
            label=_("载体登记"),
            columns=[Column(each) for each in headings],
            rows=[Row(_carrier_cells(each)) for each in found.lines],
            pager=found.pager,
            empty=Empty("archive", _("还没有登记载体"), _("磁性载体每 2 年、光盘每 4 年检查一次，到期自动提醒。")),
            keyed=False,
        ),
    )


def _carrier_cells(each: CarrierView) -> list[Cell]:
    return [
        Cell(each.number, href=reverse("carrier", args=[each.number]), main=True),
        Cell(each.kind_name),
        Cell(written_size(each.capacity)),
        Cell(each.content or "—", more=each.location, wide=True),
        Cell(each.place or "—"),
        Cell(written_day(each.checked_on) or "—", more=each.outcome),
        Cell(written_day(each.next_check_on) or "—", whole=True),
        Cell(state=_CARRIER_STATES[each.state], state_text=each.state_name),
    ]


def carrier_facts(each: CarrierView) -> list[PairGroup]:
    """A carrier as the register has it."""
    return [
        PairGroup(
            _("载体"),
            [
                Pair(_("载体编号"), each.number, code=True),
                Pair(_("类型"), each.kind_name),
                Pair(_("容量"), written_size(each.capacity)),
                Pair(_("内容"), each.content or "—"),
                Pair(_("存放地点"), each.place or "—"),
                Pair(_("所载存储位置"), each.location or _("无")),
                Pair(_("制作日期"), written_day(each.made_on)),
                Pair(_("上次检查"), written_day(each.checked_on) or "—", note=each.outcome),
                Pair(_("下次检查"), written_day(each.next_check_on) or "—"),
                Pair(_("状态"), each.state_name),
            ],
        )
    ]
