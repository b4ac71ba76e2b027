"""The pages of the departments' channels (对接渠道): health by body and channel, one body's refusals with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import agreements_of, list_credentials, organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Cell, Column, Empty, Link, Row, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.written import written_day, written_moment
from lantai.ingest import channel_queries as queries
from lantai.ingest.batch_pages import check_name, pieces
from lantai.ingest.models import ChannelKind

QUIET_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPage(ListPage):
    """One body's channels: credentials, refused calls, reasons packages were refused for."""

    template: ClassVar[str] = "ingest/channel.html"
    more: Sequence[Table]


def channels_page(*, now: datetime) -> ListPage:
    """Every channel of every body that sends or may send."""
    figures = queries.channel_figures(now=now)
    troubles = queries.trouble_figures(now=now)
    credentials = list_credentials()
    living = [each for each in credentials if each.revoked_at is None]
    known = {(each.organisation_id, each.channel): each for each in figures}
    keys = sorted({*known, *troubles, *((each.organisation_id, str(ChannelKind.HTTP)) for each in living)})
    ids = {organisation_id for organisation_id, _channel in keys}
    bodies, agreements = organisations_by_id(ids=ids), agreements_of(organisation_ids=ids)
    month, examined = sum(each.month for each in figures), sum(each.examined for each in figures)
    refused, calls = sum(each.refused for each in figures), sum(each.calls for each in troubles.values())
    rows = []
    for organisation_id, channel in keys:
        body = bodies[organisation_id]
        of_body = [each for each in living if each.organisation_id == organisation_id]
        agreed = agreements.get(organisation_id)
        ends = body.active_to or (agreed.ends_on if agreed else None)
        rows.append(
            Row(
                [
                    Cell(body.name, href=reverse("channel", args=[organisation_id]), main=True),
                    Cell(str(ChannelKind(channel).label), more=_credentials(len(of_body)) if channel == "http" else ""),
                    *_came(known.get((organisation_id, channel)), now),
                    *_refused(troubles.get((organisation_id, channel))),
                    Cell(
                        _end(ends, agreed is not None), tone="late" if ends and ends < timezone.localdate(now) else ""
                    ),
                ],
                name=f"{body.name} {ChannelKind(channel).label}",
            )
        )
    return ListPage(
        title=_("对接渠道"),
        here="channels",
        facts=_("数据截至 %(at)s；退回率按最近 %(days)s 天已检测的移交包计算。")
        % {"at": written_moment(now), "days": queries.DAYS},
        tiles=[
            Tile(_("今天收到"), str(sum(each.today for each in figures)), _("件")),
            Tile(_("最近三十天"), str(month), _("件")),
            Tile(_("退回率"), _share(refused, examined), more=f"{refused} / {examined}"),
            Tile(_("被拒绝的调用"), str(calls), _("次"), _("最近三十天"), hot=calls > 0),
        ],
        table=Table(
            label=_("对接渠道"),
            columns=[
                Column(_("移交单位")),
                Column(_("渠道")),
                Column(_("最近一包")),
                Column(_("今天"), right=True),
                Column(_("最近三十天"), right=True),
                Column(_("退回率"), right=True),
                Column(_("超出频率"), right=True),
                Column(_("其他被拒"), right=True),
                Column(_("到期")),
            ],
            rows=rows,
            empty=Empty(
                icon="plug-connected",
                title=_("还没有对接渠道"),
                text=_("发放接口凭据，或收到第一个移交包之后，渠道会列在这里。"),
            ),
        ),
    )


def _came(found: queries.ChannelFigures | None, now: datetime) -> list[Cell]:
    if found is None or found.last is None:
        return [
            Cell(_("从未"), tone="muted"),
            *(Cell("0", right=True, tone="muted") for _each in range(2)),
            Cell("—", right=True),
        ]
    silent = (now - found.last).days
    quiet = (
        ngettext("已 %(n)s 天没有移交", "已 %(n)s 天没有移交", silent) % {"n": silent} if silent > QUIET_DAYS else ""
    )
    return [
        Cell(written_moment(found.last), more=quiet, whole=True),
        Cell(str(found.today), right=True, tone="" if found.today else "muted"),
        Cell(str(found.month), right=True, tone="" if found.month else "muted"),
        Cell(_share(found.refused, found.examined), more=f"{found.refused} / {found.examined}", right=True),
    ]


def _refused(found: queries.TroubleFigures | None) -> list[Cell]:
    if found is None:
        return [Cell("0", right=True, tone="muted"), Cell("0", right=True, tone="muted")]
    others = found.calls - found.too_many
    return [
        Cell(str(found.too_many), right=True, tone="soon" if found.too_many else "muted"),
        Cell(str(others), right=True, tone="soon" if others else "muted", more=written_moment(found.last)),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"


def _credentials(number: int) -> str:
    if not number:
        return _("没有可用凭据")
    return ngettext("%(n)s 个凭据", "%(n)s 个凭据", number) % {"n": number}


def _end(ends: date | None, agreed: bool) -> str:
    if ends is not None:
        return written_day(ends)
    return _("未约定") if agreed else _("没有移交协议")


def channel_page(organisation_id: int, reader: Reader, *, now: datetime) -> ChannelPage | None:
    """One body's channels; None when there is no such body."""
    body = organisations_by_id(ids=[organisation_id]).get(organisation_id)
    if body is None:
        return None
    agreed = agreements_of(organisation_ids=[organisation_id]).get(organisation_id)
    acts = []
    if reader.role == Role.ARCHIVIST:
        acts = [Act(_("移交包"), href=f"{reverse('submissions')}?organisation={organisation_id}", icon="inbox")]
    return ChannelPage(
        title=body.name,
        here="channels",
        back=[Link(_("对接渠道"), reverse("channels")), Link(body.name)],
        facts=_("最近三十天"),
        acts=acts,
        table=_trouble_table(queries.troubles_of(organisation_id=organisation_id, now=now)),
        more=[
            _reason_table(queries.refusal_reasons(organisation_id=organisation_id, now=now)),
            _credential_table(organisation_id, agreed.ends_on if agreed else None, body.active_to),
        ],
    )


def _trouble_table(rows: Sequence[queries.TroubleRow]) -> Table:
    return Table(
        label=_("被拒绝的调用"),
        columns=[
            Column(_("原因")),
            Column(_("渠道")),
            Column(_("次数"), right=True),
            Column(_("最近一次"), sort="descending"),
            Column(_("最近一次的详情")),
        ],
        rows=[
            Row(
                [
                    Cell(each.title, code=each.code, main=True),
                    Cell(str(ChannelKind(each.channel).label)),
                    Cell(str(each.count), right=True),
                    Cell(written_moment(each.last), whole=True),
                    Cell(each.detail, wide=True),
                ],
                name=each.code,
            )
            for each in rows
        ],
        empty=Empty(icon="circle-check", title=_("没有被拒绝的调用"), text=_("接口、监控目录和上传都没有报错。")),
        keyed=False,
    )


def _reason_table(rows: Sequence[queries.RefusalRow]) -> Table:
    return Table(
        label=_("移交包退回的原因"),
        columns=[Column(_("检测项")), Column(_("移交包"), right=True)],
        rows=[
            Row(
                [
                    Cell(check_name(each.code), code=each.code, main=True, wide=True),
                    Cell(pieces(each.packages), right=True),
                ]
            )
            for each in rows
        ],
        empty=Empty(icon="shield-check", title=_("没有退回的移交包"), text=_("最近三十天没有移交包因检测退回。")),
        keyed=False,
    )


def _credential_table(organisation_id: int, agreed: date | None, ended: date | None) -> Table:
    ends = ended or agreed
    return Table(
        label=_("接口凭据"),
        columns=[
            Column(_("凭据")),
            Column(_("用途")),
            Column(_("每分钟调用上限"), right=True),
            Column(_("最近使用")),
            Column(_("到期")),
            Column(_("状态")),
        ],
        rows=[
            Row(
                [
                    Cell(each.prefix, mono=True, main=True),
                    Cell(each.name),
                    Cell(str(each.calls_per_minute), right=True),
                    Cell(written_moment(each.last_used_at) or _("从未"), whole=True),
                    Cell(written_day(ends) or _("未约定"), whole=True),
                    Cell(
                        state="inactive" if each.revoked_at else "active",
                        state_text=_("已吊销") if each.revoked_at else "",
                        more=written_moment(each.revoked_at),
                    ),
                ],
                name=each.prefix,
            )
            for each in list_credentials(organisation_id=organisation_id)
        ],
        empty=Empty(
            icon="key", title=_("没有接口凭据"), text=_("这个单位的业务系统还不能推送；可以用监控目录或网页上传。")
        ),
        keyed=False,
    )
