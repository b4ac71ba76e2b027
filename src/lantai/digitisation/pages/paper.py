"""The pages about the paper: steps of a batch, originals out of the storeroom."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import names_of
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table
from lantai.common.pages import FormPage, ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_day, written_moment
from lantai.digitisation.pages.placing import HERE, batch_crumb
from lantai.digitisation.paper_forms import LendForm, ReturnForm, StepForm
from lantai.digitisation.queries.batches import BatchRow
from lantai.digitisation.queries.paper import LoanRow, list_loans, steps_of
from lantai.digitisation.services.lending import LoanRefused

SIZE = 50


def loan_words(refused: LoanRefused) -> str:
    """Why originals did not go out or come back."""
    told = _("、").join(refused.codes[:10]) + ("…" if len(refused.codes) > 10 else "")
    match refused.code:
        case "unknown":
            return _("目录中没有这些档号：%(codes)s。") % {"codes": told}
        case "out":
            return _("这些原件已经借出：%(codes)s。") % {"codes": told}
        case "many":
            return _("一次最多借出 500 件。")
        case "due":
            return _("应还日期不能早于今天。")
    return _("请填写档号、借出给谁、用途和状况。")


def steps_page(batch_id: int) -> ListPage:
    """The steps of a batch. Raises NoSuchBatch."""
    row, steps = steps_of(batch_id=batch_id)
    new = Act(_("登记工序"), href=reverse("digitising-step-new", args=[batch_id]), icon="plus", kind="primary")
    return ListPage(
        title=_("工序"),
        here=HERE,
        back=batch_crumb(row, Link(_("工序"))),
        facts=row.name,
        acts=[new],
        table=Table(
            label=_("工序"),
            columns=[Column(_("工序")), Column(_("操作人")), Column(_("开始")), Column(_("结束"))],
            rows=[
                Row(
                    [
                        Cell(
                            each.name,
                            more=" · ".join(part for part in (each.equipment, each.note) if part),
                            main=True,
                            wide=True,
                        ),
                        Cell(each.operator),
                        Cell(written_moment(each.began_at), whole=True),
                        Cell(written_moment(each.ended_at), whole=True),
                    ],
                    name=each.name,
                )
                for each in steps
            ],
            empty=Empty(
                icon="checklist",
                title=_("还没有登记工序"),
                text=_("前处理、扫描、图像处理等，各由谁、用什么设备、何时做的。"),
                acts=[new],
            ),
        ),
    )


def new_step_page(row: BatchRow, form: StepForm, problem: str = "") -> FormPage:
    """Note a step."""
    here = reverse("digitising-steps", args=[row.id])
    return FormPage(
        title=_("登记工序"),
        here=HERE,
        back=batch_crumb(row, Link(_("工序"), here), Link(_("登记工序"))),
        form=form,
        submit=Act(_("登记工序"), kind="primary", icon="check"),
        cancel=here,
        notices=[Notice("bad", _("没有登记。"), problem)] if problem else [],
    )


def loans_page(request: HttpRequest, today: date) -> ListPage:
    """Originals out of the storeroom, and those that came back."""
    found = portion_asked(request, size=SIZE, read=lambda offset, limit: list_loans(offset=offset, limit=limit))
    names = names_of(references={each.out_by for each in found.lines} | {each.back_by for each in found.lines} - {""})
    lend = Act(_("登记借出"), href=reverse("digitising-lend"), icon="plus", kind="primary")
    return ListPage(
        title=_("原件调还"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("原件调还"))],
        facts=_("哪些原件出了库房、在谁手里、何时应还；归还时点收并记下状况。"),
        acts=[lend],
        table=Table(
            label=_("借出的原件"),
            columns=[Column(_("档号")), Column(_("借出给")), Column(_("借出")), Column(_("归还"))],
            rows=[_loan_row(each, names, today) for each in found.lines],
            pager=found.pager,
            empty=Empty(icon="archive", title=_("没有借出的原件"), text=_("调档数字化时在这里登记。"), acts=[lend]),
        ),
    )


def _loan_row(each: LoanRow, names: dict[str, str], today: date) -> Row:
    late = each.back_at is None and each.due_on < today
    back = reverse("digitising-return", args=[each.id])
    if each.back_at is None:
        home = Cell(
            _("应还 %(day)s") % {"day": written_day(each.due_on)},
            tone="late" if late else "",
            acts=[Act(_("归还"), href=back)],
        )
    else:
        home = Cell(written_moment(each.back_at), more=f"{names.get(each.back_by, each.back_by)} · {each.condition}")
    return Row(
        [
            Cell(each.code, more=each.purpose, main=True, mono=True, wide=True),
            Cell(each.borrower),
            Cell(written_moment(each.out_at), more=names.get(each.out_by, each.out_by), whole=True),
            home,
        ],
        name=each.code,
    )


def lend_page(form: LendForm, problem: str = "") -> FormPage:
    """Originals go out."""
    here = reverse("digitising-loans")
    return FormPage(
        title=_("登记借出"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("原件调还"), here), Link(_("登记借出"))],
        form=form,
        submit=Act(_("借出"), kind="primary", icon="check"),
        cancel=here,
        notices=[Notice("bad", _("没有借出。"), problem)] if problem else [],
    )


def return_page(loan: LoanRow, form: ReturnForm) -> FormPage:
    """Originals come back."""
    here = reverse("digitising-loans")
    return FormPage(
        title=_("点收归还"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("原件调还"), here), Link(loan.code, code=True)],
        facts=f"{loan.borrower} · {loan.purpose}",
        form=form,
        submit=Act(_("点收归还"), kind="primary", icon="check"),
        cancel=here,
    )
