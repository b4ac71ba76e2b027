"""The audit log, as each watcher may read it, on a page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lantai.administration.forms import AuditForm
from lantai.administration.models import Role
from lantai.administration.queries.people import normal_username, reader_of
from lantai.administration.queries.people_audit import PAGE, AuditFilter, AuditLine, read_audit, read_whole_audit
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.people_audit import check_audit_chain, record_audit_export
from lantai.administration.views.audit_words import act_in_words, change_in_words
from lantai.common.components import Act, Cell, Column, Empty, Row, Table
from lantai.common.pages import ListPage, show
from lantai.common.paging import number_asked


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the log in the reader's words."""

    at: datetime
    who: str
    role: str
    address: str
    action: str
    subject: str
    result: str
    failed: bool
    detail: str
    index: int | None


def _asked(form: AuditForm) -> AuditFilter:
    """The filter typed in; whole days in the archive's time zone; nothing narrowed by what was typed wrongly."""
    if not form.is_valid():
        return AuditFilter()
    data, zone = form.cleaned_data, timezone.get_default_timezone()
    since = datetime.combine(data["since"], time.min, zone) if data["since"] else None
    until = datetime.combine(data["until"] + timedelta(days=1), time.min, zone) if data["until"] else None
    kind = data["action"] if "." in data["action"] else f"people.{data['action']}"
    kinds = (kind,) if data["action"] else ()
    username = normal_username(data["person"])
    return AuditFilter(since, until, username, kinds, data["subject"].strip())


def _in_words(line: AuditLine) -> AuditRow:
    people = {**dict(Role.choices), "anonymous": _("未登录"), "console": _("服务器控制台")}
    results = {"done": _("成功"), "failed": _("失败"), "refused": _("拒绝")}
    results |= {"approved": _("接收"), "rejected": _("退回")}
    subjects = {"person:unknown": _("不存在的账号"), "security-policy": _("安全策略"), "audit-log": _("审计日志")}
    return AuditRow(
        at=line.at,
        who=str(people.get(line.who, line.who)),
        role=str(people.get(line.role, line.role)),
        address=line.address,
        action=act_in_words(line.action),
        subject=str(subjects.get(line.subject, line.subject)),
        result=str(results.get(line.result, line.result)),
        failed=line.result in ("failed", "refused"),
        detail=line.detail,
        index=line.index,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage(ListPage):
    """The log, with the filter once more for the export, and the address of older lines."""

    template: ClassVar[str] = "administration/audit.html"
    kept: tuple[tuple[str, str], ...]
    older: str


@roles(Role.AUDIT, Role.SECURITY)
@require_safe
@never_cache
def audit(request: HttpRequest) -> HttpResponse:
    """Show the log this watcher may read, newest first."""
    reader, form = reader_of(request), AuditForm(request.GET or None)
    asked = replace(_asked(form), before=number_asked(request, "before"))
    lines = read_audit(reader=reader, asked=asked, limit=PAGE + 1)
    return show(request, _page(request, reader.role, form, lines))


def _page(request: HttpRequest, role: Role, form: AuditForm, lines: list[AuditLine]) -> AuditPage:
    told = _("您可查阅%(watched)s的日志；任何人不得查阅本人的日志，任何角色不得修改或删除日志。")
    watched = _("系统管理员、安全保密管理员和服务器控制台") if role == Role.AUDIT else _("业务用户和安全审计员")
    return AuditPage(
        title=_("审计日志"),
        here="audit",
        facts=told % {"watched": watched},
        form=form,
        reset=resolve_url("audit"),
        table=_table([_in_words(line) for line in lines[:PAGE]]),
        kept=tuple((name, request.GET.get(name, "")) for name in ("since", "until", "person", "action", "subject")),
        older=_older(request, lines),
    )


def _older(request: HttpRequest, lines: list[AuditLine]) -> str:
    if len(lines) <= PAGE:
        return ""
    query = request.GET.copy()
    query["before"] = str(lines[PAGE - 1].id)
    return f"?{query.urlencode()}"


def _table(rows: list[AuditRow]) -> Table:
    headings = (_("时间"), _("人员"), _("行为"), _("对象"), _("结果"), _("内容"))
    clear = Act(_("清除条件"), href=resolve_url("audit"))
    return Table(
        label=_("审计日志"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(row)) for row in rows],
        empty=Empty("report-search", _("没有符合条件的日志"), _("换一个条件，或清除条件查看全部。"), [clear]),
    )


def _cells(row: AuditRow) -> list[Cell]:
    return [
        Cell(date_format(timezone.localtime(row.at), "Y-m-d H:i:s"), whole=True),
        Cell(
            row.who, more=" · ".join(each for each in (row.role, row.address) if each and each != row.who), whole=True
        ),
        Cell(row.action, main=True),
        Cell(row.subject),
        Cell(row.result, state="failed" if row.failed else "", state_text=row.result, whole=True),
        Cell(change_in_words(row.detail), wide=True),
    ]


@roles(Role.AUDIT, Role.SECURITY)
@require_POST
def audit_check(request: HttpRequest) -> HttpResponse:
    """Recompute the log's chain and say whether it holds; the check itself is an act and leaves its entry."""
    checked = check_audit_chain(by=actor_of(request), now=timezone.now())
    told = {"number": checked.checked, "index": checked.broken_at, "code": checked.broken_by, "size": checked.size}
    if checked.broken_by:
        messages.error(request, _("日志校验不通过：第 %(index)d 条（%(code)s）。请立即报告并保全现场。") % told)
    elif checked.checked < checked.size:
        messages.success(request, _("已逐条校验前 %(number)d 条（共 %(size)d 条），完整；其余见每日核验。") % told)
    else:
        messages.success(request, _("日志完整：已逐条校验 %(number)d 条，检查点签名有效。") % told)
    return redirect("audit")


@roles(Role.AUDIT, Role.SECURITY)
@require_POST
def audit_file(request: HttpRequest) -> HttpResponseBase:
    """Export what the filter finds as CSV; the export itself is an act and leaves its entry."""
    form = AuditForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("筛选条件有误，请返回修改。"), status=400, content_type="text/plain; charset=utf-8")
    asked, now = _asked(form), timezone.now()
    record_audit_export(by=actor_of(request), asked=asked, now=now)
    lines = read_whole_audit(reader=reader_of(request), asked=asked)
    response = StreamingHttpResponse(_csv(lines, get_language()), content_type="text/csv; charset=utf-8")
    name = f"audit-{timezone.localtime(now):%Y%m%d-%H%M%S}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(lines: Iterable[AuditLine], language: str | None) -> Iterator[str]:
    """The log as CSV with a byte-order mark, which spreadsheets of the office need to read Chinese.

    It is written while it is sent, after the request's own language is gone; so *language* is given.
    """
    with override(language):
        yield from _csv_lines(lines)


def _csv_lines(lines: Iterable[AuditLine]) -> Iterator[str]:
    text = io.StringIO()
    write = csv.writer(text)
    heading = (_("时间"), _("人员"), _("角色"), _("地址"), _("行为"), _("对象"), _("结果"), _("序号"), _("内容"))
    text.write("\ufeff")
    write.writerow(heading)
    for line in lines:
        row = _in_words(line)
        at = timezone.localtime(row.at).isoformat(timespec="seconds")
        values = (at, row.who, row.role, row.address, row.action, row.subject, row.result, row.index, row.detail)
        write.writerow([plain_cell(value) for value in values])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def plain_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
