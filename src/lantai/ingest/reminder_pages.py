"""The pages of reminding (催办): what was sent, rules, contacts, the outbox of mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role, names_of
from lantai.common.components import Act, Bulk, Cell, Column, Empty, Link, Row, Tab, Table
from lantai.common.pages import FormPage, ListPage
from lantai.common.paging import address_with, portion_asked, text_asked
from lantai.common.written import written_day, written_moment
from lantai.ingest import asking_queries as queries
from lantai.ingest.asking_forms import REMINDED
from lantai.work.queries.mails import list_mails, mail_notice

SIZE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPage(FormPage):
    """A form that makes a rule, and below it the rules that hold."""

    template: ClassVar[str] = "ingest/rules.html"
    table: Table


def reminders_page(request: HttpRequest, reader: Reader) -> ListPage:
    """The log of reminders (催办记录)."""
    text = text_asked(request, "text", longest=100)
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.list_reminders(reader=reader, text=text, limit=limit, offset=offset),
    )
    bodies = organisations_by_id(ids={each.organisation_id for each in found.lines})
    people = names_of(references={each.by for each in found.lines})
    kinds = dict(REMINDED)
    acts = [
        Act(_("催办设置"), href=reverse("reminder-rules"), icon="bell"),
        Act(_("邮件发件箱"), href=reverse("mails"), icon="mail"),
    ]
    return ListPage(
        title=_("催办记录"),
        here="transfers",
        back=[Link(_("待归档与移交"), reverse("handover")), Link(_("催办记录"))],
        facts=_("编号：%(text)s") % {"text": text} if text else "",
        acts=acts if reader.role == Role.ARCHIVIST else [],
        table=Table(
            label=_("催办记录"),
            columns=[
                Column(_("时间"), sort="descending"),
                Column(_("移交单位")),
                Column(_("对象")),
                Column(_("原因")),
                Column(_("期限")),
                Column(_("发送人")),
                Column(_("邮件")),
            ],
            rows=[
                Row(
                    [
                        Cell(written_moment(each.at), whole=True),
                        Cell(bodies[each.organisation_id].name),
                        Cell(each.subject, mono=True, main=True),
                        Cell(str(kinds.get(each.kind, each.kind))),
                        Cell(written_day(each.due_on), whole=True),
                        Cell(_("自动催办") if each.by.startswith("rule:") else people.get(each.by, _("档案员"))),
                        Cell(each.mailed_to or _("未登记邮箱"), tone="" if each.mailed_to else "muted"),
                    ]
                )
                for each in found.lines
            ],
            pager=found.pager,
            empty=Empty(icon="bell", title=_("没有催办记录"), text=_("在“待归档与移交”里选中办件即可催办。")),
        ),
    )


def reminder_rules_page(form: BaseForm) -> RulesPage:
    """Reminders that go out by themselves (自动催办)."""
    kinds = dict(REMINDED)
    rows = queries.reminder_rules()
    people = names_of(references={each.by for each in rows})
    return RulesPage(
        title=_("催办设置"),
        here="transfers",
        back=[Link(_("待归档与移交"), reverse("handover")), Link(_("催办设置"))],
        acts=[
            Act(_("催办联系人"), href=reverse("reminder-contacts"), icon="address-book"),
            Act(_("催办记录"), href=reverse("reminders"), icon="history"),
        ],
        notices=[each for each in [mail_notice()] if each],
        form=form,
        action=reverse("reminder-rules"),
        submit=Act(_("增加规则"), kind="primary", icon="plus"),
        cancel=reverse("handover"),
        warning=_("到日子时，对每一件自动催办一次。"),
        table=Table(
            label=_("现行规则"),
            columns=[Column(_("催办对象")), Column(_("什么时候")), Column(_("设置人")), Column(_("设置时间"))],
            rows=[
                Row(
                    [
                        Cell(str(kinds.get(each.kind, each.kind)), main=True),
                        Cell(_days(each.days)),
                        Cell(people.get(each.by, each.by)),
                        Cell(written_moment(each.made_at), whole=True),
                    ],
                    key=str(each.id),
                    name=f"{kinds.get(each.kind, each.kind)} {_days(each.days)}",
                )
                for each in rows
            ],
            bulk=Bulk(reverse("reminder-rule-end"), [Act(_("停用所选"), kind="danger", name="act", value="end")]),
            empty=Empty(icon="bell", title=_("没有自动催办"), text=_("增加规则后，到期前后自动提醒移交单位。")),
        ),
    )


def _days(days: int) -> str:
    if days == 0:
        return _("期限当天")
    if days < 0:
        return ngettext("期限前 %(n)s 天", "期限前 %(n)s 天", -days) % {"n": -days}
    return ngettext("逾期 %(n)s 天", "逾期 %(n)s 天", days) % {"n": days}


def contacts_page(form: BaseForm) -> RulesPage:
    """Where mail to departments goes (催办联系人)."""
    rows = queries.reminder_contacts()
    bodies = organisations_by_id(ids={each.organisation_id for each in rows})
    return RulesPage(
        title=_("催办联系人"),
        here="transfers",
        back=[Link(_("催办设置"), reverse("reminder-rules")), Link(_("催办联系人"))],
        form=form,
        action=reverse("reminder-contacts"),
        submit=Act(_("保存联系人"), kind="primary", icon="check"),
        cancel=reverse("reminder-rules"),
        warning=_("每个单位一个邮箱；再次保存即更换。"),
        table=Table(
            label=_("催办联系人"),
            columns=[Column(_("移交单位")), Column(_("联系人")), Column(_("电子邮箱"))],
            rows=[
                Row([Cell(bodies[each.organisation_id].name, main=True), Cell(each.name), Cell(each.address)])
                for each in rows
            ],
            empty=Empty(icon="address-book", title=_("没有登记联系人"), text=_("没有邮箱的单位只收到站内通知。")),
        ),
    )


def handover_rules_page(form: BaseForm) -> RulesPage:
    """Within how many days packages are due (移交时限)."""
    rows = queries.handover_rules()
    bodies = organisations_by_id(ids={each.organisation_id for each in rows if each.organisation_id})
    return RulesPage(
        title=_("移交时限"),
        here="transfers",
        back=[Link(_("待归档与移交"), reverse("handover")), Link(_("移交时限"))],
        facts=_("单位加事项的规则最先适用，其次是事项、移交协议、单位，最后是全部单位的规则。"),
        form=form,
        action=reverse("handover-rules"),
        submit=Act(_("保存规则"), kind="primary", icon="check"),
        cancel=reverse("handover"),
        warning=_("从今天起替代同一单位、同一事项的现行规则，并重新计算未移交办件的期限。"),
        table=Table(
            label=_("现行规则"),
            columns=[
                Column(_("移交单位")),
                Column(_("事项编码")),
                Column(_("天数"), right=True),
                Column(_("办结的环节或状态")),
                Column(_("依据")),
                Column(_("生效日期")),
            ],
            rows=[
                Row(
                    [
                        Cell(bodies[each.organisation_id].name if each.organisation_id else _("全部单位"), main=True),
                        Cell(each.item_code or _("全部事项"), mono=bool(each.item_code)),
                        Cell(str(each.days), right=True),
                        Cell("、".join(each.closes)),
                        Cell(each.basis, wide=True),
                        Cell(written_day(each.valid_from), whole=True),
                    ],
                    key=str(each.id),
                    name=f"{each.item_code or _('全部事项')} {each.days}",
                )
                for each in rows
            ],
            bulk=Bulk(reverse("handover-rule-end"), [Act(_("停用所选"), kind="danger", name="act", value="end")]),
            empty=Empty(
                icon="calendar-due", title=_("没有移交时限"), text=_("没有规则时，办件不会算作办结，也没有期限。")
            ),
        ),
    )


def mails_page(request: HttpRequest) -> ListPage:
    """The outbox of mail (邮件发件箱)."""
    states = {"": _("全部"), "waiting": _("待发送"), "sent": _("已发送"), "given-up": _("已放弃")}
    state = request.GET.get("state", "") if request.GET.get("state", "") in states else ""
    found = portion_asked(
        request, size=SIZE, read=lambda offset, limit: list_mails(state=state, limit=limit, offset=offset)
    )
    shown = {"waiting": "waiting", "sent": "done", "given-up": "failed"}
    return ListPage(
        title=_("邮件发件箱"),
        here="mails",
        facts=_("催办邮件先存在这里，再由系统发出；发不出去的自动重试，最后仍失败的留下原因。"),
        notices=[each for each in [mail_notice()] if each],
        tabs=[Tab(word, address_with(request, state=each), here=each == state) for each, word in states.items()],
        table=Table(
            label=_("邮件发件箱"),
            columns=[Column(_("主题")), Column(_("收件人")), Column(_("状态")), Column(_("时间")), Column(_("结果"))],
            rows=[
                Row(
                    [
                        Cell(each.subject, main=True, wide=True),
                        Cell(each.address),
                        Cell(state=shown[each.state], state_text=states[each.state]),
                        Cell(written_moment(each.sent_at or each.queued_at), whole=True),
                        Cell(each.last_answer, wide=True),
                    ]
                )
                for each in found.lines
            ],
            pager=found.pager,
            empty=Empty(icon="mail", title=_("没有邮件"), text=_("催办登记了邮箱的单位时，邮件会列在这里。")),
        ),
    )
