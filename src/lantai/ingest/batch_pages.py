"""The pages of hand-over batches (移交批次): the list, one batch with its problems by check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role, names_of
from lantai.archival.checks import definitions
from lantai.common.checked import Checked, check_groups
from lantai.common.components import (
    Act,
    Cell,
    CheckGroup,
    Column,
    Empty,
    Link,
    Notice,
    Pair,
    PairGroup,
    Row,
    Step,
    Tab,
    Table,
    Tile,
)
from lantai.common.pages import ListPage
from lantai.common.paging import Portion, address_with, portion_asked, text_asked
from lantai.common.written import written_moment, written_size
from lantai.ingest import batch_queries as queries
from lantai.ingest.forms import BatchesForm
from lantai.ingest.lists import BATCHES, batches_asked, sees_all
from lantai.ingest.models import ChannelKind
from lantai.ingest.pages import submission_row
from lantai.ingest.queries import SubmissionRow
from lantai.work import queries as work
from lantai.work.services import filter_asked

SIZE = 30
_SEVERITIES = {"blocking": "fail", "warning": "warning", "note": "warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage(ListPage):
    """One batch: steps, problems by check, packages, passed checks folded, decisions made."""

    template: ClassVar[str] = "ingest/batch.html"
    steps: Sequence[Step]
    problems: Table
    problems_title: str
    groups: Sequence[CheckGroup]
    pairs: Sequence[PairGroup]
    decisions: Table | None = None
    queue: str = ""
    queue_at: str = ""
    previous: str = ""
    following: str = ""


def batches_page(request: HttpRequest, reader: Reader, views: work.ViewsShown) -> ListPage:
    """The batches, the newest first; those that wait for a decision in a view of their own."""
    asked, query = batches_asked(request.GET, reader), filter_asked(BATCHES, request.GET)
    waiting, plain, view = asked["waiting"], not views.open, "all" if views.first else ""
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.list_batches(reader=reader, limit=limit, offset=offset, **asked),
    )
    names = organisations_by_id(ids={each.organisation_id for each in found.lines})
    return ListPage(
        title=_("移交批次"),
        here="batches",
        facts=_("一次移交的一批包：按清单登记、推送时写明批次，或放入一个监控目录。"),
        tabs=[
            Tab(_("全部"), address_with(request, waiting="", view=view), here=plain and not waiting),
            Tab(_("待处理"), address_with(request, waiting="yes", view=view), here=plain and waiting),
            *views.tabs,
        ],
        views=views.bar,
        form=BatchesForm(request.GET, bodies=sees_all(reader)),
        reset=f"{reverse('batches')}?view=all" if views.first else reverse("batches"),
        table=Table(
            label=_("移交批次"),
            columns=[
                Column(_("批次")),
                Column(_("移交单位")),
                Column(_("收到"), right=True),
                Column(_("待处理"), right=True),
                Column(_("已退回"), right=True),
                Column(_("已进馆"), right=True),
                Column(_("开始时间"), sort="descending"),
            ],
            rows=[_batch_row(each, names[each.organisation_id].name, query) for each in found.lines],
            pager=found.pager,
            empty=Empty(
                icon="packages",
                title=_("没有符合条件的批次") if query else _("还没有移交批次"),
                text=_("没有写明批次的移交包在“接收与检测”里。"),
                acts=[Act(_("清除条件"), href=f"{reverse('batches')}?view=all")] if query else [],
            ),
        ),
    )


def _batch_row(each: queries.BatchRow, body: str, query: str) -> Row:
    place = f"{reverse('batch', args=[each.id])}?{work.walk_parameters(listing=BATCHES.key, query=query)}"
    came = str(each.came) if each.declared is None else f"{each.came} / {each.declared}"
    short = (
        ngettext("清单所列还缺 %(n)s 件", "清单所列还缺 %(n)s 件", each.late) % {"n": each.late} if each.late else ""
    )
    return Row(
        [
            Cell(each.name or each.number, href=place, code=each.number, main=True, wide=True),
            Cell(body, more=str(ChannelKind(each.channel).label)),
            Cell(came, more=short, right=True),
            Cell(str(each.waiting), right=True, tone="soon" if each.waiting else "muted"),
            Cell(str(each.returned), right=True, tone="" if each.returned else "muted"),
            Cell(str(each.accessioned), right=True, tone="" if each.accessioned else "muted"),
            Cell(written_moment(each.opened_at), whole=True),
        ],
        key=str(each.id),
        name=each.number,
    )


def batch_page(request: HttpRequest, batch_id: int, reader: Reader) -> BatchPage:
    """One batch for one reader. Raises NoSuchSubmission."""
    batch = queries.batch_of(reader=reader, batch_id=batch_id)
    checks = queries.faulty_checks(batch_id=batch_id)
    state, check = text_asked(request, "state", longest=12), text_asked(request, "check", longest=20)
    faulty = request.GET.get("view") != "all" and not state and not check and _serious(checks)
    total = None if check or faulty else batch.states.get(state, 0) if state else batch.came
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.packages_of(
            batch_id=batch_id, state=state, check=check, faulty=faulty, total=total, limit=limit, offset=offset
        ),
    )
    body = organisations_by_id(ids=[batch.organisation_id])[batch.organisation_id].name
    walked = work.walk(reader=reader, given=request.GET, keys={"batches": str(batch_id)}, otherwise="batches")
    waiting = batch.states.get("examined", 0)
    decides = reader.role == Role.ARCHIVIST and waiting > 0
    decide = Act(
        ngettext("处理待定的 %(n)s 件", "处理待定的 %(n)s 件", waiting) % {"n": waiting},
        href=reverse("batch-decide", args=[batch_id]),
        icon="checks",
        kind="primary",
        key="n",
    )
    return BatchPage(
        title=batch.name or batch.number,
        here="batches",
        back=[Link(_("移交批次"), reverse("batches")), Link(batch.number, code=True)],
        facts=" · ".join((body, str(ChannelKind(batch.channel).label), written_moment(batch.opened_at))),
        acts=[decide] if decides else [],
        tiles=_tiles(batch),
        steps=_steps(batch),
        notices=_notices(batch, checks),
        problems_title=_problems_title(checks),
        problems=_problems(batch_id, checks),
        groups=_groups(checks, batch),
        pairs=[PairGroup(_("移交信息"), _pairs(batch, body))],
        decisions=_decisions(queries.decisions_on(batch_id=batch_id), reader),
        tabs=_tabs(batch, checks, state, check, faulty=faulty),
        table=_packages(found, body, check),
        queue=walked.place if walked else "",
        queue_at=walked.back if walked else "",
        previous=walked.previous if walked else "",
        following=walked.following if walked else "",
    )


def _serious(checks: Sequence[queries.CheckCount]) -> bool:
    """Whether there is more than remarks."""
    return any(each.severity != "note" for each in checks)


def _tiles(batch: queries.BatchView) -> list[Tile]:
    here = reverse("batch", args=[batch.id])
    words = {"examined": _("待处理"), "rejected": _("已退回"), "approved": _("待进馆"), "accessioned": _("已进馆")}
    declared = _("清单 %(n)s 件") % {"n": batch.declared_count} if batch.declared_count is not None else ""
    return [
        Tile(_("收到"), str(batch.came), _("件"), declared, f"{here}?view=all"),
        *(
            Tile(
                words[each],
                str(batch.states.get(each, 0)),
                _("件"),
                href=f"{here}?state={each}",
                hot=each == "examined" and batch.states.get(each, 0) > 0,
            )
            for each in words
        ),
    ]


def _steps(batch: queries.BatchView) -> list[Step]:
    """Registered, received, checked, decided, taken in; a step is done when no package stands before its end."""
    standing = batch.states
    coming = standing.get("receiving", 0) or (batch.declared_count or 0) > batch.came or batch.closed_at is None
    left = [
        (_("登记"), False),
        (_("接收"), bool(coming)),
        (_("四性检测"), bool(standing.get("received"))),
        (_("处理决定"), bool(standing.get("examined"))),
        (_("进馆"), bool(standing.get("approved"))),
    ]
    first = next((at for at, (_text, open_now) in enumerate(left) if open_now), len(left))
    return [
        Step(
            text,
            "done" if at < first else "now" if open_now else "",
            written_moment(batch.opened_at) if at == 0 else "",
        )
        for at, (text, open_now) in enumerate(left)
    ]


def _notices(batch: queries.BatchView, checks: Sequence[queries.CheckCount]) -> list[Notice]:
    missing = (batch.declared_count or 0) - batch.came
    said = []
    if missing > 0:
        text = ngettext("清单所列还缺 %(n)s 件。", "清单所列还缺 %(n)s 件。", missing) % {"n": missing}
        said.append(Notice("warn", text, _("收齐后才能核对总件数和连续性。")))
    waiting = batch.states.get("examined", 0)
    blocked = sum(each.waiting for each in checks if each.severity == "blocking")
    if waiting and not blocked and not _serious(checks):
        said.append(Notice("ok", _("检测没有发现问题。"), _("按移交协议，须由档案员决定是否接收。")))
    return said


def _problems_title(checks: Sequence[queries.CheckCount]) -> str:
    if not checks:
        return _("没有发现问题")
    return ngettext("%(n)s 个检测项发现问题", "%(n)s 个检测项发现问题", len(checks)) % {"n": len(checks)}


def _problems(batch_id: int, checks: Sequence[queries.CheckCount]) -> Table:
    here = reverse("batch", args=[batch_id])
    severities = {"blocking": _("不予接收"), "warning": _("须核对"), "note": _("提示")}
    return Table(
        label=_("问题"),
        columns=[
            Column(_("检测项")),
            Column(_("结果")),
            Column(_("涉及的移交包"), right=True),
            Column(_("其中待处理"), right=True),
        ],
        rows=[
            Row(
                [
                    Cell(check_name(each.code), href=f"{here}?check={each.code}", code=each.code, main=True, wide=True),
                    Cell(state=_SEVERITIES[each.severity], more=severities[each.severity]),
                    Cell(pieces(each.packages), right=True),
                    Cell(pieces(each.waiting) if each.waiting else "", right=True),
                ],
                name=each.code,
            )
            for each in checks
        ],
        empty=Empty(icon="shield-check", title=_("没有发现问题"), text=_("已检测的移交包没有不通过的检测项。")),
        keyed=False,
    )


def pieces(number: int) -> str:
    """How many packages."""
    return ngettext("%(n)s 件", "%(n)s 件", number) % {"n": number}


def check_name(code: str) -> str:
    """A check in the reader's language; an unknown one by its code."""
    definition = definitions().get(code)
    if definition is None:
        return code
    return definition.name_en if get_language() == "en" else definition.name_zh


def _groups(checks: Sequence[queries.CheckCount], batch: queries.BatchView) -> list[CheckGroup]:
    """Every check of the four natures: what found something says of how many packages, the rest is folded."""
    examined = batch.came - batch.states.get("receiving", 0) - batch.states.get("received", 0)
    if not examined:
        return []
    found = {each.code: each for each in checks}
    return check_groups(
        [
            Checked(code, _SEVERITIES[found[code].severity], pieces(found[code].packages))
            if code in found
            else Checked(code, "pass")
            for code, definition in definitions().items()
            if definition.stage == "GD"
        ]
    )


def _pairs(batch: queries.BatchView, body: str) -> list[Pair]:
    size = written_size(batch.declared_bytes) if batch.declared_bytes else ""
    return [
        Pair(_("批次号"), batch.number, code=True, copy=True),
        Pair(_("移交单位"), body),
        Pair(_("清单件数"), str(batch.declared_count) if batch.declared_count is not None else ""),
        Pair(_("清单大小"), size),
        Pair(_("收齐时间"), written_moment(batch.closed_at)),
    ]


def _decisions(made: Sequence[queries.DecisionView], reader: Reader) -> Table | None:
    if not made:
        return None
    names = names_of(references={each.by for each in made})
    watches = reader.role == Role.ARCHIVIST
    return Table(
        label=_("处理记录"),
        columns=[Column(_("决定")), Column(_("决定人")), Column(_("进度")), Column(_("没有办成的"))],
        rows=[
            Row(
                [
                    Cell(decision_words(each.accept, each.back), more=each.note, main=True, wide=True),
                    Cell(names.get(each.by, each.by) if watches else _("档案员"), more=written_moment(each.at)),
                    Cell(
                        state=("troubled" if each.troubles else "done") if each.finished else "running",
                        more=f"{each.position} / {each.accept + each.back}",
                    ),
                    Cell("；".join(each.troubles[:20]), wide=True, mono=True),
                ]
            )
            for each in made
        ],
        keyed=False,
    )


def _tabs(
    batch: queries.BatchView, checks: Sequence[queries.CheckCount], state: str, check: str, *, faulty: bool
) -> list[Tab]:
    here = reverse("batch", args=[batch.id])
    tabs = [Tab(_("有问题的"), here, here=faulty)] if _serious(checks) else []
    if check:
        tabs.append(Tab(check_name(check), f"{here}?check={check}", here=True))
    shown = not (faulty or state or check)
    tabs.append(Tab(_("全部"), f"{here}?view=all", here=shown, count=batch.came))
    words = {"examined": _("待处理"), "rejected": _("已退回"), "approved": _("待进馆"), "accessioned": _("已进馆")}
    tabs += [
        Tab(word, f"{here}?state={each}", here=state == each, count=batch.states.get(each, 0))
        for each, word in words.items()
        if batch.states.get(each, 0) or state == each
    ]
    return tabs


def _packages(found: Portion[SubmissionRow], body: str, check: str) -> Table:
    return Table(
        label=_("移交包"),
        columns=[
            Column(_("移交包")),
            Column(_("移交单位")),
            Column(_("状态")),
            Column(_("检测结果")),
            Column(_("大小"), right=True),
            Column(_("接收时间")),
        ],
        rows=[submission_row(each, body) for each in found.lines],
        pager=found.pager,
        empty=Empty(
            icon="inbox",
            title=_("没有符合条件的移交包"),
            text=_("这项检测没有发现问题的包。") if check else _("换一个视图查看本批的其他移交包。"),
        ),
    )


def decision_words(accept: int, back: int) -> str:
    """The decision in the words of its button."""
    if not back:
        return ngettext("接收 %(n)s 件", "接收 %(n)s 件", accept) % {"n": accept}
    if not accept:
        return ngettext("退回 %(n)s 件", "退回 %(n)s 件", back) % {"n": back}
    return _("接收 %(accept)s 件，退回 %(back)s 件") % {"accept": accept, "back": back}
