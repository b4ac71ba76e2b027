"""The state pages, the display preferences of readers without an account, and the page of the design system."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lantai.common.components import Act
from lantai.common.design import design_page
from lantai.common.errors import Problem, Refused, failure_number, wants_problem
from lantai.common.navigation import (
    PREFERENCE_COOKIE,
    Preferences,
    frame_of,
    preferences_cookie,
    preferences_of,
    stranger,
)
from lantai.common.pages import StatePage, show

log = logging.getLogger("lantai.failure")


def state_answer(
    request: HttpRequest, page: StatePage, *, status: int, kind: str, headers: dict[str, str] | None = None
) -> HttpResponse:
    """A problem of type *kind* for a machine, *page* for a person; failures (5xx) use nothing that may have failed."""
    if wants_problem(request):
        more = {"number": page.number} if page.number else {}
        detail = " ".join(part for part in (page.text, page.advice) if part)
        return Problem(type=kind, title=page.title, status=status, detail=detail, more=more).response(headers)
    if status >= 500:
        context = {"page": page, "frame": stranger(request), "layout": "lantai/bare.html"}
        return HttpResponse(render_to_string(page.template, context), status=status, headers=headers)
    layout = "lantai/staff.html" if frame_of(request).staff else "lantai/bare.html"
    response = render(request, page.template, {"page": page, "layout": layout}, status=status)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request cannot be understood."""
    text = (
        _("提交的内容超过了允许的大小。") if isinstance(exception, RequestDataTooBig) else _("服务器不能理解这个请求。")
    )
    page = StatePage(
        title=_("请求有误"),
        icon="alert-triangle",
        text=text,
        advice=_("请返回上一页检查填写的内容；如果是从链接进入，请核对地址是否完整。"),
        acts=[Act(_("回到首页"), href=frame_of(request).home)],
    )
    return state_answer(request, page, status=400, kind="bad-request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: why, who may, and what to do."""
    known = exception if isinstance(exception, Refused) else None
    frame = frame_of(request)
    acts = list(known.acts) if known else []
    if not frame.reader and frame.sign_in:
        acts.append(Act(_("登录"), href=frame.sign_in, kind="primary"))
    acts.append(Act(_("回到首页"), href=frame.home))
    page = StatePage(
        title=_("无权查看或办理"),
        icon="lock",
        text=known.reason if known else _("您的账号没有这个页面的权限。"),
        who_may=known.who_may if known else (),
        advice=(known.advice if known else "") or _("需要权限时，请向安全保密管理员申请，写明事由和期限。"),
        acts=acts,
    )
    return state_answer(request, page, status=403, kind="forbidden")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from one of our own pages, mostly because the session is another one now."""
    page = StatePage(
        title=_("表单已失效"),
        icon="clock-pause",
        text=_("打开表单以后，登录状态发生了变化，所以没有保存。"),
        advice=_("请返回上一页，重新载入后再提交；填写的内容在返回后通常还在。"),
        acts=[Act(_("回到首页"), href=frame_of(request).home)],
    )
    return state_answer(request, page, status=403, kind="stale-form")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: also for what this reader may not know of."""
    frame = frame_of(request)
    acts = [Act(_("回到首页"), href=frame.home)]
    if frame.search:
        acts.insert(0, Act(_("检索档案"), href=frame.search, icon="search", kind="primary"))
    page = StatePage(
        title=_("没有这个页面"),
        icon="map-search",
        text=_("地址有误，或者内容已经移动，或者您不能查看它。"),
        advice=_("请核对地址；要找档案，可以按档号、题名或姓名检索。"),
        acts=acts,
    )
    return state_answer(request, page, status=404, kind="not-found")


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: too many requests; *seconds* until the next may come."""
    page = StatePage(
        title=_("操作太频繁"),
        icon="hourglass",
        text=_("短时间内的请求太多，系统暂停了您的访问。"),
        advice=_("请在 %(seconds)s 秒后再试。") % {"seconds": seconds},
        acts=[Act(_("重试"), href=request.get_full_path(), icon="refresh")] if request.method == "GET" else [],
    )
    return state_answer(request, page, status=429, kind="too-many-requests", headers={"Retry-After": str(seconds)})


def server_error(request: HttpRequest) -> HttpResponse:
    """500: something broke. The number in the answer stands beside the trace in the log."""
    number = failure_number()
    log.error("%s %s %s", number, request.method, request.path, exc_info=sys.exc_info())
    page = StatePage(
        title=_("系统出错了"),
        icon="alert-octagon",
        text=_("这不是您的操作造成的，已经记录下来。没有保存的内容请返回上一页重新提交。"),
        advice=_("如果再次出现，请把下面的编号告诉系统管理员。"),
        number=number,
        acts=[
            Act(_("重试"), href=request.get_full_path(), icon="refresh", kind="primary"),
            Act(_("回到首页"), href="/"),
        ],
    )
    return state_answer(request, page, status=500, kind="failure", headers={"X-Error-Number": number})


def under_maintenance(request: HttpRequest, until: str = "") -> HttpResponse:
    """503: the archive is being worked on; *until* is what the operator wrote about it."""
    page = StatePage(
        title=_("正在维护"),
        icon="tool",
        text=until or _("系统正在升级或维护，很快恢复。"),
        advice=_("已经提交的移交包和申请不会丢失。"),
        acts=[Act(_("重试"), href=request.get_full_path(), icon="refresh")],
    )
    return state_answer(request, page, status=503, kind="maintenance", headers={"Retry-After": "120"})


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Keep the display preferences of a reader without an account in the browser, and go back."""
    given = {
        name: request.POST[name]
        for name, choices in Preferences.CHOICES.items()
        if request.POST.get(name) is not None and request.POST[name] in choices
    }
    target = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(target if own else frame_of(request).home)
    kept = preferences_cookie(replace(preferences_of(request), **given))
    response.set_cookie(PREFERENCE_COOKIE, kept, max_age=365 * 86400, samesite="Lax", secure=request.is_secure())
    return response


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Every component in all its states, for those who build pages; staff only."""
    if not frame_of(request).staff:
        raise Refused(_("设计系统页面只供馆内人员使用。"), who_may=[_("档案馆和立档单位的工作人员")])
    return show(request, design_page())
