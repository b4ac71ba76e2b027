"""The pages of what departments owe: closed and not handed over, missing, overdue, rejected (待归档与移交)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Cell, Column, Empty, Link, Row, Tab, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.paging import address_with, portion_asked
from lantai.common.written import written_day, written_due, written_moment
from lantai.ingest import case_queries as cases
from lantai.ingest import correction_queries as corrections
from lantai.ingest.asking_forms import AskedForm
from lantai.ingest.batch_pages import check_name
from lantai.ingest.lists import CASES, CORRECTIONS, bar_above, cases_asked, corrections_asked, sees_all
from lantai.ingest.services.reminding import CASE, PACKAGE
from lantai.work import queries as work

SIZE = 30
TOLD = 3


def state_words() -> dict[str, str]:
    """What cases are counted as, in words."""
    return {
        "closed": _("办结未移交"),
        "overdue": _("逾期"),
        "missing": _("缺材料"),
        "rejected": _("退回未补正"),
        "awaited": _("办理中缺材料"),
        "running": _("办理中"),
    }


def handover_page(request: HttpRequest, reader: Reader) -> ListPage:
    """What is expected and did not come, by body and item (待归档与移交)."""
    form = AskedForm(request.GET, bodies=sees_all(reader))
    asked = form.cleaned_data if form.is_valid() else {}
    today, body = timezone.localdate(), asked.get("organisation")
    rows = cases.expected_by_item(reader=reader, organisation_id=body, today=today)
    found = portion_asked(request, size=SIZE, read=lambda offset, limit: (rows[offset : offset + limit], len(rows)))
    names = organisations_by_id(ids={each.organisation_id for each in found.lines})
    acts = [Act(_("移交时限"), href=reverse("handover-rules"), icon="calendar-due")]
    acts += [Act(_("材料收集时限"), href=reverse("collection-rules"), icon="files")]
    acts += [Act(_("催办设置"), href=reverse("reminder-rules"), icon="bell")]
    if "text" in form.fields:
        del form.fields["text"]
    return ListPage(
        title=_("待归档与移交"),
        here="transfers",
        facts=_("按推送的办件进度和收到的移交包计算；点数字查看是哪些办件。"),
        acts=acts if reader.role == Role.ARCHIVIST else [],
        tiles=_tiles(cases.totals_of(rows), body),
        form=form if sees_all(reader) else None,
        reset=reverse("handover"),
        table=Table(
            label=_("待归档与移交"),
            columns=[
                Column(_("事项")),
                Column(_("移交单位")),
                Column(_("办结未移交"), right=True),
                Column(_("逾期"), right=True, sort="descending"),
                Column(_("缺材料"), right=True),
                Column(_("退回未补正"), right=True),
                Column(_("办理中缺材料"), right=True),
                Column(_("办理中"), right=True),
            ],
            rows=[_item_row(each, names[each.organisation_id].name, today) for each in found.lines],
            pager=found.pager,
            empty=Empty(
                icon="checks",
                title=_("没有待归档的办件"),
                text=_("业务系统推送办件进度后，办结而未移交的办件会列在这里。"),
            ),
        ),
    )


def _tiles(totals: Mapping[str, int], body: int | None) -> list[Tile]:
    words = state_words()
    return [
        Tile(
            words[each],
            str(totals[each]),
            _("件"),
            href=cases_place(each, body, None),
            hot=each == "overdue" and totals[each] > 0,
        )
        for each in ("overdue", "closed", "missing", "rejected", "awaited", "running")
    ]


def cases_place(state: str, organisation_id: int | None, item_code: str | None) -> str:
    """The page of the cases behind one number."""
    asked = {"state": state}
    if organisation_id is not None:
        asked["organisation"] = str(organisation_id)
    if item_code is not None:
        asked["item"] = item_code or "-"
    return f"{reverse('handover-cases')}?{urlencode(asked)}"


def _item_row(each: cases.ExpectedRow, body: str, today: date) -> Row:
    def number(state: str, n: int, more: str = "") -> Cell:
        place = cases_place(state, each.organisation_id, each.item_code)
        return Cell(str(n), href=place, more=more, right=True) if n else Cell("0", right=True, tone="muted")

    waited = (today - timezone.localdate(each.oldest)).days if each.oldest else 0
    oldest = ngettext("最久 %(n)s 天", "最久 %(n)s 天", waited) % {"n": waited} if each.oldest else ""
    name = each.item_name or each.item_code or _("未注明事项")
    return Row(
        [
            Cell(name, code=each.item_code if each.item_name else "", main=True, wide=True),
            Cell(body),
            number("closed", each.closed, oldest),
            number("overdue", each.overdue),
            number("missing", each.missing),
            number("rejected", each.rejected),
            number("awaited", each.awaited),
            number("running", each.running),
        ],
        name=f"{body} {name}",
    )


def cases_page(request: HttpRequest, reader: Reader, views: work.ViewsShown) -> ListPage:
    """The cases behind one number, with reminders for those chosen."""
    asked = cases_asked(request.GET, reader)
    today, words, state = timezone.localdate(), state_words(), str(asked["state"])
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: cases.expected_cases(
            reader=reader, today=today, limit=limit, offset=offset, **asked
        ),
    )
    keys = [f"{CASE}{each.id}" for each in found.lines]
    bar, chosen = bar_above(request, reader, CASES, keys, found.pager.total)
    names = organisations_by_id(ids={each.organisation_id for each in found.lines})
    return ListPage(
        title=words[state],
        here="transfers",
        back=[Link(_("待归档与移交"), reverse("handover")), Link(words[state])],
        facts=_facts(state),
        tabs=[
            *(
                Tab(word, address_with(request, state=each, view=""), here=each == state and not views.open)
                for each, word in words.items()
            ),
            *views.tabs,
        ],
        views=views.bar,
        form=AskedForm(request.GET, bodies=sees_all(reader)),
        reset=f"{reverse('handover-cases')}?state={state}",
        table=Table(
            label=words[state],
            columns=[
                Column(_("办件")),
                Column(_("移交单位")),
                Column(_("事项")),
                Column(_("办理环节") if state == "awaited" else _("办结时间")),
                Column(_("收集期限") if state == "awaited" else _("移交期限"), sort="ascending"),
                Column(_("缺少的材料") if state == "awaited" else _("移交包")),
                Column(_("催办")),
            ],
            rows=[
                _case_row(
                    each,
                    names[each.organisation_id].name,
                    _awaited_cells(each, today) if state == "awaited" else _sent_cells(each, today),
                    selected=f"{CASE}{each.id}" in chosen,
                )
                for each in found.lines
            ],
            pager=found.pager,
            bulk=bar,
            empty=Empty(
                icon="checks",
                title=_("没有符合条件的办件"),
                text=_("换一个条件，或查看其他类别。"),
                acts=[Act(_("待归档与移交"), href=reverse("handover"))],
            ),
        ),
    )


def _facts(state: str) -> str:
    return {
        "closed": _("已经办结，还没有收到移交包。"),
        "overdue": _("超过移交期限，还没有收到移交包。"),
        "missing": _("收到的包缺少该事项材料目录要求的材料。"),
        "rejected": _("移交包已退回，还没有收到补正后的包。"),
        "awaited": _("还在办理，按已到的环节应当收齐、单位尚未报告收到的材料。"),
        "running": _("还在办理，尚未办结。"),
    }[state]


def _case_row(each: cases.CaseRow, body: str, cells: Sequence[Cell], *, selected: bool) -> Row:
    times = ngettext("%(n)s 次", "%(n)s 次", each.reminded) % {"n": each.reminded} if each.reminded else ""
    return Row(
        [
            Cell(each.title or each.case_number, code=each.case_number if each.title else "", main=True, wide=True),
            Cell(body),
            Cell(each.item_name or each.item_code or _("未注明事项"), wide=True),
            *cells,
            Cell(times, href=_log(each.case_number) if times else "", more=written_moment(each.last_reminded)),
        ],
        key=f"{CASE}{each.id}",
        name=each.title or each.case_number,
        selected=selected,
    )


def _sent_cells(each: cases.CaseRow, today: date) -> list[Cell]:
    """When a case was closed, until when its package is due, and what came of it."""
    waited = (today - timezone.localdate(each.closed_at)).days if each.closed_at else 0
    since = ngettext("已 %(n)s 天", "已 %(n)s 天", waited) % {"n": waited} if each.closed_at else each.node
    sent = Cell(_("未收到"), tone="muted", whole=True)
    if each.record_code:
        package = reverse("submission", args=[each.record_code])
        sent = Cell(_("查看移交包"), href=package, more=check_name(each.first_fault) if each.first_fault else "")
    closed = Cell(written_moment(each.closed_at), more=since, whole=True)
    return [closed, _day_cell(each.due_on, today, open_still=not each.record_code), sent]


def _awaited_cells(each: cases.CaseRow, today: date) -> list[Cell]:
    """The node a case has reached, until when its materials are due, and which it lacks."""
    left = len(each.awaited) - TOLD
    more = ngettext("另有 %(n)s 项", "另有 %(n)s 项", left) % {"n": left} if left > 0 else ""
    lacking = Cell("；".join(each.awaited[:TOLD]), more=more, wide=True)
    return [Cell(each.node, whole=True), _day_cell(each.awaited_on, today, open_still=True), lacking]


def _day_cell(due_on: date | None, today: date, *, open_still: bool) -> Cell:
    if open_still and due_on is not None and due_on < today:
        return Cell(written_due(due_on, today=today), more=written_day(due_on), tone="late", whole=True)
    return Cell(written_day(due_on) or _("未约定"), whole=True)


def _log(subject: str) -> str:
    return f"{reverse('reminders')}?{urlencode({'text': subject})}"


def corrections_page(request: HttpRequest, reader: Reader, views: work.ViewsShown) -> ListPage:
    """What departments are asked to correct (退回与补正): open, late, answered."""
    asked = corrections_asked(request.GET, reader)
    words = {"open": _("等待补正"), "late": _("逾期"), "answered": _("已补交")}
    state, view = asked["state"], "all" if views.first else ""
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: corrections.list_corrections(reader=reader, limit=limit, offset=offset, **asked),
    )
    keys = [PACKAGE + each.record_code for each in found.lines]
    bar, chosen = bar_above(request, reader, CORRECTIONS, keys, found.pager.total)
    counts, today = corrections.correction_counts(reader=reader), timezone.localdate()
    names = organisations_by_id(ids={each.organisation_id for each in found.lines})
    return ListPage(
        title=_("退回与补正"),
        here="corrections",
        facts=_("退回的移交包、补正要求和期限；补正后的包到达即自动办结。"),
        tabs=[
            *(
                Tab(
                    word,
                    address_with(request, state=each, view=view),
                    here=each == state and not views.open,
                    count=counts[each],
                )
                for each, word in words.items()
            ),
            *views.tabs,
        ],
        views=views.bar,
        form=AskedForm(request.GET, bodies=sees_all(reader)),
        reset=f"{reverse('corrections')}?view=all" if views.first else reverse("corrections"),
        table=Table(
            label=_("退回与补正"),
            columns=[
                Column(_("移交包")),
                Column(_("移交单位")),
                Column(_("补正要求")),
                Column(_("补正期限"), sort="ascending"),
                Column(_("退回时间")),
                Column(_("操作"), hidden=True),
            ],
            rows=[
                _correction_row(
                    each, names[each.organisation_id].name, today, reader, PACKAGE + each.record_code in chosen
                )
                for each in found.lines
            ],
            pager=found.pager,
            bulk=bar,
            empty=Empty(icon="checks", title=_("没有符合条件的补正"), text=_("退回的移交包会列在这里。")),
        ),
    )


def _correction_row(each: corrections.CorrectionView, body: str, today: date, reader: Reader, selected: bool) -> Row:
    said = [*(text for _code, text in each.reasons), *([each.note] if each.note else [])]
    more = (
        ngettext("另有 %(n)s 项", "另有 %(n)s 项", len(said) - TOLD) % {"n": len(said) - TOLD}
        if len(said) > TOLD
        else ""
    )
    acts = []
    if each.answered_by:
        acts = [Act(_("补正后的包"), href=reverse("submission", args=[each.answered_by]))]
    elif reader.role == Role.DEPARTMENT:
        acts = [Act(_("补正重交"), href=f"{reverse('upload')}?replaces={each.record_code}", icon="upload")]
    return Row(
        [
            Cell(
                each.title,
                href=reverse("submission", args=[each.record_code]),
                code=each.record_code,
                main=True,
                wide=True,
            ),
            Cell(body),
            Cell("；".join(said[:TOLD]), more=more, wide=True),
            Cell(
                written_due(each.due_on, today=today) if each.late else written_day(each.due_on) or _("未约定"),
                more=written_day(each.due_on) if each.late else "",
                tone="late" if each.late else "",
                whole=True,
            ),
            Cell(written_moment(each.asked_at), whole=True),
            Cell(acts=acts),
        ],
        key=PACKAGE + each.record_code,
        name=each.title,
        selected=selected,
    )
