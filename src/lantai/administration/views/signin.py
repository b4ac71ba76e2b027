"""Signing in and out, the lock, the language."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from lantai.administration.forms import CodeForm, SignInForm
from lantai.administration.models import Role
from lantai.administration.queries.people import current_policy, normal_username
from lantai.administration.services.first_start import first_start_is_open
from lantai.administration.services.people_access import address_of, public
from lantai.administration.services.people_preferences import choose_language
from lantai.administration.services.people_second_factor import CodeRefused
from lantai.administration.services.people_signin import (
    CodeNotAsked,
    minutes_locked,
    pending_person,
    sign_out,
    try_code,
    try_password,
)
from lantai.administration.views.carrying import KEPT, is_carried, keep_carried
from lantai.common.components import Act, Notice
from lantai.common.pages import SignInPage, StatePage, show
from lantai.common.views import state_answer

FIRST_PAGES: dict[str, str] = {Role.SYSTEM: "people", Role.SECURITY: "people", Role.AUDIT: "audit"}
"""Where an administrator begins; everybody else begins at home."""


def safe_target(request: HttpRequest, target: str) -> str:
    """*target* when it is an address of this very site, else nothing: nobody is led away after signing in."""
    here = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=here, require_https=request.is_secure())
    return target if safe and target.startswith("/") else ""


def _first_page(request: HttpRequest, back: str) -> str:
    role = str(getattr(request.user, "role", ""))
    return back or resolve_url(FIRST_PAGES.get(role, settings.LOGIN_REDIRECT_URL))


def _notice(reason: str) -> Notice | None:
    """Why one is asked to sign in again."""
    minutes = current_policy().idle_minutes
    sentences = {
        "idle": _("超过 %(minutes)d 分钟没有操作，已自动退出，请重新登录。") % {"minutes": minutes},
        "role": _("您的角色已变更，请重新登录。"),
        "wrong": _("当前口令多次输错，已自动退出，请重新登录。"),
        "out": _("您已退出。"),
    }
    return Notice("info", sentences[reason]) if reason in sentences else None


def _sign_in_page(form: SignInForm, back: str, notice: Notice | None, carried: str = "") -> SignInPage:
    return SignInPage(
        title=_("登录"),
        form=form,
        action=resolve_url("sign-in"),
        next=back,
        carried=carried,
        notice=notice,
        advice=_("忘记口令或账号未启用，请联系本单位的系统管理员。"),
        submit=_("登录"),
    )


@public
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for account and password; go on to the second factor, the wanted page, or say what was wrong."""
    back = safe_target(request, request.POST.get("next", request.GET.get("next", "")))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(_first_page(request, back))
        if first_start_is_open():
            return redirect("first-start")
        return show(request, _sign_in_page(SignInForm(), back, _notice(request.GET.get("reason", ""))))
    form, carried = SignInForm(request.POST), request.POST.get(KEPT, "")
    if form.is_valid() and (target := _entered(request, form, carried, back)):
        return redirect(target)
    wrong = Notice("bad", _("账号或口令不正确，或账号未启用。")) if form.is_valid() else None
    return show(request, _sign_in_page(form, back, wrong, carried))


def _entered(request: HttpRequest, form: SignInForm, carried: str, back: str) -> str:
    """Where to go on after the right password; empty after a wrong one."""
    back = resolve_url("carried") if is_carried(carried) else back
    attempt = try_password(request=request, **form.cleaned_data, now=timezone.now(), back=back)
    if attempt.state not in ("done", "code"):
        return ""
    keep_carried(request, carried)
    return "sign-in-code" if attempt.state == "code" else _first_page(request, back)


def ask_again(request: HttpRequest, reason: str, carried: str) -> HttpResponse:
    """The sign-in page in answer to a form whose session had ended, with what it sent (*carried*)."""
    why = _notice(reason)
    kept = Notice("info", why.lead if why else _("登录已失效，请重新登录。"), _("填写的内容都在，登录后可以继续提交。"))
    return show(request, _sign_in_page(SignInForm(), "", kept, carried), status=401).render()


def _code_page(form: CodeForm, username: str) -> SignInPage:
    text = _("账号 %(username)s 的口令正确。请输入验证器显示的 6 位数字，或一个恢复码。") % {"username": username}
    return SignInPage(
        title=_("第二步验证"),
        form=form,
        action=resolve_url("sign-in-code"),
        text=text,
        advice=_("没有验证器也没有恢复码，请联系系统管理员重置。"),
        submit=_("验证并登录"),
    )


@public
@never_cache
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the second factor, after a right password."""
    form, now = CodeForm(request.POST or None), timezone.now()
    try:
        person = pending_person(request=request, now=now)
        if form.is_valid():
            back = try_code(request=request, code=form.cleaned_data["code"], now=now)
            return redirect(_first_page(request, safe_target(request, back)))
    except CodeNotAsked:
        return redirect("sign-in")
    except CodeRefused as refused:
        form.add_error("code", str(refused))
    return show(request, _code_page(form, person.username))


@public
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    sign_out(request=request, now=timezone.now())
    return redirect(f"{resolve_url('sign-in')}?reason=out")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages; for somebody signed in it is remembered."""
    chosen = request.POST.get("language", "")
    response = redirect(safe_target(request, request.POST.get("next", "")) or settings.LOGIN_REDIRECT_URL)
    if translation.check_for_language(chosen) and chosen in dict(settings.LANGUAGES):
        choose_language(user=request.user, language=chosen)
        age, secure = 365 * 86400, settings.SESSION_COOKIE_SECURE
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=age, samesite="Lax", secure=secure)
    return response


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: dict[str, str] | None = None
) -> HttpResponse:
    """The answer while the lock holds (called by django-axes): until when to wait, and who can help."""
    username = normal_username((credentials or {}).get("username") or "")
    now = timezone.now()
    minutes = max(minutes_locked(username=username, address=address_of(request), now=now), 1)
    until = timezone.localtime(now + timedelta(minutes=minutes))
    tries = current_policy().tries
    page = StatePage(
        title=_("账号暂时锁定"),
        icon="lock",
        text=_("连续 %(tries)d 次登录失败，此账号在当前网络地址上已锁定。") % {"tries": tries},
        advice=_("请在 %(minutes)d 分钟后（%(time)s 起）再试；急需登录，请联系安全保密管理员解除锁定。")
        % {"minutes": minutes, "time": f"{until:%H:%M}"},
        acts=[Act(_("返回登录页"), href=resolve_url("sign-in"))],
    )
    return state_answer(request, page, status=429, kind="locked", headers={"Retry-After": str(minutes * 60)})
