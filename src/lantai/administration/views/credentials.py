"""Credentials of departments' systems (接口凭据): list, issue with its secrets shown once, revoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lantai.administration.body_forms import CredentialForm, RevokeForm
from lantai.administration.models import Credential, Role
from lantai.administration.services.credentials import IssuedCredential, issue_credential, revoke_credential
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.showing import moment_words
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table
from lantai.common.pages import FormPage, ListPage, Page, show
from lantai.common.paging import portion_asked, text_asked

PAGE = 50
HERE = "credentials"
JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsPage(Page):
    """The two secrets of a new credential, shown this once."""

    template: ClassVar[str] = "administration/secrets.html"
    secret: str
    webhook_secret: str
    done: Notice


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def credentials(request: HttpRequest) -> HttpResponse:
    """List the credentials, of one body when the address says so; never a secret."""
    body = text_asked(request, "organisation")
    rows = Credential.objects.select_related("organisation").defer("digest", "sealed_webhook_secret")
    rows = (rows.filter(organisation__code=body) if body else rows).order_by("-issued_at", "-pk")
    found = portion_asked(
        request, size=PAGE, read=lambda offset, limit: (list(rows[offset : offset + limit]), rows.count())
    )
    page = ListPage(
        title=_("接口凭据"),
        here=HERE,
        acts=[Act(_("发放凭据"), href=resolve_url("credential-new"), icon="plus", kind="primary")],
        table=_table(found.lines, found.pager),
    )
    return show(request, page)


def _table(rows: Any, pager: Any) -> Table:
    headings = (
        _("标识"),
        _("单位"),
        _("用途"),
        _("每分钟上限"),
        _("发放"),
        _("有效期至"),
        _("最近使用"),
        _("状态"),
        _("操作"),
    )
    return Table(
        label=_("接口凭据"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each), key=each.prefix, name=each.prefix) for each in rows],
        pager=pager,
        empty=Empty("plug-connected", _("还没有接口凭据"), _("单位的业务系统凭密钥调用接口；先发放一个。")),
    )


def _cells(row: Credential) -> list[Cell]:
    revoke = Act(_("吊销"), href=resolve_url("credential-revoke", row.prefix))
    ended = row.organisation.active_to is not None and row.organisation.active_to < timezone.localdate()
    over = row.valid_to is not None and row.valid_to < timezone.localdate()
    words = _("已吊销") if row.revoked_at else _("单位已撤销") if ended else _("已过期") if over else _("可用")
    return [
        Cell(row.prefix, mono=True, main=True),
        Cell(row.organisation.name, href=resolve_url("organisation", row.organisation.code)),
        Cell(row.name, more=row.webhook),
        Cell(str(row.calls_per_minute)),
        Cell(moment_words(row.issued_at), whole=True),
        Cell(row.valid_to.isoformat() if row.valid_to else _("不限"), tone=_tone(row.valid_to), whole=True),
        Cell(moment_words(row.last_used_at), whole=True),
        Cell(
            state="inactive" if row.revoked_at or ended or over else "active",
            state_text=words,
            more=row.revoked_reason,
        ),
        Cell(acts=[] if row.revoked_at else [revoke]),
    ]


def _tone(last: date | None) -> Literal["", "soon", "muted"]:
    """How a last day is shown: soon when it comes within a month."""
    today = timezone.localdate()
    return "muted" if last is None else "soon" if today <= last <= today + timedelta(days=30) else ""


@roles(Role.ARCHIVIST, Role.SYSTEM)
@never_cache
def credential_new(request: HttpRequest) -> HttpResponse:
    """Issue a credential and show its secrets once."""
    form = CredentialForm(request.POST or None)
    if form.is_valid():
        try:
            refuse_a_second(form.cleaned_data["organisation"], form.cleaned_data["name"])
            made = issue_credential(by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            return show(request, _secrets_page(made))
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _form_page(form, Act(_("发放凭据"), kind="primary"), _("密钥只在发放后显示一次。")))


def refuse_a_second(organisation: str, name: str) -> None:
    """A form that is sent twice issues one credential. Raises ReferenceRefused."""
    lately = timezone.now() - JUST_NOW
    same = Credential.objects.filter(organisation__code=organisation, name=name, revoked_at=None)
    twin = same.filter(issued_at__gt=lately).first()
    if twin is not None:
        told = _("刚刚已为这个系统发放凭据 %(prefix)s；没有记下密钥的，请先吊销再发放。")
        raise ReferenceRefused(told % {"prefix": twin.prefix})


def _form_page(form: Any, submit: Act, warning: str) -> FormPage:
    return FormPage(
        title=submit.text,
        here=HERE,
        back=[Link(_("接口凭据"), resolve_url(HERE)), Link(submit.text)],
        form=form,
        submit=submit,
        cancel=resolve_url(HERE),
        warning=warning,
    )


def _secrets_page(made: IssuedCredential) -> SecretsPage:
    told = _("已发放凭据 %(prefix)s。") % {"prefix": made.credential.prefix}
    return SecretsPage(
        title=_("接口密钥"),
        here=HERE,
        back=[Link(_("接口凭据"), resolve_url(HERE)), Link(_("接口密钥"))],
        secret=made.secret,
        webhook_secret=made.webhook_secret,
        done=Notice("ok", told),
    )


@roles(Role.ARCHIVIST, Role.SYSTEM)
def credential_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """Revoke a credential, with the reason."""
    row = get_object_or_404(Credential.objects.select_related("organisation"), prefix=prefix)
    form = RevokeForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        revoke_credential(prefix=prefix, by=actor_of(request), now=timezone.now(), reason=reason)
        messages.success(request, _("已吊销凭据 %(prefix)s。") % {"prefix": prefix})
        return redirect(HERE)
    told = {"name": row.organisation.name, "system": row.name}
    warning = _("%(name)s的“%(system)s”立即不能再调用接口，不能恢复。") % told
    return show(request, _form_page(form, Act(_("吊销凭据"), kind="danger"), warning))
