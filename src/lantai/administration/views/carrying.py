"""What was sent after the session had ended is not lost: it goes along through signing in and is sent again after.

The browser itself carries it, signed, so that nobody without an account can leave anything on the server. Only what
passed the check against forged requests is carried, and no password.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from lantai.administration.models import Role
from lantai.administration.services.people_access import roles
from lantai.common.components import Act, Notice
from lantai.common.errors import wants_problem
from lantai.common.pages import FormPage, show
from lantai.common.views import csrf_failure

SALT = "lantai.administration.carried"
KEPT = "carried"
"""The name under which it stands in the sign-in form and, once somebody has signed in, in the session."""
HOURS = 12
MOST = 500_000
"""Characters of a form that are carried at most; a longer one is none that a person typed."""
SHOWN = 30
NEVER = frozenset(("sign-in", "sign-in-code", "sign-out", "first-start", "change-password", "second-factor-setup"))
"""Pages whose forms hold passwords or end something by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedPage(FormPage):
    """What was sent in vain, with a button that sends it again to ``action``; ``typed`` are the texts among it."""

    template: ClassVar[str] = "administration/carried.html"
    hidden: Sequence[tuple[str, str]]
    typed: Sequence[str]
    drop_at: str


def carried_by(request: HttpRequest, person_id: int | None) -> str:
    """What *request* sent, to be carried through signing in by whoever filled it in (None: not known); empty when there
    is nothing to carry."""
    name = request.resolver_match.url_name if request.resolver_match else None
    if request.method != "POST" or name in NEVER:
        return ""
    fields = [[key, value] for key, values in request.POST.lists() for value in values if key != "csrfmiddlewaretoken"]
    if not fields or sum(len(key) + len(value) for key, value in fields) > MOST:
        return ""
    told = {"to": request.get_full_path(), "by": person_id, "fields": fields, "files": bool(request.FILES)}
    return signing.dumps(told, salt=SALT, compress=True)


def _read(text: str) -> dict[str, object] | None:
    try:
        found: dict[str, object] = signing.loads(text, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        return None
    return found


def is_carried(text: str) -> bool:
    """Whether the sign-in form carries something of ours."""
    return bool(text) and _read(text) is not None


def keep_carried(request: HttpRequest, text: str) -> None:
    """Keep what the sign-in form carried with the session that begins; not before: a stranger leaves nothing here."""
    if is_carried(text):
        request.session[KEPT] = text


def forget_carried(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let go of what was carried once its page has taken it; a failure keeps it."""
    if request.method == "POST" and response.status_code < 500 and KEPT in request.session:
        told = _read(str(request.session[KEPT]))
        if told is None or told["to"] == request.get_full_path():
            del request.session[KEPT]


@roles(*Role)
@never_cache
def carried(request: HttpRequest) -> HttpResponse:
    """Show what was sent after the session had ended: send it again, or drop it."""
    told = _read(str(request.session.get(KEPT, "")))
    if request.method == "POST":
        request.session.pop(KEPT, None)
        messages.info(request, _("没有提交，填写的内容已放弃。"))
        return redirect("home")
    if told is None:
        return redirect("home")
    if told["by"] not in (None, request.user.pk):
        del request.session[KEPT]
        messages.warning(request, _("登录失效前填写内容的是另一个账号，内容没有提交。"))
        return redirect("home")
    return show(request, _page(told))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that is older than the session, mostly because one signed in again in another window: what it
    holds can be sent again when it came from one of our own pages, else it is refused as any forged request."""
    ours = urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
    text = carried_by(request, None) if ours and request.user.is_authenticated and not wants_problem(request) else ""
    told = _read(text) if text else None
    return csrf_failure(request, reason) if told is None else show(request, _page(told), status=403)


def _page(told: dict[str, object]) -> CarriedPage:
    fields = [(str(name), str(value)) for name, value in told["fields"]]  # type: ignore[attr-defined]
    typed = [value for _name, value in fields if not value.isascii() or " " in value]
    files = Notice("warn", _("选择的文件没有保留，提交后请重新选择。"))
    return CarriedPage(
        title=_("继续刚才的提交"),
        form=forms.Form(),
        facts=ngettext("共 %(n)s 项内容", "共 %(n)s 项内容", len(fields)) % {"n": len(fields)},
        notices=[
            Notice("info", _("提交时登录已失效，所以还没有办理。"), _("您填写的内容都在，核对后继续提交即可。")),
            *([files] if told["files"] else []),
        ],
        action=str(told["to"]),
        submit=Act(_("继续提交"), kind="primary", icon="check", key="mod+enter"),
        warning=_("继续提交与刚才按下的按钮效果相同。"),
        hidden=fields,
        typed=typed[:SHOWN],
        drop_at=resolve_url("carried"),
    )
