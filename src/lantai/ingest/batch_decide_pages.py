"""Deciding what waits of a batch (部分接收): which packages go back, then what will happen, then it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader
from lantai.common.components import Act, Column, Link, Notice, Pair, PairGroup, Table
from lantai.common.pages import FormPage, show
from lantai.common.written import written_day
from lantai.ingest import batch_queries as queries
from lantai.ingest.batch_pages import check_name, decision_words, pieces
from lantai.ingest.forms import BatchDecisionForm
from lantai.ingest.pages import submission_row
from lantai.ingest.queries import SubmissionRow
from lantai.ingest.services.deciding_batches import Choice, Sorted, sort_batch

MOST_NAMED = 200
"""So many packages are offered to be ticked one by one; more go by their checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCheckPage(FormPage):
    """What a decision on a batch will do, before it is made (rule 5)."""

    template: ClassVar[str] = "ingest/batch_check.html"
    pairs: PairGroup
    hidden: Sequence[tuple[str, str]]
    table: Table | None


def batch_form(request: HttpRequest, batch_id: int, reader: Reader) -> tuple[queries.BatchView, BatchDecisionForm]:
    """The form that says which packages go back, as posted or fresh: what would be refused is ticked beforehand.

    Raises NoSuchSubmission.
    """
    batch = queries.batch_of(reader=reader, batch_id=batch_id)
    checks = [each for each in queries.faulty_checks(batch_id=batch_id) if each.waiting]
    rows, _count = queries.packages_of(batch_id=batch_id, state="examined", faulty=True, limit=MOST_NAMED)
    offered = [(each.code, f"{check_name(each.code)}（{each.code}）· {pieces(each.waiting)}") for each in checks]
    named = [(each.record_code, f"{each.title or each.name} · {each.first_fault}") for each in rows]
    form = BatchDecisionForm(
        request.POST if request.method == "POST" and "decide" in request.POST else None,
        initial={"checks": [each.code for each in checks if each.severity == "blocking"], "attach": True},
        checks=offered,
        packages=named,
        today=timezone.localdate(),
    )
    return batch, form


def batch_decide_page(batch: queries.BatchView, form: BatchDecisionForm, notices: Sequence[Notice] = ()) -> FormPage:
    """The form itself."""
    here = reverse("batch", args=[batch.id])
    number = batch.states.get("examined", 0)
    return FormPage(
        title=_("处理待定的移交包"),
        here="batches",
        back=[Link(_("移交批次"), reverse("batches")), Link(batch.number, here, code=True), Link(_("处理"))],
        facts=ngettext("待处理 %(n)s 件：勾选的退回，其余接收。", "待处理 %(n)s 件：勾选的退回，其余接收。", number)
        % {"n": number},
        form=form,
        notices=notices,
        action=reverse("batch-decide", args=[batch.id]),
        submit=Act(_("核对"), kind="primary", name="decide", value="check"),
        cancel=here,
        warning=_("下一步列出将要发生的事，确认之前什么都不会改变。"),
    )


def check_answers(
    request: HttpRequest, batch: queries.BatchView, form: BatchDecisionForm, notices: Sequence[Notice] = ()
) -> HttpResponse:
    """What the choice would do now, or the form again when it would do nothing."""
    plan = sort_batch(choice=choice_of(batch.id, form, (0, 0)))
    if not (plan.accept or plan.back):
        nothing = Notice("info", _("这个批次没有待处理的移交包。"))
        return show(request, batch_decide_page(batch, form, [*notices, nothing]))
    rows = queries.packages_by_key(keys=plan.back[:MOST_NAMED])
    return show(request, batch_check_page(batch, form, plan, rows, notices))


def batch_check_page(
    batch: queries.BatchView,
    form: BatchDecisionForm,
    plan: Sorted,
    rows: Sequence[SubmissionRow],
    notices: Sequence[Notice] = (),
) -> BatchCheckPage:
    """What will happen: how many, who is told, whether it can be undone."""
    asked, here = form.cleaned_data, reverse("batch", args=[batch.id])
    body = organisations_by_id(ids=[batch.organisation_id])[batch.organisation_id].name
    words = decision_words(len(plan.accept), len(plan.back))
    hidden = [("confirmed", "yes"), ("decide", "check"), ("token", str(uuid4()))]
    hidden += [("accept", str(len(plan.accept))), ("back", str(len(plan.back)))]
    hidden += [(name, each) for name in ("checks", "packages") for each in asked.get(name, [])]
    hidden += [("note", asked["note"])] + ([("attach", "on")] if asked["attach"] else [])
    hidden += [("due_on", asked["due_on"].isoformat())] if asked["due_on"] else []
    told = _("%(body)s：在“移交包与回执”和“补正”里看到，并收到签名回执；约定了推送地址的业务系统同时收到。")
    pairs = [
        Pair(_("批次"), batch.number, code=True, href=here),
        Pair(_("移交单位"), body),
        Pair(_("接收"), pieces(len(plan.accept)), note=_("赋予档号并进馆")),
        Pair(_("退回"), pieces(len(plan.back)), note=_("移交单位补正后可以重新移交") if plan.back else ""),
        Pair(_("告知谁"), told % {"body": body}),
        Pair(_("能否撤回"), _("接收不能撤回：进馆后只能走销毁程序。退回的包补正后重新移交即可。")),
    ]
    if plan.back:
        pairs += [
            Pair(_("退回说明"), asked["note"]),
            Pair(_("检测问题"), _("每一件附上自己的") if asked["attach"] else _("不附")),
            Pair(_("补正期限"), written_day(asked["due_on"]) or _("按移交协议约定")),
        ]
    return BatchCheckPage(
        title=_("核对：%(words)s") % {"words": words},
        here="batches",
        back=[Link(_("移交批次"), reverse("batches")), Link(batch.number, here, code=True), Link(_("核对"))],
        form=form,
        notices=notices,
        action=reverse("batch-decide", args=[batch.id]),
        submit=Act(words, kind="primary", icon="check", key="mod+enter"),
        cancel=here,
        warning=_("确认后在后台逐件办理，可离开本页；没有办成的会逐件列出。"),
        pairs=PairGroup(_("将要发生的事"), pairs),
        hidden=hidden,
        table=_returned_table(rows, body, len(plan.back)) if plan.back else None,
    )


def _returned_table(rows: Sequence[SubmissionRow], body: str, number: int) -> Table:
    shown = ngettext("退回的 %(n)s 件", "退回的 %(n)s 件", number) % {"n": number}
    return Table(
        label=shown,
        columns=[
            Column(_("移交包")),
            Column(_("移交单位")),
            Column(_("状态")),
            Column(_("检测结果")),
            Column(_("大小"), right=True),
            Column(_("接收时间")),
        ],
        rows=[submission_row(each, body) for each in rows],
        keyed=False,
    )


def choice_of(batch_id: int, form: BatchDecisionForm, shown: tuple[int, int]) -> Choice:
    """What the form says, as the service takes it."""
    asked = form.cleaned_data
    return Choice(
        batch_id=batch_id,
        checks=asked.get("checks", ()),
        packages=asked.get("packages", ()),
        note=asked["note"],
        attach=asked["attach"],
        due_on=asked["due_on"],
        shown=shown,
    )
