"""Accounts and roles: the system administrator creates and asks, the security administrator decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lantai.administration.forms import FindPeopleForm, GrantForm, NewAccountForm, ReasonForm
from lantai.administration.models import Person, Role
from lantai.administration.queries.people import (
    Clearance,
    PersonRow,
    list_people,
    organisation_choices,
    show_person,
)
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.people_accounts import (
    AccountRefused,
    Named,
    activate_account,
    create_account,
    deactivate_account,
    decline_deactivation,
    grant_role,
    request_deactivation,
    revoke_role,
)
from lantai.administration.services.people_passwords import LastSecurityAdministrator, reset_password
from lantai.administration.services.people_signin import unlock_account
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, Row, Table
from lantai.common.pages import FormPage, ListPage, Page, show
from lantai.common.paging import number_asked, pager_of

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage(Page):
    """One account and the acts open to this reader: none on the own account."""

    template: ClassVar[str] = "administration/person.html"
    person: PersonRow
    pairs: tuple[Pair, ...]
    notices: list[Notice]
    own: bool
    decides: bool
    grant: GrantForm
    reason: ReasonForm


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimePasswordPage(Page):
    """A one-time password, shown this once."""

    template: ClassVar[str] = "administration/one_time_password.html"
    one_time_password: str
    done: Notice


@roles(Role.SYSTEM, Role.SECURITY)
@require_safe
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    form = FindPeopleForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    number = min(number_asked(request, "page") or 1, 100_000)
    found = list_people(**asked, offset=(number - 1) * PAGE, limit=PAGE)
    page = ListPage(
        title=_("用户与角色"),
        here="people",
        acts=_create(actor_of(request).role),
        form=form,
        reset=resolve_url("people"),
        table=_table(found.rows, request, number, found.total),
    )
    return show(request, page)


def _create(role: str) -> list[Act]:
    return [Act(_("创建账号"), href=resolve_url("person-new"), icon="user-plus", kind="primary")] * (
        role == Role.SYSTEM
    )


def _table(rows: tuple[PersonRow, ...], request: HttpRequest, number: int, total: int) -> Table:
    headings = (_("账号"), _("姓名"), _("人员编号"), _("角色"), _("单位"), _("状态"), _("第二因素"), _("最近登录"))
    clear = Act(_("清除条件"), href=resolve_url("people"))
    return Table(
        label=_("账号列表"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each), key=str(each.id), name=each.username) for each in rows],
        pager=pager_of(request, page=number, size=PAGE, total=total),
        empty=Empty("users", _("没有符合条件的账号"), _("换一个条件，或清除条件查看全部账号。"), [clear]),
    )


def _cells(row: PersonRow) -> list[Cell]:
    return [
        Cell(row.username, href=resolve_url("person", person_id=row.id), mono=True, main=True),
        Cell(row.name),
        Cell(row.person_number, mono=True),
        Cell(row.role_label if row.role else _("未授予"), tone="" if row.role else "muted"),
        Cell(row.organisation),
        Cell(state="active" if row.active else "inactive", more=_("申请停用") if row.deactivation_asked_at else ""),
        Cell(_("已绑定") if row.second_factor else "—"),
        Cell(_moment(row), whole=True),
    ]


def _moment(row: PersonRow) -> str:
    return date_format(timezone.localtime(row.last_sign_in), "Y-m-d H:i") if row.last_sign_in else "—"


def _show(request: HttpRequest, person_id: int, grant: GrantForm | None = None) -> HttpResponse:
    row, by = show_person(person_id=person_id), actor_of(request)
    if row is None:
        raise Http404
    page = PersonPage(
        title=row.name,
        here="people",
        back=[Link(_("用户与角色"), resolve_url("people")), Link(row.username)],
        person=row,
        pairs=_pairs(row),
        notices=_asked(row),
        own=by.person_id == person_id,
        decides=by.role == Role.SECURITY,
        grant=grant or GrantForm(organisations=organisation_choices()),
        reason=ReasonForm(),
    )
    return show(request, page)


def _pairs(row: PersonRow) -> tuple[Pair, ...]:
    return (
        Pair(_("账号"), row.username, code=True),
        Pair(_("人员编号"), row.person_number, code=True),
        Pair(_("职务"), row.position or "—"),
        Pair(_("角色"), row.role_label if row.role else _("未授予")),
        Pair(_("单位"), row.organisation or "—"),
        Pair(_("涉密等级"), row.clearance_label),
        Pair(_("状态"), _("启用") if row.active else _("未启用")),
        Pair(_("第二因素"), _("已绑定") if row.second_factor else _("未绑定")),
        Pair(_("最近登录"), _moment(row)),
    )


def _asked(row: PersonRow) -> list[Notice]:
    if row.deactivation_asked_at is None:
        return []
    at = date_format(timezone.localtime(row.deactivation_asked_at), "Y-m-d H:i")
    told = _("系统管理员于 %(at)s 申请停用，理由：%(reason)s") % {"at": at, "reason": row.deactivation_reason}
    return [Notice("warn", told)]


@roles(Role.SYSTEM, Role.SECURITY)
@require_safe
@never_cache
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show one account."""
    return _show(request, person_id)


@roles(Role.SYSTEM)
@never_cache
def new_account(request: HttpRequest) -> HttpResponse:
    """Create an account, and show its one-time password once."""
    form = NewAccountForm(request.POST or None)
    if form.is_valid():
        try:
            made = create_account(by=actor_of(request), who=Named(**form.cleaned_data), now=timezone.now())
            told = {"name": made.person.name, "username": made.person.username}
            done = _("已为 %(name)s 创建账号 %(username)s。") % told
            return show(request, _one_time_page(made.one_time_password, done))
        except AccountRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _new_account_page(form))


def _new_account_page(form: NewAccountForm) -> FormPage:
    return FormPage(
        title=_("创建账号"),
        here="people",
        back=[Link(_("用户与角色"), resolve_url("people")), Link(_("创建账号"))],
        form=form,
        submit=Act(_("创建账号"), kind="primary"),
        cancel=resolve_url("people"),
        warning=_("新账号未启用、没有角色；由安全保密管理员授予角色并启用。一人只能有一个账号。"),
    )


def _one_time_page(one_time_password: str, done: str) -> OneTimePasswordPage:
    back = [Link(_("用户与角色"), resolve_url("people")), Link(_("一次性口令"))]
    return OneTimePasswordPage(
        title=_("一次性口令"),
        here="people",
        back=back,
        one_time_password=one_time_password,
        done=Notice("ok", done),
    )


@roles(Role.SECURITY)
@require_POST
def grant(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give the account its role."""
    get_object_or_404(Person, pk=person_id)
    form = GrantForm(request.POST, organisations=organisation_choices())
    if not form.is_valid():
        return _show(request, person_id, form)
    wanted = {
        "role": Role(form.cleaned_data["role"]),
        "organisation_id": form.cleaned_data["organisation"],
        "clearance": Clearance(int(form.cleaned_data["clearance"])),
    }
    return _act(request, person_id, grant_role, _("已授予角色。启用后即可登录。"), **wanted)


def _act(
    request: HttpRequest, person_id: int, service: Callable[..., Person], done: str, **more: object
) -> HttpResponse:
    """Do one act on an account and return to it, with what was done or why it was refused."""
    get_object_or_404(Person, pk=person_id)
    try:
        service(by=actor_of(request), person_id=person_id, now=timezone.now(), **more)
        messages.success(request, done)
    except AccountRefused as refused:
        messages.error(request, str(refused))
    return redirect("person", person_id=person_id)


@roles(Role.SECURITY)
@require_POST
def activate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let the account sign in."""
    return _act(request, person_id, activate_account, _("已启用。"))


@roles(Role.SECURITY)
@require_POST
def deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    """End the account's right to sign in."""
    return _act(request, person_id, deactivate_account, _("已停用，其登录会话已失效。"))


@roles(Role.SECURITY)
@require_POST
def decline(request: HttpRequest, person_id: int) -> HttpResponse:
    """Leave the account active although its deactivation was asked for."""
    return _act(request, person_id, decline_deactivation, _("已答复：不予停用。"))


@roles(Role.SECURITY)
@require_POST
def revoke(request: HttpRequest, person_id: int) -> HttpResponse:
    """Take the account's role away."""
    return _act(request, person_id, revoke_role, _("已收回角色，账号同时停用。"))


@roles(Role.SECURITY)
@require_POST
def unlock(request: HttpRequest, person_id: int) -> HttpResponse:
    """Forget the failures of the account."""
    return _act(request, person_id, unlock_account, _("已解除锁定。"))


@roles(Role.SYSTEM)
@require_POST
def ask_deactivation(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask the security administrator to deactivate the account."""
    reason = request.POST.get("reason", "")
    done = _("已提交停用申请，等待安全保密管理员办理。")
    return _act(request, person_id, request_deactivation, done, reason=reason)


@roles(Role.SYSTEM)
@require_POST
@never_cache
def reset(request: HttpRequest, person_id: int) -> HttpResponse:
    """Replace a lost password by a one-time one, shown once; the account then waits to be activated again."""
    lost = get_object_or_404(Person, pk=person_id)
    try:
        one_time = reset_password(by=actor_of(request), person=lost, now=timezone.now())
    except LastSecurityAdministrator as refused:
        messages.error(request, str(refused))
        return redirect("person", person_id=person_id)
    told = {"name": lost.name, "username": lost.username}
    done = _("已重置 %(name)s（%(username)s）的口令，账号已停用。") % told
    return show(request, _one_time_page(one_time, done))
